"""From tracks to appearances: when, and before which camera, a bib was to be seen. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stream.store.values import RunnerRow
from stream.types import Clock, State

CERTAIN = frozenset({State.CONFIRMED, State.CORRECTED})
"""States of a tag that leave the house; what was only seen does not."""
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Appearance:
    """One passage of a runner through one camera's view.

    Attributes:
        tracks: in order of first sight; there are several where the runner was lost in between.
        first_utc_ns, last_utc_ns: first and last sight of the runner.
        crossing_utc_ns: the first crossing of its tracks; None where none crossed the line.
        clock: what the crossing was timed with.
    """

    bib: str
    camera: str
    footage_id: int
    tracks: tuple[RunnerRow, ...]
    first_utc_ns: int
    last_utc_ns: int
    crossing_utc_ns: int | None
    clock: Clock | None

    @property
    def moment_utc_ns(self) -> int:
        """What it is ordered by among cameras: the crossing, else the first sight."""
        return self.first_utc_ns if self.crossing_utc_ns is None else self.crossing_utc_ns


def appearances(rows: Iterable[RunnerRow], join_gap_s: float = 5.0) -> tuple[Appearance, ...]:
    """The appearances of confirmed and corrected tracks, in order of first sight.

    Tracks without footage (nothing of them was filmed) are left out.

    Args:
        rows: tracks of any bibs, in any order.
        join_gap_s: tracks of a bib in the same footage that are less than this apart are one
            passage.
    """
    passages: dict[tuple[str, str, int], list[list[RunnerRow]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.first_seen_utc_ns, row.track_id)):
        if row.bib is None or row.state not in CERTAIN or row.footage_id is None:
            continue
        known = passages[row.bib, row.camera, row.footage_id]
        if known and row.first_seen_utc_ns - _last_ns(known[-1]) < join_gap_s * _SECOND_NS:
            known[-1].append(row)
        else:
            known.append([row])
    found = [
        _appearance(bib, camera, footage_id, tracks)
        for (bib, camera, footage_id), known in passages.items()
        for tracks in known
    ]
    return tuple(sorted(found, key=lambda one: (one.first_utc_ns, one.footage_id, one.bib)))


def _appearance(bib: str, camera: str, footage_id: int, tracks: Sequence[RunnerRow]) -> Appearance:
    crossed = [row for row in tracks if row.crossing_utc_ns is not None]
    first = min(crossed, key=lambda row: row.crossing_utc_ns or 0, default=None)
    return Appearance(
        bib=bib,
        camera=camera,
        footage_id=footage_id,
        tracks=tuple(tracks),
        first_utc_ns=tracks[0].first_seen_utc_ns,
        last_utc_ns=_last_ns(tracks),
        crossing_utc_ns=None if first is None else first.crossing_utc_ns,
        clock=None if first is None else first.clock,
    )


def _last_ns(tracks: Sequence[RunnerRow]) -> int:
    return max(row.last_seen_utc_ns for row in tracks)
