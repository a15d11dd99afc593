"""Runs the graph with pyservicemaker, which comes with DeepStream 9 and later.

Never run under a real DeepStream. pyservicemaker builds pipelines of its own and knows no pads by
number; see `stream.deepstream.graph` for why the cameras keep their order all the same.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from engines.errors import MissingPackageError
from engines.types import Image
from stream import clock
from stream.deepstream.graph import MUX, MUX_SIZE
from stream.deepstream.metadata import FrameValues
from stream.deepstream.picture import Copier, Cut, PixelBox
from stream.deepstream.properties import check, listed
from stream.deepstream.runner import Hearer, copied, object_values
from stream.graph import SINK, Graph
from stream.sources.port import SourceError

ARRAYS = ("cupy", "torch")
"""Packages either of which reads the GPU's memory."""
CUPY = "cupy-cuda13x"


class Beside(Protocol):
    """What runs as long as the graph does."""

    def begin(self) -> None:
        """The graph has begun."""

    def close(self) -> None:
        """The graph ends."""


class ServiceMakerRunner:
    """A `Runner` on pyservicemaker.

    Args:
        graph: see `stream.deepstream.graph`; its appsink must signal.
        n_cameras: sources of the graph.
        servicemaker: NVIDIA's module ``pyservicemaker``.
        arrays: cupy or torch, which read the GPU's memory; see `gpu_arrays`.
        beside: what hands on the cameras' encoded video, which this graph cannot.
    """

    def __init__(
        self,
        graph: Graph,
        n_cameras: int,
        servicemaker: ModuleType,
        arrays: ModuleType,
        beside: Sequence[Beside] = (),
    ) -> None:
        self._graph = graph
        self._servicemaker = servicemaker
        self._arrays = arrays
        self._copiers = [Copier(MUX_SIZE) for _ in range(n_cameras)]
        self._beside = beside
        self._stopping = threading.Event()
        # One that is stopped before it was started would be waited for without end.
        self._starting = threading.Lock()
        self._pipeline: Any = None
        self._thread: threading.Thread | None = None

    def start(self, hearer: Hearer) -> None:
        """See `Runner.start`."""
        check(self._graph, listed(), told_by="the list of DeepStream 9.1")
        pipeline = self._pipeline = self._built()
        receiver = self._servicemaker.Receiver("frames", self._retriever(hearer))
        pipeline.attach(SINK, receiver, tips="new-sample")
        self._thread = threading.Thread(
            target=self._run, args=(hearer,), name="deepstream", daemon=True
        )
        self._thread.start()
        for one in self._beside:
            one.begin()

    def stop(self) -> None:
        """See `Runner.stop`."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        if self._pipeline is not None:
            with self._starting:
                self._pipeline.stop()
        for one in self._beside:
            one.close()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _built(self) -> Any:
        pipeline = self._servicemaker.Pipeline("finishline")
        for element in self._graph.elements:
            pipeline.add(element.factory, element.name, dict(element.properties))
        for link in self._graph.links:
            if link.sink == MUX:
                # A number would be refused; the pads are numbered in the order of these calls.
                pipeline.link((link.source, link.sink), ("", "sink_%u"))
            else:
                pipeline.link(link.source, link.sink)
        return pipeline

    def _run(self, hearer: Hearer) -> None:
        """The top of the thread: a failure goes to whoever hears."""
        error: Exception | None = None
        try:
            with self._starting:
                if self._stopping.is_set():
                    return
                self._pipeline.start()
            self._pipeline.wait()
        except Exception as failure:  # the top of the thread: whoever hears is told
            error = SourceError(f"DeepStream: {failure}")
        if not self._stopping.is_set():
            hearer.over(error)

    def _retriever(self, hearer: Hearer) -> Any:
        runner = self

        class Retriever(self._servicemaker.BufferRetriever):  # type: ignore[misc, name-defined]
            """Called with each batch, on a thread of GStreamer."""

            def consume(self, buffer: Any) -> int:
                if runner._stopping.is_set():
                    return 1
                try:
                    runner._copy(buffer, hearer)
                except Exception as error:
                    # The top of a thread that is not ours: what is raised here would be lost.
                    hearer.over(error)
                    return -1
                return 1

        return Retriever()

    def _copy(self, buffer: Any, hearer: Hearer) -> None:
        for frame in buffer.batch_meta.frame_items:
            values = _values(frame)
            cut = cut_tensor(buffer.extract(frame.batch_id), self._arrays)
            copier = self._copiers[values.index]
            hearer.frame(copied(values, cut, copier, MUX_SIZE, clock.monotonic_ns()))


def gpu_arrays() -> ModuleType:
    """cupy or torch, whichever is installed: one of them copies crops out of the GPU's memory.

    Raises:
        MissingPackageError: neither is.
    """
    for name in ARRAYS:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    raise MissingPackageError("cupy", f"pip install {CUPY}")


def cut_tensor(tensor: Any, arrays: ModuleType) -> Cut:
    """Copies out of a frame ``[height, width, 3 or 4]`` in the GPU's memory, crops alone."""
    frame = arrays.from_dlpack(tensor)

    def cut(box: PixelBox, step: int) -> Image:
        x0, y0, x1, y1 = box
        part = frame[y0:y1:step, x0:x1:step, :3]
        host = part.get() if hasattr(part, "get") else part.cpu().numpy()
        return np.array(host, np.uint8, order="C")

    return cut


def _values(frame: Any) -> FrameValues:
    return FrameValues(
        frame.pad_index,
        frame.buffer_pts,
        frame.ntp_timestamp,
        None,
        (frame.source_width, frame.source_height),
        tuple(object_values(one) for one in frame.object_items),
        frame.frame_number,
    )
