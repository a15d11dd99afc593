"""Cameras of one batch as sources of the race: the same core, reader and events as on the CPU."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from engines.looking import Looker
from engines.types import Detections, Picture
from stream.deepstream.graph import MUX_SIZE, CameraFeed
from stream.deepstream.metadata import ObjectValues
from stream.deepstream.picture import Copier, cut_array
from stream.deepstream.runner import Hearer, Runner, blamed, copied
from stream.deepstream.source import Batch, BatchCamera
from stream.pipeline import Pipeline
from stream.race import Race, RaceSettings
from stream.sources.port import SourceError
from stream.types import Clock, Frame, State, Tagged
from tests.stream.deepstream.fakes import SECOND_NS, UTC_NS, copied_frame, frame_values
from tests.stream.scripted import BIB, NUMBER, PERSON, ScriptedDetector, ScriptedReader
from tests.stream.test_pipeline import Listening

Act = Callable[[Hearer], None]


@dataclass
class ScriptedRunner:
    """Does what a test says, on a thread of its own."""

    act: Act
    cameras: Sequence[BatchCamera] = ()
    refuses: Exception | None = None
    stops: int = 0
    thread: threading.Thread | None = field(default=None)

    def made(self, cameras: Sequence[BatchCamera]) -> Runner:
        self.cameras = cameras
        return self

    def start(self, hearer: Hearer) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.thread = threading.Thread(target=self.act, args=(hearer,))
        self.thread.start()

    def stop(self) -> None:
        self.stops += 1


def camera(name: str, live: bool = False) -> BatchCamera:
    uri = f"rtsp://{name}/1" if live else f"file:///{name}.mp4"
    return BatchCamera(name, f"{name}.mp4", CameraFeed(uri, live), live, UTC_NS)


def play(n: int, cameras: Sequence[int] = (0,)) -> Act:
    """`n` frames of every camera, then the end."""

    def act(hearer: Hearer) -> None:
        for k in range(n):
            for index in cameras:
                hearer.frame(copied_frame(frame_values(index, k * SECOND_NS // 25)))
        hearer.over(None)

    return act


def test_each_source_yields_the_frames_of_its_camera() -> None:
    runner = ScriptedRunner(play(5, (0, 1)))
    batch = Batch([camera("a"), camera("b")], runner.made)
    got: dict[str, list[Frame]] = {}
    threads = [
        threading.Thread(target=lambda s=source: got.update({s.camera: list(s.frames())}))
        for source in batch.sources
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {name: [f.index for f in frames] for name, frames in got.items()} == {
        "a": [0, 1, 2, 3, 4],
        "b": [0, 1, 2, 3, 4],
    }
    first = got["a"][1]
    assert (first.clock, first.capture_utc_ns) == (Clock.FILE, UTC_NS + SECOND_NS // 25)
    assert first.detections is not None and len(first.detections) == 1
    assert runner.stops == 1
    status = batch.sources[0].status()
    assert (status.state, status.frames, status.decoder) == ("ended", 5, "nvv4l2decoder")
    assert (status.width, status.height) == (1920, 1080)


def test_frames_that_were_dropped_inside_the_graph_are_counted() -> None:
    def act(hearer: Hearer) -> None:
        for number in (0, 1, 5, 6):
            hearer.frame(copied_frame(frame_values(0, number * SECOND_NS, number=number)))
        hearer.over(None)

    source = Batch([camera("a")], ScriptedRunner(act).made).sources[0]
    assert len(list(source.frames())) == 4
    assert source.status().dropped == 3


def test_a_camera_that_is_not_watched_is_not_in_the_graph() -> None:
    runner = ScriptedRunner(play(3))
    batch = Batch([camera("a"), camera("b")], runner.made)
    batch.only({"b"})
    assert [frame.camera for frame in batch.sources[1].frames()] == ["b"] * 3
    assert [one.feed.uri for one in runner.cameras] == ["file:///b.mp4"]


@pytest.mark.parametrize(
    ("act", "told"),
    [
        pytest.param(lambda h: h.trouble(0, "not found"), "a.mp4: not found", id="one camera"),
        pytest.param(lambda h: h.over(SourceError("no GPU")), "no GPU", id="all of them"),
        pytest.param(lambda h: h.over(None), "no picture could be decoded", id="no frame"),
    ],
)
def test_what_breaks_footage_is_raised(act: Act, told: str) -> None:
    batch = Batch([camera("a")], ScriptedRunner(act).made)
    with pytest.raises(SourceError, match=told):
        list(batch.sources[0].frames())


def test_a_network_camera_in_trouble_goes_on() -> None:
    def act(hearer: Hearer) -> None:
        hearer.frame(copied_frame(frame_values(0, 0)))
        hearer.trouble(0, "not found")

    source = Batch([camera("a", live=True)], ScriptedRunner(act).made).sources[0]
    frames = source.frames()
    assert next(frames).index == 0
    while source.status().state == "playing":
        threading.Event().wait(0.01)
    assert source.status().state == "reconnecting: not found"
    source.close()
    assert list(frames) == []
    assert source.status().state == "closed"


def test_a_camera_that_is_closed_stays_so_while_the_others_go_on() -> None:
    closed, told = threading.Event(), threading.Event()
    over: list[bool] = []

    def act(hearer: Hearer) -> None:
        hearer.frame(copied_frame(frame_values(0, 0)))
        closed.wait(30)
        hearer.frame(copied_frame(frame_values(0, SECOND_NS)))
        over.append(hearer.trouble(0, "not found"))
        told.set()

    cameras = [camera("a", live=True), camera("b", live=True)]
    batch = Batch(cameras, ScriptedRunner(act).made)
    source = batch.sources[0]
    for _ in source.frames():
        source.close()
    closed.set()
    assert told.wait(30)
    assert source.status().state == "closed"
    assert over == [False], "nvurisrcbin calls it again"


def test_an_end_of_a_network_camera_is_a_failure() -> None:
    source = Batch([camera("a", live=True)], ScriptedRunner(play(1)).made).sources[0]
    with pytest.raises(SourceError, match="DeepStream ended by itself"):
        list(source.frames())


def test_a_graph_that_cannot_be_built_fails_every_camera() -> None:
    runner = ScriptedRunner(play(0), refuses=SourceError("nvinfer has no property 'x'"))
    batch = Batch([camera("a"), camera("b")], runner.made)
    for source in batch.sources:
        with pytest.raises(SourceError, match="nvinfer has no property 'x'"):
            list(source.frames())


@pytest.mark.parametrize(
    ("path", "index"),
    [
        ("/GstPipeline:pipeline0/GstDsNvUriSrcBin:source-12/GstRTSPSrc:src", 12),
        ("/GstPipeline:pipeline0/GstQueue:feed-3", 3),
        ("/GstPipeline:pipeline0/GstNvInfer:infer", None),
        ("", None),
    ],
)
def test_whose_fault_it_is(path: str, index: int | None) -> None:
    assert blamed(path) == index


class NoDetector(ScriptedDetector):
    """The race must not look again at what nvinfer has seen."""

    def detect(
        self, pictures: Sequence[Picture], size: tuple[int, int] | None = None
    ) -> list[Detections]:
        raise AssertionError("asked for detections")


def test_the_race_takes_what_nvinfer_found() -> None:
    def objects(right: float) -> tuple[ObjectValues, ...]:
        return tuple(
            ObjectValues(
                kind, 0.9, -0.1, (box[0] + right) * 3, box[1] * 3,
                (box[2] - box[0]) * 3, (box[3] - box[1]) * 3,
            )
            for kind, box in ((0, PERSON), (1, BIB), (3, NUMBER))
        )  # fmt: skip

    noise = np.random.default_rng(1).integers(0, 255, (MUX_SIZE[1], MUX_SIZE[0], 3), np.uint8)
    copier = Copier(MUX_SIZE)

    def act(hearer: Hearer) -> None:
        for k in range(30):
            values = frame_values(0, k * SECOND_NS // 25, objects=objects(6 * k - 150))
            hearer.frame(copied(values, cut_array(noise), copier, MUX_SIZE, k))
        hearer.over(None)

    batch = Batch([camera("a")], ScriptedRunner(act).made)
    listening = Listening()
    looker = Looker(ScriptedDetector(), ScriptedReader(), (224, 224))
    race = Race(RaceSettings(), None)
    Pipeline(batch.sources, NoDetector(), looker, race, [listening], in_step=True).run()
    tags = [event for event in listening.events if isinstance(event, Tagged)]
    assert listening.watched == 30
    assert [(tag.bib, tag.state) for tag in tags] == [
        ("2419", State.SEEN),
        ("2419", State.CONFIRMED),
    ]
