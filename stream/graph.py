"""A GStreamer graph as plain values: elements, properties, links. Imports no gi.

The functions describe what each kind of camera needs; `stream.sources.gst` builds and
runs it. Every graph ends in an appsink named ``sink`` that delivers I420 in system memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Value = str | int | float | bool
Properties = tuple[tuple[str, Value], ...]
Transport = Literal["auto", "tcp", "udp"]

SINK = "sink"
"""The name of the appsink in every graph."""
VIDEO_TAP, SOUND_TAP = "video-tap", "sound-tap"
"""Names of the appsinks that get the encoded stream, in graphs that are recorded."""
I420_CAPS = "video/x-raw,format=I420"
RAW = "video/x-raw(ANY)"
"""Decoded video. Without ``(ANY)`` decodebin 1.22 takes avdec_h264 for unsuitable."""
ENCODED = (
    "video/x-h264,alignment=(string)au; video/x-h265,alignment=(string)au; image/jpeg; "
    "video/mpeg; video/x-vp8; video/x-vp9; video/x-raw(ANY)"
)
"""Where a camera's stream is split: whole access units. With parsebin in front, which asks for
nothing, rtph264depay 1.22 hands out single NAL units, and a parser only knows that a frame is over
when the next one begins: every frame came one frame late (measured: 50 ms from sending to
decoded at 25 frames/s, 10 ms so)."""
RTP_VIDEO, RTP_SOUND = "application/x-rtp,media=video", "application/x-rtp,media=audio"
LIVE_BUFFERS = 4
"""Decoded frames that wait for a slow consumer of a live camera: 160 ms at 25 frames/s."""
WAITING_BUFFERS = 4
"""Decoded frames kept ready for the consumer of a file."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element: `factory` says what it is, `name` is unique in the graph."""

    name: str
    factory: str
    properties: Properties = ()


@dataclass(frozen=True, slots=True)
class Link:
    """From one element to another.

    Attributes:
        caps: what may pass; empty for anything.
        delayed: the source pad appears only while running (demuxers, rtspsrc). Pads that
            `caps` does not allow stay unlinked, and one pad at most is linked.
        source_pad, sink_pad: pad names or templates (``sink_%u``); empty lets GStreamer choose.
    """

    source: str
    sink: str
    caps: str = ""
    delayed: bool = False
    source_pad: str = ""
    sink_pad: str = ""


@dataclass(frozen=True, slots=True)
class Inner:
    """A property for elements that a bin makes by itself (decoders inside decodebin).

    It is set on every element whose factory name matches the shell pattern `factory` and
    that has the property.
    """

    factory: str
    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Graph:
    """Elements, and the links between them. Raises ValueError for a name that is not there."""

    elements: tuple[Element, ...]
    links: tuple[Link, ...]
    inner: tuple[Inner, ...] = ()

    def __post_init__(self) -> None:
        names = [element.name for element in self.elements]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"element names must be unique; twice: {', '.join(twice)}")
        ends = {end for link in self.links for end in (link.source, link.sink)}
        unknown = sorted(ends - set(names))
        if unknown:
            raise ValueError(f"links name elements that are not in the graph: {', '.join(unknown)}")


