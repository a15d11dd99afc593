"""How much of its processor a virtual machine did not get, because its host gave it to others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_STAT = Path("/proc/stat")
_STOLEN = 7
"""Column of the first row: user, nice, system, idle, iowait, irq, softirq, steal (man 5 proc)."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """The processor's time since the machine was started, of all cores, in ticks."""

    stolen: int
    busy: int

    def share_since(self, before: Ticks) -> float:
        """Of the time that somebody wanted since `before`, the share that was stolen, 0..1."""
        stolen, busy = self.stolen - before.stolen, self.busy - before.busy
        return stolen / max(stolen + busy, 1)


def ticks(text: str | None = None) -> Ticks | None:
    """What the system says; None where it does not (no Linux).

    Args:
        text: of ``/proc/stat``; read where not given.
    """
    if text is None:
        if not _STAT.is_file():
            return None
        text = _STAT.read_text(encoding="ascii")
    columns = [int(column) for column in text.splitlines()[0].split()[1:]]
    if len(columns) <= _STOLEN:
        return None
    user, nice, system, _, _, irq, softirq, stolen = columns[: _STOLEN + 1]
    return Ticks(stolen, user + nice + system + irq + softirq)
