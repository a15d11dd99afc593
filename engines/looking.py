"""The two ways of looking at a runner's bib: at a number line, or at a torso for one.

The detector sees whole frames small, so far bibs escape it. A torso cut from the full picture
and shown to the same network at a small input brings them back; the reader then sees the number
line at full resolution. It must be the line: PP-OCR reads 98 % of tight number boxes and half of
whole-bib crops.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from engines.legibility import sharpness
from engines.picture import RgbPicture
from engines.types import (
    Box,
    Detections,
    Detector,
    Finding,
    Kind,
    Picture,
    Reader,
    Reading,
    View,
)

MARGIN_ACROSS: Final = {View.TIGHT: 0.1, View.WIDE: 0.5}
MARGIN_ALONG: Final = 0.1
"""Shares of a number box's height added left and right, and above and below.

Detected boxes cut into characters, and a box that does so does it in frame after frame. Either
view alone reads as many lines as the other; what both read is right more often.
"""

BAND_TOP: Final = 0.18
BAND_BOTTOM: Final = 0.12
"""Shares of a bib above and below its number line: where no line was found, the rest is read."""


@dataclass(frozen=True, slots=True)
class Line:
    """A number line to read and the bib round it, pixels of the full picture; None = not found."""

    number: Box | None
    bib: Box | None
    view: View = View.TIGHT


class Looker:
    """Looks with a detector and a reader. Belongs to the thread that calls it, and so do they."""

    def __init__(
        self,
        detector: Detector,
        reader: Reader,
        torso_size: tuple[int, int],
        second: Reader | None = None,
    ) -> None:
        """
        Args:
            detector: for torsos.
            reader: of number lines.
            torso_size: the network's input for torsos, (width, height), multiples of 32.
            second: is shown every line, too; see `Finding.second`.
        """
        self._detector = detector
        self._reader = reader
        self._torso_size = torso_size
        self._second = second

    def look_at_numbers(
        self, picture: Picture, numbers: Sequence[Box], views: Sequence[View]
    ) -> list[Finding]:
        """Reads number lines: one finding per box, in order; `Finding.bib` stays None."""
        both = zip(numbers, views, strict=True)
        return self.read_lines([(picture, Line(number, None, view)) for number, view in both])

    def look_at_torsos(
        self, picture: Picture, torsos: Sequence[Box], views: Sequence[View]
    ) -> list[Finding]:
        """Finds the bib and its number line in each torso and reads it.

        Where only a bib is found its middle band is read. Where neither is, the finding is
        empty, and so it says that nothing was there to read.

        Args:
            picture: the full picture.
            torsos: boxes of upper bodies, pixels of the picture.
            views: how to read the line of each.

        Returns:
            One finding per torso, in order, boxes in pixels of the picture.
        """
        both = zip(self.find_lines([(picture, torso) for torso in torsos]), views, strict=True)
        return self.read_lines([(picture, replace(line, view=view)) for line, view in both])

    def find_lines(self, torsos: Sequence[tuple[Picture, Box]]) -> list[Line]:
        """The first half of `look_at_torsos`, in any pictures: one line per torso, in order, boxes
        in pixels of its picture, nothing read yet."""
        cuts = [RgbPicture(picture.crop(torso)) for picture, torso in torsos]
        found = self._detector.detect(cuts, self._torso_size) if cuts else []
        return [best_line(d, torso) for d, (_, torso) in zip(found, torsos, strict=True)]

    def read_lines(
        self, lines: Sequence[tuple[Picture, Line]], *, with_sharpness: bool = True
    ) -> list[Finding]:
        """The second half: reads what was found, see `read_lines`."""
        return read_lines(self._reader, lines, with_sharpness=with_sharpness, second=self._second)

    def close(self) -> None:
        """Free detector and reader."""
        self._detector.close()
        self._reader.close()
        if self._second is not None:
            self._second.close()


def read_lines(
    reader: Reader,
    lines: Sequence[tuple[Picture, Line]],
    *,
    with_sharpness: bool = True,
    second: Reader | None = None,
) -> list[Finding]:
    """Reads number lines of any pictures: one finding per line, in order; empty where a line has
    no number. `Finding.sharpness` takes as long as a quick reader, and is 0 where nobody asks."""
    shown = [
        (picture, widened(line.number, line.view))
        for picture, line in lines
        if line.number is not None
    ]
    crops = [picture.crop(box) for picture, box in shown]
    again: Sequence[Reading | None] = [None] * len(crops)
    if second is not None:
        again = second.read(crops)
    readings = iter(zip(reader.read(crops), again, crops, shown, strict=True))
    findings = []
    for _, line in lines:
        if line.number is None:
            findings.append(Finding(None, line.bib, None, 0.0))
            continue
        reading, other, crop, (_, box) = next(readings)
        left = _first_column(box)
        centres = tuple(left + place * crop.shape[1] for place in reading.places)
        crisp = sharpness(crop) if with_sharpness else 0.0
        findings.append(Finding(line.number, line.bib, reading, crisp, centres, other))
    return findings


def best_line(found: Detections, torso: Box) -> Line:
    """The number line and bib of one torso, in pixels of the full picture.

    The best bib decides, with the best number whose centre it holds; a number without any bib
    counts too. A runner wears one bib: a second one is another runner's.
    """
    corner = (_first_column(torso), max(float(np.floor(torso[1])), 0.0))
    bibs, numbers = found.of(Kind.BIB), found.of(Kind.NUMBER)
    if not len(bibs):
        return Line(_moved(_best(numbers), corner) if len(numbers) else None, None)
    bib = _best(bibs)
    centres = (numbers.boxes[:, :2] + numbers.boxes[:, 2:]) / 2
    inside = ((centres >= bib[:2]) & (centres <= bib[2:])).all(axis=1)
    within = Detections(numbers.boxes[inside], numbers.scores[inside], numbers.kinds[inside])
    line = _best(within) if len(within) else middle_band(bib)
    return Line(_moved(line, corner), _moved(bib, corner))


def middle_band(bib: Box) -> Box:
    """Where most bibs carry their number: between sponsor above and name below."""
    x0, y0, x1, y1 = bib
    height = y1 - y0
    return x0, y0 + BAND_TOP * height, x1, y1 - BAND_BOTTOM * height


def widened(number: Box, view: View) -> Box:
    """A number box with the margin of a view; may reach outside the picture."""
    x0, y0, x1, y1 = number
    across, along = MARGIN_ACROSS[view] * (y1 - y0), MARGIN_ALONG * (y1 - y0)
    return x0 - across, y0 - along, x1 + across, y1 + along


def _first_column(box: Box) -> float:
    """Where a crop begins: at whole pixels inside the picture, see `engines.picture.pixel_box`."""
    return max(float(np.floor(box[0])), 0.0)


def _best(found: Detections) -> Box:
    x0, y0, x1, y1 = (float(side) for side in found.boxes[int(found.scores.argmax())])
    return x0, y0, x1, y1


def _moved(box: Box, corner: tuple[float, float]) -> Box:
    x, y = corner
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y
