"""DeepStream's elements in Python: the same names, properties and pads, and nothing behind them.

Frames of a test picture pass from source to sink in system memory that is called GPU memory.
"""

from __future__ import annotations

import json
import threading
from itertools import pairwise
from typing import Any

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, GObject, Gst  # noqa: E402

from stream.deepstream.properties import ELEMENTS  # noqa: E402

FRAMES = 20
MADE = ("nvurisrcbin", "nvstreammux", "nvinfer", "nvtracker", "nvvideoconvert")
NVMM = "video/x-raw(memory:NVMM)"
REACHED = "rtsp://127.0.0.1"
"""A network camera that there really is; others are test pictures."""
CALLED_AGAIN = "rtsp://again"
"""A camera that answers when it is called again, as nvurisrcbin does by a timer of GLib's."""
AGAIN_MS = 100
SIZE = "video/x-raw,width=32,height=18"
PASSED: dict[int, tuple[int, int]] = {}
"""By address of a buffer behind the mux: number of its camera, and pts."""


def property_of(kind: str) -> tuple[Any, ...]:
    """How PyGObject is told of a property."""
    flags = GObject.ParamFlags.READWRITE
    if kind == "boolean":
        return (bool, "", "", False, flags)
    if kind == "string":
        return (str, "", "", None, flags)
    if kind == "uint64":
        return (GObject.TYPE_UINT64, "", "", 0, 2**64 - 1, 0, flags)
    if kind == "uint":
        return (GObject.TYPE_UINT, "", "", 0, 2**32 - 1, 0, flags)
    assert kind in ("int", "enum"), kind
    return (GObject.TYPE_INT, "", "", -(2**31), 2**31 - 1, 0, flags)


class Values:
    """Properties that are only remembered."""

    def do_get_property(self, spec: Any) -> Any:
        return self.__dict__.get(spec.name)

    def do_set_property(self, spec: Any, value: Any) -> None:
        self.__dict__[spec.name] = value


def template(name: str, direction: str, presence: str) -> Any:
    return Gst.PadTemplate.new(
        name,
        Gst.PadDirection.SINK if direction == "SINK" else Gst.PadDirection.SRC,
        getattr(Gst.PadPresence, presence),
        Gst.Caps.from_string("video/x-raw(ANY)"),
    )


class Source(Values):
    """nvurisrcbin: its pad appears when it begins to play or when its camera answers.

    Of a network camera it has the elements inside that nvurisrcbin makes (9.1), but for the
    decoder, which is the processor's.
    """

    def do_change_state(self, transition: Any) -> Any:
        uri = self.__dict__["uri"]
        if transition == Gst.StateChange.NULL_TO_READY and uri.startswith(REACHED):
            self._call(uri)
        if transition == Gst.StateChange.READY_TO_PAUSED and uri.startswith(CALLED_AGAIN):
            GLib.timeout_add(AGAIN_MS, self._draw)
        elif transition == Gst.StateChange.READY_TO_PAUSED and not uri.startswith(REACHED):
            self._draw()
        return Gst.Bin.do_change_state(self, transition)

    def _draw(self) -> None:
        source = self._made("videotestsrc")
        source.set_property("num-buffers", FRAMES)
        caps = self._made("capsfilter", caps=SIZE)
        source.link(caps)
        if "broken" in self.__dict__["uri"]:
            self.post_error()
            return
        self._show(caps)
        for element in (caps, source):
            element.sync_state_with_parent()

    def _call(self, uri: str) -> None:
        source = self._made("rtspsrc")
        source.set_property("location", uri)
        source.set_property("latency", self.__dict__["latency"])
        source.connect("pad-added", self._answered)

    def _answered(self, _source: Any, pad: Any) -> None:
        kinds = ("rtph264depay", "h264parse", "tee", "queue", "decodebin")
        *before, decode = parts = [self._made(kind) for kind in kinds]
        for one, other in pairwise(parts):
            one.link(other)
        after = [self._made("videoscale"), self._made("capsfilter", caps=SIZE)]
        after[0].link(after[1])
        decode.connect(
            "pad-added", lambda _, decoded: decoded.link(after[0].get_static_pad("sink"))
        )
        self._show(after[1])
        for element in (*reversed(after), decode, *reversed(before)):
            element.sync_state_with_parent()
        pad.link(before[0].get_static_pad("sink"))

    def _made(self, kind: str, caps: str = "") -> Any:
        element = Gst.ElementFactory.make(kind, None)
        if caps:
            element.set_property("caps", Gst.Caps.from_string(caps))
        self.add(element)  # type: ignore[attr-defined]
        return element

    def _show(self, last: Any) -> None:
        pad = Gst.GhostPad.new("vsrc_0", last.get_static_pad("src"))
        pad.set_active(True)
        self.add_pad(pad)  # type: ignore[attr-defined]

    def post_error(self) -> None:
        error = GLibError("no such camera")
        self.post_message(Gst.Message.new_error(self, error, "stand-in"))  # type: ignore[attr-defined]


