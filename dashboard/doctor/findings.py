"""What a check has found, as values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands with one thing."""

    OK = "ok"
    MISSING = "missing"
    WARNING = "warning"
    NOT_NEEDED = "not needed"


class Group(StrEnum):
    """Under which heading a finding stands, in this order."""

    MACHINE = "this machine"
    VIDEO = "video"
    ENGINES = "engines"
    NVIDIA = "NVIDIA"
    RACE = "race file"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what was looked at, such as ``camera finish``.
        found: what is there, in words; no passwords.
        mend: what to do about it; empty where nothing need be done.
    """

    name: str
    state: State
    found: str
    mend: str = ""


Probe = Callable[[], Finding | Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at.

    Attributes:
        name: stands in the report where the check itself breaks.
        look: looks and judges; it ends by itself within seconds.
    """

    group: Group
    name: str
    look: Probe


@dataclass(frozen=True, slots=True)
class Told:
    """A finding under its heading."""

    group: Group
    finding: Finding


def absent(name: str, needed: bool, found: str, mend: str) -> Finding:
    """The finding for something that is not there."""
    if needed:
        return Finding(name, State.MISSING, found, mend)
    return Finding(name, State.NOT_NEEDED, found)


def all_there(told: Iterable[Told]) -> bool:
    """Whether nothing that is needed lacks; warnings do not count."""
    return all(one.finding.state is not State.MISSING for one in told)
