"""Watches the disk of a race folder: deletes what may go, stops recording before it is full."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from stream.clock import SECOND_NS, monotonic_ns
from stream.recording.recorder import Recorder
from stream.recording.room import DiskStatus, Level, decide, shortage
from stream.recording.settings import RecordingSettings
from stream.store import GuardedSegment, StoreError

log = logging.getLogger(__name__)

EVERY_S = 3.0
YOUNG_NS = 30 * SECOND_NS
"""The newest video stays: who is in it may not have been found yet."""


class GuardedStore(Protocol):
    """What the guard asks of a race folder; see `stream.store.Store`."""

    @property
    def folder(self) -> Path:
        """The race folder."""

    def guarded_segments(self, margin_ns: int) -> tuple[GuardedSegment, ...]:
        """Complete recorded segments, oldest first, with what is seen in them."""

    def video_bytes(self) -> int:
        """Bytes of all recorded segments."""

    def delete_segments(self, segment_ids: Sequence[int]) -> None:
        """Mark segments as gone, on disk when this returns."""


def free_bytes(folder: Path) -> int:
    """Free space of the folder's disk, for this user."""
    return shutil.disk_usage(folder).free


class DiskGuard:
    """Looks at the disk every few seconds, from construction to `close`.

    Args:
        margin_ns: video so long before and after a sighting belongs to it.
        free: how much space is left; another one for tests.
    """

    def __init__(
        self,
        store: GuardedStore,
        recorders: Sequence[Recorder],
        settings: RecordingSettings,
        *,
        margin_ns: int = 6 * SECOND_NS,
        every_s: float = EVERY_S,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._store = store
        self._recorders = tuple(recorders)
        self._settings = settings
        self._margin_ns = margin_ns
        self._every_s = every_s
        self._free = free
        self._stop = threading.Event()
        self._began_ns = monotonic_ns()
        self.status = DiskStatus(Level.OK, free(store.folder), store.video_bytes())
        self.look()
        self._thread = threading.Thread(target=self._work, name="disk-guard", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join()

    def look(self) -> DiskStatus:
        """Look at the disk now, and act.

        Raises:
            StoreError: the race folder cannot be read or written.
            OSError: neither can the disk.
        """
        before = self.status.level
        free, video = self._free(self._store.folder), self._store.video_bytes()
        video += sum(recorder.open_bytes() for recorder in self._recorders)
        was_full = before is Level.FULL
        segments = self._deletable() if shortage(free, video, self._settings, was_full) else ()
        decision = decide(
            segments,
            free,
            video,
            self._settings,
            was_full=was_full,
            bytes_per_s=self._bytes_per_s(),
        )
        if decision.delete:
            self._delete(decision.delete)
        self.status = decision.status
        for recorder in self._recorders:
            if decision.status.level is Level.FULL:
                recorder.pause("the disk is full")
            else:
                recorder.resume()
        if decision.status.level is not before:
            log.warning("%s", decision.status.message or "There is room on the disk again.")
        return decision.status

    def _deletable(self) -> tuple[GuardedSegment, ...]:
        """What may be looked through for deletion."""
        segments = self._store.guarded_segments(self._margin_ns)
        newest: dict[int, int] = {}
        for one in segments:
            newest[one.footage_id] = max(newest.get(one.footage_id, 0), one.end_utc_ns)
        return tuple(one for one in segments if one.end_utc_ns <= newest[one.footage_id] - YOUNG_NS)

    def _delete(self, segments: Sequence[GuardedSegment]) -> None:
        self._store.delete_segments([one.id for one in segments])
        for one in segments:
            (self._store.folder / one.path).unlink(missing_ok=True)
        log.warning("disk guard: %d segments without a tagged runner deleted", len(segments))

    def _bytes_per_s(self) -> float:
        passed_s = (monotonic_ns() - self._began_ns) / SECOND_NS
        written = sum(recorder.status().n_bytes for recorder in self._recorders)
        return written / passed_s if passed_s > 5 else 0.0

    def _work(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self.look()
            except (StoreError, OSError) as error:
                # The next look may go better; without one nothing is deleted or stopped.
                log.error("the disk guard cannot work: %s", error)
