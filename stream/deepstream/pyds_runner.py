"""Runs the graph with PyGObject and reads it with pyds (DeepStream up to 8; 9 with own bindings).

Never run under a real DeepStream. Decisions are elsewhere; what is here only asks and copies.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from stream import clock
from stream.deepstream.graph import MUX, MUX_SIZE, source_name
from stream.deepstream.metadata import FrameValues, ObjectValues
from stream.deepstream.picture import Copier, cut_array
from stream.deepstream.properties import check
from stream.deepstream.runner import Copied, Hearer, blamed, copied
from stream.deepstream.smart_record import SmartRecord, recorded
from stream.graph import Graph
from stream.sources.gst import POLL_NS
from stream.sources.gst_pipeline import EndedError, FailedError, Gst, Pipeline
from stream.sources.port import SourceError
from stream.sources.timing import NTP_TO_UNIX_NS

REFERENCES_KEPT = 128
"""Reference timestamps that wait for their frame to come out of the graph, per camera."""


class PydsRunner:
    """A `Runner` on PyGObject and pyds.

    Args:
        graph: see `stream.deepstream.graph`.
        n_cameras: sources of the graph.
        pyds: NVIDIA's module of that name.
        maps: surfaces have to be unmapped after use (Jetson).
    """

    def __init__(self, graph: Graph, n_cameras: int, pyds: ModuleType, maps: bool = False) -> None:
        self._graph = graph
        self._n_cameras = n_cameras
        self._pyds = pyds
        self._maps = maps
        self._stop = threading.Event()
        self._copiers = [Copier(MUX_SIZE) for _ in range(n_cameras)]
        self._references: list[OrderedDict[int, int]] = [OrderedDict() for _ in range(n_cameras)]
        self._thread: threading.Thread | None = None

    def start(self, hearer: Hearer) -> None:
        """See `Runner.start`."""
        Gst.init(None)
        check(self._graph, installed_types(self._graph), told_by="this machine's GStreamer")
        pipeline = Pipeline(self._graph, "DeepStream", excused=_Excused(hearer))
        self._note_references(pipeline)
        self._thread = threading.Thread(
            target=self._run, args=(pipeline, hearer), name="deepstream", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """See `Runner.stop`."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self, pipeline: Pipeline, hearer: Hearer) -> None:
        """The top of the thread: a failure goes to whoever hears."""
        error: Exception | None = None
        try:
            sources = {k: pipeline.element(source_name(k)) for k in recorded(self._graph)}
            recording = SmartRecord(sources)
            pipeline.start()
            while not self._stop.is_set():
                sample = pipeline.pull(POLL_NS)
                if sample is not None:
                    for frame in self._frames(sample.get_buffer()):
                        hearer.frame(frame)
                        recording.seen(frame.values.index)
        except EndedError:
            error = None
        except FailedError as failure:
            error = SourceError(f"DeepStream: {failure}")
        except Exception as failure:
            error = failure
        finally:
            pipeline.stop()
        if not self._stop.is_set():
            hearer.over(error)

    def _frames(self, buffer: Any) -> Iterator[Copied]:
        """Every frame of a batch, copied one by one while the buffer is held."""
        pyds = self._pyds
        batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
        for frame in _listed(batch.frame_meta_list, pyds.NvDsFrameMeta):
            values = self._values(frame)
            surface = pyds.get_nvds_buf_surface(hash(buffer), frame.batch_id)
            copier = self._copiers[values.index]
            try:
                done = copied(values, cut_array(surface), copier, MUX_SIZE, clock.monotonic_ns())
            finally:
                if self._maps:
                    pyds.unmap_nvds_buf_surface(hash(buffer), frame.batch_id)
            yield done

    def _values(self, frame: Any) -> FrameValues:
        objects = _listed(frame.obj_meta_list, self._pyds.NvDsObjectMeta)
        return FrameValues(
            frame.pad_index,
            frame.buf_pts,
            frame.ntp_timestamp,
            self._references[frame.pad_index].pop(frame.buf_pts, None),
            (frame.source_frame_width, frame.source_frame_height),
            tuple(_object(one) for one in objects),
            frame.frame_num,
        )

    def _note_references(self, pipeline: Pipeline) -> None:
        """Remember the reference timestamps of what goes into the mux, which drops them."""
        ntp = Gst.Caps.from_string("timestamp/x-ntp")

        def passed(_pad: Any, info: Any, references: OrderedDict[int, int]) -> Any:
            buffer = info.get_buffer()
            meta = buffer.get_reference_timestamp_meta(ntp)
            if meta is not None:
                references[buffer.pts] = int(meta.timestamp) - NTP_TO_UNIX_NS
                if len(references) > REFERENCES_KEPT:
                    references.popitem(last=False)
            return Gst.PadProbeReturn.OK

        for index, references in enumerate(self._references):
            pad = pipeline.element(MUX).get_static_pad(f"sink_{index}")
            pad.add_probe(Gst.PadProbeType.BUFFER, passed, references)


class _Excused:
    """Tells of errors inside one camera's elements; only the others end the graph."""

    def __init__(self, hearer: Hearer) -> None:
        self._hearer = hearer

    def __call__(self, path: str, why: str) -> bool:
        index = blamed(path)
        if index is None:
            return False
        self._hearer.trouble(index, why)
        return True


def installed_types(graph: Graph) -> dict[str, dict[str, str]]:
    """The properties of a graph's elements as this machine's GStreamer has them."""
    types: dict[str, dict[str, str]] = {}
    for factory in {element.factory for element in graph.elements}:
        made = Gst.ElementFactory.make(factory, None)
        if made is not None:
            types[factory] = {p.name: _kind(p) for p in made.list_properties()}
    return types


def tracks_by_class() -> bool:
    """Whether nvtracker can be told which classes to follow, as from DeepStream 9 on."""
    Gst.init(None)
    made = Gst.ElementFactory.make("nvtracker", None)
    return made is not None and made.find_property("operate-on-class-ids") is not None


def _kind(property_: Any) -> str:
    names = {"gboolean": "boolean", "gint": "int", "guint": "uint", "guint64": "uint64",
             "gchararray": "string", "GstCaps": "caps"}  # fmt: skip
    kind = property_.value_type
    return "enum" if kind.is_a("GEnum") else names.get(kind.name, kind.name)


def _object(one: Any) -> ObjectValues:
    rect = one.rect_params
    return ObjectValues(
        one.class_id,
        one.confidence,
        one.tracker_confidence,
        rect.left,
        rect.top,
        rect.width,
        rect.height,
    )


def _listed(entry: Any, kind: Any) -> Iterator[Any]:
    """Every value of one of pyds's linked lists, which end with None or StopIteration."""
    while entry is not None:
        try:
            value = kind.cast(entry.data)
        except StopIteration:
            return
        yield value
        try:
            entry = entry.next
        except StopIteration:
            return