def text(value: Value) -> str:
    """A property value as GStreamer writes it: booleans in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def launch(graph: Graph) -> str:
    """The graph in the syntax of gst-launch-1.0, for messages and tests.

    Properties of inner elements cannot be written there and follow as a comment.
    """
    lines = []
    for element in graph.elements:
        properties = [f"{name}={_quoted(text(value))}" for name, value in element.properties]
        lines.append(" ".join([element.factory, f"name={element.name}", *properties]))
    for link in graph.links:
        via = f" ! {_quoted(link.caps)}" if link.caps else ""
        lines.append(f"{link.source}.{link.source_pad}{via} ! {link.sink}.{link.sink_pad}")
    lines += [f"# {inner.factory}: {inner.name}={text(inner.value)}" for inner in graph.inner]
    return "\n".join(lines)


def file_graph(uri: str, *, paced: bool, threads: int) -> Graph:
    """A video file or a finished video behind http(s), decoded by whatever fits.

    Args:
        uri: ``file://`` or ``http(s)://``.
        paced: deliver frames at their own time and drop the oldest when the consumer is
            slow; otherwise as fast as they are taken, none dropped.
        threads: decoder threads, 0 for one per core.
    """
    source = Element(
        "source",
        "uridecodebin",
        # Sound is neither decoded nor exposed.
        (("uri", uri), ("caps", RAW), ("expose-all-streams", False)),
    )
    return _turned(_decoded([source], [], drop=paced, sync=paced, threads=threads))


def rtsp_graph(
    url: str, *, latency_ms: int, transport: Transport, threads: int, tapped: bool = False
) -> Graph:
    """A network camera. Frames carry the camera's own time once it has sent a report (RTCP).

    Args:
        url: ``rtsp://`` or ``rtsps://``, with user and password where the camera asks for them.
        latency_ms: how long packets may be late before they count as lost, milliseconds.
        transport: tcp loses nothing, udp is quicker on a quiet wire, auto tries udp first.
        threads: decoder threads, 0 for one per core.
        tapped: hand out the encoded video and sound as well.
    """
    source = _rtspsrc(url, latency_ms, transport)
    if not tapped:
        link = Link("source", "decode", RTP_VIDEO, delayed=True)
        return _decoded([source, _decodebin()], [link], drop=True, sync=False, threads=threads)
    elements = [source, _parse(), *_split(), *_sound(), _decodebin()]
    links = [
        Link("source", "parse", RTP_VIDEO, delayed=True),
        Link("parse", "split", delayed=True),
        *_split_links("decode"),
        *_sound_links(),
    ]
    return _decoded(elements, links, drop=True, sync=False, threads=threads)


def encoded_graph(url: str, *, latency_ms: int, transport: Transport) -> Graph:
    """A network camera of which nothing is decoded: its encoded video comes to ``sink``.

    Args: as of `rtsp_graph`.
    """
    links = (
        Link("source", "parse", RTP_VIDEO, delayed=True),
        Link("parse", SINK, delayed=True),
        *_sound_links(),
    )
    source = _rtspsrc(url, latency_ms, transport)
    return Graph((source, _parse(), _tap(SINK), *_sound()), links)


def mjpeg_graph(url: str, *, tapped: bool = False) -> Graph:
    """A camera that sends single JPEG pictures over http(s), stamped as they arrive."""
    source = Element(
        "source",
        "souphttpsrc",
        (("location", url), ("is-live", True), ("do-timestamp", True), ("timeout", 5)),
    )
    elements = [source, Element("parts", "multipartdemux", (("single-stream", True),))]
    first = "split" if tapped else "decode"
    elements += [*(_split() if tapped else ()), Element("decode", "jpegdec")]
    links = [Link("source", "parts"), Link("parts", first, "image/jpeg", delayed=True)]
    links += _split_links("decode") if tapped else ()
    tail = _tail(drop=True, sync=False)
    return Graph((*elements, *tail), (*links, Link("decode", "convert"), _last_link()))


def v4l2_graph(
    device: str,
    *,
    size: tuple[int, int] | None,
    fps: int | None,
    threads: int,
    tapped: bool = False,
) -> Graph:
    """A camera on this machine, for instance ``/dev/video0``.

    Args:
        device: path of the device.
        size: width and height to ask for, pixels; None takes the camera's choice.
        fps: frames per second to ask for.
        threads: decoder threads for cameras that send JPEG or H.264.
    """
    limits = f",width={size[0]},height={size[1]}" if size else ""
    limits += f",framerate={fps}/1" if fps else ""
    kinds = ("video/x-raw", "image/jpeg", "video/x-h264")
    caps = ";".join(kind + limits for kind in kinds) if limits else ""
    source = Element("source", "v4l2src", (("device", device), ("do-timestamp", True)))
    elements, links = [source, _decodebin()], [Link("source", "decode", caps)]
    if tapped:
        elements = [source, Element("parse", "parsebin"), *_split(), _decodebin()]
        links = [Link("source", "parse", caps), Link("parse", "split", delayed=True)]
        links += _split_links("decode")
    return _decoded(elements, links, drop=True, sync=False, threads=threads)


def pattern_graph(
    pattern: str, *, frames: int, size: tuple[int, int], fps: int, paced: bool
) -> Graph:
    """A test picture: `frames` frames of one of videotestsrc's patterns (-1: without end)."""
    source = Element("source", "videotestsrc", (("pattern", pattern), ("num-buffers", frames)))
    width, height = size
    caps = f"{I420_CAPS},width={width},height={height},framerate={fps}/1"
    sink = _tail(drop=paced, sync=paced)[-1]
    return Graph((source, sink), (Link("source", SINK, caps),))


