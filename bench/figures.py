"""What a stored run says, and how two of them differ."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import typing as t

from intervals import Interval
from labels import AGAIN


class FileError(Exception):
    """A file that no report can be made of."""


class Row:
    """A row of a suite, as it is in the file."""

    def __init__(self, info: dict[str, t.Any]) -> None:
        self.info = info
        self.suite: str = info["suite"]
        self.name: str = info["row"]
        self.reference: str = info["reference"]
        self.own: list[str] = info["own"]
        self.goals: dict[str, float] = info["goals"]
        self.size: int | None = info["size"]
        self.unit: str = info["unit"]
        self.noise: float = info["noise"]
        self.noisy: bool = info["noisy"]
        self.results: dict[str, dict[str, t.Any]] = info["results"]

    def implementations(self) -> list[str]:
        return [name for name in self.results if not name.endswith(AGAIN)]

    def ratio(self, name: str) -> Interval | None:
        """``None`` where nothing was timed."""
        found = self.results.get(name, {}).get("ratio")
        return None if found is None else Interval(*found)

    def median(self, name: str) -> float | None:
        return self.results.get(name, {}).get("median")

    def differs(self, name: str) -> str | None:
        return self.results.get(name, {}).get("differs")


@dataclasses.dataclass
class Run:
    """A file of pytest-benchmark."""

    name: str
    environment: dict[str, t.Any]
    commit: str
    date: str
    rows: list[Row]
    #: Row -> implementation -> instructions per response; and what counted them.
    instructions: dict[str, dict[str, float]]
    counter: str = ""

    def suite(self, title: str) -> list[Row]:
        return [row for row in self.rows if row.suite == title]

    def suites(self) -> list[str]:
        return list(dict.fromkeys(row.suite for row in self.rows))


def load(path: str) -> Run:
    """:raises FileError: if the file has no rows of these suites."""
    try:
        stored = json.loads(pathlib.Path(path).read_bytes())
        infos = [entry["extra_info"] for entry in stored["benchmarks"]]
        rows = [Row(info) for info in infos if "results" in info]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileError(f"{path}: {error!r}") from error
    counted = [info for info in infos if "instructions" in info]
    if not rows and not counted:
        raise FileError(f"{path}: no rows in it")
    commit = stored.get("commit_info", {})
    return Run(
        name=pathlib.Path(path).name,
        environment=stored.get("environment", {}),
        commit=str(commit.get("id", "unknown"))
        + (", with changes" if commit.get("dirty") else ""),
        date=str(stored.get("datetime", "unknown")),
        rows=rows,
        instructions={info["row"]: info["instructions"] for info in counted},
        counter=counted[0]["tool"] if counted else "",
    )


class Change(t.NamedTuple):
    """What became of one figure."""

    suite: str
    row: str
    implementation: str
    before: Interval | None
    after: Interval | None
    #: "faster", "slower", "same", "too noisy", "wrong now", "right now", "only
    #: before", "only after".
    verdict: str

    @property
    def factor(self) -> float | None:
        if self.before is None or self.after is None:
            return None
        return self.after.mid / self.before.mid

    def regressed(self, threshold: float) -> bool:
        """:param threshold: as a share of the ratio before."""
        if self.verdict == "wrong now":
            return True
        return (
            self.verdict == "slower"
            and self.factor is not None
            and (self.factor < 1 - threshold)
        )


def compare(before: Run, after: Run) -> list[Change]:
    """fastresp's figures. They are ratios to the reference of the same run, so that
    runs on two machines or two versions of Python can be compared."""
    old = {(row.suite, row.name): row for row in before.rows}
    new = {(row.suite, row.name): row for row in after.rows}
    changes = []
    for key in {**old, **new}:
        was, now = old.get(key), new.get(key)
        for name in (now or old[key]).own:
            changes.append(
                Change(
                    *key,
                    name,
                    None if was is None else was.ratio(name),
                    None if now is None else now.ratio(name),
                    verdict(was, now, name),
                )
            )
    return changes


def verdict(was: Row | None, now: Row | None, name: str) -> str:
    if was is None:
        return "only after"
    if now is None:
        return "only before"
    if now.differs(name) is not None:
        return "wrong before and now" if was.differs(name) is not None else "wrong now"
    if was.differs(name) is not None:
        return "right now"
    before, after = was.ratio(name), now.ratio(name)
    if before is None or after is None:
        return "only before" if after is None else "only after"
    if was.noisy or now.noisy:
        return "too noisy"
    if not before.apart_from(after):
        return "same"
    return "faster" if after.mid > before.mid else "slower"
