"""TOML tables as frozen dataclasses, with messages that name the file, the key and the mend.

The fields of the dataclass are the keys, its defaults the defaults, and the endings of its
names say the range: a ``_posterior`` is a probability, a ``_px`` is not negative.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Made = TypeVar("Made")

_SHARES = ("_posterior", "_share", "_score", "_iou", "_sharpness", "_agreement", "_weight_share",
           "_likelihood", "_candidate", "_listed", "_choice", "_short", "_unlisted", "_second",
           "_second_hard")  # fmt: skip
_NOT_NEGATIVE = ("_s", "_px", "_frames", "_votes", "_hits", "_heights", "_characters", "_per_frame",
                 "_per_track", "_ms", "threads", "gpu")  # fmt: skip


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ConfigError(ValueError):
    """A race file cannot be used; the message names the file, the key and the mend."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a TOML file.

    Attributes:
        file: the file's name, for messages.
        name: how the file calls the table, like ``[finish]``; empty for the top.
        values: as `tomllib` gives them.
    """

    file: str
    name: str
    values: Mapping[str, object]

    def error(self, key: str, what: str) -> ConfigError:
        """An error at one key."""
        where = f"{self.name} {key}".strip()
        return ConfigError(f"{self.file}: {where}: {what}")

    def refuse_unknown(self, known: Collection[str]) -> None:
        """Raise ConfigError for a key that is none of `known`."""
        for key in self.values:
            if key in known:
                continue
            near = get_close_matches(key, list(known), n=1, cutoff=0.6)
            mend = f"Did you mean '{near[0]}'?" if near else f"Known are {', '.join(known)}."
            raise self.error(key, f"unknown key. {mend}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty. Raises ConfigError, also where it is missing."""
        value = self.values.get(key, default)
        if value is None:
            raise self.error(key, f'missing. Add {key} = "...".')
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, f"must be a text in quotes, not {_shown(value)}.")
        return value

    def optional_text(self, key: str) -> str:
        """A text, empty where it is missing. Raises ConfigError."""
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise self.error(key, f"must be a text in quotes, not {_shown(value)}.")
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts that are not empty; none where it is missing. Raises ConfigError."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            raise self.error(key, f'must be a list of texts: {key} = ["..."], not {_shown(value)}.')
        return tuple(value)

    def utc_ns(self, key: str) -> int | None:
        """A moment, nanoseconds since 1970, UTC; None where it is missing. Raises ConfigError."""
        raw = self.values.get(key)
        if raw is None:
            return None
        if not isinstance(raw, datetime) or raw.tzinfo is None:
            raise self.error(
                key, "must be a time with its zone and no quotes, like 2026-05-03T09:30:00Z."
            )
        return (raw - _EPOCH) // timedelta(microseconds=1) * 1000

    def table(self, key: str) -> Table:
        """The table under `key`, empty where there is none. Raises ConfigError."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.error(key, f"must be a table: write [{key}] on a line of its own.")
        return Table(self.file, f"[{key}]", value)

    def numbers(self, key: str, shape: tuple[int, ...], low: float, high: float) -> list[float]:
        """Nested lists of numbers of one shape, flattened. Raises ConfigError."""
        example = "[[x0, y0], [x1, y1]]" if shape == (2, 2) else "[x0, y0, x1, y1]"
        flat = _flattened(self.values.get(key), shape)
        if flat is None:
            raise self.error(key, f"must be {example} in fractions of the picture.")
        if not all(low <= number <= high for number in flat):
            raise self.error(
                key, f"{example} must be fractions of the picture from {low:g} to {high:g}; "
                "divide pixels by its width and height."
            )  # fmt: skip
        return flat


def made(kind: type[Made], table: Table, folder: Path) -> Made:
    """A dataclass whose fields come from a table.

    Args:
        kind: a dataclass all of whose fields have defaults of simple types.
        table: where the values are; keys that are missing keep their defaults.
        folder: paths are relative to it.

    Raises:
        ConfigError: an unknown key, a wrong type or a value out of range.
    """
    known: dict[str, Field[Any]] = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    table.refuse_unknown(known)
    hints = get_type_hints(kind)
    found = {key: _value(table, key, raw, hints[key], folder) for key, raw in table.values.items()}
    for key, value in found.items():
        _check_range(table, key, value)
    missing = [
        f.name
        for f in known.values()
        if f.default is MISSING and f.default_factory is MISSING and f.name not in found
    ]
    if missing:
        raise table.error(missing[0], f"missing. Add {missing[0]} = ...")
    return kind(**found)


def _value(table: Table, key: str, raw: object, hint: Any, folder: Path) -> Any:
    """One value in the type of its field."""
    kinds = [k for k in get_args(hint) if k is not NoneType] if _is_union(hint) else [hint]
    kind = kinds[0]
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        names = [member.value for member in kind]
        if raw not in names:
            raise table.error(key, f"must be one of {', '.join(names)}, not {_shown(raw)}.")
        return kind(raw)
    if kind is Path and isinstance(raw, str) and raw:
        return folder / raw
    allowed = {float: (int, float), bool: (bool,), int: (int,), str: (str,)}.get(kind, ())
    if isinstance(raw, allowed) and (kind is bool or not isinstance(raw, bool)):
        return kind(raw)
    if get_origin(kind) is tuple:
        flat = _flattened(raw, (len(get_args(kind)),))
        if flat is not None:
            return tuple(flat)
    raise table.error(key, f"must be {_wanted(kind)}, not {_shown(raw)}.")


def _check_range(table: Table, key: str, value: object) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return
    if key == "port" and not 1 <= value <= 65535:
        raise table.error(key, f"must be from 1 to 65535, not {value}.")
    if key.endswith(_SHARES) and not 0 <= value <= 1:
        raise table.error(key, f"must be from 0 to 1, not {value}.")
    if key.endswith(_NOT_NEGATIVE) and not 0 <= value < 1e9:
        raise table.error(key, f"must not be negative, not {value}.")


def _flattened(raw: object, shape: tuple[int, ...]) -> list[float] | None:
    """Numbers of nested lists of `shape`; None where they are anything else."""
    if not shape:
        number = isinstance(raw, int | float) and not isinstance(raw, bool)
        return [float(raw)] if number else None  # type: ignore[arg-type]
    if not isinstance(raw, list) or len(raw) != shape[0]:
        return None
    parts = [_flattened(one, shape[1:]) for one in raw]
    flat: list[float] = []
    for numbers in parts:
        if numbers is None:
            return None
        flat += numbers
    return flat


def _is_union(hint: Any) -> bool:
    return isinstance(hint, UnionType)


def _wanted(kind: Any) -> str:
    if get_origin(kind) is tuple:
        return f"a list of {len(get_args(kind))} numbers"
    names = {int: "a whole number", float: "a number", bool: "true or false"}
    return names.get(kind, "a text in quotes")


def _shown(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
