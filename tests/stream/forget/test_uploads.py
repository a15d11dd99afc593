"""Photos that were sent through the page go with the runner whom they show alone."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from stream.forget.erase import forget
from stream.forget.planning import Asked
from stream.forget.uploads import Sent, erase_sent, place_of, remove_left, sent
from stream.forget.work import Work, written
from stream.store import Store
from stream.store.folder import UPLOADS
from stream.store.photo_values import NewPhoto, PhotoFile, PhotoSighting, SightingChanges
from stream.types import State

MINE = PhotoSighting((0, 0, 9, 9), None, 0.9, bib="7", state=State.CONFIRMED)
OTHER = PhotoSighting((9, 0, 19, 9), None, 0.9, bib="8", state=State.CONFIRMED)
UNKNOWN = PhotoSighting((9, 0, 19, 9), None, 0.9)


def finish(folder: Path) -> None:
    assert forget(Asked(folder, "7", False, "Dora", 0)).finished is not None


def fill(folder: Path, seen: tuple[PhotoSighting, ...], elsewhere: str | None = None) -> None:
    """A race with one upload; sightings are numbered from 1."""
    file = folder / UPLOADS / "a.jpg"
    with Store.open(folder) as store:
        file.parent.mkdir()
        file.write_bytes(b"photo")
        changes = SightingChanges("a", tuple((one, None) for one in seen))
        photo = NewPhoto("ab" * 32, None, 1, 20, 10, "d", "r", "{}")
        store.photos.add(photo, PhotoFile(str(file), 5, 5), changes)
        if elsewhere is not None:
            store.photos.add_path(PhotoFile(elsewhere, 5, 5), 1)


def found(folder: Path, sightings: set[int]) -> Sent:
    with closing(sqlite3.connect(folder / "race.db")) as db:
        return sent(Database(db), folder, sightings)


@pytest.mark.parametrize(
    ("seen", "alone"),
    [
        pytest.param((MINE,), True, id="nobody else"),
        pytest.param((MINE, OTHER), False, id="another runner"),
        pytest.param((MINE, UNKNOWN), False, id="somebody whose bib nobody could read"),
    ],
)
def test_a_photo_goes_where_it_shows_nobody_else(
    seen: tuple[PhotoSighting, ...], alone: bool, tmp_path: Path
) -> None:
    fill(tmp_path, seen)
    of = found(tmp_path, {1})
    assert (of.alone, of.shared) == (
        (("uploads/a.jpg",), ()) if alone else ((), ("uploads/a.jpg",))
    )
    assert found(tmp_path, set()) == Sent((), (), (), 0)


def test_a_race_folder_that_was_moved_knows_its_uploads(tmp_path: Path) -> None:
    fill(tmp_path / "old", (MINE,))
    shutil.move(tmp_path / "old", tmp_path / "new")
    assert found(tmp_path / "new", {1}).alone == ("uploads/a.jpg",)


@pytest.mark.parametrize(
    "path", ["/photos/a.jpg", "/uploads/b.jpg", "/photos/uploads/a.jpg.txt", "a.jpg"]
)
def test_what_is_no_upload(path: str, tmp_path: Path) -> None:
    fill(tmp_path, (MINE,))
    assert place_of(tmp_path, path) is None


def test_what_nobody_has_looked_at_is_counted(tmp_path: Path) -> None:
    fill(tmp_path, (MINE,))
    for name in ("waits.jpg", ".unjudged", "unreadable/cut.jpg"):
        place = tmp_path / UPLOADS / name
        place.parent.mkdir(exist_ok=True)
        place.touch()
    assert found(tmp_path, {1}).unseen == 2


def test_what_an_erasure_has_left_lying_is_removed(tmp_path: Path) -> None:
    fill(tmp_path, (MINE,))
    other = tmp_path / UPLOADS / "b.jpg"
    other.touch()
    assert remove_left(tmp_path) == frozenset()
    assert (tmp_path / UPLOADS / "a.jpg").exists(), "there is none under way"
    work = Work("7", "7", "Dora", 0, {}, uploads=("uploads/a.jpg", "uploads/gone.jpg"))
    with closing(sqlite3.connect(tmp_path / "race.db")) as db, db:
        erase_sent(Database(db), found(tmp_path, {1}).rows)
        db.execute("INSERT INTO forgetting (id, body) VALUES (1, ?)", (written(work),))
    places = {tmp_path.resolve() / file for file in work.uploads}
    assert remove_left(tmp_path) == places
    assert [*(tmp_path / UPLOADS).iterdir()] == [other]


@pytest.mark.parametrize("ended", [remove_left, finish], ids=["taking photos", "finishing it"])
def test_what_was_sent_again_since_stays(ended: Callable[[Path], object], tmp_path: Path) -> None:
    fill(tmp_path, (OTHER,))
    gone = tmp_path / UPLOADS / "gone.jpg"
    gone.touch()
    work = Work("7", "7", "Dora", 0, {}, uploads=("uploads/a.jpg", "uploads/gone.jpg"))
    with closing(sqlite3.connect(tmp_path / "race.db")) as db, db:
        db.execute("INSERT INTO forgotten (key, bib, at_utc_ns) VALUES ('7', '7', 0)")
        db.execute("INSERT INTO forgetting (id, body) VALUES (1, ?)", (written(work),))
    ended(tmp_path)
    assert [file.name for file in (tmp_path / UPLOADS).iterdir()] == ["a.jpg"]


@pytest.mark.parametrize(("elsewhere", "photos"), [(None, 0), ("/photos/a.jpg", 1)])
def test_a_photo_that_lies_elsewhere_too_stays_one_of_the_race(
    elsewhere: str | None, photos: int, tmp_path: Path
) -> None:
    fill(tmp_path, (MINE,), elsewhere)
    rows = found(tmp_path, {1}).rows
    with closing(sqlite3.connect(tmp_path / "race.db")) as db:
        erase_sent(Database(db), rows)
        assert db.execute("SELECT count(*) FROM photos").fetchone() == (photos,)
        left = db.execute("SELECT path FROM photo_paths").fetchall()
        assert left == ([] if elsewhere is None else [(elsewhere,)])
