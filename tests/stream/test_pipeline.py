"""The driver with scripted sources, detector and reader: order, failures, stopping."""

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from engines.looking import Looker
from engines.types import Image, Reading
from stream.pipeline import Pipeline
from stream.race import Race, RaceSettings
from stream.turns import READER_NICENESS
from stream.types import Closed, Event, Frame, Judged, Opened, State, Tagged
from tests.stream.scripted import ScriptedDetector, ScriptedReader, ScriptedSource


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


class NotingReader(ScriptedReader):
    """Notes how nice the thread is that reads."""

    def __init__(self) -> None:
        self.niceness: set[int] = set()

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        self.niceness.add(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return super().read(crops)


def pipeline(
    *sources: ScriptedSource,
    detector: ScriptedDetector | None = None,
    reader: ScriptedReader | None = None,
    in_step: bool = True,
) -> tuple[Pipeline, Listening]:
    listening = Listening()
    looker = Looker(ScriptedDetector(), reader or ScriptedReader(), (224, 224))
    race = Race(RaceSettings(), None)
    driver = Pipeline(
        sources, detector or ScriptedDetector(), looker, race, [listening], in_step=in_step
    )
    return driver, listening


def wait_until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.01)


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


@pytest.mark.skipif(sys.platform != "linux", reason="niceness of threads is Linux's own")
@pytest.mark.parametrize(("in_step", "more"), [(True, 0), (False, READER_NICENESS)])
def test_live_the_reader_gives_way(in_step: bool, more: int) -> None:
    reader = NotingReader()
    driver, _ = pipeline(ScriptedSource(), reader=reader, in_step=in_step)
    driver.run()
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert reader.niceness == {min(own + more, 19)}


def test_two_runs_in_step_tell_the_same() -> None:
    told = []
    for _ in range(2):
        driver, heard = pipeline(ScriptedSource(n_frames=50))
        driver.run()
        told.append([repr(e) for e in heard.events if not isinstance(e, Judged)])
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

    def stop_soon() -> None:
        try:
            wait_until(lambda: any(isinstance(event, Tagged) for event in list(heard.events)))
        finally:
            driver.stop()

    threading.Thread(target=stop_soon).start()
    driver.run()
    assert isinstance(heard.events[-1], Closed)
    assert not [t for t in threading.enumerate() if t.name in ("detector", "reader", "source-a")]


def test_two_cameras_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same camera name"):
        pipeline(ScriptedSource("a"), ScriptedSource("a"))


def test_work_asked_for_as_a_race_begins_is_done_while_it_runs() -> None:
    driver, _ = pipeline(ScriptedSource(endless=True, pause_s=0.01))
    inside, go, done = threading.Event(), threading.Event(), threading.Event()

    def slowly(race: object) -> list[Event]:
        inside.set()
        assert go.wait(30)
        return []

    def second() -> None:
        driver.between_frames(lambda race: [])
        done.set()

    before = threading.Thread(target=driver.between_frames, args=(slowly,))
    before.start()
    assert inside.wait(30)
    others = [threading.Thread(target=work) for work in (driver.run, second)]
    for thread in others:
        thread.start()
        time.sleep(0.3)  # both have found the race not running, and wait for the work before
    go.set()
    try:
        assert done.wait(30)
        assert others[0].is_alive(), "the race still runs"
    finally:
        driver.stop()
        for thread in (before, *others):
            thread.join()


def test_work_between_frames_is_told_in_order_and_waited_for() -> None:
    source = ScriptedSource(endless=True)
    driver, heard = pipeline(source, in_step=False)
    runs = threading.Thread(target=driver.run)
    runs.start()
    # Until then whoever asks does the work.
    wait_until(lambda: heard.watched > 0)
    threads: set[str] = set()

    def work(race: Race) -> list[Event]:
        threads.add(threading.current_thread().name)
        return [Closed("a", 1000 + race.new_track_id(), 0, 0, None, None, 0.0, 0, {})]

    for _ in range(20):
        before = len(heard.events)
        driver.between_frames(work)
        assert any(e.track_id > 1000 for e in heard.events[before:] if isinstance(e, Closed))
    assert threads == {runs.name}
    driver.stop()
    runs.join()
    driver.between_frames(work)
    assert threads == {runs.name, threading.current_thread().name}


def test_work_before_a_run_is_done_at_once() -> None:
    driver, heard = pipeline(ScriptedSource())
    driver.between_frames(lambda race: [Closed("a", 7, 0, 0, None, None, 0.0, 0, {})])
    assert [type(event) for event in heard.events] == [Closed]
    driver.run()
    assert isinstance(heard.events[1], Opened)


@pytest.mark.parametrize("running", [True, False])
def test_work_that_fails_is_told_to_who_asked(running: bool) -> None:
    driver, heard = pipeline(ScriptedSource(endless=True))
    failures: list[BaseException] = []

    def run() -> None:
        try:
            driver.run()
        except ValueError as error:
            failures.append(error)

    runs = threading.Thread(target=run)
    if running:
        runs.start()
        wait_until(lambda: heard.watched > 0)

    def work(race: Race) -> list[Event]:
        raise ValueError("no such thing")

    with pytest.raises(ValueError, match="no such thing"):
        driver.between_frames(work)
    if running:
        runs.join()
    assert len(failures) == running, "a race that is in doubt does not go on"
