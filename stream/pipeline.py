"""The driver: threads and queues round the race core.

One thread per source, one for the detector, one for the reader, and the caller's own for the
race. In step (files at maximum speed) every look is read before the next frame is seen, so that
a run gives the same events each time. Live, looks are read beside the race and the least
valuable are dropped when the reader falls behind.
"""

from __future__ import annotations

import concurrent.futures
import queue
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from engines.looking import Looker
from engines.types import Detections, Detector, Finding
from stream.queues import Ended, FrameQueue, LookQueue, Wanted
from stream.race import Race
from stream.sources.port import Source, SourceError
from stream.turns import give_way, short_turns
from stream.types import Event, Frame, Judged, Look, LookKind, Observation, Reason

READ_BATCH = 3
"""Looks that are taken together, live. More keeps better ones waiting that came meanwhile, and
only looks at the same frame are read in one go; a frame asks for three."""


class StoppedError(Exception):
    """The run was stopped before the camera's footage was over."""


class Listener(Protocol):
    """Whoever wants to know what happens; called on the race's thread, in order."""

    def begin(self, camera: str) -> None:
        """The first frame of `camera` is about to be seen."""

    def watch(self, frame: Frame, race: Race) -> None:
        """`frame` has been seen by the race."""

    def tell(self, event: Event, frame: Frame | None) -> None:
        """Something happened; `frame` is the one a look was made on, or the newest."""

    def over(self, camera: str, error: Exception | None) -> None:
        """`camera` has no more frames: it came to its end, failed, or was stopped."""


@dataclass(frozen=True, slots=True)
class CameraCount:
    """How many frames of one camera were looked at and dropped, and what ended it."""

    frames: int
    dropped: int
    error: str | None


@dataclass(frozen=True, slots=True)
class _Seen:
    frame: Frame
    observation: Observation


@dataclass(frozen=True, slots=True)
class _Read:
    wanted: Wanted[Frame]
    finding: Finding


