"""The DeepStream graph as text, and against the list of elements and properties."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stream.deepstream.graph import CameraFeed, Files, GraphOptions, deepstream_graph
from stream.deepstream.properties import GraphError, check, fits, listed
from stream.graph import Element, Graph, Value, launch

FILES = Files(Path("/c/nvinfer.txt"), Path("/lib/tracker.so"), Path("/c/tracker.yml"))
QUEUE = "max-size-buffers=4 max-size-bytes=0 max-size-time=0"

TWO_CAMERAS = f"""\
nvurisrcbin name=source-0 uri=rtsp://cam/1 gpu-id=0 source-id=0 disable-audio=true \
num-extra-surfaces=4 latency=200 drop-on-latency=true select-rtp-protocol=4 \
rtsp-reconnect-interval=5 init-rtsp-reconnect-interval=5 rtsp-reconnect-attempts=-1
nvurisrcbin name=source-1 uri=rtsp://cam/2 gpu-id=0 source-id=1 disable-audio=true \
num-extra-surfaces=4 latency=100 drop-on-latency=true select-rtp-protocol=7 \
rtsp-reconnect-interval=5 init-rtsp-reconnect-interval=5 rtsp-reconnect-attempts=-1
queue name=feed-0 {QUEUE}
queue name=feed-1 {QUEUE}
nvstreammux name=mux batch-size=2 width=1920 height=1080 live-source=true \
batched-push-timeout=33000 sync-inputs=false attach-sys-ts=false drop-pipeline-eos=true gpu-id=0 \
nvbuf-memory-type=3
queue name=to-infer {QUEUE}
nvinfer name=infer config-file-path=/c/nvinfer.txt batch-size=2 unique-id=1 gpu-id=0
queue name=to-tracker {QUEUE}
nvtracker name=tracker ll-lib-file=/lib/tracker.so ll-config-file=/c/tracker.yml tracker-width=640 \
tracker-height=384 gpu-id=0 display-tracking-id=false operate-on-class-ids=0
queue name=to-convert {QUEUE}
nvvideoconvert name=convert gpu-id=0 nvbuf-memory-type=3
capsfilter name=pixels caps="video/x-raw(memory:NVMM),format=RGBA"
appsink name=sink sync=false async=false qos=false max-buffers=4 drop=true emit-signals=false \
enable-last-sample=false
source-0. ! feed-0.
source-1. ! feed-1.
feed-0. ! mux.sink_0
feed-1. ! mux.sink_1
mux. ! to-infer.
to-infer. ! infer.
infer. ! to-tracker.
to-tracker. ! tracker.
tracker. ! to-convert.
to-convert. ! convert.
convert. ! pixels.
pixels. ! sink.
# rtspsrc: add-reference-timestamp-meta=true"""

ONE_FILE = f"""\
nvurisrcbin name=source-0 uri=file:///a.mp4 gpu-id=0 source-id=0 disable-audio=true \
num-extra-surfaces=4
queue name=feed-0 {QUEUE}
nvstreammux name=mux batch-size=1 width=1920 height=1080 live-source=false \
batched-push-timeout=33000 sync-inputs=false attach-sys-ts=false drop-pipeline-eos=false gpu-id=0
queue name=to-infer {QUEUE}
nvinfer name=infer config-file-path=/c/nvinfer.txt batch-size=1 unique-id=1 gpu-id=0
queue name=to-tracker {QUEUE}
nvtracker name=tracker ll-lib-file=/lib/tracker.so ll-config-file=/c/tracker.yml tracker-width=640 \
tracker-height=384 gpu-id=0 display-tracking-id=false
queue name=to-convert {QUEUE}
nvvideoconvert name=convert gpu-id=0
capsfilter name=pixels caps="video/x-raw(memory:NVMM),format=RGB"
appsink name=sink sync=true async=false qos=false max-buffers=4 drop=false emit-signals=true \
enable-last-sample=false
source-0. ! feed-0.
feed-0. ! mux.sink_0
mux. ! to-infer.
to-infer. ! infer.
infer. ! to-tracker.
to-tracker. ! tracker.
tracker. ! to-convert.
to-convert. ! convert.
convert. ! pixels.
pixels. ! sink."""


