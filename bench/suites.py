"""The suites: tables of rows to measure, and the implementations of each row."""

from __future__ import annotations

import collections.abc as cabc
import typing as t

import cases
import heads
import json_encoders
import peers
import subjects

#: Packages that an implementation needs.
NEEDS = {
    **{label: needed for label, (needed, _) in peers.PEERS.items()},
    **{name: name for name in ("aiohttp", "gunicorn", "orjson", "msgspec")},
}
#: Implementations whose answers need not be equal to the letter.
LOOSE = {subjects.BY_HAND, *peers.PEERS}


class Suite(t.NamedTuple):
    title: str
    rows: cabc.Collection[str]
    #: Returns a row's implementations, the reference first. They need not be installed.
    implementations: cabc.Callable[[str], cabc.Collection[str]]
    #: Takes a row and an implementation, in the implementation's process.
    create: cabc.Callable[[str, str], subjects.Subject] | None = None
    #: fastresp's implementations, whose answers must equal the reference's.
    own: tuple[str, ...] = (subjects.ALONE, subjects.FASTRESP)
    #: Ratios that the last of these should reach, by row.
    goals: cabc.Mapping[str, float | None] = {}
    #: Whether a size grows from row to row.
    growing: bool = False

    def named(self, text: str) -> list[str]:
        """Return the rows with that text in "suite: row"."""
        text = text.lower()
        return [row for row in self.rows if text in f"{self.title}: {row}".lower()]


def implementations(row: str, case: cases.Case) -> list[str]:
    left_out = subjects.BY_HAND if case.by_hand is None else ""
    own = [name for name in subjects.RETURN_VALUES if name != left_out]
    return own + peers.implementations(row)


def create(row: str, case: cases.Case, implementation: str) -> subjects.Subject:
    if implementation in peers.PEERS:
        respond = peers.PEERS[implementation][1](peers.recipe_for(row))
        return subjects.return_value(case, subjects.create_app(case), respond)
    return subjects.RETURN_VALUES[implementation](case)


def growth(
    title: str,
    unit: str,
    sizes: cabc.Iterable[int],
    case_of: cabc.Callable[[int], cases.Case],
    total: int,
) -> Suite:
    """
    :param case_of: takes a size.
    :param total: the sum of the sizes in a batch.
    """
    rows = {f"{size:,} {unit}": size for size in sizes}

    def case(row: str) -> cases.Case:
        loops = max(1, min(1000, total // max(rows[row], 1)))
        return case_of(rows[row])._replace(loops=loops)

    return Suite(
        title,
        rows,
        lambda row: implementations(row, case(row)),
        lambda row, name: create(row, case(row), name),
        growing=True,
    )


SUITES: dict[str, Suite] = {
    suite.title: suite
    for suite in (
        Suite(
            "Whole requests",
            cases.REQUESTS,
            lambda row: (subjects.FLASK, subjects.FASTRESP, subjects.CEILING),
            subjects.whole_request,
            own=(subjects.FASTRESP,),
        ),
        Suite(
            "Return values",
            cases.CASES,
            lambda row: implementations(row, cases.CASES[row]),
            lambda row, name: create(row, cases.CASES[row], name),
            goals={row: case.goal for row, case in cases.CASES.items()},
        ),
        growth(
            "Growth: body size",
            "bytes",
            [0, *(10**power for power in range(8))],
            lambda size: cases.Case(lambda: "x" * size, by_hand=str.encode),
            10_000_000,
        ),
        growth(
            "Growth: number of headers",
            "headers",
            [0, 1, 3, 10, 30, 100, 200],
            lambda count: cases.Case(
                lambda: ("Hello, World!", cases.fields(count)),
                by_hand=lambda value: value[0].encode(),
            ),
            5_000,
        ),
        growth(
            "Growth: number of chunks",
            "chunks",
            [10**power for power in range(5)],
            lambda count: cases.Case(lambda: cases.chunks(count), by_hand=iter),
            20_000,
        ),
        growth(
            "Growth: records of JSON",
            "records",
            [10**power for power in range(5)],
            lambda count: cases.Case(
                lambda: cases.accounts(count), by_hand=cases.JSON_BY_HAND
            ),
            1_000,
        ),
        Suite(
            "JSON encoders",
            json_encoders.TEXTS,
            lambda row: json_encoders.ENCODERS,
            json_encoders.create,
            own=("fastresp",),
        ),
        Suite(
            "Heads of HTTP/1.1",
            heads.HEADERS,
            lambda row: heads.WAYS,
            heads.create,
            own=("fastresp, as gunicorn", "fastresp"),
            goals={"8 headers": 40},
        ),
    )
}
