"""Runs the graph with PyGObject and reads it with pyds (DeepStream up to 8; 9 with own bindings).

Never run under a real DeepStream. Decisions are elsewhere; what is here only asks and copies.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from stream import clock
from stream.deepstream.encoded import EncodedVideo
from stream.deepstream.graph import MUX_SIZE, feed_name
from stream.deepstream.metadata import FrameValues
from stream.deepstream.picture import Copier, cut_array
from stream.deepstream.properties import check
from stream.deepstream.runner import Copied, Hearer, blamed, copied, object_values
from stream.graph import Graph
from stream.sources.gst import POLL_NS
from stream.sources.gst_pipeline import EndedError, FailedError, GLib, Gst, Pipeline
from stream.sources.packets import Taken
from stream.sources.port import SourceError


class PydsRunner:
    """A `Runner` on PyGObject and pyds.

    Args:
        graph: see `stream.deepstream.graph`.
        takers: for each camera of the graph who wants its encoded video; None where nobody does.
        pyds: NVIDIA's module of that name.
        maps: surfaces have to be unmapped after use (Jetson).
    """

    def __init__(
        self,
        graph: Graph,
        takers: Sequence[Taken | None],
        pyds: ModuleType,
        maps: bool = False,
    ) -> None:
        self._graph = graph
        self._takers = takers
        self._pyds = pyds
        self._maps = maps
        self._stop = threading.Event()
        self._copiers = [Copier(MUX_SIZE) for _ in takers]
        self._thread: threading.Thread | None = None

    def start(self, hearer: Hearer) -> None:
        """See `Runner.start`."""
        Gst.init(None)
        check(self._graph, installed_types(self._graph), told_by="this machine's GStreamer")

        def excused(path: str, why: str) -> bool:
            """Errors inside one camera's elements; only the others end the graph."""
            index = blamed(path)
            if index is not None and hearer.trouble(index, why):
                _end_feed(pipeline.element(feed_name(index)))
            return index is not None

        pipeline = Pipeline(self._graph, "DeepStream", excused=excused)
        self._encoded = EncodedVideo(pipeline, self._takers)
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
        timers = _Timers()
        try:
            pipeline.start()
            while not self._stop.is_set():
                sample = pipeline.pull(POLL_NS)
                if sample is not None:
                    for frame in self._frames(sample.get_buffer()):
                        hearer.frame(frame)
        except EndedError:
            error = None
        except FailedError as failure:
            error = SourceError(f"DeepStream: {failure}")
        except Exception as failure:  # the top of the thread: whoever hears is told
            error = failure
        finally:
            timers.end()
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
            self._encoded.capture(frame.pad_index, frame.buf_pts),
            (frame.source_frame_width, frame.source_frame_height),
            tuple(object_values(one) for one in objects),
            frame.frame_num,
        )


class _Timers:
    """Serves GLib's timers: it is by them that nvurisrcbin calls a lost camera again.

    On a thread of its own, because hanging up on a camera that is gone takes its time.
    """

    def __init__(self) -> None:
        self._over = threading.Event()
        self._context = GLib.MainContext.default()
        self._thread = threading.Thread(target=self._serve, name="deepstream-timers", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """No timer is served once this returns."""
        self._over.set()
        self._context.wakeup()
        self._thread.join()

    def _serve(self) -> None:
        while not self._over.is_set():
            self._context.iteration(True)


def _end_feed(feed: Any) -> None:
    """Let a broken camera's feed end: the mux ends only when all of them have.

    On a thread of GStreamer's own: what the camera still had on its way may stand in the feed until
    batches are taken, which this thread does.
    """

    def end(element: Any) -> None:
        pad = element.get_static_pad("sink")
        # A file that nobody can read has not even begun.
        if pad.get_sticky_event(Gst.EventType.STREAM_START, 0) is None:
            pad.send_event(Gst.Event.new_stream_start(element.get_name()))
        pad.send_event(Gst.Event.new_eos())

    feed.call_async(end)


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
