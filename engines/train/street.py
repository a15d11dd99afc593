"""Draws cars with number plates, fences and boards: counterexamples beside every course.

A plate is a light sheet with one line of characters, which is nearly what a bib is; a headlight and
a windscreen make faces and torsos for a network that has seen none. Neither carries a box.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.simulate.bib_style import FONTS
from engines.train.drawing import (
    Mask,
    Pixels,
    Rgb,
    lay,
    place,
    print_mask,
    random_colour,
    random_words,
    stamp,
    tall,
    write,
)

Spot = NDArray[np.float64]
"""x, y in pixels."""

_PLATE_GROUNDS: Final[tuple[Rgb, ...]] = ((245, 245, 240), (235, 235, 230), (250, 205, 50))
_GLASS: Final[Rgb] = (50, 62, 74)
_TYRE: Final[Rgb] = (28, 28, 30)


def draw_car(canvas: Pixels, covered: Mask, rng: np.random.Generator) -> None:
    """A parked car, from the front, the rear or the side, somewhere on the canvas (changed).

    Args:
        canvas: RGB [height, width, 3].
        covered: uint8 [height, width]; becomes 255 where the car hides the scene.
        rng: source of every choice.
    """
    from_side = rng.random() < 0.35
    aspect = float(rng.uniform(2.3, 2.9) if from_side else rng.uniform(1.1, 1.4))
    x0, y0, x1, y1 = place(canvas, 0.8 * tall(canvas, rng), aspect, rng)
    if y1 - y0 < 8:
        return
    car = _Car(canvas, covered, (x0, y0, x1, y1))
    (_draw_side if from_side else _draw_end)(car, random_colour(rng), rng)


class _Car:
    """Draws in shares of a box: 0, 0 its upper left corner, 1, 1 its lower right one."""

    def __init__(self, canvas: Pixels, covered: Mask, box: tuple[int, int, int, int]) -> None:
        self.canvas, self.covered, self.box = canvas, covered, box

    def area(self, corners: Sequence[tuple[float, float]], colour: Rgb) -> None:
        """Fills a polygon."""
        shape = np.round([self.at(*corner) for corner in corners]).astype(np.int32)
        cv2.fillPoly(self.canvas, [shape], colour, cv2.LINE_AA)
        cv2.fillPoly(self.covered, [shape], 255)

    def bar(self, x0: float, y0: float, x1: float, y1: float, colour: Rgb) -> None:
        """Fills an upright rectangle."""
        self.area([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour)

    def disc(self, x: float, y: float, radius: float, colour: Rgb) -> None:
        """Fills a circle; the radius is a share of the height."""
        middle = self.at(x, y)
        size = max(1, round(radius * (self.box[3] - self.box[1])))
        centre = (round(middle[0]), round(middle[1]))
        cv2.circle(self.canvas, centre, size, colour, -1, cv2.LINE_AA)
        cv2.circle(self.covered, centre, size, 255, -1)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Pixels of the canvas."""
        x0, y0, x1, y1 = self.box
        return x0 + x * (x1 - x0), y0 + y * (y1 - y0)


def _draw_end(car: _Car, paint: Rgb, rng: np.random.Generator) -> None:
    """The front or the rear, with its plate."""
    dark = _shaded(paint, 0.6)
    for x in (0.06, 0.78):
        car.bar(x, 0.8, x + 0.16, 1.0, _TYRE)
    roof = rng.uniform(0.16, 0.26)
    car.area([(roof, 0.0), (1 - roof, 0.0), (0.93, 0.44), (0.07, 0.44)], paint)
    glass = [(roof + 0.03, 0.06), (0.97 - roof, 0.06), (0.86, 0.4), (0.14, 0.4)]
    car.area(glass, _shaded(_GLASS, rng.uniform(0.6, 2.0)))
    car.area([(0.04, 0.42), (0.96, 0.42), (1.0, 0.6), (1.0, 0.9), (0.0, 0.9), (0.0, 0.6)], paint)
    car.bar(0.02, 0.78, 0.98, 0.9, dark)
    is_front = rng.random() < 0.5
    lamp: Rgb = (235, 235, 225) if is_front else (170, 25, 25)
    for x in (0.12, 0.88):
        if rng.random() < 0.5:
            car.disc(x, 0.57, 0.07, lamp)
        else:
            car.bar(x - 0.08, 0.51, x + 0.08, 0.62, lamp)
    if is_front:
        car.bar(0.3, 0.53, 0.7, 0.64, _shaded(dark, 0.6))
    y = rng.uniform(0.66, 0.78)
    _plate(car, (0.5, float(y)), float(rng.uniform(0.24, 0.36)), rng)


