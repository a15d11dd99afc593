"""A picture of which only the runners were copied: 30 cameras' whole frames are too many to copy.

A 1080p frame is 6 MB, and 750 of them come in a second. What the race looks at are persons; all
else (previews, brightness) makes do with a small copy of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from engines.picture import pixel_box, shrunk
from engines.types import Box, Image

PixelBox = tuple[int, int, int, int]
Cut = Callable[[PixelBox, int], Image]
"""Copies ``x0, y0, x1, y1`` of a frame, every n-th pixel of every n-th row: RGB, contiguous."""

OVERVIEW_WIDTH = 640


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A part of the frame at full resolution, RGB; `box` in pixels of the mux."""

    box: PixelBox
    image: Image


@dataclass(frozen=True, slots=True, eq=False)
class SparsePicture:
    """A `Picture` made of patches over a small copy of the whole.

    Attributes:
        width, height: of the camera's own frame, pixels. Boxes are in these.
        size: width and height of the mux, to which the frame was scaled.
        patches: what was copied at full resolution.
        overview: the whole frame, small; it may be some frames old.
    """

    width: int
    height: int
    size: tuple[int, int]
    patches: tuple[Patch, ...]
    overview: Image

    def resized(self, width: int, height: int) -> Image:
        """The whole picture as ``[height, width, 3]`` RGB, patches drawn on the overview."""
        image = shrunk(self.overview, width, height)
        across, down = width / self.size[0], height / self.size[1]
        for patch in self.patches:
            x0, y0, x1, y1 = patch.box
            box = (round(x0 * across), round(y0 * down), round(x1 * across), round(y1 * down))
            if box[2] > box[0] and box[3] > box[1]:
                small = shrunk(patch.image, box[2] - box[0], box[3] - box[1])
                image[box[1] : box[3], box[0] : box[2]] = small
        return image

    def crop(self, box: Box) -> Image:
        """A copy of the part inside `box`, in the camera's pixels; see `Picture.crop`."""
        x0, y0, x1, y1 = pixel_box(box, self.width, self.height)
        across, down = self.size[0] / self.width, self.size[1] / self.height
        scaled = (x0 * across, y0 * down, x1 * across, y1 * down)
        image = self._cut(pixel_box(scaled, *self.size))
        return shrunk(image, x1 - x0, y1 - y0)

    def _cut(self, box: PixelBox) -> Image:
        """The part inside `box`, pixels of the mux; what no patch covers is blurred."""
        for patch in self.patches:
            if _shared(patch.box, box) == box:
                return _part(patch, box)
        image = self._blurred(box)
        for patch in self.patches:
            shared = _shared(patch.box, box)
            if shared[2] > shared[0] and shared[3] > shared[1]:
                at = np.s_[shared[1] - box[1] : shared[3] - box[1],
                           shared[0] - box[0] : shared[2] - box[0]]  # fmt: skip
                image[at] = _part(patch, shared)
        return image

    def _blurred(self, box: PixelBox) -> Image:
        rows, columns = self.overview.shape[:2]
        across, down = columns / self.size[0], rows / self.size[1]
        small = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
        x0, y0, x1, y1 = pixel_box(small, columns, rows)
        size = (box[2] - box[0], box[3] - box[1])
        return np.asarray(cv2.resize(self.overview[y0:y1, x0:x1], size), np.uint8)


class Copier:
    """Copies what is needed of one camera's frames before their buffer is released."""

    def __init__(self, size: tuple[int, int], overview_every_ns: int = 200_000_000) -> None:
        """`size` is (width, height) of the mux."""
        self._size = size
        self._every_ns = overview_every_ns
        self._at_ns: int | None = None
        self._overview: Image | None = None

    def copy(
        self, cut: Cut, boxes: Sequence[PixelBox], source: tuple[int, int], now_ns: int
    ) -> SparsePicture:
        """The picture of one frame.

        Args:
            cut: copies out of the frame.
            boxes: what to copy at full resolution, pixels of the mux.
            source: width and height of the camera's own frame.
            now_ns: on the monotonic clock.
        """
        overview = self._overview
        if overview is None or self._at_ns is None or now_ns - self._at_ns >= self._every_ns:
            step = max(self._size[0] // OVERVIEW_WIDTH, 1)
            overview = self._overview = cut((0, 0, *self._size), step)
            self._at_ns = now_ns
        patches = tuple(Patch(box, cut(box, 1)) for box in boxes)
        return SparsePicture(*source, self._size, patches, overview)


def cut_array(frame: Image) -> Cut:
    """Copies out of a frame ``[height, width, 3 or 4]`` that the CPU can read."""

    def cut(box: PixelBox, step: int) -> Image:
        x0, y0, x1, y1 = box
        return np.array(frame[y0:y1:step, x0:x1:step, :3], np.uint8, order="C")

    return cut


def _shared(box: PixelBox, other: PixelBox) -> PixelBox:
    x0, y0 = max(box[0], other[0]), max(box[1], other[1])
    return x0, y0, min(box[2], other[2]), min(box[3], other[3])


def _part(patch: Patch, box: PixelBox) -> Image:
    left, top = patch.box[:2]
    return patch.image[box[1] - top : box[3] - top, box[0] - left : box[2] - left].copy()
