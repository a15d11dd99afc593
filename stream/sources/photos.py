"""Photos as a source: one frame each, in the order of their paths."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path

from stream.clock import SECOND_NS
from stream.photos.files import PhotoError, Problem, find_photos, load_photo
from stream.sources.port import SourceStatus
from stream.types import Clock, Frame

log = logging.getLogger(__name__)


class PhotoSource:
    """A `Source` of photos. It waits for its consumer and has no thread.

    Running times are one second apart. The capture time is the EXIF time with its offset from
    UTC; a photo that does not say its offset is taken as UTC, one without EXIF time gets
    `start_utc_ns`. EXIF orientation is applied.

    Args:
        camera: name on every frame.
        places: photos and folders; folders are searched to the bottom, hidden files left out.
        problem: told of each photo that cannot be read and of each folder that cannot be looked
            into; it is counted as damaged and skipped.
        start_utc_ns: capture time of photos that do not tell theirs.

    Raises:
        SourceError: a place does not exist, or there are no photos.
    """

    live = False

    def __init__(
        self,
        camera: str,
        places: Sequence[Path],
        problem: Problem | None = None,
        start_utc_ns: int = 0,
    ) -> None:
        self.camera = camera
        self._problem = problem
        self._start_utc_ns = start_utc_ns
        self._stop = threading.Event()
        self._state = "not begun"
        self._delivered: list[Path] = []
        self._damaged = 0
        self._size = (0, 0)
        self.photos = find_photos(places, (), self._report)

    def path(self, index: int) -> Path:
        """The photo that frame `index` was made from. Raises IndexError before it is delivered."""
        return self._delivered[index]

    def frames(self) -> Iterator[Frame]:
        """See `Source.frames`."""
        if self._state != "not begun":
            raise RuntimeError(f"{self.camera}: frames() may be called once")
        self._state = "playing"
        for path in self.photos:
            if self._stop.is_set():
                break
            frame = self._frame(path)
            if frame is not None:
                self._delivered.append(path)
                self._size = (frame.picture.width, frame.picture.height)
                yield frame
        self._state = "closed" if self._stop.is_set() else "ended"

    def close(self) -> None:
        """See `Source.close`."""
        self._stop.set()

    def status(self) -> SourceStatus:
        """See `Source.status`."""
        width, height = self._size
        return SourceStatus(
            camera=self.camera,
            state=self._state,
            frames=len(self._delivered),
            damaged=self._damaged,
            width=width,
            height=height,
            decoder="pillow",
            duration_ns=len(self.photos) * SECOND_NS,
        )

    def _frame(self, path: Path) -> Frame | None:
        try:
            loaded = load_photo(path, lambda _: False, UTC)
        except PhotoError as error:
            self._report(path, str(error))
            return None
        assert loaded.picture is not None, "no content is known here, so each is decoded"
        index = len(self._delivered)
        taken_ns = loaded.taken_utc_ns
        utc_ns = self._start_utc_ns if taken_ns is None else taken_ns
        return Frame(self.camera, index, index * SECOND_NS, utc_ns, Clock.FILE, loaded.picture)

    def _report(self, path: Path, why: str) -> None:
        self._damaged += 1
        log.warning("%s %s", path, why)
        if self._problem is not None:
            self._problem(path, why)
