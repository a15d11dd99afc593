"""Rows of a runner: which they are, how many, and erasing them for good."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from sqlite_utils import Database

from stream.forget.belongs import Sight, tracks_of_bib
from stream.forget.settled import Settled, settled
from stream.start_list import bib_key
from stream.store.assignments import MAY_STAND
from stream.store.corrections import all_made
from stream.store.folder import INCOMING
from stream.store.images import home, safe_name
from stream.store.track_rows import (
    integer,
    keep_own,
    maybe_integer,
    maybe_text,
    own_of,
    tracks_of,
)
from stream.types import State

_TRACKS = "track_id IN (SELECT value FROM json_each(:tracks))"
_SIGHTINGS = "IN (SELECT value FROM json_each(:sightings))"
_OF_EITHER = f"{_TRACKS} OR sighting {_SIGHTINGS}"
_IMAGES = f"{_TRACKS} OR (bib_key(bib) = :key AND track_id NOT IN (SELECT track_id FROM tracks))"
# Templates before the pictures that they go with, so that every kind is counted and erased alike.
_ERASED = (
    ("face_crops", f"{_OF_EITHER} OR bib_key(bib) = :key"),
    ("templates", f"{_OF_EITHER} OR person IN (SELECT value FROM json_each(:people))"),
    ("assignments", f"{_OF_EITHER} OR bib_key(bib) = :key"),
    ("negative_pairs", f"{_OF_EITHER} OR bib_key(bib) = :key"),
    ("people", "number IN (SELECT value FROM json_each(:people))"),
    ("corrections", "number IN (SELECT value FROM json_each(:corrections))"),
    (
        "events",
        f"{_TRACKS} OR (kind = 'conflict' AND json_extract(body, '$.other_track_id') IN "
        "(SELECT value FROM json_each(:tracks))) OR (kind = 'corrected' AND "
        "json_extract(body, '$.number') IN (SELECT value FROM json_each(:corrections)))",
    ),
    ("tags", _TRACKS),
    ("crossings", _TRACKS),
    ("looks", _TRACKS),
    ("images", _IMAGES),
    ("photo_sightings", f"id {_SIGHTINGS}"),
    ("tracks", _TRACKS),
    ("entries", "bib_key(bib) = :key"),
)
_SIGHTS = """
SELECT track_id, camera, footage_id, first_seen_utc_ns, last_seen_utc_ns, crossing_utc_ns, bib,
    state, json_extract(own, '$.tag.bib'), merged_into FROM tracks
"""
# A runner in a photo that is matched to the bib belongs to it unless it has another one for sure.
_OF_SIGHTINGS = f"""
SELECT id FROM photo_sightings s WHERE bib_key(bib) = :key
    OR (coalesce(state, '') NOT IN ('confirmed', 'corrected') AND EXISTS (
        SELECT 1 FROM assignments a WHERE a.sighting = s.id AND a.undone_utc_ns IS NULL
            AND bib_key(a.bib) = :key AND {MAY_STAND}))
"""
_MATCHED = f"""
SELECT track_id FROM assignments a WHERE track_id IS NOT NULL AND undone_utc_ns IS NULL
    AND bib_key(bib) = ? AND {MAY_STAND}
"""
_PLACES = f"""
SELECT name, path, moved_from FROM images WHERE {_IMAGES}
UNION ALL SELECT name, path, moved_from FROM photo_sightings WHERE id {_SIGHTINGS}
UNION ALL SELECT name, path, moved_from FROM face_crops
    WHERE {_OF_EITHER} OR bib_key(bib) = :key
