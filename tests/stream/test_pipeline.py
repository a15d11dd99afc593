"""The driver with scripted sources, detector and reader: order, failures, stopping."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from engines.ctc import greedy
from engines.looking import Looker
from engines.picture import RgbPicture
from engines.types import ALPHABET, Box, Detections, Image, Kind, Picture, Reading
from stream.pipeline import Pipeline
from stream.race import Race, RaceSettings
from stream.sources.port import SourceError, SourceStatus
from stream.types import Clock, Closed, Event, Frame, Judged, Opened, State, Tagged

NOISE = np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8)
PICTURE = RgbPicture(NOISE)
PERSON: Box = (270, 40, 390, 340)
BIB: Box = (290, 130, 370, 190)
NUMBER: Box = (298, 145, 362, 175)
FRAME_NS = 40_000_000


@dataclass
class ScriptedSource:
    """Still pictures, 25 a second; `fails_at` raises there."""

    camera: str = "a"
    live: bool = False
    n_frames: int = 30
    fails_at: int | None = None
    endless: bool = False
    closed: threading.Event = field(default_factory=threading.Event)

    def frames(self) -> Iterator[Frame]:
        index = 0
        while not self.closed.is_set() and (self.endless or index < self.n_frames):
            if index == self.fails_at:
                raise SourceError(f"{self.camera}: the cable is out")
            pts_ns = index * FRAME_NS
            yield Frame(self.camera, index, pts_ns, pts_ns, Clock.FILE, PICTURE)
            index += 1

    def close(self) -> None:
        self.closed.set()

    def status(self) -> SourceStatus:
        return SourceStatus(self.camera, "playing")


@dataclass
class ScriptedDetector:
    """The same runner in every frame; `fails_at` raises on that call."""

    fails_at: int | None = None
    calls: int = 0

    def detect(
        self, pictures: Sequence[Picture], size: tuple[int, int] | None = None
    ) -> list[Detections]:
        self.calls += 1
        if self.calls == self.fails_at:
            raise RuntimeError("the model is gone")
        found = Detections(
            np.array([PERSON, BIB, NUMBER], np.float32),
            np.array([0.9, 0.9, 0.9], np.float32),
            np.array([Kind.PERSON, Kind.BIB, Kind.NUMBER], np.int8),
        )
        return [found for _ in pictures]

    def close(self) -> None:
        pass


class ScriptedReader:
    """Reads 2419 from everything, clearly."""

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        steps = np.full((9, len(ALPHABET) + 1), 1e-4)
        for step in range(9):
            steps[step, 0 if step % 2 == 0 else ALPHABET.index("2419"[step // 2]) + 1] = 1.0
        log_probs = np.log(steps / steps.sum(axis=1, keepdims=True)).astype(np.float32)
        text, scores = greedy(log_probs)
        return [Reading(text, scores, log_probs) for _ in crops]

    def close(self) -> None:
        pass


@dataclass
class Listening:
    """Remembers what it is told."""

    events: list[Event] = field(default_factory=list)
    watched: int = 0
    ends: list[tuple[str, str | None]] = field(default_factory=list)

    def begin(self, camera: str) -> None:
        self.ends.append((camera, "began"))

    def watch(self, frame: Frame, race: Race) -> None:
        self.watched += 1

    def tell(self, event: Event, frame: Frame | None) -> None:
        self.events.append(event)

    def over(self, camera: str, error: Exception | None) -> None:
        self.ends.append((camera, str(error) if error else None))


def pipeline(
    *sources: ScriptedSource, detector: ScriptedDetector | None = None, in_step: bool = True
) -> tuple[Pipeline, Listening]:
    listening = Listening()
    looker = Looker(ScriptedDetector(), ScriptedReader(), (224, 224))
    race = Race(RaceSettings(), None)
    driver = Pipeline(
        sources, detector or ScriptedDetector(), looker, race, [listening], in_step=in_step
    )
    return driver, listening


@pytest.mark.parametrize("in_step", [True, False])
def test_a_runner_is_opened_confirmed_and_closed(in_step: bool) -> None:
    driver, heard = pipeline(ScriptedSource(), in_step=in_step)
    driver.run()
    kinds = [type(event) for event in heard.events]
    assert kinds[0] is Opened
    assert kinds[-1] is Closed
    confirmed = [e for e in heard.events if isinstance(e, Tagged) and e.state is State.CONFIRMED]
    assert [tag.bib for tag in confirmed] == ["2419"]
    assert heard.watched == driver.counts()["a"].frames == 30
    assert heard.ends == [("a", "began"), ("a", None)]


def test_two_runs_in_step_tell_the_same() -> None:
    told = []
    for _ in range(2):
        driver, heard = pipeline(ScriptedSource(n_frames=50))
        driver.run()
        told.append(
            [
                (type(e).__name__, (e.look if isinstance(e, Judged) else e).frame_index)
                for e in heard.events
                if not isinstance(e, Judged) or e.look
            ]
        )
    assert told[0] == told[1]


def test_a_dead_camera_is_named_and_does_not_stop_the_other() -> None:
    driver, heard = pipeline(ScriptedSource("a", fails_at=5), ScriptedSource("b"))
    driver.run()
    counts = driver.counts()
    assert counts["a"].frames == 5
    assert counts["a"].error == "a: the cable is out"
    assert counts["b"].frames == 30
    assert counts["b"].error is None
    assert ("a", "a: the cable is out") in heard.ends


def test_a_broken_model_ends_the_run_with_its_error() -> None:
    driver, _ = pipeline(
        ScriptedSource(endless=True), detector=ScriptedDetector(fails_at=4), in_step=False
    )
    with pytest.raises(RuntimeError, match="the model is gone"):
        driver.run()
    assert not [t for t in threading.enumerate() if t.name in ("detector", "reader", "source-a")]


@pytest.mark.parametrize("in_step", [True, False])
def test_stopping_closes_the_tracks_and_the_threads(in_step: bool) -> None:
    driver, heard = pipeline(ScriptedSource(endless=True), in_step=in_step)
    timer = threading.Timer(1.0, driver.stop)
    timer.start()
    driver.run()
    assert isinstance(heard.events[-1], Closed)
    assert not [t for t in threading.enumerate() if t.name in ("detector", "reader", "source-a")]


def test_two_cameras_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same camera name"):
        pipeline(ScriptedSource("a"), ScriptedSource("a"))