def _draw_side(car: _Car, paint: Rgb, rng: np.random.Generator) -> None:
    """One side; support cars carry a number or a word on the door."""
    nose, roof = rng.uniform(0.0, 0.1), rng.uniform(0.24, 0.36)
    outline = [
        (0.0, 0.5), (0.16, 0.44), (roof, 0.05), (0.78, 0.05), (0.95, 0.44), (1.0, 0.55),
        (1.0, 0.82), (0.0, 0.82), (0.0, 0.5 + nose),
    ]  # fmt: skip
    car.area(outline, paint)
    glass = _shaded(_GLASS, rng.uniform(0.6, 2.0))
    car.area([(0.22, 0.42), (roof + 0.02, 0.12), (0.53, 0.12), (0.53, 0.42)], glass)
    car.area([(0.56, 0.42), (0.56, 0.12), (0.76, 0.12), (0.87, 0.42)], glass)
    car.bar(0.54, 0.42, 0.55, 0.8, _shaded(paint, 0.7))
    for x in (0.2, 0.8):
        car.disc(x, 0.82, 0.18, _TYRE)
        car.disc(x, 0.82, 0.1, (150, 150, 155))
    if rng.random() < 0.5:
        (left, top), (right, bottom) = car.at(0.3, 0.48), car.at(0.7, 0.72)
        _print_into(car.canvas, (left, top, right, bottom), random_words(rng), rng)


def _plate(car: _Car, middle: tuple[float, float], width: float, rng: np.random.Generator) -> None:
    """A number plate: letters and digits on a light sheet, sometimes with a coloured end."""
    left, _ = car.at(middle[0] - width / 2, 0)
    right, y = car.at(middle[0] + width / 2, middle[1])
    height = (right - left) / rng.uniform(2.2, 4.8)
    ground = _PLATE_GROUNDS[int(rng.integers(len(_PLATE_GROUNDS)))]
    corners = round(left), round(y - height / 2), round(right), round(y + height / 2)
    cv2.rectangle(car.canvas, corners[:2], corners[2:], ground, -1)
    if rng.random() < 0.5:
        end = round(left + 0.1 * (right - left))
        cv2.rectangle(car.canvas, corners[:2], (end, corners[3]), (20, 50, 150), -1)
        left = end
    box = left + 0.05 * height, y - 0.4 * height, right - 0.05 * height, y + 0.4 * height
    _print_into(car.canvas, box, _plate_text(rng), rng, (20, 20, 25))


def _plate_text(rng: np.random.Generator) -> str:
    """Two to eight letters and digits in groups, or digits alone."""
    letters = list("ABCDEFGHJKLMNPRSTUVWXYZ")
    digits = "".join(str(d) for d in rng.integers(0, 10, int(rng.integers(2, 5))))
    shape = rng.random()
    if shape < 0.2:
        return digits
    head = "".join(rng.choice(letters, int(rng.integers(1, 4))))
    tail = "".join(rng.choice(letters, int(rng.integers(1, 3))))
    return f"{head} {digits}" if shape < 0.5 else f"{head}-{digits} {tail}"


def _print_into(
    canvas: Pixels,
    box: tuple[float, float, float, float],
    text: str,
    rng: np.random.Generator,
    colour: Rgb | None = None,
) -> None:
    """Prints one line into the middle of a box of the canvas; nothing under 3 pixels."""
    x0, y0, x1, y1 = box
    if x1 - x0 < 3 or y1 - y0 < 3:
        return
    ink = print_mask(text, FONTS[int(rng.integers(len(FONTS)))], int(x1 - x0), int(y1 - y0))
    at = round((x0 + x1 - ink.shape[1]) / 2), round((y0 + y1 - ink.shape[0]) / 2)
    stamp(canvas, ink, at, colour or random_colour(rng))


def draw_fence(canvas: Pixels, covered: Mask, rng: np.random.Generator) -> None:
    """A crowd barrier, a mesh or a picket fence across part of the canvas, or banners on one.

    Who stands behind bars can still be seen and keeps their box: `covered` has the bars alone.

    Args:
        canvas: RGB [height, width, 3], changed.
        covered: uint8 [height, width]; becomes 255 where the fence hides the scene.
        rng: source of every choice.
    """
    height = 0.6 * tall(canvas, rng)
    x0, y0, x1, y1 = place(canvas, height, float(rng.uniform(2.0, 9.0)), rng)
    if y1 - y0 < 6:
        return
    bars = _bars((y1 - y0, x1 - x0), rng)
    patch = np.full((y1 - y0, x1 - x0, 3), random_colour(rng), np.uint8)
    stamp(canvas, bars, (x0, y0), (int(patch[0, 0, 0]), int(patch[0, 0, 1]), int(patch[0, 0, 2])))
    ground = np.zeros((*covered.shape, 3), np.uint8)
    stamp(ground, bars, (x0, y0), (255, 255, 255))
    np.maximum(covered, ground[..., 0], out=covered)
    if rng.random() < 0.35:
        _banner(canvas, covered, (x0, y0, x1, y1), rng)


