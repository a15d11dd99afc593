"""Reads pictures of one bib each, as photographers' and timing programs cut them out.

The detector knows bibs on runners, so the picture is laid on a grey ground until the bib is as
large as on a runner's torso. That is done at two scales, and every line found is read in a tight
view and a wide one. Bibs are cut out of pictures that lie on their side, too: among pictures of
bibs one that says nothing upright is turned.

Among photos, a picture is one of a bib alone where both grounds show one line that fills it; such
a picture is not turned.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Final

import cv2
import numpy as np

from engines.consensus import likeliest_bib, mean_probability
from engines.legibility import sharpness
from engines.looking import Line, read_lines, widened
from engines.patterns import Patterns
from engines.photo_lines import fitted_box, same_place
from engines.photo_race import PhotoLine, heard
from engines.picture import RgbPicture
from engines.types import (
    Box,
    Detector,
    Finding,
    Image,
    Kind,
    Picture,
    Reader,
    Reading,
    View,
)

GROUNDS: Final = ((1.0, 160), (1.5, 192))
"""Width of the grey on every side over the picture's longer side; the network's square input."""

LEAST_SURE_LINE: Final = 0.05
"""Score from which a line counts: in a picture of a bib there is one."""

GREY: Final = 114

LEAST: Final = 0.1
"""Least probability of the text that is told of a picture of a bib; below it there is none."""

SURE: Final = 0.9
"""The same for a turned picture: on its side, anything looks like a digit."""

FILLS: Final = 0.15
"""Share of a picture's area from which a number line fills it."""

_LAID_PX: Final = 512
"""Longer side of what is laid on the ground, at most: the network sees a third of its input."""


class BibPictureReader:
    """Reads pictures of bibs. Belongs to the thread that calls it."""

    def __init__(self, detector: Detector, reader: Reader) -> None:
        """Both are closed with this. The detector must take any input size, and keep weak boxes
        (`OnnxDetector.keeping`): where there is a bib for sure, a doubtful line is better than
        none."""
        self._detector = detector
        self._reader = reader

    def read(self, image: Image) -> tuple[Reading, ...]:
        """What every view of the bib says; nothing where no line of characters was found.

        Raises:
            InferenceError: a network failed.
        """
        picture = RgbPicture(image)
        lines = [self._line(picture, *ground) for ground in GROUNDS]
        return self._read(picture, [line for line in lines if line is not None])

    def line(self, picture: Picture) -> PhotoLine | None:
        """A picture among photos, read as one of a bib alone.

        Returns:
            What was read, with the whole picture as the sheet; None where it is no such picture,
            or says nothing like a bib.

        Raises:
            InferenceError: a network failed.
        """
        whole = whole_of(picture)
        lines: list[Box] = []
        for ground in GROUNDS:
            line = self._line(picture, *ground)
            if line is None or not _fills(line, whole):
                return None
            lines.append(line)
        if not all(same_place(lines[0], other) for other in lines[1:]):
            return None
        texts, support = heard(self._read(picture, lines))
        if likeliest_bib(texts, Patterns())[1] < LEAST:
            return None
        crisp = sharpness(picture.crop(widened(lines[0], View.TIGHT)))
        return PhotoLine(lines[0], whole, crisp, texts, support)

    def read_turned(self, image: Image, patterns: Patterns) -> tuple[str, float]:
        """The bib on a picture that says nothing upright, turned by a quarter either way.

        Args:
            image: of a bib.
            patterns: of the race's bibs.

        Returns:
            Text and probability, at least `SURE`; the empty text and 0 where it is on no side.

        Raises:
            InferenceError: a network failed.
        """
        turned = (np.ascontiguousarray(np.rot90(image, quarters)) for quarters in (1, 3))
        told = (likeliest_bib(mean_probability(self.read(one)), patterns) for one in turned)
        return max((one for one in told if one[1] >= SURE), key=itemgetter(1), default=("", 0.0))

    def close(self) -> None:
        """Free detector and reader."""
        self._detector.close()
        self._reader.close()

    def _line(self, picture: Picture, grey: float, side: int) -> Box | None:
        """The best number line on a ground, pixels of the picture and inside it."""
        scale = min(1.0, _LAID_PX / max(picture.width, picture.height))
        size = (max(round(whole * scale), 1) for whole in (picture.width, picture.height))
        shown = picture.resized(*size)
        rim = round(grey * max(shown.shape[:2]))
        laid = cv2.copyMakeBorder(shown, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=(GREY,) * 3)
        [found] = self._detector.detect([RgbPicture(np.asarray(laid, np.uint8))], (side, side))
        numbers = found.of(Kind.NUMBER)
        if not len(numbers):
            return None
        best = (numbers.boxes[int(numbers.scores.argmax())] - rim) / scale
        _, _, width, height = whole_of(picture)
        x0, y0, x1, y1 = np.clip(best, 0, [width, height] * 2).tolist()
        return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None

    def _read(self, picture: Picture, found: Sequence[Box]) -> tuple[Reading, ...]:
        """What every view of the lines says."""

        def read(lines: Sequence[Line]) -> list[Finding]:
            return read_lines(self._reader, [(picture, line) for line in lines])

        tight = read([Line(line, None) for line in found])
        wide = read([Line(line, None, View.WIDE) for line in found])
        fitted = read([Line(fitted_box(finding), None) for finding in wide])
        told = (finding.reading for finding in (*tight, *wide, *fitted))
        return tuple(reading for reading in told if reading is not None)


def whole_of(picture: Picture) -> Box:
    """All of a picture."""
    return 0.0, 0.0, float(picture.width), float(picture.height)


def _fills(line: Box, whole: Box) -> bool:
    return (line[2] - line[0]) * (line[3] - line[1]) >= FILLS * whole[2] * whole[3]
