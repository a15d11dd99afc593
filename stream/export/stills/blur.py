"""Makes everybody but the runner unknowable in a picture. Pure pixels, no model.

A region loses its detail for good: about six blocks along its longer side are all that is kept,
and those are blurred into each other. No light or contrast brings the rest back.

Whose head wins where two overlap:

* A found face of somebody else is blurred, and so is the expected head of everybody whose face
  was not found: it may be turned, small or smeared, and still be known.
* The runner's own head stays untouched, pixel for pixel, where the other person is behind the
  runner: what shows there is the runner. So does the runner's body, where the other's head is
  only expected.
* Somebody nearer to the camera may cover the runner's head. A face found there is the nearer
  one's, so its own box is blurred over the runner's; round it the runner's found face stays. A
  head that is only expected there never goes over a face of the runner's that was found, as a
  found face is not covered; without one, the nearer person's head is blurred.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.picture import pixel_box
from engines.types import Box, Image
from stream.export.stills.people import Group, Other, body_of, head_of

BLOCKS: Final = 6
"""What is left of a region along its longer side. More blocks show more of the face."""
LEAST_BLOCK_PX: Final = 6
"""Of small regions fewer blocks are left."""
ROOM: Final = 0.25
HAIR: Final = 0.4
"""Blurred round a found face on each side, and above it, as shares of its size."""
HEAD_ROOM: Final = 0.1
"""Blurred round a head that is only expected there."""
OWN_ROOM: Final = 0.15
"""Left untouched round the runner's own face on each side, and `OWN_HAIR` above it."""
OWN_HAIR: Final = 0.4
BIB_ROOM: Final = 0.08

Window = tuple[int, int, int, int]
"""Whole pixels of a picture, x0, y0, x1, y1: a region is worked on in its window alone."""

Coordinates = NDArray[np.floating[Any]]
"""Along one side of a window, pixels of the picture."""

Mask = NDArray[np.bool_]
"""Which pixels of a window: bool ``[height, width]``."""


def blur_others(image: Image, group: Group, *, bibs: bool = False) -> Image:
    """A copy of a picture in which only the runner of `group` can be known.

    Args:
        image: RGB ``[height, width, 3]``; stays as it is.
        group: who is where in it, pixels of `image`.
        bibs: blur the bibs and numbers of others too.
    """
    blurred = image.copy()
    for other in group.others:
        box = _head(other)
        if box is not None:
            window = _window(image, box)
            spared = _spared(window, group, other)
            _wipe(blurred, image, window, _ellipse(window, box) & ~spared)
    for bib in group.bibs if bibs else ():
        box = _grown(bib, BIB_ROOM, BIB_ROOM, BIB_ROOM)
        window = _window(image, box)
        spared = _rectangle(window, group.bib or body_of(group.runner))
        _wipe(blurred, image, window, _rectangle(window, box) & ~spared)
    return blurred


def _head(other: Other) -> Box | None:
    if other.face is not None:
        return _grown(other.face, ROOM, HAIR, ROOM)
    if other.person is None:
        return None
    return _grown(head_of(other.person), HEAD_ROOM, HEAD_ROOM, HEAD_ROOM)


def _spared(window: Window, group: Group, other: Other) -> Mask:
    """What must stay as it is although `other` is blurred; see the top of this file."""
    face = group.face
    if face is None:
        own = _ellipse(window, head_of(group.runner))
        own &= not other.in_front
    else:
        own = _rectangle(window, face)
        own |= _ellipse(window, _grown(face, OWN_ROOM, OWN_HAIR, OWN_ROOM))
    if other.in_front:
        return own if other.face is None else own & ~_ellipse(window, other.face)
    if other.face is not None:
        return own
    return own | _rectangle(window, body_of(group.runner))


def _wipe(target: Image, image: Image, window: Window, mask: Mask) -> None:
    """Replace the pixels of `mask` by what is left of their window."""
    x0, y0, x1, y1 = window
    target[y0:y1, x0:x1][mask] = _smeared(image[y0:y1, x0:x1])[mask]


def _smeared(part: Image) -> Image:
    height, width = part.shape[:2]
    block = max(max(height, width) / BLOCKS, LEAST_BLOCK_PX)
    few = (max(round(width / block), 1), max(round(height / block), 1))
    blocks = cv2.resize(part, few, interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(blocks, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.GaussianBlur(coarse, (0, 0), block / 2), np.uint8)


def _window(image: Image, box: Box) -> Window:
    return pixel_box(box, image.shape[1], image.shape[0])


def _grown(box: Box, side: float, above: float, below: float) -> Box:
    x0, y0, x1, y1 = box
    width, height = x1 - x0, y1 - y0
    return x0 - side * width, y0 - above * height, x1 + side * width, y1 + below * height


def _ellipse(window: Window, box: Box) -> Mask:
    """The part in `window` of the ellipse that touches the box's sides."""
    x0, y0, x1, y1 = box
    xs, ys = _pixels(window)
    across = (xs - (x0 + x1) / 2) / max((x1 - x0) / 2, 0.5)
    along = (ys - (y0 + y1) / 2) / max((y1 - y0) / 2, 0.5)
    return np.asarray(across**2 + along**2 <= 1.0, np.bool_)


def _rectangle(window: Window, box: Box) -> Mask:
    """The part of `box` in `window`."""
    xs, ys = _pixels(window)
    inside = (xs > box[0]) & (xs < box[2]) & (ys > box[1]) & (ys < box[3])
    return np.asarray(inside, np.bool_)


def _pixels(window: Window) -> tuple[Coordinates, Coordinates]:
    """Middles of the window's pixels: x ``[1, width]`` and y ``[height, 1]``."""
    x0, y0, x1, y1 = window
    return np.arange(x0, x1)[None, :] + 0.5, np.arange(y0, y1)[:, None] + 0.5
