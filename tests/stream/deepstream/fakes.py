"""pyds, pyservicemaker and cupy with canned answers. A name that the real one lacks is refused.

The names are those of the reference of pyds 1.2 and of DeepStream 9.2's Service Maker.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from types import ModuleType
from typing import Any

import numpy as np

from engines.types import Kind
from stream.deepstream.graph import MUX_SIZE
from stream.deepstream.metadata import FrameValues, ObjectValues
from stream.deepstream.picture import Copier, SparsePicture, cut_array
from stream.deepstream.runner import Copied
from stream.types import Clock

SECOND_NS = 1_000_000_000
UTC_NS = 1_780_000_000 * SECOND_NS
PYDS_FRAME = {"base_meta", "pad_index", "batch_id", "frame_num", "buf_pts", "ntp_timestamp",
              "source_id", "num_surfaces_per_frame", "source_frame_width", "source_frame_height",
              "surface_type", "surface_index", "num_obj_meta", "bInferDone", "obj_meta_list",
              "display_meta_list", "frame_user_meta_list", "misc_frame_info"}  # fmt: skip
PYDS_OBJECT = {"base_meta", "parent", "unique_component_id", "class_id", "object_id", "confidence",
               "detector_bbox_info", "tracker_bbox_info", "tracker_confidence", "rect_params",
               "mask_params", "text_params", "obj_label", "classifier_meta_list",
               "obj_user_meta_list", "misc_obj_info"}  # fmt: skip
RECT = {"left", "top", "width", "height", "border_width", "border_color", "has_bg_color",
        "bg_color"}  # fmt: skip
MAKER_FRAME = {"frame_number", "pad_index", "batch_id", "source_id", "source_width",
               "source_height", "pipeline_width", "pipeline_height", "buffer_pts",
               "ntp_timestamp", "object_items", "user_meta_items"}  # fmt: skip
MAKER_OBJECT = {"class_id", "object_id", "unique_component_id", "confidence",
                "tracker_confidence", "rect_params", "label", "classifier_items",
                "tensor_items"}  # fmt: skip


WRITTEN_OVER = np.s_[300:600, 900:1020]
"""Where `person` stands: the whole would take its time with every batch."""


class Named:
    """Has the attributes it is given, all of which must be among `names`."""

    def __init__(self, names: set[str], values: Mapping[str, Any]) -> None:
        unknown = set(values) - names
        assert not unknown, f"the real one has no {unknown}"
        self.__dict__.update(values)


def person(left: float = 900, confidence: float = 0.9, tracked: float = 0.5) -> ObjectValues:
    return ObjectValues(Kind.PERSON, confidence, tracked, left, 300, 120, 300)


def frame_values(
    index: int = 0,
    pts_ns: int = 0,
    ntp_ns: int = 0,
    capture: tuple[int, Clock] | None = None,
    source: tuple[int, int] = MUX_SIZE,
    objects: tuple[ObjectValues, ...] = (person(),),
    number: int = 0,
) -> FrameValues:
    return FrameValues(index, pts_ns, ntp_ns, capture, source, objects, number)


def surface(value: int = 7, channels: int = 4) -> Any:
    """A frame of one grey."""
    return np.full((MUX_SIZE[1], MUX_SIZE[0], channels), value, np.uint8)


def picture(value: int = 7) -> SparsePicture:
    """A picture of one grey, with nothing copied but its overview."""
    return Copier(MUX_SIZE).copy(cut_array(surface(value)), (), MUX_SIZE, 0)


def copied_frame(values: FrameValues) -> Copied:
    return Copied(values, picture())


def rect(one: ObjectValues) -> Named:
    return Named(RECT, {"left": one.left, "top": one.top, "width": one.width, "height": one.height})


class Entry:
    """One entry of pyds's linked lists; the last one's `next` raises, as pyds's does."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.data = values[0]
        self._rest = values[1:]

    @property
    def next(self) -> Entry:
        if not self._rest:
            raise StopIteration
        return Entry(self._rest)


class Cast:
    """A class of pyds of which only `cast` is used."""

    @staticmethod
    def cast(data: Any) -> Any:
        return data


