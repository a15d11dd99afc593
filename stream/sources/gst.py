"""Frames through GStreamer: files, network cameras, cameras on this machine, test patterns.

GStreamer decodes on its own threads; samples are pulled on the consumer's thread, so this
source has no thread of its own.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stream import clock
from stream.graph import LIVE_BUFFERS, SOUND_TAP, VIDEO_TAP, Graph
from stream.sources.decoders import is_hardware
from stream.sources.gst_packets import PacketForm, packet_of
from stream.sources.gst_pipeline import (
    EndedError,
    FailedError,
    Gst,
    Pipeline,
    prefer_hardware,
)
from stream.sources.gst_samples import Samples, capture, running_time
from stream.sources.pacing import FOOTAGE_S, given_up, patience_s, wait_after
from stream.sources.packets import Prompt, Taken
from stream.sources.port import SourceError, SourceStatus
from stream.sources.timing import ClockOffset, Monotone, Rate
from stream.types import Clock, Frame

log = logging.getLogger(__name__)

POLL_NS = 200_000_000
"""How long one wait for a sample lasts; `close` is noticed in between."""

TAPS_NS = 200_000_000
"""Encoded packets are handed on in bunches, unless somebody watches: each bunch costs a change of
threads."""


@dataclass(frozen=True, slots=True)
class GstPlan:
    """What to run, and what kind of source it is.

    Attributes:
        graph: ends in an appsink.
        label: how messages call the source.
        live: the appsink drops when the consumer is slow.
        camera: a real camera: times are the host's or its own, and a lost connection is
            called again. Otherwise footage: times count from `start_utc_ns`.
        start_utc_ns: capture time of the footage's first frame.
        attempts: how often in a row a lost camera is called again; None for ever.
        taken: gets the encoded stream, of a graph that has taps, on the consumer's thread.
        prompt: whether it is wanted without delay; None never.
    """

    graph: Graph
    label: str
    live: bool
    camera: bool
    start_utc_ns: int = 0
    attempts: int | None = None
    taken: Taken | None = None
    prompt: Prompt | None = None


class GstSource:
    """A `Source` that runs one GStreamer graph, again and again for a camera that is lost."""

    def __init__(self, camera: str, plan: GstPlan) -> None:
        Gst.init(None)
        prefer_hardware()
        self.camera = camera
        self.live = plan.live
        self._plan = plan
        self._stop = threading.Event()
        self._pipeline: Pipeline | None = None
        self._samples = Samples()
        names = {element.name for element in plan.graph.elements} & {VIDEO_TAP, SOUND_TAP}
        self._forms = {name: PacketForm(name == SOUND_TAP) for name in sorted(names, reverse=True)}
        self._emptied_ns = 0
        # Footage keeps its own zero: its first frames may be dropped before the first is taken.
        self._times = Monotone(None if plan.camera else 0)
        self._rate = Rate()
        self._offset = ClockOffset()
        self._state = ""
        self._frames = self._reconnects = self._failures = 0
        # Of this run of the pipeline; earlier runs are in the sums.
        self._pulled = self._dropped = 0
        self._dropped_sum = self._damaged_sum = 0
        self._decoder = ""
        self._given_up: set[str] = set()
        self._duration_ns: int | None = None
        self._first_ns = 0

    def frames(self) -> Iterator[Frame]:
        """See `Source.frames`."""
        if self._state:
            raise RuntimeError(f"{self.camera}: frames() may be called once")
        self._state = "opening"
        going = True
        while going and not self._stop.is_set():
            try:
                yield from self._run()
            except (EndedError, FailedError) as end:
                going = self._goes_on(end)
            finally:
                self._finish_run()
        self._state = "closed" if self._stop.is_set() else "ended"

    def close(self) -> None:
        """See `Source.close`."""
        self._stop.set()
        pipeline = self._pipeline
        if pipeline is not None:
            pipeline.stop()

    def status(self) -> SourceStatus:
        """See `Source.status`."""
        layout, pipeline = self._samples.layout, self._pipeline
        return SourceStatus(
            camera=self.camera,
            state=self._state or "not begun",
            frames=self._frames,
            dropped=self._dropped_sum + self._dropped,
            damaged=self._damaged_sum + (pipeline.damaged if pipeline else 0),
            reconnects=self._reconnects,
            fps=self._fps(),
            width=layout.width if layout else 0,
            height=layout.height if layout else 0,
            decoder=self._decoder,
            duration_ns=self._duration_ns,
            nominal_fps=layout.fps or None if layout else None,
            clock_offset_ns=self._offset.ns,
        )

    def _fps(self) -> float:
        layout = self._samples.layout
        return layout.fps if layout and layout.fps else self._rate.per_second

    def _run(self) -> Iterator[Frame]:
        """One connection to a camera, or the whole of the footage."""
        pipeline = self._pipeline = Pipeline(self._plan.graph, self._plan.label)
        pipeline.start()
        asked_ns = clock.monotonic_ns()
        while not self._stop.is_set():
            sample = self._pull(pipeline)
            if self._is_prompt() or clock.monotonic_ns() - self._emptied_ns > TAPS_NS:
                self._empty_taps(pipeline)
            if sample is not None:
                if self._pulled == 0:
                    self._connected(pipeline)
                self._pulled += 1
                yield self._frame(sample, pipeline)
                asked_ns = clock.monotonic_ns()
            elif not self._stop.is_set():
                patience = self._patience_s()
                if clock.monotonic_ns() - asked_ns > patience * clock.SECOND_NS:
                    raise FailedError(f"no frame for {patience:g} s", False)

    def _is_prompt(self) -> bool:
        return self._plan.prompt is not None and self._plan.prompt()

    def _empty_taps(self, pipeline: Pipeline) -> None:
        """Hand on the encoded packets that have come since the last time."""
        if self._plan.taken is None:
            return
        self._emptied_ns = clock.monotonic_ns()
        for name, forms in self._forms.items():
            for sample in pipeline.tapped(name):
                packet = packet_of(sample, forms, pipeline.base_time_ns(), self._plan.label)
                if packet is not None:
                    self._plan.taken(packet)

    def _patience_s(self) -> float:
        if not self._plan.camera:
            return FOOTAGE_S
        return patience_s(self._fps(), first=self._pulled == 0)

    def _pull(self, pipeline: Pipeline) -> Any | None:
        if not self.live:
            return pipeline.pull(POLL_NS)
        reached = pipeline.rendered() - self._pulled
        sample = pipeline.pull(0)
        # What reached the sink was pulled, waits in its queue, or was dropped.
        waiting = 0 if sample is None else LIVE_BUFFERS
        self._dropped = max(self._dropped, reached - waiting)
        return sample if sample is not None else pipeline.pull(POLL_NS)

    def _connected(self, pipeline: Pipeline) -> None:
        now_ns = clock.monotonic_ns()
        if self._frames == 0:
            self._first_ns = now_ns
        else:
            self._reconnects += 1
            self._times.rebase(now_ns - self._first_ns)
        self._failures = 0
        self._decoder = pipeline.decoder or "none"
        log.info("%s: decoded by %s", self.camera, self._decoder)
        self._duration_ns = None if self._plan.camera else pipeline.duration_ns()
        self._state = "playing"

    def _frame(self, sample: Any, pipeline: Pipeline) -> Frame:
        buffer = sample.get_buffer()
        picture = self._samples.picture(sample, buffer)
        running_ns = running_time(sample.get_segment(), buffer.pts)
        utc_ns, source = 0, Clock.FILE
        if self._plan.camera:
            utc_ns, source = capture(buffer, running_ns, pipeline.base_time_ns())
        if source is Clock.RTCP and running_ns is not None:
            # Running time is that of arrival, as rtspsrc's jitter buffer has smoothed it.
            arrived_ns = clock.utc_of_monotonic_ns(pipeline.base_time_ns() + running_ns)
            self._offset.note(utc_ns, arrived_ns)
        now_ns = clock.monotonic_ns()
        pts_ns = self._times.at(now_ns - self._first_ns if running_ns is None else running_ns)
        if source is Clock.FILE:
            utc_ns = self._plan.start_utc_ns + pts_ns
        self._rate.count(now_ns)
        index = self._frames
        self._frames += 1
        return Frame(self.camera, index, pts_ns, utc_ns, source, picture)

    def _gave_up_hardware(self, end: EndedError | FailedError) -> bool:
        """Whether it was a decoder in hardware that failed, and it is not taken again."""
        decoder = self._pipeline.broken_decoder if self._pipeline is not None else ""
        # Once for each: whatever else may choose it again, a source must not restart for ever.
        if not is_hardware(decoder) or decoder in self._given_up:
            return False
        if decoder not in prefer_hardware(failed={decoder}):
            return False
        self._given_up.add(decoder)
        log.warning("%s: %s failed (%s); decoding in software", self.camera, decoder, end)
        return True

    def _goes_on(self, end: EndedError | FailedError) -> bool:
        """Whether to run once more. Raises SourceError where the source is of no use."""
        plan = self._plan
        if self._stop.is_set():
            return False
        # Footage begins anew, so only where nothing of it has been handed out.
        if self._gave_up_hardware(end) and (plan.camera or self._frames == 0):
            self._finish_run()
            return True
        if not plan.camera:
            if isinstance(end, FailedError):
                raise SourceError(f"{plan.label}: {end}") from end
            if self._frames == 0:
                raise SourceError(f"{plan.label}: no picture could be decoded; is it a video?")
            return False
        why = "the camera ended the stream" if isinstance(end, EndedError) else str(end)
        if isinstance(end, FailedError) and end.lasting:
            raise SourceError(f"{plan.label}: {why}") from end
        self._failures += 1
        if plan.attempts is not None and self._failures > plan.attempts:
            raise SourceError(f"{plan.label}: {given_up(why, plan.attempts)}") from end
        wait_s = wait_after(self._failures)
        self._state = f"reconnecting in {wait_s:g} s: {why}"
        log.warning("%s: %s", self.camera, self._state)
        self._finish_run()
        return not self._stop.wait(wait_s)

    def _finish_run(self) -> None:
        """Free the pipeline and add up what it counted."""
        pipeline = self._pipeline
        if pipeline is None:
            return
        if self.live:
            self._dropped = max(self._dropped, pipeline.rendered() - self._pulled)
        self._empty_taps(pipeline)
        pipeline.stop()
        self._damaged_sum += pipeline.damaged
        self._dropped_sum += self._dropped
        self._pipeline = None
        self._pulled = self._dropped = 0
