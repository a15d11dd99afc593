"""The person in a kept picture, and the bib where it was seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engines.types import Box
from stream.identity.crops import read_picture, sighting_crop, track_crop
from stream.store.photo_values import PhotoSighting
from stream.store.values import LookRow
from stream.types import Reason

PICTURE = np.zeros((232, 116, 3), np.uint8)
"""A person of 100 x 200 with 8 % round them."""
PERSON = (300.0, 100.0, 500.0, 500.0)
"""The same one in a frame, twice as large."""


def look(at_s: float, bib: Box | None, number: Box | None = None) -> LookRow:
    return LookRow(1, "a", 1, 1, round(at_s * 1e9), Reason.BLURRED, None, None, PERSON, bib, number)


@pytest.mark.parametrize(
    ("looks", "bib"),
    [
        pytest.param([], None, id="nobody looked"),
        pytest.param([look(5, None)], None, id="a look that saw none"),
        pytest.param([look(9, (360, 200, 440, 260))], None, id="a look long after"),
        pytest.param([look(5.2, (360, 200, 440, 260))], (30, 50, 70, 80), id="a look near in time"),
        pytest.param(
            [look(4.5, (300, 100, 310, 110)), look(5.1, None, (360, 200, 440, 260))],
            (30, 50, 70, 80),
            id="the nearest of several, by the number",
        ),
    ],
)
def test_a_tracks_picture(looks: list[LookRow], bib: Box | None) -> None:
    crop = track_crop(PICTURE, 5_000_000_000, looks)
    assert crop is not None
    assert crop.image.shape == (200, 100, 3)
    assert crop.bib == (None if bib is None else pytest.approx(bib))


def test_a_picture_that_shows_nothing() -> None:
    assert track_crop(np.zeros((3, 3, 3), np.uint8), 0, []) is None


@pytest.mark.parametrize(
    ("person", "sheet", "shape", "bib"),
    [
        pytest.param((20, 30, 60, 110), None, (40, 20), None, id="without a bib"),
        pytest.param((20, 30, 60, 110), (30, 50, 50, 60), (40, 20), (5, 10, 15, 15), id="with one"),
        pytest.param((0, 0, 200, 300), None, (60, 40), None, id="reaching out of the picture"),
    ],
)
def test_a_photo_sightings_picture_that_was_made_smaller(
    person: Box, sheet: Box | None, shape: tuple[int, int], bib: Box | None
) -> None:
    sighting = PhotoSighting((10, 10, 90, 130), person, 0.9, sheet)
    crop = sighting_crop(np.zeros((60, 40, 3), np.uint8), sighting)
    assert crop is not None
    assert crop.image.shape == (*shape, 3)
    assert crop.bib == (None if bib is None else pytest.approx(bib))


def test_a_bib_round_which_nobody_was_found() -> None:
    sighting = PhotoSighting((10, 10, 90, 130), None, None, (30, 50, 50, 60))
    assert sighting_crop(np.zeros((60, 40, 3), np.uint8), sighting) is None


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_a_file_that_is_no_picture(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    assert read_picture(tmp_path / "a.jpg") is None
