"""Which rows are a runner's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from stream.forget.rows import Belongings, belongings
from stream.store import Store
from stream.types import Correction, CorrectionKind
from tests.stream.store.seen_race import fill, match


def of(folder: Path, key: str) -> Belongings:
    with closing(sqlite3.connect(folder / "race.db")) as connection:
        return belongings(Database(connection), key)


@pytest.mark.parametrize(
    ("said", "tracks", "sightings"),
    [
        pytest.param(None, {3, 4}, {2}, id="both matches stand"),
        pytest.param(
            Correction(CorrectionKind.BIB, 4, bib="99"), set(), set(), id="their pivot is another"
        ),
        pytest.param(
            Correction(CorrectionKind.NOT_A_RUNNER, 3), {4}, {2}, id="one of them is no runner"
        ),
    ],
)
def test_a_match_that_does_not_stand_any_more_makes_nobody_the_runners(
    said: Correction | None, tracks: set[int], sightings: set[int], tmp_path: Path
) -> None:
    with Store.open(tmp_path) as store:
        fill(store, Path("/photos"))
        match(tmp_path, "7", track_id=3)
        match(tmp_path, "7", sighting=2)
        if said is not None:
            store.correct(said, "Ann", 2)
    found = of(tmp_path, "7")
    assert {sight.track_id for sight in found.sights} == tracks
    assert found.sightings == sightings
