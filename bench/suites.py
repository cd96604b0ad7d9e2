"""The tables of rows to measure, and the implementations of each row."""

from __future__ import annotations

import collections.abc as cabc
import gc
import importlib.util
import typing as t

import head
import json_encoders
import peers
import whole_requests
from cases import accounts
from cases import Case
from cases import CASES
from cases import chunks
from cases import CLASS_ALONE_GOALS
from cases import fields
from cases import JSON_BY_HAND
from harness import AGAIN
from harness import ALONE
from harness import APPS
from harness import BY_HAND
from harness import by_hand
from harness import CEILING
from harness import FASTRESP
from harness import FLASK
from harness import return_value
from harness import stock_app
from harness import Subject

from fastresp.cli.compare import Answer

#: Packages that an implementation needs.
NEEDS = {
    **{label: needed for label, (needed, _) in peers.PEERS.items()},
    "aiohttp, from a list": "aiohttp",
    "flask-orjson": "flask_orjson",
    **{name: name for name in ("aiohttp", "gunicorn", "h11", "orjson", "msgspec")},
}


def installed(implementation: str) -> bool:
    needed = NEEDS.get(implementation.removesuffix(AGAIN))
    return needed is None or importlib.util.find_spec(needed) is not None


class Suite(t.NamedTuple):
    title: str
    rows: cabc.Collection[str]
    #: Returns a row's implementations, the reference first. They need not be installed.
    implementations: cabc.Callable[[str], cabc.Collection[str]]
    create: cabc.Callable[[str, str], Subject]
    #: fastresp's implementations, whose answers must equal the reference's.
    own: tuple[str, ...] = (ALONE, FASTRESP)
    #: Peers whose answers are compared to the letter.
    exact: tuple[str, ...] = ()
    goals: cabc.Callable[[str], dict[str, float]] = lambda row: {}
    memory: bool = False
    #: The size that grows from row to row, and its unit.
    sizes: cabc.Mapping[str, int] = {}
    unit: str = ""


# --- return values ---------------------------------------------------------


def implementation_of(case: Case, name: str, implementation: str) -> Subject:
    if implementation == BY_HAND:
        return return_value(case, stock_app(case), by_hand(case))
    if implementation in peers.PEERS:
        respond = peers.PEERS[implementation][1](peers.recipe_for(name))
        return return_value(case, stock_app(case), respond)
    return return_value(case, APPS[implementation](case))


def implementations(row: str, case: Case) -> list[str]:
    found = [FLASK, FLASK + AGAIN, ALONE, FASTRESP]
    if case.by_hand is not None:
        found.append(BY_HAND)
    return found + (list(peers.PEERS) if row in peers.ROWS else [])


def goals(row: str) -> dict[str, float]:
    found = {FASTRESP: CASES[row].goal, ALONE: CLASS_ALONE_GOALS.get(row)}
    return {name: goal for name, goal in found.items() if goal is not None}


# --- growth ----------------------------------------------------------------


def powers(largest: int) -> list[int]:
    return [10**power for power in range(len(str(largest)))]


def body_case(size: int) -> Case:
    text = "x" * size
    return Case(lambda: text, by_hand=str.encode)


def headers_case(count: int) -> Case:
    extra = fields(count)
    return Case(
        lambda: ("Hello, World!", extra),
        by_hand=lambda value: t.cast(bytes, value[0].encode()),
    )


def chunks_case(count: int) -> Case:
    return Case(lambda: chunks(count), by_hand=iter)


def records_case(count: int) -> Case:
    return Case(lambda: accounts(count), by_hand=JSON_BY_HAND)


#: Title: unit, sizes, the case of a size, and the sum of sizes in a batch.
GROWTH: dict[str, tuple[str, list[int], cabc.Callable[[int], Case], int]] = {
    "Body size": ("bytes", [0, *powers(10_000_000)], body_case, 10_000_000),
    "Number of headers": ("headers", [0, 1, 3, 10, 30, 100, 200], headers_case, 5_000),
    "Number of chunks": ("chunks", powers(100_000), chunks_case, 20_000),
    "Records of JSON": ("records", powers(100_000), records_case, 1_000),
}


def growth_suite(title: str) -> Suite:
    unit, sizes, make, total = GROWTH[title]
    rows = {f"{size:,} {unit}": size for size in sizes}

    def create(row: str, implementation: str) -> Subject:
        size = rows[row]
        loops = max(1, min(1000, total // max(size, 1)))
        return implementation_of(make(size)._replace(loops=loops), row, implementation)

    return Suite(
        title,
        rows,
        lambda row: implementations(row, make(1)),
        create,
        memory=True,
        sizes=rows,
        unit=unit,
    )


# --- all of them -----------------------------------------------------------

SUITES: dict[str, Suite] = {
    suite.title: suite
    for suite in (
        Suite(
            "Return values",
            CASES,
            lambda row: implementations(row, CASES[row]),
            lambda row, name: implementation_of(CASES[row], row, name),
            exact=(peers.WERKZEUG,),
            goals=goals,
            memory=True,
        ),
        Suite(
            "Whole requests",
            whole_requests.REQUESTS,
            lambda row: (FLASK, FLASK + AGAIN, FASTRESP, CEILING),
            whole_requests.create,
            own=(FASTRESP,),
            exact=(CEILING,),
        ),
        *map(growth_suite, GROWTH),
        Suite(
            head.TITLE,
            head.HEADERS,
            lambda row: head.WAYS,
            head.create,
            own=("fastresp, as gunicorn", "fastresp"),
            exact=tuple(head.WAYS),
            goals=lambda row: {"fastresp": 40} if row == "8 headers" else {},
        ),
        Suite(
            json_encoders.ALONE,
            json_encoders.TEXTS,
            lambda row: json_encoders.ENCODERS,
            json_encoders.create,
            own=("fastresp",),
            exact=tuple(json_encoders.ENCODERS),
        ),
    )
}

#: Suites that are printed and not in the report.
PRINTED = {
    suite.title: suite
    for suite in (
        Suite(
            json_encoders.RESPONSES,
            json_encoders.NAMES,
            lambda row: json_encoders.APPS,
            json_encoders.create_response,
            own=(FASTRESP,),
            exact=tuple(json_encoders.APPS),
        ),
        Suite(
            json_encoders.GROWTH,
            json_encoders.SIZES,
            lambda row: json_encoders.ENCODERS,
            json_encoders.create,
            own=("fastresp",),
            exact=tuple(json_encoders.ENCODERS),
            sizes=json_encoders.SIZES,
            unit="bytes",
        ),
    )
}


class Worker:
    """One implementation of a row at a time; in this process, or in one of its own."""

    subject: Subject

    def prepare(self, title: str, row: str, implementation: str) -> Answer:
        gc.unfreeze()
        suite = SUITES.get(title) or PRINTED[title]
        self.subject = suite.create(row, implementation)
        answer = self.subject.answer()
        # Collections before each batch have nothing to look at.
        gc.collect()
        gc.freeze()
        return answer

    def batch(self) -> float:
        return self.subject.batch()

    def memory(self) -> dict[str, float]:
        return self.subject.memory()
