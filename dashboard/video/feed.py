"""Live video of each camera, to any number of viewers.

A camera's H.264 is passed on as it came. Everything else (another codec, pictures that are not
sent in the order they are shown, files, simulations) goes through one encoder that all viewers
share and that runs only while somebody watches. Boxes travel beside, by capture time.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from dashboard.video.encoder import Encoder
from dashboard.video.units import GAP_NS, AccessUnit, Group, Timeline, access_unit
from stream.clock import monotonic_ns
from stream.race import Race, TrackView
from stream.sources.packets import Format, Packet
from stream.types import Event, Frame

CAMERA, ENCODER = "camera", "encoder"
"""Where a viewer's video comes from."""
LONG_WITHOUT_PACKETS = 50
"""Frames; so late a camera's packets cannot be."""


class NoVideoError(Exception):
    """There is no video to watch now; the message says why, and `code` for pages to translate.

    Args:
        code: as in `dashboard.refusals`.
        text: for people, in English.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Viewer(Protocol):
    """One who watches. All methods are called from any thread, are quick and do not block.

    A RuntimeError says that the viewer is gone.
    """

    def put(self, unit: AccessUnit) -> None:
        """The next picture."""

    def tell(self, text: str) -> None:
        """Boxes, as JSON."""

    def end(self) -> None:
        """No more pictures will come this way; another call may find another way."""


class Feed:
    """One encoded stream and those who watch it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._group = Group()
        self._viewers: tuple[Viewer, ...] = ()

    @property
    def viewers(self) -> tuple[Viewer, ...]:
        """Those who watch now."""
        return self._viewers

    def put(self, unit: AccessUnit) -> None:
        """Pass a picture on."""
        with self._lock:
            self._group.add(unit)
            # Within the lock: a viewer that joins gets each picture once, in the group or after.
            self._each(lambda viewer: viewer.put(unit))

    def forget(self) -> None:
        """A new viewer waits for the next key frame."""
        with self._lock:
            self._group.clear()

    def tell(self, text: str) -> None:
        """Pass boxes on."""
        with self._lock:
            self._each(lambda viewer: viewer.tell(text))

    def join(self, viewer: Viewer) -> list[AccessUnit]:
        """Watch from now on; the pictures since the newest key frame."""
        with self._lock:
            self._viewers += (viewer,)
            return self._group.units()

    def leave(self, viewer: Viewer) -> None:
        """Watch no more."""
        with self._lock:
            self._viewers = tuple(other for other in self._viewers if other is not viewer)

    def end(self) -> None:
        """Send everybody away."""
        with self._lock:
            self._group.clear()
            self._each(lambda viewer: viewer.end())
            self._viewers = ()

    def _each(self, act: Callable[[Viewer], None]) -> None:
        for viewer in self._viewers:
            try:
                act(viewer)
            except RuntimeError:  # its event loop is closed
                self._viewers = tuple(other for other in self._viewers if other is not viewer)


@dataclass(frozen=True, slots=True)
class VideoStatus:
    """How live video of a camera is doing.

    Attributes:
        via: ``camera`` (passed on as it came), ``encoder``, or None while nothing has come.
        dropped: frames that the encoder left out because it was too slow.
        error: what keeps it from being watched.
    """

    via: str | None
    viewers: int
    dropped: int
    error: str | None


