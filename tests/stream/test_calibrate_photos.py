"""What photos say is measured on bibs that were read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stream.calibrate_photos import calibrate_photos, photo_pairs
from stream.store import Store
from stream.store.errors import NotARaceFolder
from stream.store.templates import Owner, Template, TemplateKind
from tests.stream.identity.races import photo

LOOKS, FACE = TemplateKind.APPEARANCE, TemplateKind.FACE


def raced(
    folder: Path,
    photos: list[list[str | None]],
    *,
    quality: float = 1.0,
    kind: TemplateKind = LOOKS,
    model: str = "model",
) -> Path:
    """A race whose runners look the same where their bibs are, and are square to all others."""
    bibs = [bib for shown in photos for bib in shown]
    kinds = sorted({bib for bib in bibs if bib is not None})
    with Store.open(folder) as store:
        for n, shown in enumerate(photos):
            photo(store, "0123456789abcdef"[n], [(0, bib) for bib in shown])
        for row, bib in enumerate(bibs, start=1):
            vector = np.zeros(len(kinds) + 1, np.float32)
            vector[len(kinds) if bib is None else kinds.index(bib)] = 1
            owner = Owner(sighting=row)
            store.templates.save(Template(owner, kind, model, vector, quality, 1), 1, None)
        store.flush()
    return folder


@pytest.mark.parametrize(
    ("photos", "quality", "kind", "same", "different"),
    [
        pytest.param([["1"], ["1"]], 1.0, LOOKS, 1, 0, id="one bib in two photos"),
        pytest.param([["1"], ["2"]], 1.0, LOOKS, 0, 1, id="two bibs in two photos"),
        pytest.param([["1", "2"]], 1.0, LOOKS, 0, 0, id="two side by side in one photo"),
        pytest.param([["1", "2"], ["1", "2"]], 1.0, LOOKS, 2, 2, id="a pair in two photos"),
        pytest.param([["1"], [None]], 1.0, LOOKS, 0, 0, id="one whose bib was not read"),
        pytest.param([["1"], ["1"]], 0.2, LOOKS, 0, 0, id="pictures too poor to match"),
        pytest.param([["1"], ["1"]], 0.2, FACE, 0, 0, id="faces that do not count in full"),
        pytest.param([["1"], ["1"]], 0.25, FACE, 1, 0, id="faces that just do"),
        pytest.param([["1"], ["1"], ["1"]], 1.0, FACE, 3, 0, id="one bib in three photos"),
    ],
)
def test_pairs(
    tmp_path: Path,
    photos: list[list[str | None]],
    quality: float,
    kind: TemplateKind,
    same: int,
    different: int,
) -> None:
    folder = raced(tmp_path / "race", photos, quality=quality, kind=kind)
    pairs = photo_pairs(folder, kind, "model")
    assert pairs.same.tolist() == [1.0] * same
    assert pairs.different.tolist() == [0.0] * different


def test_races_are_measured_together_and_apart_from_each_other(tmp_path: Path) -> None:
    """Bib 1 of one race is another person than bib 1 of the next."""
    photos: list[list[str | None]] = [["1", "2", "3", "4"]] * 5
    folders = [raced(tmp_path / name, photos) for name in ("one", "two")]
    calibration, pairs = calibrate_photos(folders, LOOKS, "model")
    assert (len(pairs.same), len(pairs.different)) == (2 * 4 * 10, 2 * 6 * 20)
    assert calibration.model == "model"
    low, high = calibration.log_ratio(np.array([0.0, 1.0], np.float32))
    assert low < -3 < 3 < high


def test_few_photos_are_told(tmp_path: Path) -> None:
    folder = raced(tmp_path / "race", [["1"], ["1"]])
    with pytest.raises(ValueError, match="needs 50 pairs of either kind, got 1 and 0"):
        calibrate_photos([folder], LOOKS, "model")


def test_a_folder_that_holds_no_race_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    folder = raced(tmp_path / "race", [["1"], ["1"]])
    (tmp_path / "photos").mkdir()
    with pytest.raises(NotARaceFolder, match="photos holds no race"):
        calibrate_photos([folder, tmp_path / "photos"], LOOKS, "model")
