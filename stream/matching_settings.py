"""What the race file says of matching: ``[matching]``, and camera order, ``[[travel]]``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations

from stream.matching import Travel
from stream.toml_values import Table


@dataclass(frozen=True, slots=True)
class MatchingSettings:
    """When runners are matched.

    Attributes:
        live: while the race runs, too; `finishline match` does it at any time.
    """

    live: bool = False


def parse_travels(top: Table, cameras: Collection[str]) -> tuple[Travel, ...]:
    """The tables ``[[travel]]``.

    Args:
        top: the whole race file.
        cameras: names of its cameras.

    Raises:
        ConfigError: a table names a camera that is not there, its times cannot be, or two tables
            join the same cameras.
    """
    raw = top.values.get("travel", [])
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise top.error("travel", "must be tables: write [[travel]] on a line of its own.")
    travels = []
    for number, values in enumerate(raw, start=1):
        travels.append(_travel(Table(top.file, f"[[travel]] {number}", values), cameras))
    for one, other in combinations(travels, 2):
        if {one.before, one.after} == {other.before, other.after}:
            raise top.error(
                "travel", f"two tables join {one.before} and {one.after}. Keep one of them."
            )
    return tuple(travels)


def _travel(table: Table, cameras: Collection[str]) -> Travel:
    known = ", ".join(cameras)
    table.refuse_unknown(("before", "after", "least_s", "most_s"))
    for key in ("before", "after"):
        name = table.text(key)
        if name not in cameras:
            raise table.error(key, f"no camera is called {name!r}. The cameras are {known}.")
    least_s, most_s = _seconds(table, "least_s"), _seconds(table, "most_s")
    if least_s > most_s:
        raise table.error("most_s", f"is less than least_s ({least_s:g}). Exchange the two.")
    return Travel(table.text("before"), table.text("after"), least_s, most_s)


def _seconds(table: Table, key: str) -> float:
    value = table.values.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise table.error(key, "must be a number of seconds from 0 up.")
    return float(value)
