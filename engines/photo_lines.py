"""Where in a photo numbers may be read: lines of the whole photo, and torsos to look at closely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from engines.boxes import holds
from engines.detector import overlaps
from engines.letterbox import LEAST_SIDE, STRIDE
from engines.looking import Line
from engines.types import Box, Detections, Finding, Kind

_SAME_THING: Final = 0.6
"""Overlap from which two boxes of one kind, seen at two sizes, are one thing."""

_SHAPES: Final = (1 / 2, 2 / 3, 3 / 4, 1.0)
"""Short over long side of the network's inputs for photos."""

_SHAPE_SLACK: Final = 0.01
"""Of a shape: 481 x 720 pixels are 2 by 3."""

_PART: Final = 0.7
"""Share of a line that lies in another from which it is a part of it."""

_LARGE: Final = 0.4
"""Of a photo's height: persons from here on may be too large to be seen well in a large input."""

_CLEAR_LINE: Final = 0.4
"""Score of a number line that is certainly one."""

_MOST_OF_WEARER: Final = 0.75
"""Of a person's width: no bib is wider."""

_LEAST_AREA: Final = 1e-6

_USUAL_PITCH: Final = 0.55
_LEAST_PITCH: Final = 0.35
"""Distance of a number's characters over its height: of digits as bibs have them, and of the
narrowest."""


def input_size(width: int, height: int, long_side: int) -> tuple[int, int]:
    """The network's input for a photo: multiples of 32, no side above `long_side`.

    Its shape is the next wider one of `_SHAPES`: the network is compiled once for each. Small
    photos are not enlarged beyond the next multiple, or `LEAST_SIDE`.
    """
    longer, shorter = max(width, height), min(width, height)
    long_px = min(longer, long_side)
    share = next(shape for shape in _SHAPES if shorter <= (shape + _SHAPE_SLACK) * longer)
    long_px, short_px = (
        max(int(np.ceil(round(side, 3) / STRIDE)) * STRIDE, LEAST_SIDE)
        for side in (long_px, share * long_px)
    )
    return (long_px, short_px) if width >= height else (short_px, long_px)


def torso(person: Box) -> Box:
    """The part of a person box where a bib is worn: below the chin to above the knees."""
    x0, y0, x1, y1 = person
    width, height = x1 - x0, y1 - y0
    return x0 - 0.05 * width, y0 + 0.10 * height, x1 + 0.05 * width, y0 + 0.75 * height


def wearer(number: Box, torsos: Sequence[Box]) -> int | None:
    """Which torso wears a number line: of those that hold it, the one whose middle is nearest to
    it in widths of the torso; None where none holds it.

    Who stands behind the wearer has the line in the torso as well, and a bib of one's own.
    """
    middle = (number[0] + number[2]) / 2

    def off(place: int) -> float:
        x0, _, x1, _ = torsos[place]
        return abs(middle - (x0 + x1) / 2) / max(x1 - x0, 1.0)

    held = [place for place, torso in enumerate(torsos) if holds(torso, number)]
    return min(held, key=off, default=None)


def surroundings(bib: Box) -> Box:
    """A bib with half its size on every side: enough for the network to see a torso."""
    x0, y0, x1, y1 = bib
    width, height = x1 - x0, y1 - y0
    return x0 - 0.5 * width, y0 - 0.5 * height, x1 + 0.5 * width, y1 + 0.5 * height


def together(shown: Sequence[Detections]) -> Detections:
    """What one photo showed at several sizes: of two boxes of one kind on each other, that of the
    former."""
    if len(shown) == 1:
        return shown[0]
    boxes, scores, kinds = (
        np.concatenate([getattr(found, name) for found in shown])
        for name in ("boxes", "scores", "kinds")
    )
    kept: list[int] = []
    for number, box in enumerate(boxes):
        alike = [k for k in kept if kinds[k] == kinds[number]]
        if not alike or overlaps(box[None], boxes[alike]).max() <= _SAME_THING:
            kept.append(number)
    return Detections(boxes[kept], scores[kept], kinds[kept])


