"""When the waves of a race started, and how long a runner has been on the way since.

What is counted here is gun time by wave: from the moment a runner's wave was sent off to the
crossing of the finish line. Nobody times here when a runner crossed the start line (net time).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stream.toml_values import Table

_A_YEAR_NS = 365 * 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Starts:
    """The starts of a race, nanoseconds since 1970, UTC.

    Attributes:
        gun_utc_ns: of everybody whose wave has no start of its own; None where not told.
        waves: of waves that have one, by their name in the start list. Capitals and blanks at
            the ends make no difference.
    """

    gun_utc_ns: int | None = None
    waves: Mapping[str, int] = field(default_factory=dict)
    _by_key: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keys = {wave_key(wave): start for wave, start in self.waves.items()}
        object.__setattr__(self, "_by_key", keys)

    def __bool__(self) -> bool:
        return self.gun_utc_ns is not None or bool(self.waves)

    def of(self, wave: str | None) -> int | None:
        """When a wave started: its own start, else the gun; None where neither is known."""
        return self._by_key.get(wave_key(wave or ""), self.gun_utc_ns)

    def elapsed_ns(self, wave: str | None, utc_ns: int) -> int | None:
        """How long the runners of a wave had been on the way at a time of capture.

        None where the start is not known or comes later. Footage without a date, whose times
        count from 1970, comes before every start, so that it has no elapsed time either.
        """
        start = self.of(wave)
        return utc_ns - start if start is not None and start <= utc_ns else None

    def elapsed_ms(self, wave: str | None, utc_ns: int) -> int | None:
        """The same in whole milliseconds; parts of one are cut off."""
        elapsed_ns = self.elapsed_ns(wave, utc_ns)
        return None if elapsed_ns is None else elapsed_ns // 1_000_000


def wave_key(wave: str) -> str:
    """A wave's name as it is compared; the page compares alike (elapsed.js)."""
    return wave.strip().lower()


def parse_starts(top: Table) -> Starts:
    """The starts of a race file: ``gun`` at the top, and the table ``[waves]``.

    Raises:
        ConfigError: something else than a time with its zone, or a wave that is there twice.
    """
    table = top.table("waves")
    waves: dict[str, int] = {}
    seen: dict[str, str] = {}
    for wave in table.values:
        other = seen.setdefault(wave_key(wave), wave)
        if other != wave:
            raise table.error(wave, f"is the same wave as {other!r}. Give each wave one start.")
        waves[wave] = _start(table, wave)
    gun = _start(top, "gun") if "gun" in top.values else None
    return Starts(gun, waves)


def _start(table: Table, key: str) -> int:
    start = table.utc_ns(key)
    if start is None or start < _A_YEAR_NS:
        raise table.error(key, "lies before 1971. Give the day of the race, like 2026-05-03.")
    return start
