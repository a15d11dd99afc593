"""The cameras of one graph as sources: each yields its own frames, with what was found in them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from stream import clock
from stream.deepstream.graph import MUX_SIZE, RECONNECT_S, CameraFeed
from stream.deepstream.metadata import CaptureTimes, detections, source_size
from stream.deepstream.runner import Copied, Runner
from stream.graph import LIVE_BUFFERS, WAITING_BUFFERS
from stream.sources.pacing import Feed
from stream.sources.packets import Taken
from stream.sources.port import SourceError, SourceStatus
from stream.sources.timing import ClockOffset, Rate
from stream.types import Clock, Frame

log = logging.getLogger(__name__)

DECODER = "nvv4l2decoder"
ASPECT_SLACK = 0.02


@dataclass(frozen=True, slots=True)
class BatchCamera:
    """One camera of the batch.

    Attributes:
        label: how messages call it.
        taken: gets a network camera's encoded video; None where nobody wants it.
    """

    name: str
    label: str
    feed: CameraFeed
    live: bool
    start_utc_ns: int = 0
    taken: Taken | None = None


MakeRunner = Callable[[Sequence[BatchCamera]], Runner]


class DeepStreamSource:
    """A `Source` over one camera of a `Batch`."""

    def __init__(self, camera: BatchCamera, batch: Batch) -> None:
        self.camera = camera.name
        self.live = camera.live
        self.entry = camera
        self._batch = batch
        self._frames: Feed[Frame] = Feed(
            LIVE_BUFFERS if camera.live else WAITING_BUFFERS, camera.live
        )
        self._times = CaptureTimes(camera.feed.live, camera.start_utc_ns)
        self._rate = Rate()
        self._offset = ClockOffset()
        self._state = ""
        self._delivered = 0
        self._missed = 0
        self._number: int | None = None
        self._size = (0, 0)
        self._arrived_ns = 0
        self._closed = False

    def frames(self) -> Iterator[Frame]:
        """See `Source.frames`."""
        if self._state:
            raise RuntimeError(f"{self.camera}: frames() may be called once")
        self._state = "opening"
        self._arrived_ns = clock.monotonic_ns()
        try:
            self._batch.begin()
            for frame in self._frames:
                # Dropped frames do not count: indices are those of delivered frames.
                self._delivered += 1
                yield replace(frame, index=self._delivered - 1)
        finally:
            was_closed = self._closed
            self.close()
            self._state = "closed" if was_closed else "ended"

    def close(self) -> None:
        """See `Source.close`."""
        self._closed = True
        self._frames.close()
        self._batch.left(self)

    def status(self) -> SourceStatus:
        """See `Source.status`."""
        return SourceStatus(
            camera=self.camera,
            state=self._told_state(),
            frames=self._delivered,
            dropped=self._frames.dropped + self._missed,
            reconnects=self._times.reconnects,
            fps=self._rate.per_second,
            width=self._size[0],
            height=self._size[1],
            decoder=DECODER if self._delivered else "",
            clock_offset_ns=self._offset.ns,
        )

    def take(self, copied: Copied) -> None:
        """One frame, on the runner's thread."""
        now_ns, utc_ns = clock.monotonic_ns(), clock.now_ns()
        values = copied.values
        moment = self._times.at(values, now_ns, utc_ns)
        if self._number is not None:
            # Live, batches that nobody has taken in time are dropped before they come here.
            self._missed += max(values.number - self._number - 1, 0)
        self._number = values.number
        size = source_size(values, MUX_SIZE)
        if size != self._size:
            self._note_size(size)
        if moment.clock is Clock.RTCP:
            self._offset.note(moment.capture_utc_ns, utc_ns)
        self._rate.count(now_ns)
        self._arrived_ns = now_ns
        if self._state and not self._closed:
            self._state = "playing"
        found = detections(values, MUX_SIZE)
        self._frames.put(
            Frame(
                self.camera, 0, moment.pts_ns, moment.capture_utc_ns, moment.clock,
                copied.picture, found,
            )
        )  # fmt: skip

    def trouble(self, why: str) -> bool:
        """Its elements have failed. A network camera is called again, footage is over: True."""
        if not self.entry.feed.live:
            self.end(SourceError(f"{self.entry.label}: {why}"))
            return True
        log.warning("%s: reconnecting: %s", self.camera, why)
        if not self._closed:
            self._state = f"reconnecting: {why}"
        return False

    def end(self, error: Exception | None) -> None:
        """No more frames will come."""
        if error is None and self._arrived_ns and not self._size[0]:
            error = SourceError(f"{self.entry.label}: no picture could be decoded; is it a video?")
        self._frames.end(error)

    def _told_state(self) -> str:
        quiet_s = (clock.monotonic_ns() - self._arrived_ns) / clock.SECOND_NS
        if self._state in ("opening", "playing") and self.live and quiet_s > RECONNECT_S:
            return f"reconnecting: no frame for {quiet_s:.0f} s"
        return self._state or "not begun"

    def _note_size(self, size: tuple[int, int]) -> None:
        self._size = size
        shape, usual = size[0] / size[1], MUX_SIZE[0] / MUX_SIZE[1]
        if abs(shape / usual - 1) > ASPECT_SLACK:
            log.warning(
                "%s: %d x %d is another shape than %d x %d and is stretched for the detector; "
                "set the camera to 16:9",
                self.camera, *size, *MUX_SIZE,
            )  # fmt: skip


class Batch:
    """The cameras of one graph, and the runner that is begun with the first of them.

    Args:
        cameras: in the order of the mux's pads.
        make_runner: builds the runner for those that are watched.
    """

    def __init__(self, cameras: Sequence[BatchCamera], make_runner: MakeRunner) -> None:
        self.sources = tuple(DeepStreamSource(camera, self) for camera in cameras)
        self._make_runner = make_runner
        self._runner: Runner | None = None
        self._lock = threading.Lock()
        self._watched = self.sources
        self._left: set[str] = set()
        self._broken: Exception | None = None

    def only(self, cameras: set[str]) -> None:
        """Leave out the others, before any camera has begun: a camera nobody reads holds up all."""
        self._watched = tuple(source for source in self.sources if source.camera in cameras)

    def begin(self) -> None:
        """Start the graph unless it runs. Raises SourceError where it cannot be built."""
        with self._lock:
            if self._broken is not None:
                raise SourceError(str(self._broken)) from self._broken
            if self._runner is not None or self._is_over():
                return
            try:
                runner = self._make_runner([source.entry for source in self._watched])
                self._runner = runner
                runner.start(self)
            except Exception as error:
                # Raised all the same; the other cameras' threads have to know it as well.
                self._broken = error
                raise

    def left(self, source: DeepStreamSource) -> None:
        """A camera is read no more; with the last of them the graph ends."""
        with self._lock:
            self._left.add(source.camera)
            runner = self._runner if self._is_over() else None
        if runner is not None:
            runner.stop()

    def frame(self, copied: Copied) -> None:
        """See `stream.deepstream.runner.Hearer`."""
        self._watched[copied.values.index].take(copied)

    def trouble(self, index: int, why: str) -> bool:
        """See `stream.deepstream.runner.Hearer`."""
        return self._watched[index].trouble(why)

    def over(self, error: Exception | None) -> None:
        """See `stream.deepstream.runner.Hearer`."""
        for source in self._watched:
            live = source.entry.feed.live
            ended = SourceError("DeepStream ended by itself; see its messages above")
            source.end(error or (ended if live else None))

    def _is_over(self) -> bool:
        return self._left >= {source.camera for source in self._watched}
