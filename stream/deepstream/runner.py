"""What runs a graph: the port of both runners, and what they hand over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

from stream.deepstream.metadata import FrameValues, ObjectValues, boxes_to_copy, source_size
from stream.deepstream.picture import Copier, Cut, SparsePicture


@dataclass(frozen=True, slots=True, eq=False)
class Copied:
    """A frame that no longer needs its buffer."""

    values: FrameValues
    picture: SparsePicture


class Hearer(Protocol):
    """Who gets what a runner has; called on the runner's own thread."""

    def frame(self, copied: Copied) -> None:
        """The next frame of some camera. May wait: nothing is lost, the graph waits as well."""

    def trouble(self, index: int, why: str) -> bool:
        """A camera has failed; the others go on.

        Returns:
            Whether nothing more is to come of it: footage. nvurisrcbin calls a network camera
            again.
        """

    def over(self, error: Exception | None) -> None:
        """No camera gives another frame: the end of the footage, or `error` has broken all."""


class Runner(Protocol):
    """Runs one graph once."""

    def start(self, hearer: Hearer) -> None:
        """Build the graph and begin; what fails later is told to `hearer`.

        Raises:
            SourceError: the graph cannot be built here. The message names element and property.
        """

    def stop(self) -> None:
        """End; `hearer` is called no more once this returns. From any other thread, repeatedly."""


def copied(
    values: FrameValues, cut: Cut, copier: Copier, mux: tuple[int, int], now_ns: int
) -> Copied:
    """A frame with all that the race needs of its pixels."""
    boxes = boxes_to_copy(values.objects, mux)
    return Copied(values, copier.copy(cut, boxes, source_size(values, mux), now_ns))


def object_values(one: Any) -> ObjectValues:
    """An object's metadata, of pyds or pyservicemaker: they call its parts by the same names."""
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


def blamed(path: str) -> int | None:
    """Which camera a GStreamer object belongs to; None where it serves them all.

    Args:
        path: as `Gst.Object.get_path_string` writes it.
    """
    found = re.search(r":(?:source|feed)-(\d+)(?:/|$)", path)
    return int(found.group(1)) if found else None