"""
_ORIGINALS = f"""
SELECT DISTINCT p.path FROM photo_paths p JOIN photo_sightings s ON s.photo = p.photo
WHERE s.id {_SIGHTINGS} ORDER BY p.path
"""
_LIES = f"SELECT name FROM images WHERE {_IMAGES}"


@dataclass(frozen=True, slots=True)
class Belongings:
    """What of a race is a runner's.

    Attributes:
        key: the bib as it is compared.
        spellings: the bib as it is written in the race; folders are named after it.
        sights: its tracks.
        sightings, people: numbers of runners in photos and of enrolled people.
        settled: what becomes of corrections.
        names: of the start list and of enrolled people. Never written anywhere.
    """

    key: str
    spellings: frozenset[str]
    sights: tuple[Sight, ...]
    sightings: frozenset[int]
    people: frozenset[int]
    settled: Settled
    names: tuple[str, ...]

    @property
    def values(self) -> dict[str, str]:
        """For the queries of this module."""
        return {
            "key": self.key,
            "tracks": json.dumps([sight.track_id for sight in self.sights]),
            "sightings": json.dumps(sorted(self.sightings)),
            "people": json.dumps(sorted(self.people)),
            "corrections": json.dumps(sorted(self.settled.removed)),
        }


def belongings(db: Database, key: str) -> Belongings:
    """Find all that is of the runner whose bib is compared as `key`."""
    db.conn.create_function("bib_key", 1, _key, deterministic=True)
    every = tuple(map(_sight, db.execute(_SIGHTS).fetchall()))
    made = all_made(db)
    tracks = tracks_of_bib(key, every, made, _numbers(db, _MATCHED, key))
    corrected = tracks_of(db, {t for one in made for t in one.track_ids})
    own = {track_id: own_of(db, track) for track_id, track in corrected.items()}
    sights = tuple(sight for sight in every if sight.track_id in tracks)
    names = db.execute(
        "SELECT name FROM entries WHERE bib_key(bib) = :key UNION "
        "SELECT name FROM people WHERE bib_key(bib) = :key",
        {"key": key},
    ).fetchall()
    spelt = {one.bib for one in every if one.bib is not None and bib_key(one.bib) == key}
    return Belongings(
        key,
        frozenset(spelt | _spelt_elsewhere(db, key)),
        sights,
        frozenset(_numbers(db, _OF_SIGHTINGS, key)),
        frozenset(_numbers(db, "SELECT number FROM people WHERE bib_key(bib) = ?", key)),
        settled(key, tracks, own, corrected, made),
        tuple(row[0] for row in names if row[0].strip()),
    )


def counted(db: Database, found: Belongings) -> dict[str, int]:
    """How many rows each table loses."""
    return {
        table: int(
            db.execute(f"SELECT count(*) FROM {table} WHERE {where}", found.values).fetchone()[0]
        )
        for table, where in _ERASED
    }


def picture_files(db: Database, folder: Path, found: Belongings) -> tuple[str, ...]:
    """Every file that shows the runner alone, inside the race folder; also those on their way."""
    places: set[str] = set()
    for name, path, moved_from in db.execute(_PLACES, found.values).fetchall():
        places |= {f"{INCOMING}/{name}", *(one for one in (path, moved_from) if one is not None)}
    homes = [home(sight.track_id, None) for sight in found.sights]
    homes += [f"pivot/{safe_name(bib)}" for bib in found.spellings]
    for one in homes:
        for kept in (one, f"face_{one}"):
            whole = folder / kept
            if whole.is_dir():
                places |= {file.relative_to(folder).as_posix() for file in whole.rglob("*")}
    return tuple(sorted(place for place in places if (folder / place).is_file()))


def originals(db: Database, found: Belongings) -> tuple[str, ...]:
    """The photographers' files that show the runner."""
    return tuple(row[0] for row in db.execute(_ORIGINALS, found.values).fetchall())


def namesakes(db: Database, found: Belongings) -> int:
    """Enrolled people who have the name and no bib."""
    row = db.execute(
        "SELECT count(*) FROM people "
        "WHERE bib IS NULL AND name IN (SELECT value FROM json_each(?))",
        (json.dumps(found.names),),
    ).fetchone()
    return int(row[0])


def erase_rows(db: Database, found: Belongings) -> None:
    """Erase the rows; whoever calls has a transaction open and ``secure_delete`` on."""
    pictures = {row[0] for row in db.execute(_LIES, found.values).fetchall()}
    last = db.execute("SELECT max(seq) FROM events").fetchone()[0]
    for track_id, own in found.settled.own.items():
        if own is None:
            db.execute("UPDATE tracks SET own = NULL WHERE track_id = ?", (track_id,))
        else:
            keep_own(db, replace(own, evidence=_kept(own.evidence, pictures)))
    db.execute(
        "UPDATE tracks SET bib = NULL, state = NULL, posterior = 0, votes = 0, listed = NULL "
        "WHERE track_id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(found.settled.unnamed)),),
    )
    db.execute(
        "UPDATE tracks SET evidence = NULL, evidence_name = NULL "
        "WHERE evidence_name IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(pictures)),),
    )
    for table, where in _ERASED:
        db.execute(f"DELETE FROM {table} WHERE {where}", found.values)
    # Numbers of messages never come twice: programs ask for what came after the last they had.
    db.execute(
        "INSERT OR IGNORE INTO events (seq, kind, camera, track_id, capture_utc_ns, body) "
        "SELECT ?, 'forgotten', '', 0, 0, '{}' WHERE ? IS NOT NULL",
        (last, last),
    )


def _sight(row: Sequence[object]) -> Sight:
    track_id, camera, footage_id, first_ns, last_ns, crossing_ns, bib, state, own, merged = row
    return Sight(
        integer(track_id),
        str(camera),
        maybe_integer(footage_id),
        integer(first_ns),
        integer(last_ns),
        maybe_integer(crossing_ns),
        maybe_text(bib),
        None if state is None else State(str(state)),
        maybe_text(own),
        maybe_integer(merged),
    )


def _key(bib: str | None) -> str | None:
    return None if bib is None else bib_key(bib)


def _numbers(db: Database, query: str, key: str) -> set[int]:
    values = {"key": key} if ":key" in query else (key,)
    return {int(row[0]) for row in db.execute(query, values).fetchall()}


def _spelt_elsewhere(db: Database, key: str) -> set[str]:
    rows = db.execute(
        "SELECT bib FROM images WHERE bib_key(bib) = :key UNION "
        "SELECT bib FROM photo_sightings WHERE bib_key(bib) = :key",
        {"key": key},
    ).fetchall()
    return {str(row[0]) for row in rows}


def _kept(evidence: str | None, erased: set[str]) -> str | None:
    gone = evidence is not None and PurePosixPath(evidence).name in erased
    return None if gone else evidence
