"""What lies beside a number on race day and over it, and none of which is to be read."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from engines.train.bib_reader.stock import NumberLine, Pixels

LEAST_SEEN: Final = 0.35
"""Share of a character's width that has to be seen for it to count."""


def with_neighbour(
    line: NumberLine, cloths: Sequence[Pixels], rng: np.random.Generator
) -> NumberLine:
    """The line with something close beside its first or last character that is none of it."""
    x0, y0, x1, y1 = line.box
    height = y1 - y0
    image = line.levels[0].copy()
    on_right = bool(rng.random() < 0.5)
    gap = height * rng.uniform(0.06, 0.4)
    near = x1 + gap if on_right else x0 - gap
    colour = tuple(int(v) for v in rng.integers(0, 256, 3))
    if rng.random() < 0.5:
        # Anything narrower could be a 1.
        size = height * rng.uniform(0.25, 0.9)
        far = near + (size if on_right else -size) * rng.uniform(0.6, 1.5)
        middle = rng.uniform(y0, y1)
        _draw_sign(image, (near, far), (middle - size / 2, middle + size / 2), colour, rng)
        return NumberLine.of(image, line.box, line.text, line.edges)
    lean = rng.normal(0, 0.15) * height
    end = image.shape[1] if on_right else 0
    rows = image.shape[0]
    thick = height * rng.uniform(0.4, 0.9)
    if rng.random() < 0.4:
        # A strap or an arm, beyond which the sheet goes on.
        end = round(near + thick if on_right else near - thick)
    corners = [(near + lean, 0), (end + lean, 0), (end - lean, rows), (near - lean, rows)]
    _cover(image, corners, cloths, rng)
    return NumberLine.of(image, line.box, line.text, line.edges)


def _cover(
    image: Pixels,
    corners: Sequence[tuple[float, float]],
    cloths: Sequence[Pixels],
    rng: np.random.Generator,
) -> None:
    """Lays something of one colour, or one of `cloths`, over a part of an image."""
    over = np.empty_like(image)
    over[:] = rng.integers(0, 256, 3)
    if cloths and rng.random() < 0.7:
        part = cloths[int(rng.integers(len(cloths)))]
        over = np.asarray(cv2.resize(part, image.shape[1::-1]), np.uint8)
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1)
    image[mask > 0] = over[mask > 0]


def _draw_sign(
    image: Pixels,
    columns: tuple[float, float],
    rows: tuple[float, float],
    colour: tuple[int, ...],
    rng: np.random.Generator,
) -> None:
    """A shape that is no character, filled or as an outline."""
    (x0, x1), (y0, y1) = sorted(columns), rows
    thick = -1 if rng.random() < 0.6 else max(1, round((y1 - y0) * rng.uniform(0.06, 0.2)))
    low, high = (round(x0), round(y0)), (round(x1), round(y1))
    match int(rng.integers(4)):
        case 0:
            cv2.rectangle(image, low, high, colour, thick)
        case 1:
            middle = ((x0 + x1) / 2, (y0 + y1) / 2)
            axes = max((x1 - x0) / 2, 1), max((y1 - y0) / 2, 1)
            centre = tuple(round(v) for v in middle)
            cv2.ellipse(
                image, centre, tuple(round(v) for v in axes), rng.uniform(0, 90), 0, 360, colour,
                thick, cv2.LINE_AA,
            )  # fmt: skip
        case _:
            points = rng.uniform((x0, y0), (max(x1, x0 + 1), y1), (int(rng.integers(3, 7)), 2))
            shape = [np.round(points).astype(np.int32)]
            if thick < 0:
                cv2.fillPoly(image, shape, colour, cv2.LINE_AA)
            else:
                cv2.polylines(image, shape, bool(rng.random() < 0.5), colour, thick, cv2.LINE_AA)


def beside(line: NumberLine) -> NumberLine:
    """The larger part of the picture above or below its number, which says no number."""
    height, width = line.levels[0].shape[:2]
    _, y0, _, y1 = line.box
    above = y0 > height - y1
    top, bottom = (0.15 * y0, 0.9 * y0) if above else (y1 + 0.1 * (height - y1), 0.95 * height)
    return NumberLine(line.levels, (0.1 * width, top, 0.9 * width, max(bottom, top + 4)), "")


def partly_covered(
    line: NumberLine, rng: np.random.Generator, cloths: Sequence[Pixels] = ()
) -> NumberLine:
    """The line with an arm or a shirt over the characters at one end, and the text of the rest.

    The box goes round the rest or, as often, round everything. A character of which a third and
    more is seen stays in the text: who leaves it out takes what is left for a whole number.
    """
    x0, y0, x1, y1 = line.box
    height = y1 - y0
    covers_right = bool(rng.random() < 0.5)
    # From the end that stays: so many whole characters, and so much of the next one.
    n_whole, seen = int(rng.integers(1, len(line.text))), float(rng.random())
    n_left = n_whole + (seen >= LEAST_SEEN)
    edges = line.edges if covers_right else line.edges[::-1]
    joint = edges[n_whole] + seen * (edges[n_whole + 1] - edges[n_whole])
    image = line.levels[0].copy()
    lean = rng.normal(0, 0.08) * height
    end = image.shape[1] if covers_right else 0
    corners = [(joint + lean, 0), (end, 0), (end, image.shape[0]), (joint - lean, image.shape[0])]
    _cover(image, corners, cloths, rng)
    text = line.text[:n_left] if covers_right else line.text[-n_left:]
    if rng.random() < 0.5:
        x0, x1 = (x0, joint) if covers_right else (joint, x1)
    return NumberLine.of(image, (x0, y0, x1, y1), text)
