import numpy as np
import pytest

from engines.number_range import NumberRange
from engines.simulate.race_bibs import RaceBibs
from engines.train.pictures import Labels
from engines.train.worn_bibs import chests, draw_stock, wear
from engines.types import Kind

Row = tuple[float, float, float, float, int, bool]
PERSON: Row = (60, 10, 140, 210, 0, False)
FACE: Row = (90, 16, 110, 40, 2, False)
BIB: Row = (80, 70, 120, 100, 1, False)
NUMBER_UNKNOWN: Row = (80, 70, 120, 100, 3, True)
STOCK = draw_stock(np.random.default_rng(0), 12, height_px=96)


def test_the_stock_has_boxes_inside_its_sheets() -> None:
    for bib in STOCK:
        height, width = bib.levels[0].shape[:2]
        x0, y0, x1, y1 = bib.number_xyxy
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height


def test_half_of_the_stock_is_of_the_race() -> None:
    race = RaceBibs(aspect=2.4, numbers=(NumberRange.of("1-9"),))
    stock = draw_stock(np.random.default_rng(0), 8, 50, race)
    wide = [bib.levels[0].shape[1] == 120 for bib in stock]
    assert wide == [False, True] * 4


@pytest.mark.parametrize(
    ("rows", "n"),
    [
        ([PERSON], 1),
        ([PERSON, FACE], 1),
        ([(60, 10, 70, 30, 0, False)], 0),
        ([(*PERSON[:5], True)], 0),
        ([FACE], 0),
    ],
)
def test_a_chest_lies_below_the_face(rows: list[Row], n: int) -> None:
    places = chests(Labels.of(rows), np.random.default_rng(1))
    assert places.shape == (n, 3)
    for x, y, height in places:
        assert 70 < x < 130
        assert 45 < y < 110
        assert 10 < height < 60


@pytest.mark.parametrize(
    ("rows", "counted_bibs", "counted_numbers", "silent_numbers"),
    [
        ([PERSON, FACE], 1, 1, 0),
        ([PERSON, FACE, BIB, NUMBER_UNKNOWN], 1, 0, 1),  # has one: never a second
        ([], 0, 0, 0),
    ],
)
def test_bare_chests_get_bibs(
    rows: list[Row], counted_bibs: int, counted_numbers: int, silent_numbers: int
) -> None:
    canvas = np.full((240, 200, 3), 90, np.uint8)
    rng = _CoverNothing(np.random.PCG64(4))
    labels = wear(canvas, Labels.of(rows), STOCK, rng, 1.0)
    counted = ~labels.ignored
    assert (counted & (labels.kinds == Kind.BIB)).sum() == counted_bibs
    assert (counted & (labels.kinds == Kind.NUMBER)).sum() == counted_numbers
    assert (labels.ignored & (labels.kinds == Kind.NUMBER)).sum() == silent_numbers


class _CoverNothing(np.random.Generator):
    """Always draws .9 where a chance is asked: over the half share of covering, under 1."""

    def random(self, *_: object, **__: object) -> float:  # type: ignore[override]
        return 0.9


def test_a_covered_bib_has_a_known_number() -> None:
    canvas = np.full((240, 200, 3), 90, np.uint8)
    rows = [PERSON, BIB, NUMBER_UNKNOWN]
    labels = wear(canvas, Labels.of(rows), STOCK, np.random.default_rng(0), 2.0)
    numbers = labels.kinds == Kind.NUMBER
    assert labels.ignored[numbers].tolist() == [False]
    bib = labels.boxes[labels.kinds == Kind.BIB][0]
    assert np.abs(bib - BIB[:4]).max() < 10
    assert (canvas != 90).any()


@pytest.mark.parametrize("seed", range(10))
def test_number_lies_in_bib_and_bib_on_pixels(seed: int) -> None:
    canvas = np.full((240, 200, 3), 90, np.uint8)
    rng = np.random.default_rng(seed)
    labels = wear(canvas, Labels.of([PERSON, FACE]), STOCK, rng, 1.0)
    bib = labels.boxes[labels.kinds == Kind.BIB][0]
    number = labels.boxes[labels.kinds == Kind.NUMBER][0]
    assert (number[:2] > bib[:2] - 2).all()
    assert (number[2:] < bib[2:] + 2).all()
    ys, xs = np.nonzero((canvas != 90).any(2))
    found = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
    assert np.abs(found - bib).max() < 4