def GLibError(text: str) -> Any:  # noqa: N802
    return GLib.Error.new_literal(Gst.ResourceError.quark(), text, Gst.ResourceError.OPEN_READ)


class Mux(Values):
    """nvstreammux: hands on every frame as a batch of one, and the end after the last camera's."""

    def __init__(self) -> None:
        super().__init__()
        self.src = Gst.Pad.new_from_template(self.get_pad_template("src"), "src")  # type: ignore[attr-defined]
        self.add_pad(self.src)  # type: ignore[attr-defined]
        self.ended: set[str] = set()
        self.began = False
        # Cameras come on threads of their own, batches leave on one.
        self.turn = threading.Lock()

    def do_request_new_pad(self, wanted: Any, name: str | None, caps: Any) -> Any:
        pad = Gst.Pad.new_from_template(wanted, name)
        pad.set_chain_function_full(self.chain)
        pad.set_event_function_full(self.event)
        pad.set_active(True)
        self.add_pad(pad)  # type: ignore[attr-defined]
        return pad

    def chain(self, pad: Any, parent: Any, buffer: Any) -> Any:
        with self.turn:
            self.begin()
            PASSED[hash(buffer)] = (int(pad.get_name().removeprefix("sink_")), buffer.pts)
            return self.src.push(buffer)

    def begin(self) -> None:
        if not self.began:
            self.began = True
            self.src.push_event(Gst.Event.new_stream_start("batch"))
            caps = Gst.Caps.from_string(f"{NVMM},format=RGBA,width=32,height=18,framerate=0/1")
            self.src.push_event(Gst.Event.new_caps(caps))
            segment = Gst.Segment()
            segment.init(Gst.Format.TIME)
            self.src.push_event(Gst.Event.new_segment(segment))

    def event(self, pad: Any, parent: Any, event: Any) -> bool:
        if event.type == Gst.EventType.EOS:
            with self.turn:
                self.ended.add(pad.get_name())
            if len(self.ended) == self.numsinkpads:  # type: ignore[attr-defined]
                self.src.push_event(event)
        return True


class Passing(Values):
    """An element that hands on what it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.sink = Gst.Pad.new_from_template(self.get_pad_template("sink"), "sink")  # type: ignore[attr-defined]
        self.src = Gst.Pad.new_from_template(self.get_pad_template("src"), "src")  # type: ignore[attr-defined]
        self.sink.set_chain_function_full(lambda pad, parent, buffer: self.src.push(buffer))
        self.sink.set_event_function_full(lambda pad, parent, event: self.src.push_event(event))
        for pad in (self.sink, self.src):
            self.add_pad(pad)  # type: ignore[attr-defined]


def register() -> None:
    """Let GStreamer make the stand-ins under DeepStream's names; once is enough."""
    Gst.init(None)
    elements = json.loads(ELEMENTS.read_text(encoding="utf-8"))
    for name in MADE:
        if Gst.ElementFactory.find(name) is not None:
            continue
        behaviour = {"nvurisrcbin": Source, "nvstreammux": Mux}.get(name, Passing)
        base = Gst.Bin if behaviour is Source else Gst.Element
        # PyGObject looks for virtual methods in the class itself alone.
        kinds = (Values, behaviour)
        virtual = {k: v for kind in kinds for k, v in vars(kind).items() if k.startswith("do_")}
        body = {
            **virtual,
            "__gtype_name__": f"StandIn{name}",
            "__gstmetadata__": (name, "Generic", "stand-in", "finishline"),
            "__gsttemplates__": tuple(template(*pad) for pad in elements[name]["pads"]),
            "__gproperties__": {
                # Enumerations are numbers here, but for the one that is set by its name.
                key: property_of("string" if key == "type" else kind)
                for key, kind in elements[name]["properties"].items()
                if kind != "pointer"
            },
        }
        made = type(f"StandIn{name}", (behaviour, base), body)
        assert Gst.Element.register(None, name, 0, made)
