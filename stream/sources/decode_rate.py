"""How fast this machine decodes, with nothing else to do."""

from __future__ import annotations

from stream.clock import SECOND_NS, monotonic_ns
from stream.sources.choose import open_source
from stream.sources.port import Backend, Speed


def measure_decode_fps(uri: str, backend: Backend = "auto") -> float:
    """Frames per second, from opening to the last frame.

    The same source with the same decoder, on all cores, delivers every frame to Python, where
    nothing is done with it. It is the upper limit for everything that looks at `uri`.

    Raises:
        SourceError: `uri` cannot be played to its end.
    """
    source = open_source("decode", uri, speed=Speed.MAXIMUM, backend=backend, threads=0)
    began_ns = monotonic_ns()
    n_frames = sum(1 for _ in source.frames())
    return n_frames * SECOND_NS / (monotonic_ns() - began_ns)