def _rtspsrc(url: str, latency_ms: int, transport: Transport) -> Element:
    protocols = {"auto": "udp+udp-mcast+tcp", "tcp": "tcp", "udp": "udp+udp-mcast"}[transport]
    return Element(
        "source",
        "rtspsrc",
        (
            ("location", url),
            ("latency", latency_ms),
            ("protocols", protocols),
            ("drop-on-latency", True),
            ("add-reference-timestamp-meta", True),
            # Microseconds. Without them a silent camera holds the connection for 20 s.
            ("tcp-timeout", 5_000_000),
            ("timeout", 5_000_000),
        ),
    )


def _parse() -> Element:
    return Element("parse", "decodebin", (("caps", ENCODED), ("expose-all-streams", False)))


def _sound() -> tuple[Element, Element]:
    return Element("sound-parse", "parsebin"), _tap(SOUND_TAP)


def _sound_links() -> tuple[Link, Link]:
    return (
        Link("source", "sound-parse", RTP_SOUND, delayed=True),
        Link("sound-parse", SOUND_TAP, delayed=True),
    )


def _split() -> tuple[Element, ...]:
    """A tee for the encoded video. Either branch has a queue, hence a thread, of its own."""
    return Element("split", "tee"), Element("to-decode", "queue"), *_kept(VIDEO_TAP)


def _split_links(decoder: str) -> list[Link]:
    return [
        Link("split", "to-decode"),
        Link("to-decode", decoder),
        Link("split", f"to-{VIDEO_TAP}"),
        Link(f"to-{VIDEO_TAP}", VIDEO_TAP),
    ]


def _kept(name: str) -> tuple[Element, Element]:
    return Element(f"to-{name}", "queue"), _tap(name)


def _tap(name: str) -> Element:
    """Keeps encoded packets until they are taken, however many, so that it never holds up others.

    Nor do they wait for its first packet: a camera may have no sound.
    """
    return Element(
        name,
        "appsink",
        (("sync", False), ("async", False), ("enable-last-sample", False)),
    )


def _decodebin() -> Element:
    return Element("decode", "decodebin", (("caps", RAW), ("expose-all-streams", False)))


def _decoded(
    elements: Sequence[Element], links: Sequence[Link], *, drop: bool, sync: bool, threads: int
) -> Graph:
    """Elements whose last one yields raw video some time later, completed to a graph."""
    last = Link(elements[-1].name, "convert", "video/x-raw", delayed=True)
    return Graph(
        (*elements, *_tail(drop=drop, sync=sync)),
        (*links, last, _last_link()),
        (Inner("avdec_*", "max-threads", threads),),
    )


def _turned(graph: Graph) -> Graph:
    """The graph with its pictures as a player shows them: phones film upright with the sensor on
    its side, and note that. Other pictures pass untouched."""
    turn = Element("turn", "videoflip", (("video-direction", "auto"),))
    links = [link for link in graph.links if link != _last_link()]
    links += [Link("convert", turn.name), Link(turn.name, SINK, I420_CAPS)]
    return Graph((*graph.elements[:-1], turn, graph.elements[-1]), tuple(links), graph.inner)


def _tail(*, drop: bool, sync: bool) -> tuple[Element, Element]:
    sink = Element(
        SINK,
        "appsink",
        (
            ("sync", sync),
            ("max-buffers", LIVE_BUFFERS if drop else WAITING_BUFFERS),
            ("drop", drop),
            ("wait-on-eos", False),
            ("enable-last-sample", False),
        ),
    )
    return Element("convert", "videoconvert"), sink


def _last_link() -> Link:
    return Link("convert", SINK, I420_CAPS)


def _quoted(value: str) -> str:
    plain = value and not set(value) & set(" ;!\"'()&,?")
    return value if plain else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