Work = Callable[[Race], Sequence[Event]]
"""Something to do with the race between two frames; gives the events to tell."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    work: Work
    done: Future[None] = field(default_factory=Future)


class Pipeline:
    """Runs sources through detector, race and reader until they end or `stop` is called.

    Args:
        sources: one per camera, names all different.
        detector: used by the detector thread alone.
        looker: used by the thread that reads; its detector must be another one.
        race: the core; used by the thread that calls `run`.
        listeners: told of every frame and event, in order.
        in_step: read every look before the next frame is seen.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        detector: Detector,
        looker: Looker,
        race: Race,
        listeners: Sequence[Listener],
        *,
        in_step: bool,
    ) -> None:
        self.race = race
        self._sources = {source.camera: source for source in sources}
        if len(self._sources) != len(sources):
            raise ValueError("two sources have the same camera name")
        self._detector = detector
        self._looker = looker
        self._listeners = listeners
        self._in_step = in_step
        self._frames = FrameQueue({source.camera: source.live for source in sources})
        self._looks: LookQueue[Frame] = LookQueue()
        self._inbox: queue.Queue[_Seen | _Read | _Asked | Ended | None] = queue.Queue(maxsize=8)
        self._newest: dict[str, Frame] = {}
        self._seen: Counter[str] = Counter()
        self._errors: dict[str, str] = {}
        self._asked: Counter[str] = Counter()
        self._ended: dict[str, Exception | None] = {}
        self._failure: BaseException | None = None
        self._stopping = threading.Event()
        self._race_lock = threading.Lock()
        """Held by whoever uses the race while `run` does not."""
        self._racing = False

    def run(self) -> None:
        """Work until every source has ended. Raises whatever broke a thread of ours."""
        threads = [
            self._thread(f"source-{camera}", partial(self._pump, source))
            for camera, source in self._sources.items()
        ]
        threads.append(self._thread("detector", self._detect))
        if not self._in_step:
            threads.append(self._thread("reader", self._read))
        with self._race_lock:
            self._racing = True
        for thread in threads:
            thread.start()
        try:
            with nullcontext() if self._in_step else short_turns():
                self._drive()
        finally:
            self._leave_race()
            self.stop()
            for thread in threads:
                thread.join()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End soon; may be called from any thread and from a signal handler's thread."""
        self._stopping.set()
        for source in self._sources.values():
            source.close()
        self._frames.close()
        self._looks.close()

    def between_frames(self, work: Work) -> None:
        """Do something with the race and tell listeners what it gave; waits until that is done.

        May be called from any thread but those of the pipeline, also when nothing runs (any more).
        Raises whatever the work or a listener raises.
        """
        asked = _Asked(work)
        is_put = False
        while not asked.done.done():
            # Asked anew each time: a run may begin and end meanwhile.
            if not self._racing:
                self._answer_left(asked)
            elif is_put:
                concurrent.futures.wait([asked.done], timeout=0.2)
            else:
                with suppress(queue.Full):
                    self._inbox.put(asked, timeout=0.2)
                    is_put = True
        asked.done.result()

    def counts(self) -> dict[str, CameraCount]:
        """Frames looked at and dropped so far, by camera."""
        return {
            camera: CameraCount(
                self._seen[camera],
                self._frames.dropped(camera) + source.status().dropped,
                self._errors.get(camera),
            )
            for camera, source in self._sources.items()
        }

    def waiting(self) -> tuple[int, int]:
        """Frames before the detector and looks before the reader, now."""
        return self._frames.waiting(), self._looks.waiting()

    # -- threads -----------------------------------------------------------------------------

    def _thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        return threading.Thread(target=self._guard, args=(work,), name=name)

    def _guard(self, work: Callable[[], None]) -> None:
        """The top of a thread: a failure stops the pipeline and is raised by `run`."""
        try:
            work()
        except BaseException as error:
            self._failure = self._failure or error
            self._stopping.set()
            self._frames.close()
            self._put(None)

    def _pump(self, source: Source) -> None:
        try:
            for frame in source.frames():
                if not self._frames.put(frame):
                    return
        except SourceError as error:
            self._frames.end(source.camera, error)
        else:
            # A source that was closed has not reached its end; the race's thread says so.
            if not self._stopping.is_set():
                self._frames.end(source.camera)

    def _detect(self) -> None:
        while entries := self._frames.take():
            frames = [entry for entry in entries if isinstance(entry, Frame)]
            found = self._found(frames)
            for frame, detections in zip(frames, found, strict=True):
                picture = frame.picture
                observation = Observation(
                    frame.camera,
                    frame.index,
                    frame.pts_ns,
                    frame.capture_utc_ns,
                    frame.clock,
                    picture.width,
                    picture.height,
                    detections,
                )
                self._put(_Seen(frame, observation))
            for entry in entries:
                if isinstance(entry, Ended):
                    self._put(entry)

    def _found(self, frames: Sequence[Frame]) -> list[Detections]:
        """What is in each frame; the detector looks where the source has not done so."""
        unseen = [frame.picture for frame in frames if frame.detections is None]
        fresh = iter(self._detector.detect(unseen) if unseen else ())
        return [next(fresh) if frame.detections is None else frame.detections for frame in frames]

    def _read(self) -> None:
        give_way()
        while wanted := self._looks.take(READ_BATCH):
            for frame, batch in _by_frame(wanted):
                findings = self._look(frame, [one.look for one in batch])
                for one, finding in zip(batch, findings, strict=True):
                    self._put(_Read(one, finding))

    def _put(self, entry: _Seen | _Read | Ended | None) -> None:
        while True:
            try:
                self._inbox.put(entry, timeout=0.2)
                return
            except queue.Full:
                if self._stopping.is_set():
                    return

    # -- the race's thread -------------------------------------------------------------------

    def _drive(self) -> None:
        live = set(self._sources)
        while live:
            try:
                entry = self._inbox.get(timeout=0.2)
            except queue.Empty:
                if self._stopping.is_set():
                    break
                continue
            if isinstance(entry, _Seen):
                self._see(entry)
            elif isinstance(entry, _Read):
                self._asked[entry.wanted.look.camera] -= 1
                self._learn(entry.wanted.source, entry.wanted.look, entry.finding, None)
            elif isinstance(entry, _Asked):
                if not entry.done.done():
                    self._answer(entry)
            elif isinstance(entry, Ended):
                self._ended[entry.camera] = entry.error
            else:
                break
            live -= self._finish_ended()
        self._tell(self.race.end(), None)
        for camera in live:
            self._over(camera, StoppedError("stopped"))

    def _answer(self, asked: _Asked) -> None:
        try:
            self._tell(asked.work(self.race), None)
        except BaseException as error:
            asked.done.set_exception(error)
            raise
        asked.done.set_result(None)

    def _leave_race(self) -> None:
        """`run` uses the race no more."""
        with self._race_lock:
            self._racing = False

    def _answer_left(self, asked: _Asked) -> None:
        with self._race_lock:
            if not self._racing and not asked.done.done():
                self._answer(asked)

    def _finish_ended(self) -> set[str]:
        """Close the cameras that have ended and whose looks have all come back."""
        finished = {camera for camera in self._ended if not self._asked[camera]}
        for camera in finished:
            error = self._ended.pop(camera)
            if error is not None:
                self._errors[camera] = str(error)
            self._tell(self.race.end(camera), None)
            self._over(camera, error)
        return finished

    def _over(self, camera: str, error: Exception | None) -> None:
        for listener in self._listeners:
            listener.over(camera, error)

    def _see(self, seen: _Seen) -> None:
        """Let the race see a frame, and see to the looks that it asks for."""
        frame = seen.frame
        if frame.camera not in self._newest:
            for listener in self._listeners:
                listener.begin(frame.camera)
        self._newest[frame.camera] = frame
        self._seen[frame.camera] += 1
        looks, events = self.race.see(seen.observation)
        self._tell(events, frame)
        for listener in self._listeners:
            listener.watch(frame, self.race)
        if not self._in_step:
            self._request(frame, looks)
            return
        for look, finding in zip(looks, self._look(frame, looks), strict=True):
            self._learn(frame, look, finding, None)

    def _request(self, frame: Frame, looks: Sequence[Look]) -> None:
        """Send looks to the reader; what has to give way is told to the race."""
        for look in looks:
            given_up = self._looks.put(Wanted(look, frame))
            self._asked[look.camera] += 1
            for gone in given_up:
                self._asked[gone.look.camera] -= 1
                self._learn(gone.source, gone.look, None, Reason.DROPPED)

    def _learn(
        self, frame: Frame, look: Look, finding: Finding | None, reason: Reason | None
    ) -> None:
        self._tell(self.race.learn(look, finding, reason), frame)

    def _tell(self, events: Sequence[Event], frame: Frame | None) -> None:
        for event in events:
            camera = event.look.camera if isinstance(event, Judged) else event.camera
            shown = frame if frame is not None else self._newest.get(camera)
            for listener in self._listeners:
                listener.tell(event, shown)

    def _look(self, frame: Frame, looks: Sequence[Look]) -> list[Finding]:
        """Carry out the looks of one frame, in their order."""
        found: dict[int, Finding] = {}
        for kind, act in (
            (LookKind.NUMBER, self._looker.look_at_numbers),
            (LookKind.TORSO, self._looker.look_at_torsos),
        ):
            asked = [(row, look) for row, look in enumerate(looks) if look.kind is kind]
            if asked:
                crops = [look.crop for _, look in asked]
                findings = act(frame.picture, crops, [look.view for _, look in asked])
                found.update(zip((row for row, _ in asked), findings, strict=True))
        return [found[row] for row in range(len(looks))]


def _by_frame(wanted: Sequence[Wanted[Frame]]) -> list[tuple[Frame, list[Wanted[Frame]]]]:
    """Looks grouped by the frame they are made on, so that one batch serves each frame."""
    groups: dict[tuple[str, int], tuple[Frame, list[Wanted[Frame]]]] = {}
    for one in wanted:
        frame = one.source
        groups.setdefault((frame.camera, frame.index), (frame, []))[1].append(one)
    return list(groups.values())
