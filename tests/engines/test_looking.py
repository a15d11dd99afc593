from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from engines.looking import Looker, best_line, middle_band, widened
from engines.picture import RgbPicture
from engines.types import Box, Kind, View
from tests.engines.tiny_models import FakeDetector, FakeReader, Row, detections, reading

BIB: Row = (20, 40, 80, 90, 0.6, Kind.BIB)
NUMBER: Row = (30, 50, 70, 70, 0.5, Kind.NUMBER)
PICTURE = RgbPicture(np.random.default_rng(0).integers(0, 255, (400, 600, 3), dtype=np.uint8))


@pytest.mark.parametrize(
    ("rows", "number", "bib"),
    [
        ([], None, None),
        ([(0, 0, 90, 99, 0.9, Kind.PERSON), (40, 5, 60, 30, 0.9, Kind.FACE)], None, None),
        ([BIB, NUMBER], NUMBER[:4], BIB[:4]),
        ([NUMBER], NUMBER[:4], None),
        # Without a line the bib's middle band is read.
        ([BIB], (20, 49, 80, 84), BIB[:4]),
        # Of two lines the better one on the bib; a line off the bib does not count beside one.
        ([BIB, NUMBER, (30, 70, 70, 80, 0.7, Kind.NUMBER)], (30, 70, 70, 80), BIB[:4]),
        ([BIB, NUMBER, (0, 0, 20, 9, 0.9, Kind.NUMBER)], NUMBER[:4], BIB[:4]),
        ([BIB, (0, 0, 20, 9, 0.9, Kind.NUMBER)], (20, 49, 80, 84), BIB[:4]),
        # Of two bibs the better one, even without a line.
        ([BIB, NUMBER, (0, 0, 10, 10, 0.9, Kind.BIB)], (0, 1.8, 10, 8.8), (0, 0, 10, 10)),
    ],
)
def test_the_line_of_a_torso(rows: Sequence[Row], number: Box | None, bib: Box | None) -> None:
    line = best_line(detections(rows), (0, 0, 100, 100))
    for got, wanted in ((line.number, number), (line.bib, bib)):
        assert got == (None if wanted is None else pytest.approx(wanted, abs=1e-4))


@pytest.mark.parametrize(
    ("torso", "number"),
    [
        ((100, 200, 200, 300), (130, 250, 170, 270)),
        # Crops start at whole pixels inside the picture.
        ((100.7, 200.9, 200, 300), (130, 250, 170, 270)),
        ((-50, -8, 100, 100), (30, 50, 70, 70)),
    ],
)
def test_boxes_come_back_in_the_full_picture(torso: Box, number: Box) -> None:
    line = best_line(detections([BIB, NUMBER]), torso)
    assert line.number == pytest.approx(number)


def test_torsos_are_cut_at_full_resolution_and_read_together() -> None:
    detector = FakeDetector([detections([BIB, NUMBER]), detections([]), detections([NUMBER])])
    reader = FakeReader([reading("12"), reading("7")])
    looker = Looker(detector, reader, (192, 192))
    torsos = [(0, 0, 100, 100), (200, 0, 300, 100), (100, 100, 200, 250)]
    both, nothing, line_only = looker.look_at_torsos(PICTURE, torsos, [View.TIGHT] * 3)
    assert detector.seen == [(100, 100), (100, 100), (100, 150)]
    assert detector.sizes == [(192, 192)]
    assert both.reading is not None
    assert (both.reading.text, both.number, both.bib) == ("12", NUMBER[:4], BIB[:4])
    assert (nothing.reading, nothing.number, nothing.bib, nothing.sharpness) == (
        None,
        None,
        None,
        0,
    )
    assert line_only.reading is not None
    assert line_only.reading.text == "7"
    assert line_only.number == (130, 150, 170, 170)
    assert line_only.bib is None
    assert 0 < both.sharpness <= 1


def test_numbers_are_read_with_a_margin() -> None:
    reader = FakeReader([reading("12"), reading("34")])
    looker = Looker(FakeDetector([]), reader, (192, 192))
    first, second = looker.look_at_numbers(
        PICTURE, [(10, 10, 110, 60), (590, 0, 600, 10)], [View.WIDE, View.TIGHT]
    )
    assert reader.seen == [(135, 60), (11, 11)]
    assert (first.number, first.bib) == ((10, 10, 110, 60), None)
    assert second.reading is not None
    assert second.reading.text == "34"


def test_a_second_reader_is_shown_the_same() -> None:
    first, second = (
        FakeReader([reading("12"), reading("34")]),
        FakeReader([reading("1"), reading("34")]),
    )
    looker = Looker(FakeDetector([]), first, (192, 192), second)
    lines = [(10, 10, 110, 60), (590, 0, 600, 10)]
    one, other = looker.look_at_numbers(PICTURE, lines, [View.WIDE, View.TIGHT])
    assert second.seen == first.seen
    assert one.reading is not None
    assert one.second is not None
    assert (one.reading.text, one.second.text) == ("12", "1")
    assert other.second is not None
    assert other.second.text == "34"
    looker.close()
    assert second.closed


def test_nothing_to_look_at_asks_nobody() -> None:
    detector, reader = FakeDetector([]), FakeReader([])
    looker = Looker(detector, reader, (192, 192))
    assert looker.look_at_torsos(PICTURE, [], []) == []
    assert looker.look_at_numbers(PICTURE, [], []) == []
    assert detector.sizes == []
    looker.close()
    assert detector.closed
    assert reader.closed


def test_band_and_margin() -> None:
    assert middle_band((0, 100, 50, 200)) == pytest.approx((0, 118, 50, 188))
    assert widened((10, 10, 60, 60), View.TIGHT) == pytest.approx((5, 5, 65, 65))
    assert widened((10, 10, 60, 60), View.WIDE) == pytest.approx((-15, 5, 85, 65))
