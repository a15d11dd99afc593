"""The graph built by a pyservicemaker of canned answers, and its batches copied."""

from __future__ import annotations

import importlib
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from engines.errors import MissingPackageError
from stream.deepstream.graph import CameraFeed, Files, GraphOptions, deepstream_graph
from stream.deepstream.properties import GraphError
from stream.deepstream.servicemaker_runner import ServiceMakerRunner, gpu_arrays
from stream.graph import Element, Graph
from tests.stream.deepstream.fakes import (
    FakeServiceMaker,
    Hearing,
    fake_cupy,
    frame_values,
    maker_buffer,
)

FILES = Files(Path("/c/nvinfer.txt"), Path("/lib/tracker.so"), Path("/c/tracker.yml"))
WAIT_S = 30


def graph(n_cameras: int = 2) -> Graph:
    cameras = [CameraFeed(f"rtsp://cam/{k}", True) for k in range(n_cameras)]
    return deepstream_graph(cameras, FILES, GraphOptions("RGB", pushed=True))


def run(fake: FakeServiceMaker) -> Hearing:
    hearing = Hearing()
    runner = ServiceMakerRunner(graph(), 2, fake.module, fake_cupy())
    runner.start(hearing)
    assert hearing.ended.wait(WAIT_S)
    runner.stop()
    return hearing


def test_the_pipeline_is_the_graph() -> None:
    fake = FakeServiceMaker([])
    run(fake)
    expected = graph()
    assert fake.elements == {
        element.name: (element.factory, dict(element.properties)) for element in expected.elements
    }
    assert fake.links[:4] == [
        ("source-0", "feed-0"),
        ("source-1", "feed-1"),
        (("feed-0", "mux"), ("", "sink_%u")),
        (("feed-1", "mux"), ("", "sink_%u")),
    ]
    assert len(fake.links) == len(expected.links)


def test_a_batch_is_copied_frame_by_frame() -> None:
    batch = [frame_values(1, 5), frame_values(0, 6, ntp_ns=9)]
    hearing = run(FakeServiceMaker([maker_buffer(batch)]))
    assert [frame.values for frame in hearing.frames] == batch
    crops = [frame.picture.crop((900, 300, 1020, 600)) for frame in hearing.frames]
    assert [int(crop.mean()) for crop in crops] == [10, 11]
    assert all(crop.dtype == np.uint8 for crop in crops)


def test_a_failure_inside_the_callback_is_told() -> None:
    broken: Any = object()
    hearing = run(FakeServiceMaker([broken]))
    assert "batch_meta" in str(hearing.errors[0])


def test_what_runs_beside_begins_and_ends_with_the_graph() -> None:
    told: list[str] = []

    class Noting:
        def begin(self) -> None:
            told.append("begin")

        def close(self) -> None:
            told.append("close")

    fake = FakeServiceMaker([], ends=False)
    runner = ServiceMakerRunner(graph(), 2, fake.module, fake_cupy(), [Noting()])
    runner.start(Hearing())
    assert told == ["begin"]
    runner.stop()
    runner.stop()
    assert told == ["begin", "close"]


def test_stopping_ends_a_run_that_does_not_end_by_itself() -> None:
    fake = FakeServiceMaker([maker_buffer([frame_values()])], ends=False)
    hearing = Hearing()
    runner = ServiceMakerRunner(graph(), 2, fake.module, fake_cupy())
    runner.start(hearing)
    runner.stop()
    runner.stop()
    assert hearing.errors == []


def test_what_is_stopped_before_it_plays_never_plays() -> None:
    fake = FakeServiceMaker([maker_buffer([frame_values()])], ends=False)
    hearing = Hearing()
    runner = ServiceMakerRunner(graph(), 2, fake.module, fake_cupy())
    fake.when_attached = runner.stop
    runner.start(hearing)
    for thread in threading.enumerate():
        if thread.name == "deepstream":
            thread.join(WAIT_S)
    assert not fake.started
    assert (hearing.frames, hearing.errors) == ([], [])


def test_a_misspelt_property_is_refused_before_anything_is_built() -> None:
    fake = FakeServiceMaker([])
    wrong = Graph((*graph().elements, Element("x", "nvinfer", (("batchsize", 1),))), ())
    with pytest.raises(GraphError, match="nvinfer has no property 'batchsize'"):
        ServiceMakerRunner(wrong, 2, fake.module, fake_cupy()).start(Hearing())
    assert fake.elements == {}


def test_without_a_library_for_the_gpus_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> ModuleType:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(MissingPackageError, match="pip install cupy-cuda13x"):
        gpu_arrays()
