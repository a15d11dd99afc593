"""The recordings of one run: a recorder for each camera, and the guard of the disk."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from stream.recording.guard import DiskGuard
from stream.recording.mend import mend_segments
from stream.recording.recorder import Recorder, RecordingStatus
from stream.recording.reference import refer_to_file
from stream.recording.room import DiskStatus
from stream.recording.settings import RecordingSettings
from stream.sources.address import address
from stream.sources.choose import CAMERAS
from stream.sources.packets import Taken
from stream.store import Store

log = logging.getLogger(__name__)


class Recordings:
    """Records the cameras of a run. Files are referred to, not copied."""

    def __init__(self, settings: RecordingSettings) -> None:
        self._settings = settings
        self._recorders: dict[str, Recorder] = {}
        self._guard: DiskGuard | None = None
        self._opened = ExitStack()

    def taker(self, camera: str, source: str) -> Taken | None:
        """Who wants the packets of a source; None where it is not recorded.

        Raises:
            SourceError: the source cannot be understood.
        """
        if not self._settings.enabled or address(source).place not in CAMERAS:
            return None
        recorder = self._recorders[camera] = Recorder(camera, self._settings)
        return recorder.take

    def refer(
        self, store: Store, footage_id: int, camera: str, source: str, start: int | None
    ) -> None:
        """Put a source that is a video file on record.

        Raises:
            StoreError: the race folder cannot be written.
        """
        if Path(source).is_file():
            refer_to_file(store, footage_id, camera, Path(source), start)

    def begin(self, store: Store, footage: Mapping[str, int]) -> None:
        """Record into this race until `close`.

        Args:
            footage: by camera, the store's id of the footage.

        Raises:
            StoreError: the race folder cannot be written.
            OSError: the disk cannot be looked at.
        """
        for line in mend_segments(store):
            log.warning("%s", line)
        for camera, recorder in self._recorders.items():
            recorder.begin(store, footage[camera])
            self._opened.callback(recorder.close)
        if self._recorders:
            self._guard = DiskGuard(store, list(self._recorders.values()), self._settings)
            self._opened.callback(self._guard.close)

    def status(self, camera: str) -> RecordingStatus | None:
        """How a camera's recording is doing; None where it is not recorded."""
        recorder = self._recorders.get(camera)
        return None if recorder is None else recorder.status()

    def disk(self) -> DiskStatus | None:
        """How the disk is; None where nothing is recorded."""
        return None if self._guard is None else self._guard.status

    def close(self) -> None:
        """Finish every segment. Closing twice is allowed."""
        self._opened.close()
