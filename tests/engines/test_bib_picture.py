from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from engines.bib_picture import GREY, BibPictureReader
from engines.picture import RgbPicture
from engines.types import Detections, Image, Kind, Picture, Reading
from tests.engines.tiny_models import FakeDetector, FakeReader, Row, detections, reading

WIDTH, HEIGHT = 80, 40
Y, X = np.mgrid[:HEIGHT, :WIDTH]
PICTURE: Image = np.stack([X, Y, np.full_like(X, 200)], axis=2).astype(np.uint8)
"""Every pixel says where it is."""

SMALL_RIM, LARGE_RIM = 80, 120
NONE = detections([])


def at(x0: float, y0: float, x1: float, y1: float, rim: int, score: float = 0.5) -> Row:
    """A number line of the picture as it is seen on the ground."""
    return (x0 + rim, y0 + rim, x1 + rim, y1 + rim, score, Kind.NUMBER)


class SeeingReader(FakeReader):
    """Remembers which part of the picture each crop was."""

    def __init__(self, answers: Sequence[Reading]) -> None:
        super().__init__(answers)
        self.parts: list[tuple[int, int, int, int]] = []

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        for crop in crops:
            (x0, y0), (x1, y1) = crop[0, 0, :2].tolist(), crop[-1, -1, :2].tolist()
            self.parts.append((x0, y0, x1 + 1, y1 + 1))
        return super().read(crops)


class SeeingDetector(FakeDetector):
    """Remembers the pictures."""

    def __init__(self, answers: Sequence[Detections]) -> None:
        super().__init__(answers)
        self.shown: list[Image] = []

    def detect(
        self, pictures: Sequence[Picture], size: tuple[int, int] | None = None
    ) -> list[Detections]:
        self.shown += [p.resized(p.width, p.height) for p in pictures]
        return super().detect(pictures, size)


SEEN_SMALL = [at(20, 10, 60, 30, SMALL_RIM)]
SEEN_LARGE = [at(22, 12, 58, 22, LARGE_RIM)]
OTHER_KINDS: list[Row] = [(80, 80, 160, 120, 0.99, Kind.BIB), (0, 0, 240, 200, 0.9, Kind.PERSON)]


@pytest.mark.parametrize(
    ("situation", "small", "large", "parts"),
    [
        ("nothing found", [], [], []),
        ("no number line", OTHER_KINDS, OTHER_KINDS, []),
        ("at both scales, each in both views", SEEN_SMALL, SEEN_LARGE,
         [(18, 8, 62, 32), (21, 11, 59, 23), (10, 8, 70, 32), (17, 11, 63, 23)]),
        ("at the first only", SEEN_SMALL, [], [(18, 8, 62, 32), (10, 8, 70, 32)]),
        ("at the second only", [], SEEN_LARGE, [(21, 11, 59, 23), (17, 11, 63, 23)]),
        ("the best of several", [at(0, 0, 30, 10, SMALL_RIM, 0.2), *OTHER_KINDS,
                                 at(20, 10, 60, 30, SMALL_RIM, 0.3)], [],
         [(18, 8, 62, 32), (10, 8, 70, 32)]),
        ("reaching outside the picture", [at(-5, 10, 90, 30, SMALL_RIM)], [],
         [(0, 8, 80, 32), (0, 8, 80, 32)]),
    ],
)  # fmt: skip
def test_lines_are_read_in_the_picture(
    situation: str,
    small: Sequence[Row],
    large: Sequence[Row],
    parts: list[tuple[int, int, int, int]],
) -> None:
    detector = FakeDetector([detections(small), detections(large)])
    texts = [str(place) for place in range(len(parts))]
    reader = SeeingReader([reading(text) for text in texts])
    found = BibPictureReader(detector, reader).read(PICTURE)
    assert reader.parts == parts, situation
    assert [one.text for one in found] == texts, situation


def test_a_line_is_read_once_more_as_wide_as_its_characters() -> None:
    detector = FakeDetector([detections(SEEN_SMALL), NONE])
    # Two characters at columns 25 and 40: the wide view begins at column 10 and is 60 wide.
    wide = dataclasses.replace(reading("81"), places=(0.25, 0.5))
    reader = SeeingReader([reading("1"), wide, reading("815")])
    found = BibPictureReader(detector, reader).read(PICTURE)
    assert [one.text for one in found] == ["1", "81", "815"]
    assert reader.parts[2] == (15, 8, 50, 32)


