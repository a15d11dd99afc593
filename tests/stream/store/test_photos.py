"""The photos of a race folder: kept, found again, put right after a crash."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from stream.store import Store, StoreError
from stream.store.folder import DATABASE, INCOMING
from stream.store.photo_values import NewPhoto, PhotoFile, PhotoSighting, SightingChanges
from stream.store.photos import PhotosReader
from stream.types import State

SEEN = PhotoSighting(
    (0, 0, 50, 100),
    (5.0, 5.0, 45.0, 95.0),
    0.9,
    (10.0, 30.0, 40.0, 50.0),
    (15.0, 35.0, 35.0, 45.0),
    "2419",
    0.97,
    State.CONFIRMED,
    True,
)
FILE = PhotoFile("/photos/a.jpg", 1000, 7)


def new(sha256: str = "ab" * 32) -> NewPhoto:
    return NewPhoto(sha256, 5, 1, 640, 400, "detector", "readers", "{}")


def seen(jpeg: bytes | None = b"jpeg") -> SightingChanges:
    return SightingChanges("a", new=((SEEN, jpeg),))


def test_a_photo_and_who_is_seen_there_come_back_as_they_were(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.photos.add(new(), FILE, seen())
        store.flush()
        assert store.photos.at(FILE) == 1
        assert store.photos.at(PhotoFile(FILE.path, FILE.n_bytes, 8)) is None
        assert store.photos.with_content("ab" * 32) == 1
        assert store.photos.with_content("cd" * 32) is None
        row = store.photos.find(1)
        assert row is not None and row.photo == new()
        assert store.photos.find(2) is None
        [sighting] = store.photos.sightings(1)
        assert sighting.sighting == SEEN
        assert sighting.path == "pivot/2419/a-01_abababab.jpg"
        assert (tmp_path / sighting.path).read_bytes() == b"jpeg"
        assert store.photos.bibs_at(FILE.path) == ("2419",)
        assert store.photos.unsure_at(FILE.path) == ()
    with Store.open(tmp_path) as store:
        store.photos.add(new("cd" * 32), PhotoFile("/photos/b.jpg", 1, 1), seen(None))
        store.flush()
        assert [row.number for row in store.photos.each()] == [1, 2]


def test_a_picture_moves_with_its_tag_and_goes_with_its_runner(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.photos.add(new(), FILE, seen())
        store.flush()
        [row] = store.photos.sightings(1)
        unsure = PhotoSighting(SEEN.cut, SEEN.person, 0.9, bib="24", state=State.SEEN)
        store.photos.change(1, SightingChanges("a", changed=((row.row_id, unsure, None),)))
        store.flush()
        assert [p.name for p in (tmp_path / "unknown/photos").iterdir()] == ["a-01_abababab.jpg"]
        assert not (tmp_path / "pivot/2419").exists()
        assert store.photos.bibs_at(FILE.path) == ()
        assert store.photos.unsure_at(FILE.path) == ("24",)
        store.photos.change(1, SightingChanges("a", gone=(row.row_id,)))
        store.flush()
        assert store.photos.sightings(1) == ()
    assert list(tmp_path.rglob("*.jpg")) == []


def test_what_a_crash_left_on_its_way_arrives_with_the_next_opening(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.photos.add(new(), FILE, seen())
    place = tmp_path / "pivot/2419/a-01_abababab.jpg"
    place.rename(tmp_path / INCOMING / place.name)
    (tmp_path / INCOMING / "never-recorded.jpg").write_bytes(b"half")
    with Store.open(tmp_path):
        assert place.read_bytes() == b"jpeg"
    with closing(sqlite3.connect(tmp_path / DATABASE)) as db, db:
        db.execute("UPDATE photo_sightings SET removed = 1")
    with Store.open(tmp_path) as store:
        assert store.photos.sightings(1) == ()
    assert list(tmp_path.rglob("*.jpg")) == []


def test_kept_open_every_question_sees_what_was_written_last(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        photos = store.photos
        with photos.kept_open():
            assert photos.with_content("ab" * 32) is None
            photos.add(new(), FILE, seen())
            store.flush()
            assert photos.with_content("ab" * 32) == 1
            # Also while all of them are gone through, and from another thread.
            for row in photos.each():
                assert len(photos.sightings(row.number)) == 1
            with ThreadPoolExecutor(1) as other:
                assert other.submit(photos.at, FILE).result() == 1
            assert len(list(photos.with_bib("2419"))) == 1
        with photos.kept_open():
            with photos.kept_open():
                assert photos.with_content("ab" * 32) == 1
            assert photos.with_content("ab" * 32) == 1
        # Who empties the write-ahead log need not wait for a question that was answered.
        with photos.kept_open(), closing(sqlite3.connect(tmp_path / DATABASE)) as db:
            assert photos.with_content("ab" * 32) == 1
            assert db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        assert photos.with_content("ab" * 32) == 1


def test_kept_open_a_broken_database_is_named(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.flush()
    (tmp_path / DATABASE).write_bytes(b"no database" * 1000)
    photos = PhotosReader(tmp_path)
    with photos.kept_open(), pytest.raises(StoreError, match="cannot be read"):
        photos.with_content("ab" * 32)
