"""Reading a race folder, also while it is being written. Safe from any thread."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from engines.types import Box
from stream.corrections import Made
from stream.store.assignments import AssignmentsReader
from stream.store.conflicts import standing_conflicts
from stream.store.corrections import COLUMNS, made_of
from stream.store.crossings import CrossingRow, read_crossings
from stream.store.faces import FacesReader
from stream.store.folder import check_readable, reading
from stream.store.images import ImageKind, relative
from stream.store.photos import PhotosReader
from stream.store.read_rate import ReadRate, read_rate
from stream.store.segments import segment_of
from stream.store.templates import TemplatesReader
from stream.store.unread import unread_tracks
from stream.store.values import (
    Counts,
    FootageRow,
    GuardedSegment,
    ImageRow,
    LookRow,
    RunnerRow,
    SegmentRow,
    Snapshot,
    StartListRow,
)
from stream.types import Clock, Reason, State
from stream.unread import Unread
from stream.waves import Starts

_RUNNERS = """
SELECT t.*, coalesce(i.path, t.evidence) AS picture, e.name, e.club
FROM tracks t
LEFT JOIN images i ON i.name = t.evidence_name
LEFT JOIN entries e ON e.bib = t.bib
WHERE superseded = 0
"""
_ON_LISTS = " AND hidden = 0 AND merged_into IS NULL"
_NEWEST_FIRST = " ORDER BY t.first_seen_utc_ns DESC, t.track_id DESC"
_CURRENT = "AND track_id NOT IN (SELECT track_id FROM tracks WHERE superseded = 1)"
_COUNTED = "AND track_id NOT IN (SELECT track_id FROM tracks WHERE superseded = 1 OR hidden = 1)"
_COUNTS = f"""
SELECT count(*) AS tracks,
    count(*) FILTER (WHERE state = 'confirmed') AS confirmed,
    count(*) FILTER (WHERE state = 'corrected') AS corrected,
    count(*) FILTER (WHERE state = 'seen') AS seen,
    count(*) FILTER (WHERE state IS NULL) AS unknown,
    count(DISTINCT bib) FILTER (WHERE state IN ('confirmed', 'corrected')) AS bibs,
    count(*) FILTER (WHERE crossing_utc_ns IS NOT NULL) AS crossings,
    (SELECT count(*) FROM looks) AS looks,
    (SELECT count(*) FROM looks WHERE reason IS NULL) AS looks_counted,
    (SELECT count(*) FROM images WHERE store = 'pivot' {_COUNTED}) AS pivot_images,
    (SELECT count(*) FROM images WHERE store = 'unknown' {_COUNTED}) AS unknown_images,
    (SELECT coalesce(sum(frames), 0) FROM footage) AS frames
FROM tracks WHERE superseded = 0{_ON_LISTS}
"""

# A track that is still open has not been seen for the last time. Tracks that a second run over the
# same footage has set aside count as well: better to keep too much.
_SHOWN = """
SELECT 1 FROM tracks t WHERE t.footage_id = s.footage_id
    AND t.first_seen_utc_ns <= s.end_utc_ns + :margin
    AND (t.closed = 0 OR t.last_seen_utc_ns >= s.first_utc_ns - :margin)
"""
_GUARDED = f"""
SELECT id, footage_id, path, end_utc_ns, n_bytes,
    EXISTS({_SHOWN}) AS sighted,
    EXISTS({_SHOWN} AND t.bib IS NOT NULL) AS tagged
