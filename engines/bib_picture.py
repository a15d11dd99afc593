"""Reads pictures of one bib each, as photographers' and timing programs cut them out.

The detector knows bibs on runners, so the picture is laid on a grey ground until the bib is as
large as on a runner's torso. That is done at two scales, and every line found is read in a tight
view and a wide one. Bibs are cut out of pictures that lie on their side, too: one that says nothing
upright is turned.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Final

import cv2
import numpy as np

from engines.consensus import likeliest_bib, mean_probability
from engines.looking import Line, read_lines
from engines.patterns import Patterns
from engines.photo_lines import fitted_box
from engines.picture import RgbPicture
from engines.types import Box, Detector, Finding, Image, Kind, Reader, Reading, View

GROUNDS: Final = ((1.0, 160), (1.5, 192))
"""Width of the grey on every side over the picture's longer side; the network's square input."""

LEAST_SURE_LINE: Final = 0.05
"""Score from which a line counts: in a picture of a bib there is one."""

GREY: Final = 114

LEAST: Final = 0.1
"""Least probability of the text that is told of a picture of a bib; below it there is none."""

SURE: Final = 0.9
"""The same for a turned picture: on its side, anything looks like a digit."""


class BibPictureReader:
    """Reads pictures of bibs. Belongs to the thread that calls it."""

    def __init__(self, detector: Detector, reader: Reader) -> None:
        """Both are closed with this. The detector must take any input size, and keep weak boxes
        (`load_detector` with a least score): where there is a bib for sure, a doubtful line is
        better than none."""
        self._detector = detector
        self._reader = reader

    def read(self, picture: Image) -> tuple[Reading, ...]:
        """What every view of the bib says; nothing where no line of characters was found.

        Raises:
            InferenceError: a network failed.
        """
        found = [line for ground in GROUNDS if (line := self._line(picture, *ground)) is not None]
        shown = RgbPicture(picture)

        def read(lines: Sequence[Line]) -> list[Finding]:
            return read_lines(self._reader, [(shown, line) for line in lines])

        tight = read([Line(line, None) for line in found])
        wide = read([Line(line, None, View.WIDE) for line in found])
        fitted = read([Line(fitted_box(finding), None) for finding in wide])
        told = (finding.reading for finding in (*tight, *wide, *fitted))
        return tuple(reading for reading in told if reading is not None)

    def read_turned(self, picture: Image, patterns: Patterns) -> tuple[str, float]:
        """The bib on a picture that says nothing upright, turned by a quarter either way.

        Args:
            picture: of a bib.
            patterns: of the race's bibs.

        Returns:
            Text and probability, at least `SURE`; the empty text and 0 where it is on no side.

        Raises:
            InferenceError: a network failed.
        """
        turned = (np.ascontiguousarray(np.rot90(picture, quarters)) for quarters in (1, 3))
        told = (likeliest_bib(mean_probability(self.read(one)), patterns) for one in turned)
        return max((one for one in told if one[1] >= SURE), key=itemgetter(1), default=("", 0.0))

    def close(self) -> None:
        """Free detector and reader."""
        self._detector.close()
        self._reader.close()

    def _line(self, picture: Image, grey: float, side: int) -> Box | None:
        """The best number line, pixels of the picture."""
        rim = round(grey * max(picture.shape[:2]))
        laid = cv2.copyMakeBorder(
            picture, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=(GREY,) * 3
        )
        [found] = self._detector.detect([RgbPicture(np.asarray(laid, np.uint8))], (side, side))
        numbers = found.of(Kind.NUMBER)
        if not len(numbers):
            return None
        x0, y0, x1, y1 = (float(side) - rim for side in numbers.boxes[int(numbers.scores.argmax())])
        return x0, y0, x1, y1
