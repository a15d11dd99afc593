"""The graphs as text: a change of what runs must be seen here."""

from __future__ import annotations

import subprocess
import sys

import pytest

from stream.graph import (
    Element,
    Graph,
    Link,
    encoded_graph,
    file_graph,
    launch,
    mjpeg_graph,
    pattern_graph,
    rtsp_graph,
    text,
    v4l2_graph,
)

FILE = """\
uridecodebin name=source uri=file:///a.mp4 caps="video/x-raw(ANY)" expose-all-streams=false
videoconvert name=convert
videoflip name=turn video-direction=auto
appsink name=sink sync=false max-buffers=4 drop=false wait-on-eos=false enable-last-sample=false
source. ! video/x-raw ! convert.
convert. ! turn.
turn. ! "video/x-raw,format=I420" ! sink.
# avdec_*: max-threads=2"""

PACED = FILE.replace("sync=false", "sync=true").replace("drop=false", "drop=true")

RTSP = """\
rtspsrc name=source location=rtsp://cam/1 latency=150 protocols=udp+udp-mcast drop-on-latency=true \
add-reference-timestamp-meta=true tcp-timeout=5000000 timeout=5000000
decodebin name=decode caps="video/x-raw(ANY)" expose-all-streams=false
videoconvert name=convert
appsink name=sink sync=false max-buffers=4 drop=true wait-on-eos=false enable-last-sample=false
source. ! "application/x-rtp,media=video" ! decode.
decode. ! video/x-raw ! convert.
convert. ! "video/x-raw,format=I420" ! sink.
# avdec_*: max-threads=0"""

TAPPED_RTSP = """\
rtspsrc name=source location=rtsp://cam/1 latency=150 protocols=udp+udp-mcast drop-on-latency=true \
add-reference-timestamp-meta=true tcp-timeout=5000000 timeout=5000000
decodebin name=parse caps="video/x-h264,alignment=(string)au; video/x-h265,alignment=(string)au; \
image/jpeg; video/mpeg; video/x-vp8; video/x-vp9; video/x-raw(ANY)" expose-all-streams=false
tee name=split
queue name=to-decode
queue name=to-video-tap
appsink name=video-tap sync=false async=false enable-last-sample=false
parsebin name=sound-parse
appsink name=sound-tap sync=false async=false enable-last-sample=false
decodebin name=decode caps="video/x-raw(ANY)" expose-all-streams=false
videoconvert name=convert
appsink name=sink sync=false max-buffers=4 drop=true wait-on-eos=false enable-last-sample=false
source. ! "application/x-rtp,media=video" ! parse.
parse. ! split.
split. ! to-decode.
to-decode. ! decode.
split. ! to-video-tap.
to-video-tap. ! video-tap.
source. ! "application/x-rtp,media=audio" ! sound-parse.
sound-parse. ! sound-tap.
decode. ! video/x-raw ! convert.
convert. ! "video/x-raw,format=I420" ! sink.
# avdec_*: max-threads=0"""

ENCODED_RTSP = """\
rtspsrc name=source location=rtsp://cam/1 latency=150 protocols=tcp drop-on-latency=true \
add-reference-timestamp-meta=true tcp-timeout=5000000 timeout=5000000
decodebin name=parse caps="video/x-h264,alignment=(string)au; video/x-h265,alignment=(string)au; \
image/jpeg; video/mpeg; video/x-vp8; video/x-vp9; video/x-raw(ANY)" expose-all-streams=false
appsink name=sink sync=false async=false enable-last-sample=false
parsebin name=sound-parse
appsink name=sound-tap sync=false async=false enable-last-sample=false
source. ! "application/x-rtp,media=video" ! parse.
parse. ! sink.
source. ! "application/x-rtp,media=audio" ! sound-parse.
sound-parse. ! sound-tap."""

