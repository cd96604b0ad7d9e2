"""Faults that are security holes: a test has to find each, whatever else is drawn (see
mutate.py).

None of them stops the module from being imported, and but for a few none is met by the
answers that :mod:`fastresp._compat.werkzeug` compares.
"""

from __future__ import annotations

import typing as t


class Fault(t.NamedTuple):
    file: str
    original: str
    """What is replaced; found once in the file."""
    replacement: str
    test: str
    """The node id of a test that fails then; of a drawn one, what may fail."""
    what: str
    """What is wrong then."""
    line: int = 0
    """Of a drawn one: which line is replaced."""


FAULTS = (
    Fault(
        "fastresp/_compiled/watch.pxd",
        "    if tag != 0 and entry >> 32 == tag:",
        "    if tag != 0 and entry != 0:",
        "tests/unit/test_hooks.py::test_classes_that_share_a_place",
        "a class gets what is known of another with the same place",
    ),
    Fault(
        "fastresp/_compiled/names.pxi",
        "    if value < PyList_GET_SIZE(length_fields):",
        "    if value <= PyList_GET_SIZE(length_fields):",
        "tests/unit/test_construction.py::test_lengths",
        "the table of small lengths is read one past its end",
    ),
    Fault(
        "fastresp/_compiled/text.pxi",
        "PyUnicode_FindChar(text, char, 0,",
        "PyUnicode_FindChar(text, char, 1,",
        "tests/unit/test_deviations.py::test_nul_in_a_value_is_refused[werkzeug-__call__]",
        "a NUL at the start of a wide value is sent",
    ),
    Fault(
        "fastresp/_compiled/headers/normalize.pxi",
        "        return value if is_field_value(value) else None",
        "        return value if is_latin1(value) else None",
        "tests/unit/test_headers.py::test_program",
        "a value with a line break is accepted",
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
        "        if self.running:\n"
        '            raise ValueError("generator already executing")\n'
        "        if PyList",
        "        if PyList",
        "tests/unit/test_emission.py::test_reentrant_iteration",
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
    Fault(
        "fastresp/_compiled/html.pxi",
        "    if size == count:\n",
        "    if size >= count:\n",
        "tests/unit/test_redirects.py::test_every_character_in_the_page_of_an_app",
        "a location is not escaped in a redirect's page",
    ),
    Fault(
        "src_c/fr_cookie.c",
        "    if (fr_has_line_break(cookie->key))\n        return 0;\n",
        "",
        "tests/unit/test_cookies.py::test_every_byte_in_other_texts[werkzeug-key-{}]",
        "a cookie's name may have a line break",
    ),
    Fault(
        "src_c/fr_cookie.c",
        "    if (!cookie->has_date && cookie->expires.bytes &&\n",
        "    if (0 && cookie->expires.bytes &&\n",
        "tests/unit/test_cookies.py::test_every_byte_in_other_texts[werkzeug-expires-{}]",
        "a text for Expires may have a line break",
    ),
    Fault(
        "fastresp/_compiled/features/conditional.pxi",
        "ours.size != theirs.size or memcmp(ours.bytes, theirs.bytes, ours.size)",
        "memcmp(ours.bytes, theirs.bytes, min(ours.size, theirs.size))",
        "tests/unit/test_conditional.py::test_make_conditional[werkzeug-r.set_etag('tag')]",
        "an entity tag matches a longer one",
    ),
    Fault(
        "src_c/fr_json.c",
        "(uint8_t)((one < 0x20) | (one > highest) | (one == '\"')",
        "(uint8_t)((one < 0x1F) | (one > highest) | (one == '\"')",
        "tests/unit/test_json_encoder.py::test_every_character_at_every_place[True]",
        "U+001F is not escaped in a string of sixteen characters",
    ),
    Fault(
        "fastresp/_compiled/features/json_provider.pxi",
        "and not options.surrogates and can",
        "and can",
        "tests/unit/test_json_provider.py::test_parity[utf8-before-['\\\\ud800']]",
        "a JSON response has surrogates for a body",
    ),
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
        "    if not 100 <= head.code <= 199 or head.code == 101:",
        "    if not 100 <= head.code <= 199:",
        "tests/unit/test_http1.py::test_no_interim_response[101]",
        "101 Switching Protocols is an interim response",
    ),
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
        "            # Before anything is sent: then an error in the middle is not "
        "answered.\n"
        "            self.headers_sent = True\n",
        "",
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
        "            del taken[count:]\n",
        "            pass\n",
        "tests/integration/test_gunicorn.py::test_refused_and_caught",
        "headers that were refused stay",
    ),
)
