"""The cameras' own encoded video and capture times, taken where nvurisrcbin feeds its decoder.

nvurisrcbin offers no pad before its decoder, and its smart record tells nobody when what it wrote
was filmed. Inside, decodebin parses a camera's stream to whole pictures, byte-stream with the
parameter sets before every key frame, because ``nvv4l2decoder`` takes nothing else. What comes to
the decoder's sink pad is therefore just what `stream.sources.packets` calls a packet. After a lost
connection decodebin makes a new decoder, which is found like the first.

Frames get their capture times from here too: reference timestamps may not outlive the decoder,
and what is filmed must be found by the times of what was seen.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from stream.deepstream.runner import blamed
from stream.sources.gst_packets import PacketForm, packet_of
from stream.sources.gst_pipeline import Gst, Pipeline
from stream.sources.gst_samples import capture, running_time
from stream.sources.packets import Taken
from stream.types import Clock

CAPTURES_KEPT = 128
"""Capture times that wait for their frame to come out of the graph, per camera."""
STEP_NS = 1000
"""V4L2 counts microseconds, so a decoder in hardware may cut time stamps down to these."""


class EncodedVideo:
    """Hands every packet of a graph's cameras to whoever wants it, on the decoders' threads.

    Args:
        pipeline: before it begins to play.
        takers: for each camera who wants its packets; None where nobody does.
    """

    def __init__(self, pipeline: Pipeline, takers: Sequence[Taken | None]) -> None:
        self._pipeline = pipeline
        self._takers = takers
        self._captures: list[OrderedDict[int, tuple[int, Clock]]] = [OrderedDict() for _ in takers]
        pipeline.tell_of_decoders(self._made)

    def capture(self, index: int, pts_ns: int) -> tuple[int, Clock] | None:
        """When a frame of a camera was captured, UTC ns, and how that is known.

        It is asked once for each frame, by the frame's time stamp; None where that is not known.
        """
        return self._captures[index].pop(pts_ns // STEP_NS, None)

    def _made(self, decoder: Any) -> None:
        """A decoder was added: the first of a camera, or another after a lost connection."""
        index = blamed(decoder.get_path_string())
        pad = decoder.get_static_pad("sink")
        if index is not None and pad is not None:
            pad.add_probe(Gst.PadProbeType.BUFFER, self._fed, PacketForm(False), index)

    def _fed(self, pad: Any, info: Any, forms: PacketForm, index: int) -> Any:
        buffer = info.get_buffer()
        segment = pad.get_sticky_event(Gst.EventType.SEGMENT, 0).parse_segment()
        base_ns = self._pipeline.base_time_ns()
        captures = self._captures[index]
        captures[buffer.pts // STEP_NS] = capture(
            buffer, running_time(segment, buffer.pts), base_ns
        )
        if len(captures) > CAPTURES_KEPT:
            captures.popitem(last=False)
        taken = self._takers[index]
        if taken is not None:
            sample = Gst.Sample.new(buffer, pad.get_current_caps(), segment, None)
            packet = packet_of(sample, forms, base_ns, f"camera {index + 1}")
            if packet is not None:
                taken(packet)
        return Gst.PadProbeReturn.OK
