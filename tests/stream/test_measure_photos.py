"""The pace of photos: staged networks, real files, a real store."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from stream.measure_photos import _warm, enlarge, measure_photos
from stream.photos.reading import Networks
from stream.photos.seen import SeenRules
from tests.stream.photos.staged import BIB, PERSON, StagedTagger, Told, line, photo, shown

ONE = shown([PERSON, BIB], [line("2419")])


def test_what_was_tagged_is_counted_with_its_size_and_time(tmp_path: Path) -> None:
    reds = range(20, 220, 20)
    paths = [photo(tmp_path / f"in/{red}.jpg", red) for red in reds]
    empty = tmp_path / "in/empty.jpg"
    empty.touch()
    told = Told()
    ticks: list[tuple[int, int]] = []
    pace = measure_photos(
        tmp_path / "race",
        [*paths, empty],
        [StagedTagger(dict.fromkeys(reds, ONE))],
        Networks("found", "read"),
        SeenRules(),
        told,
        lambda done, total: ticks.append((done, total)),
    )
    assert (pace.photos, pace.megapixels, pace.at_once) == (10, 0.26, 1)
    assert [path for path, _ in told.problems] == [empty]
    assert ticks[-1] == (11, 11)
    assert 0 < pace.photos / pace.wall_s < 1e4
    assert pace.later_per_s is None, "there are too few photos to tell"
    assert pace.processor_ms > 0
    assert pace.mib_after_half > 0
    assert "10 photos of 0.3 megapixels, 1 at once" in str(pace)


@pytest.mark.parametrize(
    ("situation", "n", "n_taggers", "warm"),
    [
        ("few for one", 8, 1, 0),
        ("few for two", 24, 2, 0),
        ("bunches of eight", 132, 2, 40),
        ("of seven", 100, 4, 28),
    ],
)
def test_after_how_many_photos_the_pace_is_counted(
    situation: str, n: int, n_taggers: int, warm: int
) -> None:
    assert _warm(n, n_taggers) == warm, situation


@pytest.mark.parametrize(
    ("orientation", "size"), [pytest.param(1, (800, 500), id="as it is"),
                              pytest.param(6, (500, 800), id="turned upright")],
)  # fmt: skip
def test_a_copy_is_as_large_as_asked_and_upright(
    tmp_path: Path, orientation: int, size: tuple[int, int]
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo")
    told = Told()
    [copy] = enlarge(
        [photo(tmp_path / "a.jpg", 50, orientation=orientation), broken],
        0.4,
        tmp_path,
        told,
        lambda done, total: None,
    )
    with Image.open(copy) as made:
        assert made.size == size
    assert [path for path, _ in told.problems] == [broken]