MJPEG = """\
souphttpsrc name=source location="http://cam/?a=1&b=2" is-live=true do-timestamp=true timeout=5
multipartdemux name=parts single-stream=true
jpegdec name=decode
videoconvert name=convert
appsink name=sink sync=false max-buffers=4 drop=true wait-on-eos=false enable-last-sample=false
source. ! parts.
parts. ! image/jpeg ! decode.
decode. ! convert.
convert. ! "video/x-raw,format=I420" ! sink."""

DEVICE = """\
v4l2src name=source device=/dev/video0 do-timestamp=true
decodebin name=decode caps="video/x-raw(ANY)" expose-all-streams=false
videoconvert name=convert
appsink name=sink sync=false max-buffers=4 drop=true wait-on-eos=false enable-last-sample=false
source. ! "video/x-raw,width=640,height=480,framerate=30/1;\
image/jpeg,width=640,height=480,framerate=30/1;\
video/x-h264,width=640,height=480,framerate=30/1" ! decode.
decode. ! video/x-raw ! convert.
convert. ! "video/x-raw,format=I420" ! sink.
# avdec_*: max-threads=2"""

PATTERN = """\
videotestsrc name=source pattern=ball num-buffers=75
appsink name=sink sync=true max-buffers=4 drop=true wait-on-eos=false enable-last-sample=false
source. ! "video/x-raw,format=I420,width=640,height=360,framerate=25/1" ! sink."""

SNAPSHOTS = {
    "file, as fast as possible": (file_graph("file:///a.mp4", paced=False, threads=2), FILE),
    "file, paced": (file_graph("file:///a.mp4", paced=True, threads=2), PACED),
    "rtsp over udp": (
        rtsp_graph("rtsp://cam/1", latency_ms=150, transport="udp", threads=0),
        RTSP,
    ),
    "rtsp, recorded": (
        rtsp_graph("rtsp://cam/1", latency_ms=150, transport="udp", threads=0, tapped=True),
        TAPPED_RTSP,
    ),
    "rtsp, nothing decoded": (
        encoded_graph("rtsp://cam/1", latency_ms=150, transport="tcp"),
        ENCODED_RTSP,
    ),
    "camera that sends JPEG": (mjpeg_graph("http://cam/?a=1&b=2"), MJPEG),
    "device": (v4l2_graph("/dev/video0", size=(640, 480), fps=30, threads=2), DEVICE),
    "pattern": (pattern_graph("ball", frames=75, size=(640, 360), fps=25, paced=True), PATTERN),
}


@pytest.mark.parametrize(("graph", "expected"), SNAPSHOTS.values(), ids=SNAPSHOTS.keys())
def test_launch_text(graph: Graph, expected: str) -> None:
    assert launch(graph) == expected


@pytest.mark.parametrize(
    ("transport", "protocols"),
    [("auto", "udp+udp-mcast+tcp"), ("tcp", "tcp"), ("udp", "udp+udp-mcast")],
)
def test_transport(transport: str, protocols: str) -> None:
    graph = rtsp_graph("rtsp://cam/1", latency_ms=1, transport=transport, threads=1)  # type: ignore[arg-type]
    assert ("protocols", protocols) in graph.elements[0].properties


def test_a_device_without_wishes_is_not_limited() -> None:
    graph = v4l2_graph("/dev/video0", size=None, fps=None, threads=2)
    assert graph.links[0] == Link("source", "decode")


def test_an_element_name_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="must be unique; twice: a"):
        Graph((Element("a", "queue"), Element("a", "queue")), ())


def test_a_link_to_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="not in the graph: b"):
        Graph((Element("a", "queue"),), (Link("a", "b"),))


@pytest.mark.parametrize(
    ("value", "written"), [(True, "true"), (False, "false"), (3, "3"), (0.5, "0.5"), ("x", "x")]
)
def test_values_as_text(value: str | float | bool, written: str) -> None:
    assert text(value) == written


def test_quotes_are_escaped() -> None:
    graph = Graph((Element("a", "filesrc", (("location", 'my "best" race.mp4'),)),), ())
    assert launch(graph) == 'filesrc name=a location="my \\"best\\" race.mp4"'


def test_graphs_need_no_gi() -> None:
    program = "import sys, stream.graph; sys.exit('gi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
