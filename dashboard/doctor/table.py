"""Findings as a person reads them, and as a program does. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

from dashboard.doctor.findings import Group, State, Told, all_there

_MARKS: Final = {State.OK: "✓", State.MISSING: "✗", State.WARNING: "!", State.NOT_NEEDED: "·"}
_LEAST_WIDTH: Final = 60


def shown(told: Sequence[Told], width: int = 80) -> str:
    """The report.

    Args:
        width: of the terminal, in characters; below 60 lines are left to wrap.
    """
    width = max(width, _LEAST_WIDTH)
    names = min(max((len(one.finding.name) for one in told), default=0), width // 3)
    lines: list[str] = []
    for group in Group:
        rows = [one.finding for one in told if one.group is group]
        if not rows:
            continue
        lines += ["", group.value[0].upper() + group.value[1:]]
        for row in rows:
            found = row.found if row.state is not State.NOT_NEEDED else f"not needed: {row.found}"
            begin = f"  {_MARKS[row.state]} {row.name:<{names}}  "
            lines += _wrapped(begin, found, names + 6, width)
            if row.mend:
                lines += _wrapped(" " * (names + 6) + "→ ", row.mend, names + 8, width)
    return "\n".join([*lines, "", _summary(told)]).lstrip("\n")


def as_json(told: Iterable[Told]) -> dict[str, object]:
    """The report for programs."""
    told = list(told)
    return {
        "ready": all_there(told),
        "findings": [
            {
                "group": one.group.value,
                "name": one.finding.name,
                "state": one.finding.state.value,
                "found": one.finding.found,
                "mend": one.finding.mend,
            }
            for one in told
        ],
    }


def _wrapped(begin: str, words: str, indent: int, width: int) -> list[str]:
    return textwrap.wrap(
        words,
        width,
        initial_indent=begin,
        subsequent_indent=" " * indent,
        # A command or an address that is cut cannot be copied.
        break_long_words=False,
        break_on_hyphens=False,
    ) or [begin.rstrip()]


def _summary(told: Iterable[Told]) -> str:
    states = [one.finding.state for one in told]
    missing, warnings = states.count(State.MISSING), states.count(State.WARNING)
    worth = f"; {warnings} worth a look (!)" if warnings else ""
    if missing:
        return f"{missing} needed and not there (✗){worth}."
    return f"Everything needed is there{worth}."
