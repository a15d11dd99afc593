"""The tables are built step by step, each with its record."""

from __future__ import annotations

import sqlite3

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from stream.store.migrations import APPLICATION_ID, migrations, newer_steps


def test_a_new_database_gets_every_step_once() -> None:
    db = Database(memory=True)
    migrations.apply(db)
    migrations.apply(db)
    assert [step.name for step in migrations.applied(db)] == [
        "m001_events_tracks_and_images",
        "m002_segments",
        "m003_corrections",
        "m004_towns_and_starts",
        "m005_photos",
        "m006_templates_and_assignments",
        "m007_forgotten",
        "m008_faces",
        "m009_faces_over",
    ]
    assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert {
        "events",
        "tracks",
        "tags",
        "crossings",
        "looks",
        "images",
        "footage",
        "segments",
        "corrections",
        "waves",
        "photos",
        "photo_paths",
        "photo_sightings",
    } <= set(db.table_names())
    assert newer_steps(db) == []


def test_a_step_that_breaks_leaves_neither_tables_nor_record() -> None:
    steps = Migrations("race")

    @steps()
    def half(db: Database) -> None:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.executescript("CREATE TABLE a (x); CREATE TABLE b (x); CREATE TABLE a (x);")

    db = Database(memory=True)
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        steps.apply(db)
    assert "b" not in db.table_names()
    assert steps.applied(db) == []
    assert db.execute("PRAGMA application_id").fetchone() == (0,)
