"""Pictures of runners: cut, made smaller, named."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from engines.picture import RgbPicture
from stream.photos.pictures import LONGEST_PX, changes, changes_tags, picture_of, stem_of
from stream.store.photo_values import PhotoSighting, SightingRow
from stream.types import State

CONFIRMED = State.CONFIRMED
PHOTO = RgbPicture(np.zeros((2000, 3000, 3), np.uint8))


@pytest.mark.parametrize(
    ("cut", "size"),
    [
        pytest.param((10, 20, 110, 220), (100, 200), id="as it is"),
        pytest.param((0, 0, 3000, 2000), (LONGEST_PX, 800), id="smaller where it is large"),
    ],
)
def test_a_part_of_the_photo(cut: tuple[int, int, int, int], size: tuple[int, int]) -> None:
    with Image.open(BytesIO(picture_of(PHOTO, cut))) as picture:
        assert (picture.format, picture.size) == ("JPEG", size)


@pytest.mark.parametrize(
    ("path", "stem"),
    [
        pytest.param("/in/IMG_0027.JPG", "IMG-0027", id="from a camera"),
        pytest.param("/in/Zoë & Ek.jpg", "Zoe-Ek", id="from a person"),
        pytest.param("/in/写真.jpg", "photo", id="no plain letters"),
        pytest.param("/in/" + "a" * 200 + ".jpg", "a" * 60, id="long"),
    ],
)
def test_pictures_are_named_after_the_photo(path: str, stem: str) -> None:
    assert stem_of(path) == stem


def seen(left: int, bib: str | None = None, state: State | None = None) -> PhotoSighting:
    return PhotoSighting((left, 0, left + 50, 100), None, None, bib=bib, state=state)


def test_what_a_person_has_corrected_stays() -> None:
    rows = [
        SightingRow(1, seen(0, "7", State.CORRECTED), "pivot/7/a.jpg"),
        SightingRow(2, seen(100, "8", State.CORRECTED), "pivot/8/a.jpg"),
        SightingRow(3, seen(200), "unknown/photos/a.jpg"),
    ]
    changed = changes("a", rows, [seen(0, "9", State.CONFIRMED)], None)
    assert changed.changed == ()
    assert changed.gone == (3,)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param([seen(0, "7", CONFIRMED)], [seen(0, "8", CONFIRMED)], True, id="another bib"),
        pytest.param([seen(0, "7", State.SEEN)], [seen(0, "7", CONFIRMED)], True, id="surer"),
        pytest.param([], [seen(0, "7", CONFIRMED)], True, id="somebody new"),
        pytest.param([seen(0, "7", CONFIRMED)], [], True, id="somebody gone"),
        pytest.param([seen(0)], [seen(0, "7", CONFIRMED)], True, id="read at last"),
        pytest.param([], [seen(0)], False, id="somebody new, without a bib"),
        pytest.param([seen(0)], [], False, id="somebody gone who had none"),
        pytest.param(
            [seen(0, "7", CONFIRMED)],
            [replace(seen(0, "7", CONFIRMED), probability=0.9)],
            False,
            id="another probability",
        ),
    ],
)
def test_what_counts_as_a_changed_tag(
    before: list[PhotoSighting], after: list[PhotoSighting], expected: bool
) -> None:
    rows = [SightingRow(n, one, "pivot/7/a.jpg") for n, one in enumerate(before)]
    made = changes("a", rows, after, None)
    assert made, "something is written in any case"
    assert changes_tags(rows, made) is expected


def test_who_stays_the_same_is_not_written() -> None:
    rows = [SightingRow(1, seen(0), "unknown/photos/a.jpg")]
    assert not changes("a", rows, [seen(0)], PHOTO)
    assert changes("a", [SightingRow(1, seen(0), None)], [seen(0)], PHOTO).n_bytes > 0
    assert not changes("a", [SightingRow(1, seen(0), None)], [seen(0)], None)
