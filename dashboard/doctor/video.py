"""What reads and decodes video: GStreamer, and PyAV that stands in for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dashboard.doctor.findings import Finding, State
from dashboard.doctor.isolated import Answer, ask_python
from stream.sources.decoders import HARDWARE

_GST: Final = """
import ctypes, json, sys
ctypes.CDLL("libgcc_s.so.1", mode=ctypes.RTLD_GLOBAL)
import gi
for name in ("Gst", "GstApp", "GstVideo"):
    gi.require_version(name, "1.0")
from gi.repository import Gst
Gst.init(None)
found = [name for name in sys.argv[1:] if Gst.ElementFactory.find(name)]
print(json.dumps({"version": ".".join(map(str, Gst.version()[:3])), "elements": found}))
"""
_AV: Final = """
import json, sys, av
def has(name, mode):
    try:
        av.codec.Codec(name, mode)
    except av.codec.codec.UnknownCodecError:
        return False
    return True
named = [pair.split(":") for pair in sys.argv[1:]]
found = [f"{name}:{mode}" for name, mode in named if has(name, mode)]
print(json.dumps({"version": av.__version__, "elements": found}))
"""

ELEMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "gstreamer1.0-plugins-base": (
        "decodebin", "parsebin", "uridecodebin", "videoconvert", "videotestsrc", "appsink",
    ),
    "gstreamer1.0-plugins-good": (
        "rtspsrc", "rtph264depay", "souphttpsrc", "multipartdemux", "jpegdec", "v4l2src", "qtdemux",
        "videoflip",
    ),
    "gstreamer1.0-plugins-bad": ("h264parse", "h265parse"),
}  # fmt: skip
"""What the graphs of `stream.graph` are made of, by Debian's package."""


def _hardware(codec: str) -> tuple[str, ...]:
    return tuple(name for name in HARDWARE if codec in name)


DECODERS: Final[Mapping[str, tuple[str, ...]]] = {
    "H.264": (*_hardware("h264"), "nvv4l2decoder", "avdec_h264", "openh264dec"),
    "H.265": (*_hardware("h265"), "nvv4l2decoder", "avdec_h265"),
    "JPEG": ("jpegdec", "avdec_mjpeg", "nvjpegdec", "vajpegdec"),
}
"""Elements of which one decodes each codec, in the order in which a race takes them."""

NVIDIA_ELEMENTS: Final = ("nvurisrcbin", "nvstreammux", "nvinfer", "nvtracker", "nvvideoconvert")
_AV_WANTED: Final = ("h264:r", "hevc:r", "mjpeg:r", "libx264:w")
_GST_MEND: Final = (
    "sudo apt install python3-gi python3-gst-1.0 gir1.2-gst-plugins-base-1.0, then make the "
    "environment with the distribution's Python: make clean install"
)


@dataclass(frozen=True, slots=True)
class Installed:
    """A library and which of the wanted parts it has; `error` says why it cannot be used."""

    version: str = ""
    parts: frozenset[str] = frozenset()
    error: str = ""


def installed(answer: Answer) -> Installed:
    """Read a probe's answer. Pure."""
    if not answer.ok:
        return Installed(error=answer.error)
    told = json.loads(answer.text)
    return Installed(told["version"], frozenset(told["elements"]))


def ask_gst() -> Installed:
    """GStreamer, as this Python sees it."""
    wanted = {*sum(ELEMENTS.values(), ()), *sum(DECODERS.values(), ()), *NVIDIA_ELEMENTS}
    return installed(ask_python(_GST, *sorted(wanted)))


def ask_av() -> Installed:
    """PyAV."""
    return installed(ask_python(_AV, *_AV_WANTED))


def check_video(gst: Installed, av: Installed) -> Iterable[Finding]:
    """All that concerns video without NVIDIA."""
    yield judge_gst(gst, av)
    if not gst.error:
        yield judge_elements(gst.parts)
        yield judge_decoders(gst.parts)
    yield judge_av(av)


def judge_gst(gst: Installed, av: Installed) -> Finding:
    """Whether GStreamer can be used; PyAV stands in. Pure."""
    if not gst.error:
        return Finding("GStreamer", State.OK, gst.version)
    state = State.MISSING if av.error else State.WARNING
    stands_in = "" if av.error else "; PyAV stands in"
    return Finding("GStreamer", state, f"{gst.error}{stands_in}", _GST_MEND)


def judge_elements(there: frozenset[str]) -> Finding:
    """Whether the elements of our graphs are there. Pure."""
    lacking = {
        package: [name for name in names if name not in there]
        for package, names in ELEMENTS.items()
    }
    lost = [name for names in lacking.values() for name in names]
    if not lost:
        n = sum(len(names) for names in ELEMENTS.values())
        return Finding("elements", State.OK, f"all {n}")
    packages = " ".join(package for package, names in lacking.items() if names)
    found = f"lacks {', '.join(lost)}"
    return Finding("elements", State.MISSING, found, f"sudo apt install {packages}")


def judge_decoders(there: frozenset[str]) -> Finding:
    """Which codecs GStreamer decodes here. Pure."""
    decoded = {
        codec: next((name for name in names if name in there), None)
        for codec, names in DECODERS.items()
    }
    lost = [codec for codec, name in decoded.items() if name is None]
    told = ", ".join(f"{codec} by {name}" for codec, name in decoded.items() if name)
    if not lost:
        return Finding("decoders", State.OK, told)
    found = f"none for {' and '.join(lost)}" + (f"; {told}" if told else "")
    state = State.MISSING if "H.264" in lost else State.WARNING
    return Finding("decoders", state, found, "sudo apt install gstreamer1.0-libav")


def judge_av(av: Installed) -> Finding:
    """Whether PyAV is whole: it cuts clips and encodes for browsers. Pure."""
    if av.error:
        return Finding("PyAV", State.MISSING, av.error, "pip install 'av>=14'")
    lost = _names([part for part in _AV_WANTED if part not in av.parts])
    if lost:
        mend = "pip install --force-reinstall --only-binary av 'av>=14'"
        return Finding("PyAV", State.MISSING, f"{av.version} without {lost}", mend)
    return Finding("PyAV", State.OK, f"{av.version}, reads H.264, H.265, JPEG; writes H.264")


def _names(parts: Sequence[str]) -> str:
    return ", ".join(part.partition(":")[0] for part in parts)
