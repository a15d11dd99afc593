"""Footage that an earlier run has seen in part."""

from __future__ import annotations

from collections.abc import Iterator

from stream.sources.port import Source, SourceStatus
from stream.types import Frame


class Resumed:
    """A source without the frames up to `after_pts_ns`; those are decoded and left out."""

    def __init__(self, source: Source, after_pts_ns: int) -> None:
        self._source = source
        self._after_pts_ns = after_pts_ns

    @property
    def camera(self) -> str:
        """See `Source.camera`."""
        return self._source.camera

    @property
    def live(self) -> bool:
        """See `Source.live`."""
        return self._source.live

    def frames(self) -> Iterator[Frame]:
        """The frames not yet seen."""
        return (frame for frame in self._source.frames() if frame.pts_ns > self._after_pts_ns)

    def close(self) -> None:
        """See `Source.close`."""
        self._source.close()

    def status(self) -> SourceStatus:
        """See `Source.status`."""
        return self._source.status()
