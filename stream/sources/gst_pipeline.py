"""Builds a `Graph` with GStreamer, runs it and hands out its samples. One pipeline, one run."""

from __future__ import annotations

import ctypes
import fnmatch
import logging
import os
import threading
from collections.abc import Callable, Collection, Iterator
from typing import Any

# GStreamer brings libunwind, whose _Unwind_Resume takes the place of libgcc's in every library
# that is loaded later: the first C++ exception inside OpenVINO then ends the process (seen with
# Debian 12 and OpenVINO 2026.4). With libgcc in the global scope first, its own is found.
ctypes.CDLL("libgcc_s.so.1", mode=ctypes.RTLD_GLOBAL)

import gi  # noqa: E402

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstVideo", "1.0")
# GstApp and GstVideo bring the appsink's methods and the video metadata.
from gi.repository import GLib, Gst, GstApp, GstVideo  # noqa: E402

from stream.graph import SINK, SOUND_TAP, VIDEO_TAP, Element, Graph, Link, text  # noqa: E402
from stream.sources.decoders import HARDWARE, download_for, is_hardware, new_ranks  # noqa: E402
from stream.sources.port import SourceError  # noqa: E402

log = logging.getLogger(__name__)

__all__ = ["EndedError", "FailedError", "GLib", "Gst", "GstApp", "GstVideo", "Pipeline"]

PACKAGES = (
    ("avdec_*", "gstreamer1.0-libav"),
    ("rtspsrc", "gstreamer1.0-plugins-good"),
    ("souphttpsrc", "gstreamer1.0-plugins-good"),
    ("multipartdemux", "gstreamer1.0-plugins-good"),
    ("jpegdec", "gstreamer1.0-plugins-good"),
    ("v4l2src", "gstreamer1.0-plugins-good"),
    ("*", "gstreamer1.0-plugins-base"),
)
"""Debian's and Ubuntu's package for a missing element."""

UNKNOWN = "is not a video that GStreamer knows, or is corrupt"

EVENTS_EVERY = 16
"""Samples between two looks at the bus while samples flow."""


RANKS = "GST_PLUGIN_FEATURE_RANK"
"""GStreamer's own variable for ranks of elements. Whoever sets it has chosen the decoders."""


def prefer_hardware(failed: Collection[str] = ()) -> set[str]:
    """Let decoders in hardware be tried first, in this process; those that have failed never.

    Returns:
        Those of `failed` that GStreamer passes over from now on.
    """
    if RANKS in os.environ:
        return set()
    registry = Gst.Registry.get()
    features = {name: registry.lookup_feature(name) for name in HARDWARE}
    installed = {name: f.get_rank() for name, f in features.items() if f is not None}
    for name, rank in new_ranks(installed, failed).items():
        features[name].set_rank(rank)
    return {name for name in failed if installed.get(name) is not None}


class EndedError(Exception):
    """The stream is over."""


class FailedError(Exception):
    """The pipeline has failed. `lasting` is True where trying again cannot help."""

    def __init__(self, why: str, lasting: bool) -> None:
        super().__init__(why)
        self.lasting = lasting