class LiveVideo:
    """The live video of one camera.

    Args:
        camera: its name.
        tapped: its packets are handed to `take`.
        paced: its frames come at their own pace, not as fast as they are seen.
    """

    def __init__(self, camera: str, *, tapped: bool, paced: bool = True) -> None:
        self.camera = camera
        self._tapped = tapped
        self._paced = paced
        self._passed, self._encoded = Feed(), Feed()
        self._timeline = Timeline()
        self._form: Format | None = None
        self._pts_ns = 0
        self._reordered = False
        self._steps_back = 0
        self._n_seen = 0
        self._lock = threading.Lock()
        self._encoder: Encoder | None = None
        self._ended: list[Encoder] = []
        self._dropped = 0
        self._closed = False

    def take(self, packet: Packet) -> None:
        """A packet of the camera's; from the source's thread. Never blocks and never raises."""
        if packet.form.is_sound:
            return
        passable = self._notice(packet)
        if passable:
            time_ns = self._timeline.at(packet.pts_ns, monotonic_ns())
            self._passed.put(access_unit(packet, time_ns))
        elif self._passed.viewers:
            self._passed.end()

    def prompt(self) -> bool:
        """Whether somebody waits for the camera's packets."""
        return bool(self._passed.viewers)

    def see(self, frame: Frame, race: Race) -> None:
        """A frame that the race has seen; on the race's thread. Never blocks."""
        self._n_seen += 1
        encoder = self._encoder
        if encoder is not None:
            encoder.offer(frame)
        feeds = [feed for feed in (self._passed, self._encoded) if feed.viewers]
        if feeds:
            text = boxes_text(frame, race.views(frame.camera))
            for feed in feeds:
                feed.tell(text)

    def join(self, viewer: Viewer) -> tuple[str, list[AccessUnit]]:
        """Watch from now on.

        Returns:
            Where the video comes from, and the pictures since the newest key frame.

        Raises:
            NoVideoError: nothing has come from the camera yet, or the run is over.
        """
        via = self._via()
        if via is None:
            raise NoVideoError(
                "video_not_yet", f"{self.camera}: no video has come from the camera yet"
            )
        with self._lock:
            if self._closed:
                raise NoVideoError("video_over", f"{self.camera}: the run is over")
            if via == CAMERA:
                return via, self._passed.join(viewer)
            encoder = self._encoder
            if encoder is not None and encoder.failure:
                raise NoVideoError("video_failed", f"{self.camera}: {encoder.failure}")
            if encoder is None:
                feed = self._encoded
                self._encoder = Encoder(self.camera, feed.put, feed.end, paced=self._paced)
            return via, self._encoded.join(viewer)

    def leave(self, viewer: Viewer) -> None:
        """Watch no more. Leaving twice is allowed."""
        self._passed.leave(viewer)
        with self._lock:
            self._encoded.leave(viewer)
            if not self._encoded.viewers:
                self._end_encoder()

    def status(self) -> VideoStatus:
        """How it is doing; from any thread."""
        encoder = self._encoder
        viewers = len(self._passed.viewers) + len(self._encoded.viewers)
        dropped = self._dropped + (encoder.dropped if encoder else 0)
        return VideoStatus(self._via(), viewers, dropped, encoder.failure if encoder else None)

    def close(self) -> None:
        """Send everybody away and end the encoder. Closing twice is allowed."""
        self._passed.end()
        with self._lock:
            self._closed = True
            self._encoded.end()
            self._end_encoder()
        for encoder in self._ended:
            encoder.join()

    def _via(self) -> str | None:
        if not self._tapped:
            return ENCODER
        form = self._form
        if form is None:
            # A codec that nobody can keep is still decoded.
            return ENCODER if self._n_seen > LONG_WITHOUT_PACKETS else None
        return CAMERA if form.codec == "h264" and not self._reordered else ENCODER

    def _notice(self, packet: Packet) -> bool:
        """Learn what the camera sends; whether this can be passed on."""
        # A browser shows pictures in the order they come. Where it is not that of their times,
        # times step back again and again; a new connection makes them step back once.
        steps_back = self._form is packet.form and 0 < self._pts_ns - packet.pts_ns < GAP_NS
        self._steps_back = 0 if packet.key else self._steps_back + steps_back
        self._reordered |= self._steps_back >= 2
        self._form, self._pts_ns = packet.form, packet.pts_ns
        return self._via() == CAMERA

    def _end_encoder(self) -> None:
        encoder, self._encoder = self._encoder, None
        if encoder is not None:
            encoder.end()
            self._encoded.forget()
            self._dropped += encoder.dropped
            self._ended.append(encoder)


class VideoListener:
    """Hands frames and boxes of a pipeline to the live video of their cameras."""

    def __init__(self, videos: Mapping[str, LiveVideo]) -> None:
        self._videos = videos

    def begin(self, camera: str) -> None:
        """Nothing to prepare."""

    def watch(self, frame: Frame, race: Race) -> None:
        """See `Listener.watch`."""
        video = self._videos.get(frame.camera)
        if video is not None:
            video.see(frame, race)

    def tell(self, event: Event, frame: Frame | None) -> None:
        """Events travel by another way."""

    def over(self, camera: str, error: Exception | None) -> None:
        """The last picture stays."""


def boxes_text(frame: Frame, views: Sequence[TrackView]) -> str:
    """What is drawn over the frame, as JSON; boxes in pixels of the frame's own size."""
    boxes = [
        {
            "track_id": view.track_id,
            "box": [round(float(edge), 1) for edge in view.box],
            "bib": view.bib,
            "state": None if view.state is None else view.state.value,
        }
        for view in views
    ]
    told = {
        "type": "boxes",
        "capture_utc_ns": frame.capture_utc_ns,
        "width": frame.picture.width,
        "height": frame.picture.height,
        "boxes": boxes,
    }
    return json.dumps(told, separators=(",", ":"))
