"""The graph on stand-in elements to the end of stream, read with a pyds of canned answers."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stream.deepstream.graph import CameraFeed, Files, GraphOptions, deepstream_graph
from stream.deepstream.metadata import FrameValues
from stream.deepstream.properties import GraphError
from stream.graph import Element, Graph
from tests.stream.deepstream.fakes import Hearing, fake_pyds, frame_values
from tests.stream.sources.footage import needs_gst

pytestmark = needs_gst

FILES = Files(Path("/c/nvinfer.txt"), Path("/lib/tracker.so"), Path("/c/tracker.yml"))
WAIT_S = 60


def graph(*uris: str) -> Graph:
    cameras = [CameraFeed(uri, False) for uri in uris]
    return deepstream_graph(cameras, FILES, GraphOptions(paced=False))


def run(built: Graph, n_cameras: int, maps: bool = False) -> tuple[Hearing, list[int]]:
    """Run a graph of stand-ins until it ends."""
    from stream.deepstream.pyds_runner import PydsRunner
    from tests.stream.deepstream import stand_ins

    stand_ins.register()
    unmapped: list[int] = []

    def canned(address: int) -> FrameValues:
        index, pts_ns = stand_ins.PASSED[address]
        return frame_values(index, pts_ns)

    hearing = Hearing()
    runner = PydsRunner(built, [None] * n_cameras, fake_pyds(canned, unmapped), maps)
    runner.start(hearing)
    assert hearing.ended.wait(WAIT_S)
    runner.stop()
    return hearing, unmapped


def test_two_cameras_to_the_end_of_their_footage() -> None:
    from tests.stream.deepstream.stand_ins import FRAMES

    hearing, unmapped = run(graph("file:///a", "file:///b"), 2)
    assert hearing.errors == [None]
    assert hearing.troubles == []
    for index in (0, 1):
        of_camera = [f.values.pts_ns for f in hearing.frames if f.values.index == index]
        assert len(of_camera) == FRAMES
        assert of_camera == sorted(of_camera)
    assert unmapped == []


def test_runners_are_copied_out_of_the_buffer() -> None:
    hearing, unmapped = run(graph("file:///a"), 1, maps=True)
    for number, frame in enumerate(hearing.frames):
        crop = frame.picture.crop((900, 300, 1020, 600))
        assert crop.shape == (300, 120, 3)
        assert (crop == number).all(), "the buffer has other pixels by now"
        assert [patch.box for patch in frame.picture.patches] == [(882, 255, 1038, 645)]
    assert len(unmapped) == len(hearing.frames)


def test_thirty_cameras_in_one_graph() -> None:
    from tests.stream.deepstream.stand_ins import FRAMES

    hearing, _ = run(graph(*(f"file:///{k}" for k in range(30))), 30)
    assert hearing.errors == [None]
    assert Counter(f.values.index for f in hearing.frames) == dict.fromkeys(range(30), FRAMES)


def test_a_lost_camera_is_called_again() -> None:
    """nvurisrcbin does so by a timer of GLib's, which somebody has to serve."""
    from stream.deepstream.pyds_runner import PydsRunner
    from tests.stream.deepstream import stand_ins

    stand_ins.register()
    built = deepstream_graph([CameraFeed(stand_ins.CALLED_AGAIN, True)], FILES)
    pyds = fake_pyds(lambda address: frame_values(*stand_ins.PASSED[address]), [])
    hearing = Hearing()
    runner = PydsRunner(built, [None], pyds)
    runner.start(hearing)
    end = time.monotonic() + WAIT_S
    while not hearing.frames and time.monotonic() < end:
        time.sleep(0.02)
    runner.stop()
    assert hearing.frames


def test_a_broken_file_lets_the_others_end() -> None:
    from stream.deepstream.pyds_runner import PydsRunner
    from tests.stream.deepstream import stand_ins

    stand_ins.register()
    hearing = Hearing(over_with=[1])
    runner = PydsRunner(
        graph("file:///a", "file:///broken"),
        [None, None],
        fake_pyds(lambda address: frame_values(*stand_ins.PASSED[address]), []),
    )
    runner.start(hearing)
    assert hearing.ended.wait(WAIT_S)
    runner.stop()
    assert hearing.errors == [None]
    assert {index for index, _ in hearing.troubles} == {1}
    assert len(hearing.frames) == stand_ins.FRAMES


def test_one_broken_camera_does_not_end_the_other() -> None:
    from stream.deepstream.pyds_runner import PydsRunner
    from tests.stream.deepstream import stand_ins

    stand_ins.register()
    hearing = Hearing()
    runner = PydsRunner(
        graph("file:///a", "file:///broken"),
        [None, None],
        fake_pyds(lambda address: frame_values(*stand_ins.PASSED[address]), []),
    )
    runner.start(hearing)
    # A network camera that is gone may come back, so the graph does not end.
    while len(hearing.frames) < stand_ins.FRAMES and not hearing.ended.wait(0.02):
        pass
    runner.stop()
    assert {index for index, _ in hearing.troubles} == {1}
    assert "no such camera" in hearing.troubles[0][1]
    assert {frame.values.index for frame in hearing.frames} == {0}
    assert hearing.errors == []


def test_what_pyds_lacks_ends_the_run_by_name() -> None:
    def lacking(address: int) -> FrameValues:
        raise AttributeError("module 'pyds' has no attribute 'x'")

    from stream.deepstream.pyds_runner import PydsRunner
    from tests.stream.deepstream import stand_ins

    stand_ins.register()
    hearing = Hearing()
    runner = PydsRunner(graph("file:///a"), [None], fake_pyds(lacking, []))
    runner.start(hearing)
    assert hearing.ended.wait(WAIT_S)
    runner.stop()
    assert [str(error) for error in hearing.errors] == ["module 'pyds' has no attribute 'x'"]


@pytest.mark.parametrize(
    ("element", "told"),
    [
        pytest.param(Element("x", "nvinfer", (("batchsize", 1),)),
                     "nvinfer has no property 'batchsize'", id="property"),
        pytest.param(Element("x", "nvinfer", (("batch-size", "1"),)),
                     "batch-size='1' is no uint", id="type"),
        pytest.param(Element("x", "nvinver"), "no element 'nvinver'", id="element"),
    ],
)  # fmt: skip
def test_the_machine_itself_is_asked_for_properties(element: Element, told: str) -> None:
    from stream.deepstream.pyds_runner import PydsRunner
    from tests.stream.deepstream import stand_ins

    stand_ins.register()
    built = graph("file:///a")
    wrong = Graph((*built.elements, element), built.links)
    with pytest.raises(GraphError, match=rf"{told}.*says this machine's GStreamer"):
        PydsRunner(wrong, [None], fake_pyds(lambda address: frame_values(), [])).start(Hearing())


def test_types_of_the_machine() -> None:
    from stream.deepstream.pyds_runner import installed_types, tracks_by_class
    from tests.stream.deepstream import stand_ins

    stand_ins.register()
    types: Any = installed_types(graph("file:///a"))
    assert tracks_by_class()
    assert types["queue"]["leaky"] == "enum"
    assert types["appsink"]["sync"] == "boolean"
    assert types["capsfilter"]["caps"] == "caps"
    assert types["nvinfer"]["batch-size"] == "uint"