def _bars(size: tuple[int, int], rng: np.random.Generator) -> Mask:
    """What of a fence of this height and width is there: uint8 [h, w], 255 is bar."""
    height, width = size
    bars = np.zeros(size, np.uint8)
    thick = max(1, round(height * rng.uniform(0.015, 0.05)))
    gap = max(3 * thick + 1, round(height * rng.uniform(0.09, 0.2)))
    kind = rng.random()
    if kind < 0.6:
        for x in range(0, width, gap):
            cv2.line(bars, (x, 0), (x, round(0.9 * height)), 255, thick)
    elif kind < 0.8:
        for x in range(-height, width, gap):
            cv2.line(bars, (x, height), (x + height, 0), 255, max(1, thick // 2))
            cv2.line(bars, (x, 0), (x + height, height), 255, max(1, thick // 2))
    else:
        for x in range(0, width, gap):
            cv2.rectangle(bars, (x, 0), (x + round(0.6 * gap), height), 255, -1)
    rail = max(1, round(1.6 * thick))
    for y in (rail // 2, round(0.88 * height)):
        cv2.line(bars, (0, y), (width, y), 255, rail)
    # Panels stand on feet, about two and a half heights apart.
    for x in range(0, width, max(1, round(2.4 * height))):
        cv2.line(bars, (x, 0), (x, height), 255, 2 * rail)
    return bars


def _banner(
    canvas: Pixels, covered: Mask, box: tuple[int, int, int, int], rng: np.random.Generator
) -> None:
    """Cloths with print on part of a fence, the same one again and again."""
    x0, y0, x1, y1 = box
    height = round(0.8 * (y1 - y0))
    width = max(3, round(height * rng.uniform(1.2, 3.5)))
    if height < 4:
        return
    cloth = np.full((height, width, 3), random_colour(rng), np.uint8)
    write(cloth, rng)
    for left in range(x0, x1 - width + 1, width + int(rng.integers(0, max(2, width // 2)))):
        lay(canvas, covered, cloth, (left, y0 + round(0.05 * (y1 - y0))))


def draw_barrier(canvas: Pixels, covered: Mask, rng: np.random.Generator) -> None:
    """A row of boards along the road, in a few colours, smaller and smaller with the distance.

    Its far end is upright, narrow and bright, as a runner far away is.

    Args:
        canvas: RGB [height, width, 3], changed.
        covered: uint8 [height, width]; becomes 255 where the row hides the scene.
        rng: source of every choice.
    """
    height = 0.5 * tall(canvas, rng)
    left, top, _right, bottom = place(canvas, height, 0.05, rng)
    near = np.array([[left, top], [left, bottom]], np.float64)
    away = rng.uniform(0.2, 0.9) * canvas.shape[1] * rng.choice([-1, 1])
    vanishing = np.array([left + away, top - height * rng.uniform(-0.3, 2.5)])
    colours = [random_colour(rng) for _ in range(int(rng.integers(1, 5)))]
    n_boards = int(rng.integers(4, 20))
    distances = np.linspace(1, rng.uniform(1.5, 7), n_boards + 1)
    ends = [vanishing + (near - vanishing) / distance for distance in distances]
    has_band, has_seams = rng.random() < 0.4, rng.random() < 0.6
    # The nearer ones last: they hide the others where the row is seen nearly from its end.
    for k in reversed(range(n_boards)):
        colour = colours[int(rng.integers(len(colours)))]
        (a, d), (b, c) = ends[k], ends[k + 1]
        _fill(canvas, [a, b, c, d], colour)
        _fill(covered, [a, b, c, d], 255)
        if has_band:
            inner = [a + 0.4 * (d - a), b + 0.4 * (c - b), b + 0.6 * (c - b), a + 0.6 * (d - a)]
            _fill(canvas, inner, _shaded(colour, 1.6))
        if has_seams:
            (x0, y0), (x1, y1) = a.round().astype(int).tolist(), d.round().astype(int).tolist()
            cv2.line(canvas, (x0, y0), (x1, y1), _shaded(colour, 0.4), 1, cv2.LINE_AA)


def _fill(canvas: Pixels, corners: Sequence[Spot], colour: Rgb | int) -> None:
    shape = np.round(np.array(corners)).astype(np.int32)
    shade = colour if isinstance(colour, tuple) else (colour,)
    cv2.fillPoly(canvas, [shape], shade, cv2.LINE_AA if isinstance(colour, tuple) else cv2.LINE_8)


def _shaded(colour: Rgb, share: float) -> Rgb:
    """A colour times a share, up to white."""
    red, green, blue = (min(255, round(part * share)) for part in colour)
    return red, green, blue
