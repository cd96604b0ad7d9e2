"""Processes forked from one that has imported the package, and one that has served."""

from __future__ import annotations

import os
import time
import traceback

from stress import emit
from stress import expected
from stress import fast
from stress import RETURNED
from stress import TOKEN
from werkzeug.http import http_date
from werkzeug.http import parse_date

import fastresp
from fastresp.http1 import date_header

CHILDREN = 3
# Enough for every response that is kept to be used again.
REQUESTS = 20


def check(first: int) -> None:
    for token in map("{:08}".format, range(first, first + REQUESTS)):
        with fast.test_request_context():
            for (kind, method), wanted in answers.items():
                found = repr(emit(fast, RETURNED[kind](fast, token), method))
                assert found == wanted.replace(TOKEN, token)


def in_children() -> None:
    children = []
    for child in range(CHILDREN):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                check(1000 * child)
                inherited = date_header()
                time.sleep(1)
                # The second of the parent does not stay.
                assert date_header() != inherited
                now = parse_date(http_date())
                said = parse_date(date_header()[1])
                assert now is not None and said is not None
                assert abs((now - said).total_seconds()) <= 1
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        children.append(pid)
    check(7)
    for pid in children:
        assert os.waitpid(pid, 0)[1] == 0


answers = expected()
in_children()
# With responses kept by the parent, and its second known.
check(0)
date_header()
in_children()
assert fastresp.fast_path_counts()["emitted"] > 0
