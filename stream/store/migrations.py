"""The tables of a race, built by ordered steps; each is applied once, together with its record."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from stream.store.tables import (
    CORRECTIONS,
    FACES,
    FACES_OVER,
    FORGOTTEN,
    PHOTOS,
    PICTURES,
    RACE,
    SEGMENTS,
    TEMPLATES_AND_ASSIGNMENTS,
    TOWNS_AND_STARTS,
    TRACKS,
)

APPLICATION_ID = 0x464E4C4E
"""Marks a SQLite file as a race database ("FNLN")."""

migrations = Migrations("race")


@migrations()
def m001_events_tracks_and_images(db: Database) -> None:
    """The first tables."""
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.executescript(RACE + TRACKS + PICTURES)


@migrations()
def m002_segments(db: Database) -> None:
    """Where the video of every moment lies."""
    db.executescript(SEGMENTS)


@migrations()
def m003_corrections(db: Database) -> None:
    """What people have said, and what the race itself saw of the tracks it is about."""
    db.executescript(CORRECTIONS)


@migrations()
def m004_towns_and_starts(db: Database) -> None:
    """Where the runners come from, and when their waves started."""
    db.executescript(TOWNS_AND_STARTS)


@migrations()
def m005_photos(db: Database) -> None:
    """Photos, the files that hold them, and who is seen in them."""
    db.executescript(PHOTOS)


@migrations()
def m006_templates_and_assignments(db: Database) -> None:
    """What runners look like as vectors, who was matched to whom, and people who are enrolled."""
    db.executescript(TEMPLATES_AND_ASSIGNMENTS)


@migrations()
def m007_forgotten(db: Database) -> None:
    """Who was erased, an erasure that is under way, and how long faces may be kept."""
    db.executescript(FORGOTTEN)


@migrations()
def m008_faces(db: Database) -> None:
    """Crops of faces, and that a face goes with every change of whose it is."""
    db.executescript(FACES)


@migrations()
def m009_faces_over(db: Database) -> None:
    """That the days of faces are over, also where nothing carries a date."""
    db.execute(FACES_OVER)


def newer_steps(db: Database) -> list[str]:
    """Names of steps in the database that this version does not know."""
    with closing(sqlite3.connect(":memory:")) as nothing:
        known = {step.name for step in migrations.pending(Database(nothing))}
    return [step.name for step in migrations.applied(db) if step.name not in known]