class Pipeline:
    """A built graph.

    Args:
        graph: what to build.
        label: how messages call the source.
        excused: told of an error with the path of the object it came from and what it says;
            True where the rest goes on without that part. None excuses nothing.

    Raises:
        SourceError: an element is not installed (the message names the package), or a
            property does not exist.
    """

    def __init__(
        self, graph: Graph, label: str, excused: Callable[[str, str], bool] | None = None
    ) -> None:
        Gst.init(None)
        self._graph = graph
        self._excused = excused
        self._told_of_decoder: Callable[[Any], None] | None = None
        self._label = label
        self._lock = threading.Lock()
        self._end: EndedError | FailedError | None = None
        self._since_events = 0
        self.decoder = ""
        self.broken_decoder = ""
        self.damaged = 0
        self._bin: Any = Gst.Pipeline.new(None)
        # Running times must be those of the host's monotonic clock, whatever an element offers.
        self._bin.use_clock(Gst.SystemClock.obtain())
        self._bin.connect("deep-element-added", self._element_added)
        for element in graph.elements:
            self._bin.add(self._made(element))
        for link in graph.links:
            self._link(link)
        self._sink = self.element(SINK)
        self._taps = {name: self.element(name) for name in (VIDEO_TAP, SOUND_TAP)}
        self._bus: Any = self._bin.get_bus()

    def start(self) -> None:
        """Begin to play. Failures are raised by `pull`."""
        with self._lock:
            if self._bin is None:
                return
            if self._bin.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE:
                self._read_bus()
                self._end = self._end or FailedError("cannot be started", False)

    def stop(self) -> None:
        """Free everything; a waiting `pull` returns. From any thread, more than once."""
        with self._lock:
            if self._bin is not None:
                self._bin.set_state(Gst.State.NULL)
                self._bin = None

    def pull(self, timeout_ns: int) -> Any | None:
        """The next Gst.Sample, or None when none came in time.

        Raises:
            EndedError: after the last sample.
            FailedError: after the last sample before the failure.
        """
        sample = self._sink.try_pull_sample(timeout_ns)
        self._since_events += 1
        if sample is None or self._since_events >= EVENTS_EVERY:
            self._since_events = 0
            self._read_bus()
        if sample is None and self._end is None and self._is_over():
            self._end = EndedError()
        if sample is None and self._end is not None:
            # What came between the last pull and the message is still to be delivered.
            sample = self._sink.try_pull_sample(0)
            if sample is None:
                raise self._end
        return sample

    def _is_over(self) -> bool:
        """Whether a tapped stream is over: a tap that nothing is linked to keeps its message."""
        tapped = any(tap is not None for tap in self._taps.values())
        return tapped and self._bin is not None and bool(self._sink.is_eos())

    def tapped(self, name: str) -> Iterator[Any]:
        """Every sample that has come to a tap since the last call."""
        while (sample := self._taps[name].try_pull_sample(0)) is not None:
            yield sample

    def tell_of_decoders(self, told: Callable[[Any], None]) -> None:
        """Call `told` with every decoder of video as it is added, on whatever thread adds it."""
        self._told_of_decoder = told

    def element(self, name: str) -> Any:
        """The Gst.Element of that name in the graph."""
        return self._bin.get_by_name(name)

    def rendered(self) -> int:
        """How many samples have reached the sink, dropped ones included."""
        found, count = self._sink.get_property("stats").get_uint64("rendered")
        return int(count) if found else 0

    def base_time_ns(self) -> int:
        """The monotonic clock's time at running time zero."""
        return int(self._sink.get_base_time())

    def duration_ns(self) -> int | None:
        """Length of the footage, where it is known."""
        found, duration = self._sink.query_duration(Gst.Format.TIME)
        return int(duration) if found and duration > 0 else None

    def _made(self, element: Element) -> Any:
        made = Gst.ElementFactory.make(element.factory, element.name)
        if made is None:
            package = next(p for name, p in PACKAGES if fnmatch.fnmatch(element.factory, name))
            raise SourceError(
                f"{self._label}: GStreamer has no element {element.factory!r}; "
                f"try: apt install {package}"
            )
        for name, value in element.properties:
            if made.find_property(name) is None:
                raise SourceError(
                    f"{self._label}: GStreamer's {element.factory} has no property {name!r}; "
                    "GStreamer 1.22 or newer is needed"
                )
            Gst.util_set_object_arg(made, name, text(value))
        return made

    def _link(self, link: Link) -> None:
        source, sink = self.element(link.source), self.element(link.sink)
        caps = Gst.Caps.from_string(link.caps) if link.caps else None
        if link.delayed:
            source.connect("pad-added", self._pad_added, sink, caps or Gst.Caps.new_any())
        elif not source.link_pads_filtered(
            link.source_pad or None, sink, link.sink_pad or None, caps
        ):
            raise SourceError(f"{self._label}: cannot link {link.source} to {link.sink}")

    def _pad_added(self, _source: Any, pad: Any, sink: Any, caps: Any) -> None:
        target = sink.get_static_pad("sink")
        offered = pad.get_current_caps() or pad.query_caps(None)
        if target.is_linked():
            return
        if not offered.can_intersect(caps):
            target = self._download(offered, target)
            if target is None:
                self._unreadable(offered)
                return
        result = pad.link(target)
        if result != Gst.PadLinkReturn.OK:
            self._end = FailedError(f"cannot link {pad.get_name()}: {result.value_nick}", True)

    def _download(self, offered: Any, target: Any) -> Any | None:
        """A pad for frames that lie in a decoder's own memory, on their way to `target`."""
        features = offered.get_features(0) if offered.get_size() else None
        factory = None if features is None else download_for(features.to_string())
        if factory is None or Gst.ElementFactory.find(factory) is None:
            return None
        element = self._made(Element(f"download-{factory}", factory))
        self._bin.add(element)
        element.get_static_pad("src").link(target)
        element.sync_state_with_parent()
        return element.get_static_pad("sink")

    def _unreadable(self, offered: Any) -> None:
        """A decoder in hardware whose frames cannot be brought here is of no use."""
        if is_hardware(self.decoder) and offered.to_string().startswith("video/x-raw"):
            self.broken_decoder = self.decoder
            self._end = FailedError(f"its frames cannot be read: {offered.to_string()}", False)

    def _element_added(self, _bin: Any, _parent: Any, element: Any) -> None:
        factory = element.get_factory()
        if factory is None:
            return
        name = factory.get_name()
        kind = factory.get_metadata("klass") or ""
        if "Decoder" in kind and ("Video" in kind or "Image" in kind):
            self.decoder = name
            if self._told_of_decoder is not None:
                self._told_of_decoder(element)
        for inner in self._graph.inner:
            if fnmatch.fnmatch(name, inner.factory) and element.find_property(inner.name):
                Gst.util_set_object_arg(element, inner.name, text(inner.value))

    def _read_bus(self) -> None:
        kinds = Gst.MessageType
        wanted = kinds.ERROR | kinds.EOS | kinds.WARNING
        while (message := self._bus.pop_filtered(wanted)) is not None:
            if message.type == kinds.WARNING:
                self._warned(*message.parse_warning())
            elif message.type == kinds.ERROR and self._is_excused(message):
                continue
            elif self._end is None and self._is_of_decoder(message):
                self.broken_decoder = self.decoder
                self._end = _end_in(message)
            elif self._end is None or isinstance(self._end, EndedError):
                self._end = _end_in(message)

    def _is_of_decoder(self, message: Any) -> bool:
        factory = message.src.get_factory() if isinstance(message.src, Gst.Element) else None
        return factory is not None and factory.get_name() == self.decoder

    def _is_excused(self, message: Any) -> bool:
        if self._excused is None:
            return False
        path = message.src.get_path_string() if message.src is not None else ""
        return self._excused(path, str(_end_in(message)))

    def _warned(self, error: Any, detail: str | None) -> None:
        if error.matches(Gst.StreamError.quark(), Gst.StreamError.DECODE):
            self.damaged += 1
        log.warning("%s: %s (%s)", self._label, error.message, (detail or "").strip())


