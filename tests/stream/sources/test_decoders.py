"""Decoders in hardware: tried first, passed over where they cannot be opened, given up for good."""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stream.sources.choose import open_source
from stream.sources.decoders import FAILED_RANK, FIRST_RANK, download_for, is_hardware, new_ranks
from stream.sources.port import Source, SourceError, Speed
from tests.stream.sources.footage import make_video, needs_gst


@pytest.mark.parametrize(
    ("installed", "failed", "ranks"),
    [
        pytest.param({"avdec_h264": 256}, (), {}, id="software alone"),
        pytest.param({"avdec_h264": 256, "nvh264dec": 256}, (), {"nvh264dec": FIRST_RANK},
                     id="nvidia"),
        pytest.param({"vah264dec": 0, "nvh264dec": 256}, (),
                     {"nvh264dec": FIRST_RANK, "vah264dec": FIRST_RANK - 2}, id="two: the best"),
        pytest.param({"v4l2h264dec": 257}, {"v4l2h264dec"}, {"v4l2h264dec": FAILED_RANK},
                     id="failed"),
        pytest.param({"v4l2h264dec": FAILED_RANK}, (), {}, id="failed before"),
        pytest.param({"nvh264dec": FIRST_RANK}, (), {}, id="done already"),
    ],
)  # fmt: skip
def test_ranks(installed: dict[str, int], failed: set[str], ranks: dict[str, int]) -> None:
    assert new_ranks(installed, failed) == ranks


@pytest.mark.parametrize(
    ("features", "element"),
    [
        ("memory:CUDAMemory", "cudadownload"),
        ("memory:VAMemory, meta:GstVideoOverlayComposition", "vapostproc"),
        ("memory:SystemMemory", None),
        ("", None),
    ],
)
def test_what_brings_frames_to_the_cpu(features: str, element: str | None) -> None:
    assert download_for(features) == element


def test_names() -> None:
    assert is_hardware("nvh264dec")
    assert not is_hardware("avdec_h264")


NUMBERS = itertools.count()
RAW = "video/x-raw,format=I420,width=160,height=90,framerate=25/1"
CUDA = RAW.replace("raw", "raw(memory:CUDAMemory)")


def stand_in(
    name: str, kind: str, takes: str, gives: str, acts: Callable[[Any, Any], Any], opens: bool
) -> Any:
    """An element with one pad in and one out, under a name of GStreamer's.

    Args:
        kind: its class, as GStreamer writes it.
        takes, gives: caps; when caps come in, `gives` goes out.
        acts: gets the element and each buffer, gives a flow return.
        opens: whether it can be opened.
    """
    import gi

    gi.require_version("Gst", "1.0")
    from gi.repository import Gst

    Gst.init(None)

    def change_state(self: Any, transition: Any) -> Any:
        if transition == Gst.StateChange.NULL_TO_READY and not opens:
            return Gst.StateChangeReturn.FAILURE
        return Gst.Element.do_change_state(self, transition)

    def begin(self: Any) -> None:
        Gst.Element.__init__(self)
        for pad in ("sink", "src"):
            self.add_pad(Gst.Pad.new_from_template(self.get_pad_template(pad), pad))
        src = self.get_static_pad("src")

        def event(pad: Any, parent: Any, event: Any) -> bool:
            caps = event.type == Gst.EventType.CAPS
            out = Gst.Event.new_caps(Gst.Caps.from_string(gives)) if caps else event
            return bool(src.push_event(out))

        sink = self.get_static_pad("sink")
        sink.set_chain_function_full(lambda pad, parent, buffer: acts(self, buffer))
        sink.set_event_function_full(event)

    def template(pad: str, direction: Any, caps: str) -> Any:
        always = Gst.PadPresence.ALWAYS
        return Gst.PadTemplate.new(pad, direction, always, Gst.Caps.from_string(caps))

    type_name = f"StandIn{name}{next(NUMBERS)}"
    body = {
        "__gtype_name__": type_name,
        "__gstmetadata__": (name, kind, "stand-in", "finishline"),
        "__gsttemplates__": (
            template("sink", Gst.PadDirection.SINK, takes),
            template("src", Gst.PadDirection.SRC, gives),
        ),
        "__init__": begin,
        "do_change_state": change_state,
    }
    assert Gst.Element.register(None, name, 256, type(type_name, (Gst.Element,), body))
    return Gst.Registry.get().lookup_feature(name)


def fails(element: Any, buffer: Any) -> Any:
    from gi.repository import GLib, Gst

    error = GLib.Error.new_literal(Gst.StreamError.quark(), "no room", Gst.StreamError.DECODE)
    element.post_message(Gst.Message.new_error(element, error, "stand-in"))
    return Gst.FlowReturn.ERROR


