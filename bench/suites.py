"""What is measured: suites of rows, and for each implementation of a row what a
process of its own needs to answer and to time it."""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import dataclasses
import functools
import importlib.util
import time
import tracemalloc
import typing as t

import head
import json_encoders
import peers
import whole_requests
from answers import Digest
from answers import digest
from cases import accounts
from cases import Case
from cases import CASES
from cases import chunks
from cases import CLASS_ALONE_GOALS
from cases import fields
from cases import JSON_BY_HAND
from harness import answer
from harness import answer_by_hand
from harness import by_hand
from harness import class_app
from harness import extension_app
from harness import Runner
from harness import start_response
from harness import stock_app
from labels import AGAIN
from labels import ALONE
from labels import BY_HAND
from labels import CEILING
from labels import FASTRESP
from labels import FLASK
from labels import WERKZEUG

APPS = {FLASK: stock_app, ALONE: class_app, FASTRESP: extension_app}

#: What has to be installed for an implementation.
NEEDS = {
    **{label: needed for label, (needed, _) in peers.PEERS.items()},
    "aiohttp": "aiohttp",
    "aiohttp, from a list": "aiohttp",
    "gunicorn": "gunicorn",
    "h11": "h11",
    "orjson": "orjson",
    "msgspec": "msgspec",
}


@dataclasses.dataclass
class Subject:
    """One row on one implementation."""

    answer: cabc.Callable[[], Digest]
    run: cabc.Callable[[], None]
    #: Makes what ``run`` works on, outside of the timing.
    prepare: cabc.Callable[[], None] = lambda: None
    #: How many responses ``run`` makes.
    responses: int = 1
    #: How many times a batch prepares and runs.
    repeats: int = 1
    #: Makes the responses and keeps them.
    hold: cabc.Callable[[], list[t.Any]] | None = None
    context: cabc.Callable[[], contextlib.AbstractContextManager[t.Any]] = (
        contextlib.nullcontext
    )

    def batch(self) -> float:
        """Microseconds per response."""
        total = 0
        with self.context():
            for _ in range(self.repeats):
                self.prepare()
                started = time.perf_counter_ns()
                self.run()
                total += time.perf_counter_ns() - started
        return total / (self.repeats * self.responses) / 1000

    def prepare_only(self) -> None:
        """A batch without what is timed in it."""
        with self.context():
            for _ in range(self.repeats):
                self.prepare()

    def memory(self) -> dict[str, float]:
        """Bytes: of Python's allocators, at most at one time while responses are
        made and sent one by one, and of a response that is kept."""
        figures = {}
        with self.context():
            self.prepare()
            self.run()
            tracemalloc.start()
            try:
                self.prepare()
                before = tracemalloc.get_traced_memory()[0]
                tracemalloc.reset_peak()
                self.run()
                figures["peak"] = float(tracemalloc.get_traced_memory()[1] - before)
                if self.hold is not None:
                    self.prepare()
                    before = tracemalloc.get_traced_memory()[0]
                    held = self.hold()
                    after = tracemalloc.get_traced_memory()[0]
                    figures["held"] = (after - before) / len(held)
            finally:
                tracemalloc.stop()
        return figures


class Suite(t.NamedTuple):
    title: str
    rows: cabc.Collection[str]
    #: Of a row, the reference first. Not all of them need be installed.
    implementations: cabc.Callable[[str], list[str]]
    create: cabc.Callable[[str, str], Subject]
    #: fastresp's implementations, whose answers must be those of the reference.
    own: tuple[str, ...]
    #: The others whose answers are compared to the letter.
    exact: tuple[str, ...] = ()
    goals: cabc.Callable[[str], dict[str, float]] = lambda row: {}
    #: Whether it tells something how much memory a response takes.
    memory: bool = False
    #: What grows from row to row.
    size: cabc.Callable[[str], int | None] = lambda row: None
    #: What a size is counted in.
    unit: str = ""


def installed(implementation: str) -> bool:
    needed = NEEDS.get(implementation.removesuffix(AGAIN))
    return needed is None or importlib.util.find_spec(needed) is not None


# --- return values ---------------------------------------------------------


