"""What the engines take and return: pictures in, columns of boxes and readings out.

This file names the ports (`Picture`, `Detector`, `Reader`) and the values that
cross them. It imports numpy and nothing else, so the race core may use it.

Boxes are always ``x0, y0, x1, y1`` in pixels, float32, origin at the top left of
the picture, the right and lower edges exclusive. Images are RGB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A colour image: uint8 ``[height, width, 3]``, RGB."""

Floats = NDArray[np.float32]
"""An array of float32; the shape is said where it is used."""

Bytes = NDArray[np.uint8]
"""An array of bytes; the shape is said where it is used."""

Box = tuple[float, float, float, float]
"""One box, ``x0, y0, x1, y1`` in pixels."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
"""Every character that a bib can carry.

Column ``i + 1`` of a reading is ``ALPHABET[i]``; column 0 is the CTC blank.
"""


class Kind(IntEnum):
    """What the detector finds; the value is the class id in the model's output."""

    PERSON = 0
    BIB = 1
    FACE = 2
    NUMBER = 3


class Picture(Protocol):
    """Pixels of one frame in whatever layout the source delivers them.

    Conversion to RGB happens only for what is asked: a small image for the
    detector, crops at full resolution for the reader.
    """

    @property
    def width(self) -> int:
        """Width in pixels."""

    @property
    def height(self) -> int:
        """Height in pixels."""

    def resized(self, width: int, height: int) -> Image:
        """The whole picture, shrunk or enlarged to ``[height, width, 3]`` RGB."""

    def crop(self, box: Box) -> Image:
        """A copy of the part inside `box` at full resolution, RGB.

        The box is clipped to the picture; a box that lies outside gives at least one pixel.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """What was found in one picture, as columns of the same length N.

    Attributes:
        boxes: float32 ``[N, 4]``, pixels of the full picture.
        scores: float32 ``[N]``, 0..1.
        kinds: int8 ``[N]``, values of `Kind`.
    """

    boxes: Floats
    scores: Floats
    kinds: NDArray[np.int8]

    def __post_init__(self) -> None:
        n = len(self.scores)
        if self.boxes.shape != (n, 4) or self.scores.shape != (n,) or self.kinds.shape != (n,):
            raise ValueError(
                f"detections need boxes [N, 4], scores [N] and kinds [N]; "
                f"got {self.boxes.shape}, {self.scores.shape} and {self.kinds.shape}"
            )

    def __len__(self) -> int:
        return len(self.scores)

    @staticmethod
    def empty() -> Detections:
        """Nothing found."""
        return Detections(
            np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int8)
        )

    def of(self, kind: Kind) -> Detections:
        """Only the rows of one kind, in their order."""
        rows = self.kinds == kind
        return Detections(self.boxes[rows], self.scores[rows], self.kinds[rows])


class View(StrEnum):
    """How much round a number line the reader is shown."""

    TIGHT = "tight"
    """The line and next to nothing else."""
    WIDE = "wide"
    """Room for another character on either side: it shows what a box cut off."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the reader saw in one crop.

    Attributes:
        text: greedy CTC decode over `ALPHABET`; empty when nothing was read.
        scores: probability of each character of `text`, 0..1, same length as `text`.
        log_probs: float32 ``[T, 1 + len(ALPHABET)]``, natural logarithms per step, blank in
            column 0, renormalised over blank and alphabet so that every row sums to one.
        places: where in the crop each character of `text` was seen, 0 its left edge .. 1 its
            right edge, or empty where the reader does not tell.
    """

    text: str
    scores: tuple[float, ...]
    log_probs: Floats
    places: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.log_probs.ndim != 2 or self.log_probs.shape[1] != len(ALPHABET) + 1:
            raise ValueError(
                f"a reading needs log_probs [T, {len(ALPHABET) + 1}]; got {self.log_probs.shape}"
            )
        if len(self.scores) != len(self.text):
            raise ValueError(
                f"a reading needs one score per character; got {len(self.scores)} for {self.text!r}"
            )
        if self.places and len(self.places) != len(self.text):
            raise ValueError(
                f"a reading needs one place per character; got {len(self.places)} for {self.text!r}"
            )

    @property
    def score(self) -> float:
        """Mean character score, 0 when nothing was read."""
        return sum(self.scores) / len(self.scores) if self.scores else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """What came of looking at one region for a bib. Boxes are pixels of the full picture.

    Attributes:
        number: the number line that was read; None where none was found.
        bib: the bib round it, where one was found.
        reading: the reader's answer; None where there was no number line.
        sharpness: 0..1, see `engines.legibility`; 1 is crisp.
        centres: where each character of the reading was seen, x of its centre, ascending; empty
            where the reader does not tell.
        second: what another reader answers to the same crop; None where none was asked.
    """

    number: Box | None
    bib: Box | None
    reading: Reading | None
    sharpness: float
    centres: tuple[float, ...] = ()
    second: Reading | None = None


class Detector(Protocol):
    """Finds persons, bibs, faces and number lines."""

    def detect(
        self, pictures: Sequence[Picture], size: tuple[int, int] | None = None
    ) -> list[Detections]:
        """One `Detections` per picture, boxes in that picture's own pixels.

        `size` is the network's input ``(width, height)``, multiples of 32; None takes the
        manifest's (640x384), turned for pictures higher than wide. Pictures of one input size
        that are given together are run as one batch.
        """

    def close(self) -> None:
        """Free the session."""


class Reader(Protocol):
    """Reads the line of characters in tight crops."""

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        """One `Reading` per crop, in order."""

    def close(self) -> None:
        """Free the session."""