def draws(element: Any, buffer: Any) -> Any:
    from gi.repository import Gst

    drawn = Gst.Buffer.new_wrapped(bytes([90]) * (160 * 90 * 3 // 2))
    drawn.pts, drawn.duration = buffer.pts, buffer.duration
    return element.get_static_pad("src").push(drawn)


def passes(element: Any, buffer: Any) -> Any:
    return element.get_static_pad("src").push(buffer)


@contextmanager
def stand_in_decoder(
    acts: Callable[[Any, Any], Any] = fails,
    *,
    opens: bool = True,
    gives: str = RAW,
    downloads: bool = False,
) -> Iterator[None]:
    """A decoder called nvh264dec, and a cudadownload where it is wanted."""
    kind = "Codec/Decoder/Video/Hardware"
    made = [stand_in("nvh264dec", kind, "video/x-h264", gives, acts, opens)]
    if downloads:
        made.append(stand_in("cudadownload", "Filter/Video", CUDA, RAW, passes, True))
    from gi.repository import Gst

    try:
        yield
    finally:
        for feature in made:
            Gst.Registry.get().remove_feature(feature)


def played(film: Path) -> Source:
    source = open_source("finish", str(film), speed=Speed.MAXIMUM, backend="gst")
    assert [frame.index for frame in source.frames()] == list(range(10))
    return source


@needs_gst
@pytest.mark.parametrize(
    ("acts", "opens", "gives", "told"),
    [
        pytest.param(fails, False, RAW, [], id="cannot be opened"),
        pytest.param(fails, True, RAW, ["finish: nvh264dec failed"], id="fails at work"),
        pytest.param(draws, True, CUDA, ["finish: nvh264dec failed"], id="cannot be read"),
    ],
)
def test_software_takes_over(
    acts: Callable[[Any, Any], Any],
    opens: bool,
    gives: str,
    told: list[str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    film = make_video(tmp_path / "a.mp4", n=10)
    caplog.set_level(logging.INFO)
    with stand_in_decoder(acts, opens=opens, gives=gives):
        source = played(film)
    assert source.status().decoder == "avdec_h264"
    assert "finish: decoded by avdec_h264" in caplog.messages
    assert [m[: m.index(" (")] for m in caplog.messages if "failed (" in m] == told


@needs_gst
@pytest.mark.parametrize(
    ("gives", "downloads"),
    [
        pytest.param(RAW, False, id="into the CPU's memory"),
        pytest.param(CUDA, True, id="into its own memory"),
    ],
)
def test_hardware_is_taken_and_told(
    gives: str, downloads: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    film = make_video(tmp_path / "a.mp4", n=10)
    caplog.set_level(logging.INFO)
    with stand_in_decoder(draws, gives=gives, downloads=downloads):
        source = played(film)
    assert source.status().decoder == "nvh264dec"
    assert "finish: decoded by nvh264dec" in caplog.messages


@needs_gst
def test_whoever_sets_gstreamers_ranks_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from stream.sources.gst_pipeline import Gst, prefer_hardware

    monkeypatch.setenv("GST_PLUGIN_FEATURE_RANK", "avdec_h264:300")
    with stand_in_decoder(opens=False):
        before = Gst.Registry.get().lookup_feature("nvh264dec").get_rank()
        prefer_hardware()
        assert Gst.Registry.get().lookup_feature("nvh264dec").get_rank() == before


@needs_gst
def test_ranks_that_were_chosen_are_not_tried_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decoder that was chosen fails: it cannot be passed over, so the source says so."""
    from stream.sources.gst_pipeline import Gst, Pipeline

    film = make_video(tmp_path / "a.mp4", n=10)
    runs = []

    class Counted(Pipeline):
        def start(self) -> None:
            runs.append(1)
            assert len(runs) < 4, "it runs again and again"
            super().start()

    monkeypatch.setattr("stream.sources.gst.Pipeline", Counted)
    monkeypatch.setenv("GST_PLUGIN_FEATURE_RANK", "nvh264dec:1024")
    with stand_in_decoder(fails):
        Gst.Registry.get().lookup_feature("nvh264dec").set_rank(FIRST_RANK)
        source = open_source("finish", str(film), speed=Speed.MAXIMUM, backend="gst")
        with pytest.raises(SourceError, match=re.escape(str(film))):
            list(source.frames())
    assert len(runs) == 1


@needs_gst
def test_the_ranks_of_this_machine_are_as_wanted() -> None:
    from stream.sources.decoders import HARDWARE
    from stream.sources.gst_pipeline import Gst, prefer_hardware

    Gst.init(None)
    prefer_hardware()
    found = {name: Gst.Registry.get().lookup_feature(name) for name in HARDWARE}
    ranks = {name: f.get_rank() for name, f in found.items() if f is not None}
    if not ranks:
        pytest.skip("this machine has no decoder in hardware")
    assert new_ranks(ranks) == {}