def test_the_picture_lies_in_the_middle_of_a_grey_ground() -> None:
    detector = SeeingDetector([NONE, NONE])
    assert BibPictureReader(detector, FakeReader([])).read(PICTURE) == ()
    assert detector.seen == [(240, 200), (320, 280)]
    assert detector.sizes == [(160, 160), (192, 192)]
    for image, rim in zip(detector.shown, (SMALL_RIM, LARGE_RIM), strict=True):
        expected = np.full(image.shape, GREY, np.uint8)
        expected[rim : rim + HEIGHT, rim : rim + WIDTH] = PICTURE
        assert (image == expected).all()


def test_a_large_picture_is_laid_on_the_ground_smaller() -> None:
    large = np.repeat(np.repeat(PICTURE, 20, axis=0), 20, axis=1)
    # It lies there 512 pixels wide, a third of what it has: the line is as much farther in.
    small_rim, large_rim = 512, 768
    line = 96, 32, 160, 64
    shown = [detections([at(*line, rim)]) for rim in (small_rim, large_rim)]
    detector = SeeingDetector(shown)
    reader = FakeReader([sure("7")] * 4)
    assert len(BibPictureReader(detector, reader).read(large)) == 4
    assert detector.seen == [(3 * 512, 2 * 512 + 256), (4 * 512, 3 * 512 + 256)]
    assert reader.seen == [(220, 120)] * 2 + [(300, 120)] * 2


def sure(text: str) -> Reading:
    return reading(text, 0.9999)


@pytest.mark.parametrize(
    ("situation", "small", "large", "text"),
    [
        ("a line fills it on both grounds", SEEN_SMALL, [at(20, 10, 60, 30, LARGE_RIM)], "431"),
        ("just so", SEEN_SMALL, [at(20, 10, 60, 22, LARGE_RIM)], "431"),
        ("on one of them it is too low", SEEN_SMALL, [at(20, 10, 60, 21, LARGE_RIM)], None),
        ("on one of them most of it is outside",
         SEEN_SMALL, [at(-60, 10, 18, 30, LARGE_RIM)], None),
        ("on one of them all of it is outside", SEEN_SMALL, [at(-90, 10, -9, 30, LARGE_RIM)], None),
        ("they show two lines", SEEN_SMALL, [at(0, 0, 39, 20, LARGE_RIM)], None),
        ("on one of them there is none", SEEN_SMALL, [], None),
        ("there is none", [], [], None),
    ],
)  # fmt: skip
def test_a_picture_among_photos_is_of_a_bib_alone(
    situation: str, small: Sequence[Row], large: Sequence[Row], text: str | None
) -> None:
    reader = FakeReader([sure("431")] * 4)
    bibs = BibPictureReader(FakeDetector([detections(small), detections(large)]), reader)
    line = bibs.line(RgbPicture(PICTURE))
    if text is None:
        assert line is None, situation
        assert not reader.seen, situation
        return
    assert line is not None, situation
    assert ((*line.texts,), line.support) == ((text,), {text: 4}), situation
    assert (line.number, line.sheet) == ((20, 10, 60, 30), (0, 0, WIDTH, HEIGHT)), situation


def test_a_word_that_fills_a_picture_is_no_bib() -> None:
    shown = [detections([at(20, 10, 60, 30, rim)]) for rim in (SMALL_RIM, LARGE_RIM)]
    reader = FakeReader([sure("RUNNING")] * 4)
    assert BibPictureReader(FakeDetector(shown), reader).line(RgbPicture(PICTURE)) is None
    assert not reader.answers


def test_lines_lie_in_the_picture() -> None:
    shown = [detections([at(-9, -5, 90, 30, rim)]) for rim in (SMALL_RIM, LARGE_RIM)]
    line = BibPictureReader(FakeDetector(shown), FakeReader([sure("431")] * 4)).line(
        RgbPicture(PICTURE)
    )
    assert line is not None
    assert line.number == (0, 0, WIDTH, 30)


def test_everything_is_closed() -> None:
    detector, reader = FakeDetector([]), FakeReader([])
    BibPictureReader(detector, reader).close()
    assert detector.closed and reader.closed