def fake_pyds(canned: Callable[[int], FrameValues], unmapped: list[int]) -> ModuleType:
    """pyds for batches of one frame, in the n-th of which `person` is grey n, modulo 256.

    Args:
        canned: what is in the batch with that address.
        unmapped: gets the addresses that were unmapped.
    """
    module = ModuleType("pyds")
    held = surface()
    calls = count()

    def surface_of(address: int, batch_id: int) -> Any:
        # The memory of an earlier buffer, which was released: its pixels are gone.
        held[WRITTEN_OVER] = next(calls) % 256
        return held

    def batch_meta(address: int) -> Any:
        values = canned(address)
        objects = [
            Named(
                PYDS_OBJECT,
                {
                    "class_id": one.class_id,
                    "confidence": one.confidence,
                    "tracker_confidence": one.tracker_confidence,
                    "rect_params": rect(one),
                },
            )
            for one in values.objects
        ]
        frame = Named(
            PYDS_FRAME,
            {
                "pad_index": values.index,
                "frame_num": values.number,
                "batch_id": 0,
                "buf_pts": values.pts_ns,
                "ntp_timestamp": values.ntp_ns,
                "source_frame_width": values.source[0],
                "source_frame_height": values.source[1],
                "obj_meta_list": Entry(objects) if objects else None,
            },
        )
        return Named(
            {"frame_meta_list", "num_frames_in_batch"}, {"frame_meta_list": Entry([frame])}
        )

    functions: dict[str, Any] = {
        "gst_buffer_get_nvds_batch_meta": batch_meta,
        "get_nvds_buf_surface": surface_of,
        "unmap_nvds_buf_surface": lambda address, batch_id: unmapped.append(address),
        "NvDsFrameMeta": Cast,
        "NvDsObjectMeta": Cast,
    }
    module.__dict__.update(functions)
    return module


class FakeTensor:
    """Memory of a GPU: nothing but `fake_cupy` can read it."""

    def __init__(self, array: Any) -> None:
        self.array = array


class FakeGpuArray:
    """An array of cupy: it can be cut, and taken to the host."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def __getitem__(self, part: Any) -> FakeGpuArray:
        return FakeGpuArray(self._array[part])

    def get(self) -> Any:
        return self._array.copy()


def fake_cupy() -> ModuleType:
    module = ModuleType("cupy")
    module.__dict__["from_dlpack"] = lambda tensor: FakeGpuArray(tensor.array)
    return module


def maker_buffer(batch: Sequence[FrameValues]) -> Named:
    """A buffer as a receiver gets it; its lists can be walked through once."""

    def objects(values: FrameValues) -> Iterator[Named]:
        for one in values.objects:
            yield Named(
                MAKER_OBJECT,
                {
                    "class_id": one.class_id,
                    "confidence": one.confidence,
                    "tracker_confidence": one.tracker_confidence,
                    "rect_params": rect(one),
                },
            )

    frames = (
        Named(
            MAKER_FRAME,
            {
                "pad_index": values.index,
                "frame_number": values.number,
                "batch_id": row,
                "buffer_pts": values.pts_ns,
                "ntp_timestamp": values.ntp_ns,
                "source_width": values.source[0],
                "source_height": values.source[1],
                "object_items": objects(values),
            },
        )
        for row, values in enumerate(batch)
    )
    return Named(
        {"batch_size", "batch_meta", "timestamp", "extract"},
        {
            "batch_meta": Named({"frame_items", "n_frames"}, {"frame_items": frames}),
            "extract": lambda row: FakeTensor(surface(10 + row, channels=3)),
        },
    )


class FakeServiceMaker:
    """pyservicemaker: remembers what was built, and plays batches to the receiver."""

    def __init__(self, batches: Sequence[Named], ends: bool = True) -> None:
        self.elements: dict[str, tuple[str, dict[str, Any]]] = {}
        self.links: list[tuple[Any, ...]] = []
        self.when_attached: Callable[[], None] = lambda: None
        self.started = False
        self.module = ModuleType("pyservicemaker")
        fake = self
        self._batches, self._ends = batches, ends
        self._stopped = threading.Event()

        class BufferRetriever:
            """Its `consume` is overridden."""

        class Receiver:
            def __init__(self, name: str, retriever: BufferRetriever) -> None:
                self.retriever = retriever

        class Pipeline:
            def __init__(self, name: str) -> None:
                self._receiver: Any = None

            def add(self, kind: str, name: str, properties: dict[str, Any]) -> Pipeline:
                fake.elements[name] = (kind, properties)
                return self

            def link(self, *ends: Any) -> Pipeline:
                fake.links.append(ends)
                return self

            def attach(self, name: str, what: Receiver, *, tips: str) -> Pipeline:
                assert (name, tips) == ("sink", "new-sample")
                self._receiver = what
                fake.when_attached()
                return self

            def start(self) -> Pipeline:
                fake.started = True
                return self

            def wait(self) -> None:
                for batch in fake._batches:
                    self._receiver.retriever.consume(batch)
                if not fake._ends:
                    fake._stopped.wait(30)

            def stop(self) -> None:
                fake._stopped.set()

        for kind in (BufferRetriever, Receiver, Pipeline):
            self.module.__dict__[kind.__name__] = kind


class Hearing:
    """Remembers what a runner tells. `over_with` are cameras that are over when they fail."""

    def __init__(self, over_with: Sequence[int] = ()) -> None:
        self._over_with = over_with
        self.frames: list[Copied] = []
        self.troubles: list[tuple[int, str]] = []
        self.errors: list[Exception | None] = []
        self.ended = threading.Event()

    def frame(self, copied: Copied) -> None:
        self.frames.append(copied)

    def trouble(self, index: int, why: str) -> bool:
        self.troubles.append((index, why))
        return index in self._over_with

    def over(self, error: Exception | None) -> None:
        self.errors.append(error)
        self.ended.set()