FROM segments s
WHERE NOT referenced AND NOT deleted AND end_utc_ns IS NOT NULL
ORDER BY first_utc_ns, id
"""


class StoreReader:
    """A race folder to read only. Every call sees the newest committed state."""

    def __init__(self, folder: Path) -> None:
        """Open a race.

        Raises:
            NotARaceFolder: there is no race in `folder`.
            NewerRaceFolder: a newer version has written it.
            StoreError: it cannot be read.
        """
        check_readable(folder)
        self.folder = folder
        self.photos = PhotosReader(folder)
        self.templates = TemplatesReader(folder)
        self.faces = FacesReader(folder)
        self.assignments = AssignmentsReader(folder)

    @property
    def race_name(self) -> str | None:
        """What the race is called, where it was said."""
        with reading(self.folder) as db:
            row = db.execute("SELECT name FROM race").fetchone()
        return None if row is None else row["name"]

    def last_seq(self) -> int:
        """Number of the newest message on disk; 0 before the first."""
        with reading(self.folder) as db:
            return _last_seq(db)

    def next_track_id(self) -> int:
        """The first track number that is free; 1 in a new race."""
        with reading(self.folder) as db:
            row = db.execute(
                "SELECT max((SELECT coalesce(max(track_id), 0) FROM tracks), "
                "(SELECT coalesce(max(track_id), 0) FROM looks), "
                "(SELECT coalesce(max(track_id), 0) FROM images))"
            ).fetchone()
        return int(row[0]) + 1

    def snapshot(self, limit: int = 200) -> Snapshot:
        """The newest runners, at most `limit`, with the number of the last message in them.

        Who is not a runner, or a part of another track, is left out.
        """
        with reading(self.folder) as db:
            rows = db.execute(f"{_RUNNERS}{_ON_LISTS}{_NEWEST_FIRST} LIMIT ?", (limit,)).fetchall()
            return Snapshot(_last_seq(db), _runners(db, rows))

    def runner(self, track_id: int) -> RunnerRow | None:
        """One track, one that is in no list too; None where there is none."""
        with reading(self.folder) as db:
            rows = db.execute(f"{_RUNNERS} AND t.track_id = ?", (track_id,)).fetchall()
            found = _runners(db, rows)
        return found[0] if found else None

    def runners_with(self, bib: str) -> tuple[RunnerRow, ...]:
        """All tracks tagged with exactly this bib, newest first."""
        with reading(self.folder) as db:
            rows = db.execute(f"{_RUNNERS} AND t.bib = ?{_NEWEST_FIRST}", (bib,)).fetchall()
            return _runners(db, rows)

    def read_rate(self, camera: str | None = None) -> ReadRate:
        """Runners and how many were read, over the time of the race."""
        with reading(self.folder) as db:
            return read_rate(db, camera)

    def unread_tracks(self, camera: str | None = None) -> tuple[Unread, ...]:
        """Who went by without a confirmed bib, with the looks at them."""
        with reading(self.folder) as db:
            return unread_tracks(db, camera)

    def images_of_track(self, track_id: int) -> tuple[ImageRow, ...]:
        """The track's pictures in order of time."""
        return self._images("track_id = ?", track_id)

    def images_of_bib(self, bib: str) -> tuple[ImageRow, ...]:
        """The pivot pictures of a bib, from all cameras, in order of time."""
        return self._images("bib = ?", bib)

    def find_image(self, path: str) -> Path | None:
        """The file of a picture by the path it has or once had; None when it is not there.

        Raises:
            ValueError: the path points out of the race folder.
        """
        inside = relative(path)
        with reading(self.folder) as db:
            row = db.execute(
                "SELECT path FROM images WHERE name = :name AND moved_from IS NULL UNION ALL "
                "SELECT path FROM photo_sightings WHERE name = :name AND moved_from IS NULL "
                "AND removed = 0 AND path IS NOT NULL",
                {"name": inside.name},
            ).fetchone()
        file = None if row is None else self.folder / row["path"]
        return file if file is not None and file.is_file() else None

    def crossings(self, after: int, limit: int) -> tuple[CrossingRow, ...]:
        """At most `limit` crossings of the finish line told after the message `after`."""
        with reading(self.folder) as db:
            return read_crossings(db, after, limit)

    def start_list(self) -> tuple[StartListRow, ...]:
        """The start list in the order of its import."""
        with reading(self.folder) as db:
            rows = db.execute(
                "SELECT bib, name, club, category, wave, city, nation FROM entries "
                "ORDER BY position"
            ).fetchall()
        return tuple(StartListRow(*row) for row in rows)

    def starts(self) -> Starts:
        """When the race and its waves started, as far as it was told."""
        with reading(self.folder) as db:
            gun = db.execute("SELECT gun_utc_ns FROM race").fetchone()
            waves = db.execute("SELECT name, start_utc_ns FROM waves ORDER BY rowid").fetchall()
        return Starts(None if gun is None else gun[0], dict(map(tuple, waves)))

    def footage(self) -> tuple[FootageRow, ...]:
        """Every source that was read, in the order they began."""
        with reading(self.folder) as db:
            rows = db.execute(
                "SELECT id, camera, source, fingerprint, done_pts_ns, frames, complete "
                "FROM footage ORDER BY id"
            ).fetchall()
        return tuple(FootageRow(**{**dict(row), "complete": bool(row["complete"])}) for row in rows)

    def tagged_bibs(self) -> tuple[str, ...]:
        """Every bib that a track is confirmed or corrected to, in the order of first sight."""
        with reading(self.folder) as db:
            rows = db.execute(
                "SELECT bib FROM tracks WHERE superseded = 0 "
                "AND state IN ('confirmed', 'corrected') "
                "GROUP BY bib ORDER BY min(first_seen_utc_ns), bib"
            ).fetchall()
        return tuple(row["bib"] for row in rows)

    def corrections(self, limit: int = 200) -> tuple[Made, ...]:
        """What people have said, undos too, the newest first."""
        with reading(self.folder) as db:
            rows = db.execute(
                f"SELECT {COLUMNS} FROM corrections ORDER BY number DESC LIMIT ?", (limit,)
            ).fetchall()
        return tuple(made_of(tuple(row)) for row in rows)

    def segments(self, footage_id: int | None = None) -> tuple[SegmentRow, ...]:
        """The recorded video in order of footage and time, deleted segments too."""
        with reading(self.folder) as db:
            rows = db.execute(
                "SELECT * FROM segments WHERE :footage IS NULL OR footage_id = :footage "
                "ORDER BY footage_id, first_utc_ns, id",
                {"footage": footage_id},
            ).fetchall()
        return tuple(map(segment_of, rows))

    def video_bytes(self) -> int:
        """Bytes of all recorded segments that are complete and there."""
        with reading(self.folder) as db:
            row = db.execute(
                "SELECT coalesce(sum(n_bytes), 0) FROM segments "
                "WHERE NOT referenced AND NOT deleted"
            ).fetchone()
        return int(row[0])

    def guarded_segments(self, margin_ns: int) -> tuple[GuardedSegment, ...]:
        """Complete recorded segments, the oldest first, with what is seen in them.

        Args:
            margin_ns: a segment so long before or after a sighting shows it too.
        """
        with reading(self.folder) as db:
            rows = db.execute(_GUARDED, {"margin": margin_ns}).fetchall()
        return tuple(
            GuardedSegment(
                id=row["id"],
                footage_id=row["footage_id"],
                path=row["path"],
                end_utc_ns=row["end_utc_ns"],
                n_bytes=row["n_bytes"],
                sighted=bool(row["sighted"]),
                tagged=bool(row["tagged"]),
            )
            for row in rows
        )

    def looks_of_track(self, track_id: int) -> tuple[LookRow, ...]:
        """Every look at a track, in order of time."""
        with reading(self.folder) as db:
            rows = db.execute(
                "SELECT track_id, camera, frame_index, pts_ns, capture_utc_ns, reason, text, "
                "sharpness, person, bib_box, number_box FROM looks WHERE track_id = ? "
                "ORDER BY capture_utc_ns, id",
                (track_id,),
            ).fetchall()
        return tuple(map(_look, rows))

    def counts(self) -> Counts:
        """The race in numbers."""
        with reading(self.folder) as db:
            row = db.execute(_COUNTS).fetchone()
            reasons = db.execute(
                "SELECT reason, count(*) FROM looks WHERE reason IS NOT NULL "
                "GROUP BY reason ORDER BY count(*) DESC, reason"
            ).fetchall()
        return Counts(**dict(row), reasons={Reason(reason): n for reason, n in reasons})

    def _images(self, where: str, value: int | str) -> tuple[ImageRow, ...]:
        with reading(self.folder) as db:
            rows = db.execute(
                "SELECT path, store, kind, bib, track_id, camera, frame_index, pts_ns, "
                f"capture_utc_ns, width, height, sha256 FROM images WHERE {where} {_CURRENT} "
                "ORDER BY capture_utc_ns, camera, kind",
                (value,),
            ).fetchall()
        return tuple(
            ImageRow(row["path"], row["store"], ImageKind(row["kind"]), *row[3:]) for row in rows
        )