def live(n: int) -> list[CameraFeed]:
    return [CameraFeed(f"rtsp://cam/{k + 1}", True) for k in range(n)]


def test_two_network_cameras_as_text() -> None:
    cameras = [live(1)[0], CameraFeed("rtsp://cam/2", True, latency_ms=100, tcp=False)]
    assert launch(deepstream_graph(cameras, FILES)) == TWO_CAMERAS


def test_a_file_on_jetson_for_pyservicemaker_as_text() -> None:
    options = GraphOptions("RGB", unified=False, persons_only=False, pushed=True)
    assert (
        launch(deepstream_graph([CameraFeed("file:///a.mp4", False)], FILES, options)) == ONE_FILE
    )


@pytest.mark.parametrize("n", [1, 2, 30])
def test_every_property_is_on_the_list(n: int) -> None:
    check(deepstream_graph(live(n), FILES), listed(), told_by="the list")


def test_thirty_cameras_are_one_batch_in_their_order() -> None:
    graph = deepstream_graph(live(30), FILES)
    mux = next(element for element in graph.elements if element.factory == "nvstreammux")
    into_mux = [(link.source, link.sink_pad) for link in graph.links if link.sink == "mux"]
    assert ("batch-size", 30) in mux.properties
    assert into_mux == [(f"feed-{k}", f"sink_{k}") for k in range(30)]


def test_all_elements_are_told_the_same_gpu() -> None:
    graph = deepstream_graph(live(2), FILES, GraphOptions(gpu=1))
    told = {
        e.factory: value for e in graph.elements for key, value in e.properties if key == "gpu-id"
    }
    assert told == dict.fromkeys(
        ["nvurisrcbin", "nvstreammux", "nvinfer", "nvtracker", "nvvideoconvert"], 1
    )


def test_no_camera_is_no_graph() -> None:
    with pytest.raises(ValueError, match="at least one camera"):
        deepstream_graph([], FILES)


@pytest.mark.parametrize(
    ("factory", "name", "value", "told"),
    [
        pytest.param("nvinfer", "config-file", "a", "nvinfer has no property 'config-file'",
                     id="misspelt"),
        pytest.param("nvstreammux", "batch-size", "4", "nvstreammux batch-size='4' is no uint",
                     id="a text for a number"),
        pytest.param("nvurisrcbin", "latency", -1, "nvurisrcbin latency=-1 is no uint",
                     id="below the range"),
        pytest.param("nvtracker", "display-tracking-id", 1, "is no boolean", id="1 for true"),
        pytest.param("nvinver", "gpu-id", 0, "there is no element 'nvinver'", id="no element"),
    ],
)  # fmt: skip
def test_what_is_not_on_the_list_is_named(factory: str, name: str, value: Value, told: str) -> None:
    graph = deepstream_graph(live(1), FILES)
    wrong = replace(graph, elements=(*graph.elements, Element("x", factory, ((name, value),))))
    with pytest.raises(GraphError, match=told):
        check(wrong, listed(), told_by="the list")


def test_all_faults_are_told_together() -> None:
    graph = Graph((Element("a", "nvinfer", (("x", 1), ("y", 2))),), ())
    with pytest.raises(GraphError, match=r"'x'; nvinfer has no property 'y' \(says me\)"):
        check(graph, listed(), told_by="me")


@pytest.mark.parametrize(
    ("value", "kind", "fitting"),
    [
        (True, "boolean", True),
        (True, "uint", False),
        (2**32, "uint", False),
        (2**32, "uint64", True),
        (-1, "int", True),
        ("udp", "enum", True),
        (-1, "enum", False),
        (0.5, "float", True),
        ("x", "caps", True),
    ],
)
def test_values_and_types(value: Value, kind: str, fitting: bool) -> None:
    assert fits(value, kind) is fitting
