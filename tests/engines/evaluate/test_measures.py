from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from engines.evaluate.coco import LabelledPicture, as_boxes
from engines.evaluate.measures import SIZES, SizeRange, measured, measured_by_size
from engines.types import Box, Kind
from tests.engines.tiny_models import Row, detections

SMALL_BIB, LARGE_PERSON = SIZES


@pytest.mark.parametrize(
    ("size", "height", "held"),
    [
        (SMALL_BIB, 11.9, False),
        (SMALL_BIB, 12, True),
        (SMALL_BIB, 24, True),
        (SMALL_BIB, 24.1, False),
        (LARGE_PERSON, 50, False),
        (LARGE_PERSON, 50.1, True),
    ],
)
def test_heights(size: SizeRange, height: float, held: bool) -> None:
    assert size.holds(as_boxes([(0, 0, 5, height)]), 100).tolist() == [held]


def picture(bibs: list[Box], persons: list[Box]) -> LabelledPicture:
    none = as_boxes([])
    true = dict.fromkeys(Kind, none)
    true |= {Kind.BIB: as_boxes(bibs), Kind.PERSON: as_boxes(persons)}
    return LabelledPicture(Path("a.png"), "road", true, dict.fromkeys(Kind, none), ())


FAR, NEAR = (0.0, 0.0, 20.0, 16.0), (100.0, 0.0, 180.0, 60.0)


@pytest.mark.parametrize(
    ("found", "values"),
    [
        ([(*FAR, 0.9, Kind.BIB), (*NEAR, 0.9, Kind.BIB)], {"small bib": 1.0}),
        ([(*NEAR, 0.9, Kind.BIB)], {"small bib": 0.0}),
        # A wrong box counts if it is small.
        ([(*FAR, 0.5, Kind.BIB), (50, 50, 70, 66, 0.9, Kind.BIB)], {"small bib": 0.5}),
        ([(*FAR, 0.5, Kind.BIB), (50, 50, 90, 90, 0.9, Kind.BIB)], {"small bib": 1.0}),
    ],
)
def test_small_bibs_apart(found: Sequence[Row], values: dict[str, float]) -> None:
    labelled = picture([FAR, NEAR], [])
    measures = measured_by_size("road", [labelled], [detections(found)], [200])
    assert {m.kind: m.value for m in measures} == values
    assert {m.n_true for m in measures} == {1}


def test_large_is_a_share_of_each_picture() -> None:
    tall = (0.0, 0.0, 60.0, 120.0)
    pictures = [picture([], [tall]), picture([], [tall])]
    found = [detections([(*tall, 0.9, Kind.PERSON)]), detections([])]
    [measure] = measured_by_size("road", pictures, found, [200, 300])
    assert (measure.kind, measure.n_true, measure.value) == ("large person", 1, 1.0)


def test_only_the_kinds_asked_for() -> None:
    pictures, found = [picture([FAR], [(0, 0, 60, 120)])], [detections([])]
    assert {m.kind for m in measured("road", pictures, found)} == {"bib", "person"}
    assert {m.kind for m in measured("road", pictures, found, [Kind.PERSON])} == {"person"}
    by_size = measured_by_size("road", pictures, found, [200], [Kind.BIB])
    assert {m.kind for m in by_size} == {"small bib"}