def large_wear_lines(found: Detections, height: int) -> bool:
    """Whether somebody large was found in a photo so high, and the torsos of all who are show a
    number line, be it a neighbour's: then a smaller input hardly ever shows more."""
    persons = boxes_of(found, Kind.PERSON)
    numbers = found.of(Kind.NUMBER)
    clear = [
        number
        for number, score in zip(boxes_of(found, Kind.NUMBER), numbers.scores, strict=True)
        if score >= _CLEAR_LINE
    ]
    large = [torso(person) for person in persons if person[3] - person[1] >= _LARGE * height]
    return bool(large) and all(any(holds(one, number) for number in clear) for one in large)


def boxes_of(found: Detections, kind: Kind) -> list[Box]:
    """The boxes of one kind."""
    return [(float(a), float(b), float(c), float(d)) for a, b, c, d in found.of(kind).boxes]


def whole_lines(found: Detections) -> list[Line]:
    """Number lines of the whole photo, each with its bib, then bibs without any line."""
    bibs = boxes_of(found, Kind.BIB)
    lines = []
    for number in boxes_of(found, Kind.NUMBER):
        bib = next((b for b in bibs if holds(b, number)), None)
        lines.append(Line(number, bib))
    held = {line.bib for line in lines}
    return lines + [Line(None, bib) for bib in bibs if bib not in held]


def worn_lines(lines: Sequence[Line], persons: Sequence[Box]) -> list[Line]:
    """Lines, and bibs without one, that a person has on: the others are clocks, banners and signs.

    All of them stay that no person of the photo is wide enough to wear: whoever fills the photo
    is cut off at chest and knees, and may not be found.
    """
    widest = max((person[2] - person[0] for person in persons), default=0.0)
    places = ((line, line.bib or line.number) for line in lines)
    return [
        line
        for line, place in places
        if place is not None
        and (
            place[2] - place[0] > _MOST_OF_WEARER * widest
            or any(holds(person, place) for person in persons)
        )
    ]


def distinct_lines(lines: Sequence[Line]) -> list[Line]:
    """Lines with a number box; of two on each other the one found later, at full resolution."""
    kept: list[Line] = []
    for line in reversed([line for line in lines if line.number is not None]):
        if not any(same_place(line.number, other.number) for other in kept):
            kept.append(line)
    return kept


def fitted_box(wide: Finding) -> Box | None:
    """The number line as wide as the characters that its wide view showed; None where it showed
    none.

    Detected boxes cut characters off or take a bib's edge with them; the places of the characters
    tell better where the line ends.
    """
    if wide.number is None or not wide.centres:
        return None
    _, top, _, bottom = wide.number
    height = bottom - top
    first, last = wide.centres[0], wide.centres[-1]
    apart = len(wide.centres) - 1
    pitch = (last - first) / apart if apart else _USUAL_PITCH * height
    half = 0.5 * min(max(pitch, _LEAST_PITCH * height), height)
    return first - half, top, last + half, bottom


def height_of(line: Line) -> float:
    """Height of a line's number, pixels; 0 without one."""
    return line.number[3] - line.number[1] if line.number is not None else 0.0


def same_place(number: Box | None, other: Box | None) -> bool:
    """Whether two number lines lie on each other by more than half."""
    if number is None or other is None:
        return False
    shared = _shared_area(number, other)
    return shared > 0.5 * (_area(number) + _area(other) - shared)


def on_each_other(number: Box, other: Box) -> bool:
    """Whether two number lines are one, or one a part of the other: half a bib in a box that ends
    in it."""
    smaller = max(min(_area(number), _area(other)), _LEAST_AREA)
    return same_place(number, other) or _shared_area(number, other) > _PART * smaller


def _shared_area(box: Box, other: Box) -> float:
    wide = min(box[2], other[2]) - max(box[0], other[0])
    high = min(box[3], other[3]) - max(box[1], other[1])
    return max(wide, 0.0) * max(high, 0.0)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
