"""Faults that the tests have to find, one at a time: see mutate.py.

Each is a mistake that a change of that line could make. None of them stops the
module from being imported, and but for a few none is met by the answers that
:mod:`fastresp._compat.werkzeug` compares.
"""

from __future__ import annotations

import typing as t


class Fault(t.NamedTuple):
    file: str
    original: str
    """What is replaced; found once in the file."""
    replacement: str
    test: str
    """The node id of a test that fails then."""
    what: str
    """What is wrong then."""


FAULTS = (
    # --- dispatch: the forms of a view's return value ----------------------------
    Fault(
        "fastresp/_compiled/dispatch.pxi",
        "if size != 2 and size != 3:",
        "if size != 2 and size != 3 and size != 4:",
        "tests/unit/test_dispatch.py::test_tuples[extension-<lambda>2]",
        "a tuple of four is taken for one of two",
    ),
    Fault(
        "fastresp/_compiled/dispatch.pxi",
        "return PyObject_IsInstance(value, (WerkzeugHeaders, dict, tuple, list))",
        "return PyObject_IsInstance(value, (WerkzeugHeaders, dict, list))",
        "tests/unit/test_dispatch.py"
        "::test_body_and_headers[extension-str-tuple of pairs]",
        "a tuple of headers beside a body is taken for a status",
    ),
    Fault(
        "fastresp/_compiled/dispatch.pxi",
        "(str, bytes, bytearray, Iterator)",
        "(str, bytes, Iterator)",
        "tests/unit/test_dispatch.py::test_body_alone[extension-bytearray]",
        "a bytearray is no body",
    ),
    Fault(
        "fastresp/_compiled/dispatch.pxi",
        "    if type(response_class) is not type or response_class is object:",
        "    if response_class is object:",
        "tests/unit/test_dispatch.py::test_branch_order_with_an_odd_response_class",
        "a metaclass is not asked what its instances are",
    ),
    Fault(
        "fastresp/_compiled/dispatch.pxi",
        "        if PyLong_CheckExact(status) and not overridden(type(response)) & "
        "STATUS_NEEDS:",
        "        if PyLong_CheckExact(status):",
        "tests/unit/test_dispatch.py::"
        "test_a_status_beside_a_response_is_set_by_its_own_methods[extension-404_0-C"
        "leaning]",
        "a status beside a response passes by its class's own setter",
    ),
    Fault(
        "fastresp/_compiled/dispatch.pxi",
        "        elif PyObject_IsInstance(status, (str, bytes, bytearray)):",
        "        elif PyObject_IsInstance(status, (str, bytes)):",
        "tests/unit/test_dispatch.py::"
        "test_a_status_beside_a_response_is_set_by_its_own_methods[extension-status4"
        "-Coded]",
        "a bytearray beside a response is set as its status code",
    ),
    Fault(
        "fastresp/_compiled/dispatch.pxi",
        "        response.headers.update(headers)",
        "        response.headers.extend(headers)",
        "tests/unit/test_dispatch.py::test_body_and_headers[extension-dict-dict]",
        "headers beside a response are added to those that it has",
    ),
    Fault(
        "fastresp/_compiled/dispatch.pxi",
        "        if tag != checked_tag or tag == 0:",
        "        if checked_tag == 0:",
        "tests/unit/test_extension.py::test_a_make_response_patched_later_wins",
        "a make_response patched onto the app's class later is not called",
    ),
    Fault(
        "fastresp/_compiled/stock/app.pxi",
        "    if cls.__getattribute__ is not object.__getattribute__:",
        "    if False:",
        "tests/unit/test_extension.py::test_an_app_that_computes_its_attributes"
        "[__getattribute__]",
        "an app's own __getattribute__ is passed by",
    ),
    Fault(
        "fastresp/_compiled/stock/app.pxi",
        '        if hasattr(kind, "__set__") or hasattr(kind, "__delete__"):',
        "        if False:",
        "tests/unit/test_extension.py::test_an_app_that_computes_its_attributes[property]",
        "a property of an app is passed by",
    ),
    # --- which methods are still Werkzeug's --------------------------------------
    Fault(
        "fastresp/_compiled/stock/response_class.pxi",
        "    if tag != 0 and known >> 32 == tag:",
        "    if tag != 0 and known != 0:",
        "tests/unit/test_hooks.py::test_classes_that_share_a_place",
        "a class gets what is known of another with the same place",
    ),
    Fault(
        "fastresp/_compiled/stock/response_class.pxi",
        "if not PyUnicode_CheckExact(key) or key in INSTANCE_HOOKS:",
        "if not PyUnicode_CheckExact(key):",
        "tests/unit/test_hooks.py::test_set_on_an_instance[werkzeug-str-get_wsgi_response]",
        "methods set on an instance are not called",
    ),
    Fault(
        "fastresp/_compiled/stock/response_class.pxi",
        "            owner = klass\n    return owner",
        "            owner = klass\n            break\n    return owner",
        "tests/unit/test_hooks.py::test_repeated_in_a_subclass[werkzeug-__init__-1]",
        "a method of ours that is repeated below calls itself",
    ),
    Fault(
        "fastresp/_compiled/stock/response_class.pxi",
        "    if type(cls) is not type or cls.__flags__ & TPFLAGS_IS_ABSTRACT:",
        "    if type(cls) is not type:",
        "tests/unit/test_hooks.py::test_an_abstract_class[werkzeug]",
        "an abstract class has instances",
    ),
    Fault(
        "fastresp/_compiled/stock/response_class.pxi",
        "    if type(value) is int and value == 200:",
        "    if value == 200:",
        "tests/unit/test_hooks.py::test_odd_class_attributes[werkzeug-default_status-200.0]",
        "a default status that is equal to 200 is 200",
    ),
    # --- status lines -------------------------------------------------------------
    Fault(
        "fastresp/_compiled/response/status.pxi",
        "                if SPACE < char < DELETE:",
        "                if SPACE <= char < DELETE:",
        "tests/unit/test_construction.py"
        "::test_status[werkzeug-code and trailing space]",
        "white space after a phrase is kept",
    ),
    Fault(
        "fastresp/_compiled/response/status.pxi",
        "is <PyObject *>phrase",
        "is not NULL",
        "tests/unit/test_construction.py::test_later_changes_of_the_phrase_table_count[werkzeug]",
        "a phrase that the app has changed is the old one",
    ),
    # --- texts and lengths --------------------------------------------------------
    Fault(
        "fastresp/_compiled/names.pxi",
        "    if value < PyList_GET_SIZE(length_fields):",
        "    if value <= PyList_GET_SIZE(length_fields):",
        "tests/unit/test_construction.py::test_lengths",
        "the table of small lengths is read one past its end",
    ),
    Fault(
        "fastresp/_compiled/text.pxi",
        "        or PyUnicode_FindChar(text, 0, 0, PyUnicode_GET_LENGTH(text), 1) >= 0",
        "        or PyUnicode_FindChar(text, 0, 1, PyUnicode_GET_LENGTH(text), 1) >= 0",
        "tests/unit/test_deviations.py::test_nul_in_a_value_is_refused[werkzeug-__call__]",
        "a NUL at the start of a wide value is sent",
    ),
    Fault(
        "fastresp/_compiled/text.pxi",
        "            Py_DECREF(encoded)\n"
        "            return PyUnicode_AsUTF8String(text)",
        '            Py_DECREF(encoded)\n            return b""',
        "tests/unit/test_text.py::test_surrogates",
        "a text with a surrogate is sent as an empty body",
    ),
    # --- headers: their forms -----------------------------------------------------
    Fault(
        "fastresp/_compiled/headers/normalize.pxi",
        "        return value if is_field_value(value) else None",
        "        return value if is_latin1(value) else None",
        "tests/unit/test_headers.py::test_program",
        "a value with a line break is accepted",
    ),
    Fault(
        "fastresp/_compiled/headers/normalize.pxi",
        "            if item is field or not is_field_named(item, lower, size):",
        "            if not is_field_named(item, lower, size):",
        "tests/unit/test_construction.py::test_headers[werkzeug-content type twice]",
        "a field that replaces several of its name is lost",
    ),
    Fault(
        "fastresp/_compiled/headers/normalize.pxi",
        "return None if JSON_TYPE in <set>types else JSON_FIELD",
        "return JSON_FIELD",
        "tests/unit/test_json_provider.py::test_a_charset_for_json",
        "a charset that the app wants for JSON is left out",
    ),
    Fault(
        "fastresp/_compiled/headers/normalize.pxi",
        "        if name in names or name in own_names:\n            return False\n",
        "        pass\n",
        "tests/unit/test_hooks.py::test_attribute_access_of_the_headers_class[werkzeug-__getattribute__]",
        "a __getattribute__ patched onto Headers is passed by",
    ),
    # --- headers: their methods ---------------------------------------------------
    Fault(
        "fastresp/_compiled/headers/methods.pxi",
        "    return PyUnicode_CheckExact(name) and PyUnicode_IS_COMPACT_ASCII(name)",
        "    return PyUnicode_CheckExact(name) and is_latin1(name)",
        "tests/unit/test_headers.py::test_program",
        "names in Latin-1 are compared without their case",
    ),
    Fault(
        "fastresp/_compiled/headers/methods.pxi",
        "    drop_named(items, name, first)\n    return True",
        "    del items[first]\n    return True",
        "tests/unit/test_headers.py::"
        'test_program[walk(h, lambda: h.remove("set-cookie"))-class]',
        "removing a name removes its first field alone",
    ),
    Fault(
        "fastresp/_compiled/headers/methods.pxi",
        "            if not are_fields(more) or not have_field_values(more):",
        "            if not are_fields(more):",
        "tests/unit/test_headers.py::test_program",
        "extend() takes a line break over from other headers",
    ),
    # --- construction -------------------------------------------------------------
    Fault(
        "fastresp/_compiled/response/construction.pxi",
        "        # Instance attributes go before the class's defaults.\n"
        "        known = 0",
        "        pass",
        "tests/unit/test_hooks.py::"
        "test_a_default_set_on_an_instance_before_initialising[werkzeug-str-default_"
        "status]",
        "defaults set on an instance before __init__ do not count",
    ),
    Fault(
        "fastresp/_compiled/response/construction.pxi",
        "at = place_of(borrowed_key, INIT_PARAMETERS, count)",
        "at = place_of(borrowed_key, INIT_PARAMETERS, 0)",
        "tests/unit/test_construction.py::test_argument_forms[werkzeug-args1-kwargs1]",
        "an argument given twice is accepted",
    ),
    # --- emission -----------------------------------------------------------------
    Fault(
        "fastresp/_compiled/response/emission.pxi",
        "    return 100 <= status < 200 or status == 204 or status == 304",
        "    return 100 < status < 200 or status == 204 or status == 304",
        "tests/unit/test_emission.py::test_headers_by_status",
        "100 Continue has a body",
    ),
    Fault(
        "fastresp/_compiled/response/emission.pxi",
        "    elif bodiless and has_length:",
        "    elif bodiless and has_length and status != 204:",
        "tests/unit/test_emission.py::test_headers_by_status",
        "204 No Content keeps a Content-Length",
    ),
    Fault(
        "fastresp/_compiled/response/emission.pxi",
        "        if has_line_break(name):\n"
        "            return None\n"
        "        if is_named",
        "        if is_named",
        "tests/unit/test_deviations.py::test_line_breaks_in_a_name_are_refused",
        "a line break in a name is sent",
    ),
    Fault(
        "fastresp/_compiled/response/emission.pxi",
        "and not is_field_value(status):",
        "and False:",
        "tests/unit/test_deviations.py::test_line_breaks_in_the_status_are_refused",
        "a line break in the status is sent",
    ),
    Fault(
        "fastresp/_compiled/response/emission.pxi",
        "            if location >= 0:\n                return None\n",
        "",
        "tests/unit/test_emission.py::test_the_last_of_several_locations_wins[werkzeug]",
        "several Location fields are sent",
    ),
    Fault(
        "fastresp/_compiled/response/emission.pxi",
        "    if not empty and passed_through is not",
        "    if passed_through is not",
        "tests/unit/test_emission.py::test_order_of_events[werkzeug-0-True-HEAD-body]",
        "HEAD has the body of a response that passes it through",
    ),
    Fault(
        "fastresp/_compiled/response/emission.pxi",
        "for callback in response._on_close:",
        "for callback in reversed(response._on_close):",
        "tests/unit/test_emission.py::test_order_of_events[werkzeug-0-False-GET-body]",
        "call_on_close callbacks are called in reverse",
    ),
    Fault(
        "fastresp/_compiled/response/emission.pxi",
        "        response.response.close()\n",
        "        pass\n",
        "tests/unit/test_emission.py::test_order_of_events[werkzeug-0-False-GET-body]",
        "the body is not closed",
    ),
    Fault(
        "fastresp/_compiled/response/emission.pxi",
        "        if self.running:\n"
        '            raise ValueError("generator already executing")\n'
        "        if PyList",
        "        if PyList",
        "tests/unit/test_emission.py::test_reentrant_iteration[werkzeug]",
        "an iterator may be entered while it runs",
    ),
    Fault(
        "fastresp/_compiled/response/emission.pxi",
        "    size = <Py_ssize_t>utf8_size(text)\n",
        "    size = PyUnicode_GET_LENGTH(text)\n",
        "tests/unit/test_text.py::test_chunks",
        "Content-Length counts characters, not bytes",
    ),
    Fault(
        "fastresp/_compiled/response/emission.pxi",
        "    items = PySequence_List(items)\n",
        "",
        "tests/unit/test_emission.py::test_each_start_response_gets_a_list_of_its_own[werkzeug]",
        "start_response gets the list of the response itself",
    ),
    # --- Location -----------------------------------------------------------------
    Fault(
        "fastresp/_compiled/response/location.pxi",
        "        known & DEFAULT_LOCATION_KEPT\n        and fr_dict_get",
        "        fr_dict_get",
        "tests/unit/test_emission.py::test_locations[werkzeug-Location-True-/]",
        "autocorrect_location_header does not make a Location absolute",
    ),
    Fault(
        "src_c/fr_uri.c",
        "        if (port == 0 || port > 65535)",
        "        if (port > 65535)",
        "tests/unit/test_emission.py::test_locations[werkzeug-Location-False-http://a:080/]",
        "a port with a leading zero is left as it is",
    ),
    Fault(
        "src_c/fr_uri.c",
        "    else if (size > 1 && bytes[1] == '/')\n        return 0;",
        "",
        "tests/unit/test_emission.py::test_locations[werkzeug-Location-False-//HOST/path]",
        "//host is taken for a path",
    ),
    Fault(
        "fastresp/_compiled/features/redirects.pxi",
        "        or not PyType_Check(response_class)\n",
        "",
        "tests/unit/test_redirects.py::test_a_function_for_a_response_class",
        "a function is taken for a response class",
    ),
    # --- HTML ---------------------------------------------------------------------
    Fault(
        "fastresp/_compiled/html.pxi",
        "    if size == count:\n",
        "    if size >= count:\n",
        "tests/unit/test_redirects.py::test_every_character_in_the_page_of_an_app",
        "a location is not escaped in a redirect's page",
    ),
    # --- exceptions and WSGI callables --------------------------------------------
    Fault(
        "fastresp/_compiled/features/errors.pxi",
        "    if not has_own:\n        return page.body",
        "    if description is None:\n        return page.body",
        "tests/unit/test_errors.py::test_raised_and_returned[no description]",
        "an exception with None for a description gets its class's",
    ),
    Fault(
        "fastresp/_compiled/features/errors.pxi",
        '    return None if text is None else text.replace(b"\\n", b"<br>")',
        "    return text",
        "tests/unit/test_errors.py::test_abort[lines]",
        "line breaks in a description are lost in the page",
    ),
    # --- cookies ------------------------------------------------------------------
    Fault(
        "fastresp/_compiled/features/cookies.pxi",
        "    if cookie.secure:\n"
        '        out = put(out, b"; Secure", 8)\n'
        "    if cookie.httponly:\n"
        '        out = put(out, b"; HttpOnly", 10)',
        "    if cookie.httponly:\n"
        '        out = put(out, b"; HttpOnly", 10)\n'
        "    if cookie.secure:\n"
        '        out = put(out, b"; Secure", 8)',
        "tests/unit/test_cookies.py::test_flags",
        "HttpOnly comes before Secure",
    ),
    Fault(
        "fastresp/_compiled/features/cookies.pxi",
        "    if breaks_a_line(cookie.key):\n        return False\n",
        "",
        "tests/unit/test_cookies.py::test_every_byte_in_other_texts[werkzeug-key-{}]",
        "a cookie's name may have a line break",
    ),
    Fault(
        "fastresp/_compiled/features/cookies.pxi",
        "        if breaks_a_line(cookie.expires):\n            return False\n",
        "",
        "tests/unit/test_cookies.py::test_every_byte_in_other_texts[werkzeug-expires-{}]",
        "a text for Expires may have a line break",
    ),
    Fault(
        "fastresp/_compiled/dates.pxi",
        "    if (timestamp - second) * 1e6 >= 999999.5:",
        "    if (timestamp - second) * 1e6 >= 500000:",
        "tests/unit/test_cookies.py::test_expires",
        "Expires is rounded to the nearest second",
    ),
    Fault(
        "fastresp/_compiled/features/cookies.pxi",
        "    if limit and cookie.size > limit:\n",
        "    if limit and cookie.size > limit + 1:\n",
        "tests/unit/test_cookies.py::test_limits[werkzeug-class-30]",
        "no warning of a cookie that is one byte too large",
    ),
    Fault(
        "fastresp/_compiled/features/cookies.pxi",
        "    cookie.secure = 1\n    if cookie.partitioned != 1:\n",
        "    cookie.secure = 1\n    if True:\n",
        "tests/unit/test_cookies.py::test_flags[werkzeug-partitioned]",
        "Partitioned does not bring Secure with it",
    ),
    Fault(
        "fastresp/_compiled/features/cookies.pxi",
        "        if zone is <PyObject *>None or zone is PyDateTime_TimeZone_UTC:",
        "        if True:",
        "tests/unit/test_cookies.py::"
        "test_expires[werkzeug-datetime.datetime(1, 1, 1, 0, 0, "
        "tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=75600)))]",
        "the zone of a datetime for Expires does not count",
    ),
    Fault(
        "src_c/fr_cookie.c",
        "            if (++label > FR_LABEL_MAX)",
        "            if (++label > FR_LABEL_MAX + 1)",
        "tests/unit/test_cookies.py::"
        "test_domains[werkzeug-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxxxxxxxx]",
        "a label of 64 characters is a domain",
    ),
    # --- dates --------------------------------------------------------------------
    Fault(
        "src_c/fr_date.c",
        "    unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;",
        "    unsigned year = (day - day / 1460 + day / 36524) / 365;",
        "tests/c/test_src_c.py::test_program[plain-test_fr_date]",
        "29 February of a year like 2000 is in the next one",
    ),
    # --- conditions ---------------------------------------------------------------
    Fault(
        "fastresp/_compiled/features/conditional.pxi",
        "    if ours.size != theirs.size or memcmp(ours.bytes, theirs.bytes, "
        "<size_t>ours.size):",
        "    if memcmp(ours.bytes, theirs.bytes, <size_t>(ours.size if ours.size < "
        "theirs.size else theirs.size)):",
        "tests/unit/test_conditional.py::test_make_conditional[werkzeug-r.set_etag('tag')]",
        "an entity tag matches a longer one",
    ),
    Fault(
        "fastresp/_compiled/features/conditional.pxi",
        '        or PyDict_GetItemWithError(environ, "HTTP_IF_MATCH") is not NULL\n',
        "",
        "tests/unit/test_conditional.py::test_make_conditional[werkzeug-r.set_etag('tag')]",
        "If-Match does not count",
    ),
    Fault(
        "fastresp/_compiled/features/conditional.pxi",
        '        or not (method == "GET" or method == "HEAD")\n',
        "",
        "tests/unit/test_conditional.py::"
        "test_make_conditional_by_method_and_request[werkzeug-text]",
        "POST is answered with 304",
    ),
    Fault(
        "fastresp/_compiled/features/conditional.pxi",
        "    if has_date == NOT_FOUND:\n        date",
        "    if True:\n        date",
        "tests/unit/test_conditional.py::"
        "test_make_conditional[werkzeug-r.headers['date'] = 'mine'; r.add_etag()]",
        "a second Date is added",
    ),
    # --- sets of names ------------------------------------------------------------
    Fault(
        "fastresp/_compiled/features/header_sets.pxi",
        'return ", ".join(items)',
        'return ", ".join(sorted(items))',
        "tests/unit/test_sessions.py::test_hooks[cors]",
        "the names in Vary are sorted",
    ),
    Fault(
        "fastresp/_compiled/features/header_sets.pxi",
        "elif not header_set and VARY in headers:\n            del",
        "elif False:\n            del",
        "tests/unit/test_sessions.py::test_hooks[discarded]",
        "an empty Vary stays",
    ),
    Fault(
        "fastresp/_compiled/features/header_sets.pxi",
        "        if names.get(name) is not value:\n            return False\n",
        "        pass\n",
        "tests/unit/test_hooks.py::test_patched_header_set[werkzeug-__bool__]",
        "a patched method of HeaderSet is not called",
    ),
    # --- JSON: the walk -----------------------------------------------------------
    Fault(
        "fastresp/_compiled/json.pyx",
        "    if PyLong_Check(<object>value):\n"
        "        return put_integer(e, value)\n"
        "    if PyFloat_Check(<object>value):\n"
        "        return put_float(e, value)\n"
        "    if PyList_Check(<object>value)",
        "    if PyFloat_Check(<object>value):\n"
        "        return put_float(e, value)\n"
        "    if PyList_Check(<object>value)",
        "tests/unit/test_json_encoder.py::test_as_flask_calls_it",
        "an int of a subclass goes to default",
    ),
    Fault(
        "fastresp/_compiled/json.pyx",
        "    if e.sort_keys:\n        PyList_Sort(items)\n",
        "",
        "tests/unit/test_json_encoder.py::test_keys_of_another_kind",
        "a dict with other keys than strings is not sorted",
    ),
    Fault(
        "fastresp/_compiled/json.pyx",
        "        if e.skipkeys:\n            return SKIP\n",
        "        if e.skipkeys:\n"
        "            first[0] = False\n"
        "            return SKIP\n",
        "tests/unit/test_json_encoder.py::test_keys_of_another_kind",
        "a comma comes after a first key that is left out",
    ),
    Fault(
        "fastresp/_compiled/json.pyx",
        "    if e.check_circular and is_open(e, mapping):\n"
        "        return refuse_circle(e)",
        "    if False:\n        return refuse_circle(e)",
        "tests/unit/test_json_encoder.py::test_circles",
        "a dict in itself is walked to the recursion limit",
    ),
    Fault(
        "fastresp/_compiled/features/json_provider.pxi",
        "_json.USUAL_FLAGS | _json.NEWLINE",
        "_json.USUAL_FLAGS",
        "tests/unit/test_json_provider.py::test_parity"
        "[class_attribute-before-{'b': 1, 'a': [1.5, ]",
        "a JSON response does not end with a line feed",
    ),
    # --- JSON: dicts --------------------------------------------------------------
    Fault(
        "fastresp/_compiled/json/dicts.pxi",
        "        if right < count and comes_before(&pairs[right], &spare[left]):",
        "        if right + 1 < count and comes_before(&pairs[right], &spare[left]):",
        "tests/unit/test_json_encoder.py::test_sorting",
        "the last key of a large dict is not merged",
    ),
    # --- JSON: texts and numbers --------------------------------------------------
    Fault(
        "fastresp/_compiled/json/values.pxi",
        "    text = int.__repr__(owner)",
        "    text = str(owner)",
        "tests/unit/test_json_encoder.py::test_any_document_with_any_options",
        "a large int of a subclass is spelled by its class",
    ),
    Fault(
        "fastresp/_compiled/json/values.pxi",
        "    if not e.allow_nan:\n        if not e.known:",
        "    if False:\n        if not e.known:",
        "tests/unit/test_json_encoder.py::test_keys_of_another_kind",
        "NaN is written where it is not allowed",
    ),
    Fault(
        "src_c/fr_json.c",
        "    out = fr_put_unit(0xD800 | one >> 10, out);",
        "    out = fr_put_unit(0xD800 | (one >> 10 & 0xFF), out);",
        "tests/unit/test_json_encoder.py::test_strings",
        "characters from U+50000 on have a wrong high surrogate",
    ),
    Fault(
        "src_c/fr_json.c",
        "(uint8_t)((one < 0x20) | (one > highest) | (one == '\"')",
        "(uint8_t)((one < 0x1F) | (one > highest) | (one == '\"')",
        "tests/unit/test_json_encoder.py::test_every_character_at_every_place[True]",
        "U+001F is not escaped in a string of sixteen characters",
    ),
    Fault(
        "src_c/fr_json.c",
        "        if (one >= 0xD800 && one <= 0xDFFF)\n            *surrogates = 1;",
        "        if (one >= 0xD800 && one < 0xDFFF)\n            *surrogates = 1;",
        "tests/differential/test_json_files.py::"
        "test_written_as_bytes[surrogate at the end of a long string-False]",
        "U+DFFF is not known for a surrogate",
    ),
    Fault(
        "src_c/fr_double.c",
        "    if (-4 < point && point <= 0) {",
        "    if (-5 < point && point <= 0) {",
        "tests/unit/test_json_encoder.py::test_numbers",
        "0.00001 is not written with an exponent",
    ),
    Fault(
        "src_c/fr_double.c",
        "significand == 0 && exponent > 1",
        "0",
        "tests/unit/test_json_encoder.py::test_special_doubles",
        "a power of two has as much room below as above",
    ),
    Fault(
        "src_c/fr_double.c",
        "    if (bits >> 63)\n",
        "    if (value < 0)\n",
        "tests/unit/test_json_encoder.py::test_special_doubles",
        "minus zero has no sign",
    ),
    Fault(
        "src_c/fr_decimal.h",
        "    return 1 + fr_decimal_fill(UINT64_C(0) - (uint64_t)value, out + 1);",
        "    return 1 + fr_decimal_fill((uint64_t)(-(value + 1)) + (value > "
        "INT64_MIN), out + 1);",
        "tests/unit/test_json_encoder.py::test_numbers",
        "the smallest 64-bit integer is one more",
    ),
    # --- JSON: the provider -------------------------------------------------------
    Fault(
        "fastresp/_compiled/features/json_provider.pxi",
        "    if kind & DEFAULT_PROVIDER and PyDict_GET_SIZE(attributes) == 1:",
        "    if kind & DEFAULT_PROVIDER:",
        "tests/unit/test_json_provider.py"
        "::test_parity[default-before-{'when': datetime.da]",
        "what is set on a provider does not count",
    ),
    Fault(
        "fastresp/_compiled/features/json_provider.pxi",
        "and not options.surrogates and can",
        "and can",
        "tests/unit/test_json_provider.py::test_parity[utf8-before-['\\\\ud800']]",
        "a JSON response has surrogates for a body",
    ),
    Fault(
        "fastresp/_compiled/features/json_provider.pxi",
        "mimetype = JSON_TYPE if plain else provider.mimetype",
        "mimetype = JSON_TYPE",
        "tests/unit/test_json_provider.py::test_parity"
        "[media_type-before-{'b': 1, 'a': [1.5, ]",
        "a provider's media type does not count",
    ),
    Fault(
        "fastresp/_compiled/features/json_provider.pxi",
        'not {"__getattribute__", "__getattr__"}.isdisjoint(',
        'not {"__getattr__"}.isdisjoint(',
        "tests/unit/test_json_provider.py::test_subclasses[DefaultJSONProvider]",
        "a provider's own __getattribute__ is passed by",
    ),
    Fault(
        "fastresp/_compiled/features/json_provider.pxi",
        '            or hasattr(cls, "config")\n',
        "",
        "tests/unit/test_json_provider.py::test_an_app_with_its_own_debug",
        "a computed configuration does not count for debug mode",
    ),
    # --- UTF-8 --------------------------------------------------------------------
    Fault(
        "src_c/fr_utf8.c",
        "    if (threes == 0xFFFF && !fours)",
        "    if (threes == 0xFFFF)",
        "tests/unit/test_text.py::test_text_with_its_encoding_cached",
        "four-byte characters among three-byte ones are cut to three",
    ),
    Fault(
        "src_c/fr_utf8.c",
        "        *surrogates |= fr_have_surrogates(low) | fr_have_surrogates(high);",
        "        *surrogates |= fr_have_surrogates(low);",
        "tests/unit/test_text.py::test_a_surrogate_at_every_place",
        "a surrogate in the second half of a block is encoded",
    ),
    # --- checked characters -------------------------------------------------------
    Fault(
        "src_c/fr_scan.c",
        "    return byte == '\\n' || byte == '\\r' || byte == '\\0';",
        "    return byte == '\\n' || byte == '\\0';",
        "tests/unit/test_deviations.py::test_line_breaks_in_a_name_are_refused",
        "CR is no line break",
    ),
    Fault(
        "src_c/fr_scan.c",
        "    ['+'] = 1, ['-'] = 1,",
        "    ['+'] = 1, ['-'] = 1, [':'] = 1,",
        "tests/unit/test_http1.py::test_every_byte[-name]",
        "a colon may be in a name",
    ),
    # --- heads of HTTP/1 ----------------------------------------------------------
    Fault(
        "src_c/fr_head.c",
        "        return *same ? FR_HEAD_RIGHT : FR_HEAD_LENGTHS;",
        "        *same = 1;\n        return FR_HEAD_RIGHT;",
        "tests/unit/test_http1.py::test_refused[conflict]",
        "of two lengths that differ the first is sent",
    ),
    Fault(
        "src_c/fr_head.c",
        "    if (framing->length != NULL)\n        return FR_HEAD_LENGTH_AND_CODING;\n",
        "",
        "tests/unit/test_http1.py::test_refused[length, coding]",
        "Transfer-Encoding after Content-Length is sent",
    ),
    Fault(
        "src_c/fr_head.c",
        "    if (minor == 0)\n        return FR_HEAD_CODING_IN_1_0;\n",
        "",
        "tests/unit/test_http1.py::test_http_1_0",
        "HTTP/1.0 has Transfer-Encoding",
    ),
    Fault(
        "src_c/fr_head.c",
        "    int bodiless = head->code < 200 || head->code == 204;",
        "    int bodiless = head->code < 200;",
        "tests/unit/test_http1.py::test_refused[length of 204]",
        "204 No Content may say how long it is",
    ),
    Fault(
        "src_c/fr_head.c",
        "    if (text.size == 0 || text.size > FR_LENGTH_DIGITS)",
        "    if (text.size > FR_LENGTH_DIGITS)",
        "tests/unit/test_http1.py::test_refused[no length]",
        "an empty Content-Length is sent",
    ),
    Fault(
        "src_c/fr_head.c",
        "        head->size += field->name.size + field->value.size + 4;",
        "        head->size += field->name.size + field->value.size + 3;",
        "tests/unit/test_http1.py::test_head",
        "each field is measured one byte short",
    ),
    Fault(
        "src_c/fr_head.c",
        "        if (kept != at)\n            *field = fields[at];\n",
        "",
        "tests/unit/test_http1.py::test_length_is_written_once",
        "the fields after a repeated length are those before them",
    ),
    Fault(
        "src_c/fr_head.c",
        "    if (size < 3 || (size > 3 && bytes[3] != ' '))",
        "    if (size < 3)",
        "tests/unit/test_http1.py::test_every_byte_of_a_status[3]",
        "a status may have four digits",
    ),
    Fault(
        "fastresp/_compiled/http1.pyx",
        "    if date_field is None or now != date_seconds:",
        "    if date_field is None or now > date_seconds + 1:",
        "tests/unit/test_http1.py::test_date_changes_once_a_second",
        "Date is one second behind",
    ),
    Fault(
        "fastresp/_compiled/http1.pyx",
        "    if not 100 <= head.code <= 199 or head.code == 101:",
        "    if not 100 <= head.code <= 199:",
        "tests/unit/test_http1.py::test_no_interim_response[101]",
        "101 Switching Protocols is an interim response",
    ),
    # --- gunicorn -----------------------------------------------------------------
    Fault(
        "fastresp/_compiled/gunicorn.pyx",
        "        if sent < len(head):\n"
        "            sock.sendall(head[sent:])\n"
        "            sent = len(head)\n",
        "        if sent < len(head):\n            sock.sendall(head[sent:])\n",
        "tests/integration/test_gunicorn.py::test_partly_sent[0-big]",
        "the end of the body is sent where the head was sent in part",
    ),
    Fault(
        "fastresp/_compiled/gunicorn.pyx",
        "            sent = self.sent + len(data)\n",
        "            sent = self.sent + len(data) + len(head)\n",
        "tests/integration/test_gunicorn.py::test_same_steps",
        "the access log counts the bytes of the head",
    ),
    Fault(
        "fastresp/_compiled/gunicorn.pyx",
        "            # Before anything is sent: then an error in the middle is not "
        "answered.\n"
        "            self.headers_sent = True\n"
        "            self.sent = sent\n"
        "            send_both(self.sock, head, data, whole)",
        "            self.sent = sent\n"
        "            send_both(self.sock, head, data, whole)\n"
        "            self.headers_sent = True",
        "tests/integration/test_gunicorn.py::test_error_while_sending_is_not_answered",
        "an error while the head is sent is answered with another",
    ),
    Fault(
        "fastresp/_compiled/gunicorn.pyx",
        'is_str(method) and method != "HEAD"',
        "True",
        "tests/integration/test_gunicorn.py::test_same_steps",
        "the answer to HEAD has a body",
    ),
    Fault(
        "fastresp/_compiled/gunicorn.pyx",
        " or code == 204 or code == 304:",
        " or code == 204:",
        "tests/integration/test_gunicorn.py::test_same_steps",
        "the answer with 304 has a body",
    ),
    Fault(
        "fastresp/_compiled/gunicorn.pyx",
        "        0 < size <= exact_number(response.response_length)",
        "        0 < size",
        "tests/integration/test_gunicorn.py::test_same_steps_for_any_program",
        "more is sent than Content-Length says",
    ),
    Fault(
        "fastresp/_compiled/gunicorn.pyx",
        "    if chunked and not bodiless:\n",
        "    if False:\n",
        "tests/integration/test_gunicorn.py::test_same_steps",
        "a body in chunks is sent without Transfer-Encoding",
    ),
    Fault(
        "fastresp/_compiled/gunicorn.pyx",
        "        and is_class_stock()\n        and count",
        "        and count",
        "tests/integration/test_gunicorn.py"
        "::test_patched_class[default_headers-function-in the app]",
        "a patched method of gunicorn's responses is not called",
    ),
    Fault(
        "fastresp/_compiled/gunicorn.pyx",
        "        and count_attributes(fr_instance_dict(response)) == ATTRIBUTES\n",
        "",
        "tests/integration/test_gunicorn.py"
        "::test_patched_response[default_headers-in the app-instance]",
        "a method that was set on one response is not called",
    ),
    Fault(
        "fastresp/_compiled/gunicorn.pyx",
        "        and cls.sendall is methods[0]\n",
        "",
        "tests/integration/test_gunicorn.py::test_patched_socket[class]",
        "sendmsg goes past a patched sendall",
    ),
    Fault(
        "fastresp/_compiled/gunicorn.pyx",
        "        del self.headers[before[0]:]\n",
        "",
        "tests/integration/test_gunicorn.py::test_refused_and_caught",
        "headers that were refused stay",
    ),
    Fault(
        "fastresp/_compiled/gunicorn.pyx",
        "    elif response.should_close():\n"
        "        connection = CLOSE\n"
        "    else:\n"
        "        connection = KEEP_ALIVE",
        "    else:\n        connection = KEEP_ALIVE",
        "tests/integration/test_gunicorn.py::test_same_steps",
        "a connection that is closed is said to be kept",
    ),
)