def _end_in(message: Any) -> EndedError | FailedError:
    """What a message of the end or of an error says."""
    if message.type == Gst.MessageType.EOS:
        return EndedError()
    error, detail = message.parse_error()
    return _failure(error, detail or "")


def _failure(error: Any, detail: str) -> FailedError:
    """A GStreamer error in words, with the mend where there is one."""
    core, resource, stream = Gst.CoreError, Gst.ResourceError, Gst.StreamError
    said = (
        ((resource, resource.NOT_FOUND), "not found; check the path or URL", False),
        ((resource, resource.NOT_AUTHORIZED), "not allowed; check user and password", False),
        ((stream, stream.TYPE_NOT_FOUND), UNKNOWN, True),
        ((stream, stream.WRONG_TYPE), UNKNOWN, True),
        ((stream, stream.DEMUX), f"is corrupt: {error.message}", False),
        ((stream, stream.DECODE), f"is corrupt: {error.message}", False),
        ((stream, stream.CODEC_NOT_FOUND), _missing(detail), True),
        ((core, core.MISSING_PLUGIN), _missing(detail), True),
    )
    for (kind, code), why, lasting in said:
        if error.matches(kind.quark(), code):
            return FailedError(why, lasting)
    lines = [line for line in detail.splitlines() if line and not line.startswith("..")]
    return FailedError(" ".join([error.message, *lines[-1:]]), False)


def _missing(detail: str) -> str:
    if "(audio/" in detail and "(video/" not in detail:
        return "has no video, only sound; choose another file"
    lines = [line for line in detail.splitlines() if line.startswith("Missing")]
    what = lines[0].partition(" (")[0] if lines else "a decoder is missing"
    return f"{what}; try: apt install gstreamer1.0-libav gstreamer1.0-plugins-bad"
