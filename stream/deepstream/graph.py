"""The graph of all cameras under DeepStream, as plain data. Imports no gi.

    N x (nvurisrcbin -> queue) -> nvstreammux -> nvinfer -> nvtracker -> nvvideoconvert -> appsink

Every decision about the elements is made here; the runners only build what this says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

from stream.graph import SINK, Element, Graph, Inner, Link, Properties

Pixels = Literal["RGB", "RGBA"]

MUX = "mux"
MUX_SIZE = (1920, 1080)
"""Every camera's frames are scaled to it, pixels."""
FRAME_US = 33_000
"""How long the mux waits for the cameras of a batch: one frame at 30 a second, microseconds."""
RECONNECT_S = 5
"""Seconds without data after which nvurisrcbin calls a camera again. Its own default is never."""
UNIFIED = 3
"""``nvbuf-memory-type`` that the CPU can read as well. Jetson has other types: its default does."""
TCP, ALL_TRANSPORTS = 4, 7
QUEUED = 4
"""Batches between two elements. Never leaky: a leaky queue behind the mux loses whole batches."""


@dataclass(frozen=True, slots=True)
class CameraFeed:
    """One camera of the graph.

    Attributes:
        uri: ``rtsp://`` or ``file://``.
        live: a network camera; otherwise footage.
        latency_ms: how late its packets may come.
        tcp: whether it sends by TCP alone.
    """

    uri: str
    live: bool
    latency_ms: int = 200
    tcp: bool = True


@dataclass(frozen=True, slots=True)
class Files:
    """What nvinfer and nvtracker are told by files; see `stream.deepstream.install`."""

    infer_config: Path
    tracker_library: Path
    tracker_config: Path


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """What the graph depends on beside its cameras.

    Attributes:
        pixels: what the appsink gets; pyds maps both, pyservicemaker hands out RGB.
        unified: frames in memory that the CPU reads (a graphics card; not Jetson, which maps).
        persons_only: nvtracker follows persons alone (DeepStream 9); otherwise everything.
        pushed: the appsink signals each batch (pyservicemaker); otherwise it is asked (pyds).
        paced: footage at its own speed.
        gpu: number of the GPU.
    """

    pixels: Pixels = "RGBA"
    unified: bool = True
    persons_only: bool = True
    pushed: bool = False
    paced: bool = True
    gpu: int = 0


def source_name(index: int) -> str:
    """The element of the camera that is `index` in the mux."""
    return f"source-{index}"


def feed_name(index: int) -> str:
    """The queue between that camera and the mux."""
    return f"feed-{index}"


def deepstream_graph(
    cameras: Sequence[CameraFeed], files: Files, options: GraphOptions | None = None
) -> Graph:
    """All cameras in one graph; camera i is source i of the mux.

    Raises:
        ValueError: there is no camera.
    """
    if not cameras:
        raise ValueError("a DeepStream graph needs at least one camera")
    options = options or GraphOptions()
    live = any(camera.live for camera in cameras)
    sources = [_source(index, camera, options) for index, camera in enumerate(cameras)]
    feeds = [_queue(feed_name(index)) for index in range(len(cameras))]
    chain = (
        Element(MUX, "nvstreammux", _mux(len(cameras), live, options)),
        _queue("to-infer"),
        Element("infer", "nvinfer", _infer(len(cameras), files, options)),
        _queue("to-tracker"),
        Element("tracker", "nvtracker", _tracker(files, options)),
        _queue("to-convert"),
        Element("convert", "nvvideoconvert", _memory(options)),
        Element("pixels", "capsfilter", (("caps", _caps(options)),)),
        Element(SINK, "appsink", _sink(live, options)),
    )
    links = [
        Link(source.name, feed.name, delayed=True)
        for source, feed in zip(sources, feeds, strict=True)
    ]
    # A source's pad appears when its camera answers, a queue's is there from the beginning: only
    # so is the number of the mux's pad the number of the camera.
    links += [Link(feed.name, MUX, sink_pad=f"sink_{index}") for index, feed in enumerate(feeds)]
    links += [Link(one.name, other.name) for one, other in pairwise(chain)]
    # nvurisrcbin makes its rtspsrc by itself. Where the time survives, it is the camera's own.
    inner = (Inner("rtspsrc", "add-reference-timestamp-meta", True),) if live else ()
    return Graph((*sources, *feeds, *chain), tuple(links), inner)


def _source(index: int, camera: CameraFeed, options: GraphOptions) -> Element:
    properties: Properties = (
        ("uri", camera.uri),
        ("gpu-id", options.gpu),
        ("source-id", index),
        ("disable-audio", True),
        # Frames that wait behind the decoder are its own surfaces.
        ("num-extra-surfaces", QUEUED),
    )
    if camera.live:
        properties += (
            ("latency", camera.latency_ms),
            ("drop-on-latency", True),
            ("select-rtp-protocol", TCP if camera.tcp else ALL_TRANSPORTS),
            ("rtsp-reconnect-interval", RECONNECT_S),
            ("init-rtsp-reconnect-interval", RECONNECT_S),
            ("rtsp-reconnect-attempts", -1),
        )
    return Element(source_name(index), "nvurisrcbin", properties)


def _mux(n_cameras: int, live: bool, options: GraphOptions) -> Properties:
    width, height = MUX_SIZE
    return (
        ("batch-size", n_cameras),
        ("width", width),
        ("height", height),
        ("live-source", live),
        ("batched-push-timeout", FRAME_US),
        # Cameras keep their own times (RTCP); waiting for equal ones would only add delay.
        ("sync-inputs", False),
        ("attach-sys-ts", False),
        # A camera that ends must not end the others; footage must end.
        ("drop-pipeline-eos", live),
        *_memory(options),
    )


def _infer(n_cameras: int, files: Files, options: GraphOptions) -> Properties:
    return (
        ("config-file-path", str(files.infer_config)),
        ("batch-size", n_cameras),
        ("unique-id", 1),
        ("gpu-id", options.gpu),
    )


def _tracker(files: Files, options: GraphOptions) -> Properties:
    properties: Properties = (
        ("ll-lib-file", str(files.tracker_library)),
        ("ll-config-file", str(files.tracker_config)),
        ("tracker-width", 640),
        ("tracker-height", 384),
        ("gpu-id", options.gpu),
        ("display-tracking-id", False),
    )
    return (*properties, ("operate-on-class-ids", "0")) if options.persons_only else properties


def _memory(options: GraphOptions) -> Properties:
    gpu: Properties = (("gpu-id", options.gpu),)
    return (*gpu, ("nvbuf-memory-type", UNIFIED)) if options.unified else gpu


def _caps(options: GraphOptions) -> str:
    return f"video/x-raw(memory:NVMM),format={options.pixels}"


def _sink(live: bool, options: GraphOptions) -> Properties:
    return (
        ("sync", options.paced and not live),
        ("async", False),
        ("qos", False),
        ("max-buffers", QUEUED),
        # Live, what stands here is only delay; footage waits.
        ("drop", live),
        ("emit-signals", options.pushed),
        ("enable-last-sample", False),
    )


def _queue(name: str) -> Element:
    limits: Properties = (
        ("max-size-buffers", QUEUED),
        ("max-size-bytes", 0),
        ("max-size-time", 0),
    )
    return Element(name, "queue", limits)