def _last_seq(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
    return int(row[0])


def _runners(db: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> tuple[RunnerRow, ...]:
    """Rows of `_RUNNERS` as values."""
    conflicts = standing_conflicts(db) if rows else {}
    return tuple(_runner(row, conflicts.get(row["track_id"], ())) for row in rows)


def _runner(row: sqlite3.Row, conflicts: tuple[int, ...]) -> RunnerRow:
    return RunnerRow(
        track_id=row["track_id"],
        camera=row["camera"],
        bib=row["bib"],
        state=None if row["state"] is None else State(row["state"]),
        posterior=row["posterior"],
        votes=row["votes"],
        evidence=row["picture"],
        first_seen_utc_ns=row["first_seen_utc_ns"],
        last_seen_utc_ns=row["last_seen_utc_ns"],
        crossing_utc_ns=row["crossing_utc_ns"],
        clock=None if row["clock"] is None else Clock(row["clock"]),
        listed=None if row["listed"] is None else bool(row["listed"]),
        name=row["name"],
        club=row["club"],
        closed=bool(row["closed"]),
        interrupted=bool(row["interrupted"]),
        footage_id=row["footage_id"],
        hidden=bool(row["hidden"]),
        merged_into=row["merged_into"],
        conflicts=conflicts,
    )


def _look(row: sqlite3.Row) -> LookRow:
    boxes = {
        name: None if row[column] is None else _box(row[column])
        for name, column in (("bib", "bib_box"), ("number", "number_box"))
    }
    return LookRow(
        track_id=row["track_id"],
        camera=row["camera"],
        frame_index=row["frame_index"],
        pts_ns=row["pts_ns"],
        capture_utc_ns=row["capture_utc_ns"],
        reason=None if row["reason"] is None else Reason(row["reason"]),
        text=row["text"],
        sharpness=row["sharpness"],
        person=_box(row["person"]),
        **boxes,
    )


def _box(written: str) -> Box:
    x0, y0, x1, y1 = json.loads(written)
    return x0, y0, x1, y1