def return_value(
    table: cabc.Mapping[str, Case], name: str, implementation: str
) -> Subject:
    case = table[name]
    respond: cabc.Callable[[t.Any], t.Any] | None = None
    app = APPS.get(implementation, stock_app)(case)
    if implementation == BY_HAND:
        respond = by_hand(case)
    elif implementation == WERKZEUG:
        respond = peers.werkzeug(peers.recipe_for(name))
    elif implementation in peers.PEERS:
        respond = peers.PEERS[implementation][1](peers.recipe_for(name))
    runner = Runner(case, app, respond)

    def answered() -> Digest:
        if respond is None:
            return digest(*answer(app, case))
        return digest(*answer_by_hand(case, respond))

    def hold() -> list[t.Any]:
        # In a view that builds the response itself, that is half of the work.
        if case.in_view:
            return [runner.make_response(make(app)) for make in runner.values]
        return [runner.make_response(value) for value in runner.values]

    return Subject(
        answered,
        runner.run,
        runner.prepare,
        responses=runner.batch,
        repeats=max(1, case.loops // runner.batch),
        hold=None if implementation == BY_HAND else hold,
        context=lambda: app.request_context(runner.environ),
    )


def return_value_implementations(name: str) -> list[str]:
    case = CASES[name]
    found = [FLASK, FLASK + AGAIN]
    if name in peers.ROWS:
        found.append(WERKZEUG)
    found += [ALONE, FASTRESP]
    if case.by_hand is not None or case.view_by_hand is not None:
        found.append(BY_HAND)
    return found + (list(peers.PEERS) if name in peers.ROWS else [])


def return_value_goals(name: str) -> dict[str, float]:
    goals = {FASTRESP: CASES[name].goal, ALONE: CLASS_ALONE_GOALS.get(name)}
    return {label: goal for label, goal in goals.items() if goal is not None}


# --- growth ----------------------------------------------------------------


def powers(largest: int) -> list[int]:
    return [10**power for power in range(len(str(largest)))]


def loops(largest: int, size: int) -> int:
    """About as long for each size."""
    return max(1, min(1000, largest // max(size, 1)))


def body_case(size: int) -> Case:
    text = "x" * size
    return Case(lambda: text, by_hand=str.encode, loops=loops(10_000_000, size))


def headers_case(count: int) -> Case:
    extra = fields(count)
    return Case(
        lambda: ("Hello, World!", extra),
        by_hand=lambda value: t.cast(bytes, value[0].encode()),
        loops=loops(5_000, count),
    )


def chunks_case(count: int) -> Case:
    return Case(
        lambda: chunks(count), by_hand=bytes, streams=True, loops=loops(20_000, count)
    )


def records_case(count: int) -> Case:
    return Case(
        lambda: accounts(count), by_hand=JSON_BY_HAND, loops=loops(1_000, count)
    )


#: What grows -> in what it is counted, the sizes, and a size's case.
GROWTH: dict[str, tuple[str, list[int], cabc.Callable[[int], Case]]] = {
    "Body size": ("bytes", [0, *powers(10_000_000)], body_case),
    "Number of headers": ("headers", [0, 1, 3, 10, 30, 100, 200], headers_case),
    "Number of chunks": ("chunks", powers(100_000), chunks_case),
    "Records of JSON": ("records", powers(100_000), records_case),
}


def growth_suite(
    title: str, unit: str, sizes: list[int], make: cabc.Callable[[int], Case]
) -> Suite:
    rows = {f"{size:,} {unit}": size for size in sizes}

    def implementations(row: str) -> list[str]:
        found = [FLASK, FLASK + AGAIN, ALONE, FASTRESP]
        return found if make(1).by_hand is None else [*found, BY_HAND]

    return Suite(
        title,
        list(rows),
        implementations,
        lambda row, implementation: return_value(
            {row: make(rows[row])}, row, implementation
        ),
        own=(ALONE, FASTRESP),
        memory=True,
        size=rows.__getitem__,
        unit=unit,
    )


# --- whole requests --------------------------------------------------------


def whole_request(name: str, implementation: str) -> Subject:
    request = whole_requests.REQUESTS[name]
    keys = {FLASK: "stock", FASTRESP: "fast", CEILING: "free"}
    app = whole_requests.create_apps(request)[keys[implementation]]
    environ = whole_requests.environ_of(request)

    def run() -> None:
        for _ in range(200):
            for _ in app(environ.copy(), start_response):
                pass

    def answered() -> Digest:
        return digest(*whole_requests.comparable(whole_requests.answer(app, request)))

    return Subject(answered, run, responses=200)


# --- heads and encoders ----------------------------------------------------


def rendered_head(name: str, implementation: str) -> Subject:
    render = head.ways(head.HEADERS[name])[implementation]

    def run() -> None:
        for _ in range(head.LOOPS):
            render()

    return Subject(
        lambda: digest("", [], head.without_date(render())), run, responses=head.LOOPS
    )


HEADS = [
    *("gunicorn", "gunicorn" + AGAIN, "fastresp, as gunicorn", "fastresp"),
    *('b"".join', "aiohttp", "aiohttp, from a list", "h11"),
]


def encoded(name: str, implementation: str) -> Subject:
    text = json_encoders.TEXTS[name]
    key = "stock" if implementation == "json.dumps" else implementation
    encode = json_encoders.ENCODERS[key](text)
    values: list[t.Any] = []
    batch = min(text.case.loops, 20)

    def prepare() -> None:
        values[:] = [text.case.make() for _ in range(batch)]

    def run() -> None:
        for value in values:
            encode(value)

    return Subject(
        lambda: digest("", [], encode(text.case.make())),
        run,
        prepare,
        responses=batch,
        repeats=max(1, text.case.loops // batch),
    )


SUITES: dict[str, Suite] = {
    suite.title: suite
    for suite in (
        Suite(
            "Return values",
            CASES,
            return_value_implementations,
            functools.partial(return_value, CASES),
            own=(ALONE, FASTRESP),
            exact=(WERKZEUG,),
            goals=return_value_goals,
            memory=True,
        ),
        Suite(
            "Whole requests",
            whole_requests.REQUESTS,
            lambda row: [FLASK, FLASK + AGAIN, FASTRESP, CEILING],
            whole_request,
            own=(FASTRESP,),
            exact=(CEILING,),
        ),
        *(growth_suite(title, *rest) for title, rest in GROWTH.items()),
        Suite(
            "Heads of HTTP/1.1",
            head.HEADERS,
            lambda row: HEADS,
            rendered_head,
            own=("fastresp, as gunicorn", "fastresp"),
            exact=('b"".join', "aiohttp", "aiohttp, from a list", "h11"),
            goals=lambda row: {"fastresp": 40} if row == "8 headers" else {},
        ),
        Suite(
            "JSON encoders",
            json_encoders.TEXTS,
            lambda row: [
                *("json.dumps", "json.dumps" + AGAIN, "fastresp", "orjson", "msgspec")
            ],
            encoded,
            own=("fastresp",),
            exact=("orjson", "msgspec"),
        ),
    )
}
