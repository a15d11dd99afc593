"""What clients say on the live line: see `dashboard.messages` for the whole protocol."""

from __future__ import annotations

import json
from dataclasses import dataclass

from dashboard.latency.painted import Report


class BadRequestError(ValueError):
    """A client sent what the protocol does not know."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A client has drawn a preview."""


@dataclass(frozen=True, slots=True)
class PicturesAsked:
    """A client wants pictures of all cameras but `without`."""

    without: frozenset[str]


@dataclass(frozen=True, slots=True)
class ClockAsked:
    """A client asks for the time; `sent` is its own, milliseconds."""

    sent: float


Said = Shown | PicturesAsked | ClockAsked | Report


def said(text: str | None) -> Said | None:
    """What a client says; None for types that this version does not know.

    Raises:
        BadRequestError: the text is no JSON object with a type, or lacks what its type has.
    """
    try:
        told = json.loads(text if text is not None else "")
    except (ValueError, RecursionError) as error:  # the latter: thousands of brackets
        raise BadRequestError("expected a JSON object") from error
    if not isinstance(told, dict) or not isinstance(told.get("type"), str):
        raise BadRequestError('expected a JSON object with a "type"')
    match told["type"]:
        case "shown":
            return Shown()
        case "pictures":
            return PicturesAsked(_names(told, "without"))
        case "clock":
            return ClockAsked(_number(told, "sent"))
        case "painted":
            seq = told.get("seq")
            if not isinstance(seq, int) or isinstance(seq, bool):
                raise BadRequestError("seq: expected a sequence number")
            return Report(seq, _number(told, "at_utc_ms"), _number(told, "uncertainty_ms"))
        case _:
            return None


def _names(told: dict[str, object], key: str) -> frozenset[str]:
    names = told.get(key)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadRequestError(f"{key}: expected a list of names")
    return frozenset(names)


def _number(told: dict[str, object], key: str) -> float:
    """A number of milliseconds. Neither infinity nor NaN, which JSON in Python knows."""
    value = told.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e15 < value < 1e15:
        raise BadRequestError(f"{key}: expected milliseconds")
    return float(value)
