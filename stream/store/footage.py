"""Which footage a race has already seen, so that nothing is processed twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from stream.store.corrections import CORRECTED
from stream.store.errors import StoreError
from stream.store.images import rehome


@dataclass(frozen=True, slots=True)
class Footage:
    """One source as the race has it.

    Attributes:
        resume_after_pts_ns: an earlier run got this far; None starts at the beginning.
        complete: an earlier run got to the end: there is nothing to do.
    """

    id: int
    resume_after_pts_ns: int | None
    complete: bool


def fingerprint(path: Path) -> str:
    """SHA-256 of a file's content, as hex digits.

    All of it is read, at the disk's speed or about 1 GB/s, whichever is slower.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def begin(
    db: Database, camera: str, source: str, fingerprint: str | None, start_utc_ns: int | None
) -> Footage:
    """Find the footage of an earlier run or add it.

    Raises:
        StoreError: it is being processed right now.
    """
    row = db.execute(
        "SELECT id, done_pts_ns, complete, running, start_utc_ns FROM footage "
        "WHERE camera = ? AND fingerprint = ?",
        (camera, fingerprint),
    ).fetchone()
    if row is None:
        added = db.execute(
            "INSERT INTO footage (camera, source, fingerprint, start_utc_ns, running) "
            "VALUES (?, ?, ?, ?, 1) RETURNING id",
            (camera, source, fingerprint, start_utc_ns),
        ).fetchone()
        return Footage(added[0], None, False)
    footage_id, done_pts_ns, complete, running, started = row
    if complete:
        return Footage(footage_id, done_pts_ns, True)
    if running:
        raise StoreError(
            f"camera {camera} is reading {source} already; give the second camera another name"
        )
    _supersede(db, footage_id, done_pts_ns, started)
    db.execute(
        "UPDATE footage SET running = 1, source = ?, start_utc_ns = coalesce(?, start_utc_ns) "
        "WHERE id = ?",
        (source, start_utc_ns, footage_id),
    )
    return Footage(footage_id, done_pts_ns, False)


def progress(db: Database, footage_id: int, pts_ns: int, frames: int) -> None:
    """Everything up to `pts_ns` is done; it never goes back."""
    db.execute(
        "UPDATE footage SET done_pts_ns = max(coalesce(done_pts_ns, ?), ?), frames = ? "
        "WHERE id = ?",
        (pts_ns, pts_ns, frames, footage_id),
    )


def end(db: Database, footage_id: int, complete: bool) -> None:
    """The source has ended."""
    db.execute("UPDATE footage SET running = 0, complete = ? WHERE id = ?", (complete, footage_id))


def end_interrupted(db: Database) -> None:
    """Close what a run that died left open: footage that was running and tracks in view."""
    db.execute("UPDATE footage SET running = 0 WHERE running = 1")
    left = db.execute("SELECT track_id FROM tracks WHERE closed = 0").fetchall()
    for (track_id,) in left:
        rehome(db, track_id)
    db.execute("UPDATE tracks SET closed = 1, interrupted = 1 WHERE closed = 0")


def _supersede(
    db: Database, footage_id: int, done_pts_ns: int | None, start_utc_ns: int | None
) -> None:
    # These runners will be seen again from their first frame on. Whoever was in view at the
    # last recorded moment stays, and so does what a person has corrected.
    done_utc_ns = None if done_pts_ns is None else (start_utc_ns or 0) + done_pts_ns
    db.execute(
        "UPDATE tracks SET superseded = 1 WHERE footage_id = ? AND state IS NOT 'corrected' "
        f"AND (? IS NULL OR first_seen_utc_ns > ?) AND track_id NOT IN ({CORRECTED})",
        (footage_id, done_utc_ns, done_utc_ns),
    )
