"""Templates of faces are deleted some days after the race, whenever its folder is opened."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from stream.clock import SECOND_NS
from stream.config import FACES_DAYS, load_race_file
from stream.export.times import has_date
from stream.store.errors import RaceFolderInUse, StoreError
from stream.store.folder import (
    RACE_FILE,
    Lock,
    connect_to_read,
    connect_to_write,
    holds_race,
    leave_one_file,
)

_DAY_NS: Final = 86_400 * SECOND_NS
_LAST = """
SELECT max(at_utc_ns) FROM (SELECT max(last_seen_utc_ns) AS at_utc_ns FROM tracks
    UNION ALL SELECT max(taken_utc_ns) FROM photos)
"""


def delete_old_faces(folder: Path, now_ns: int, days: int | None = None) -> int:
    """Delete the templates of faces of a race that was over some days ago.

    Call it before the folder is opened to write. Who is writing to it at this moment has done it.

    Args:
        now_ns: UTC.
        days: of the race file at hand; None takes that of the folder's own race file, else what
            the last run was told, else 30.

    Returns:
        How many were deleted.

    Raises:
        ConfigError: the folder's race file cannot be used.
        StoreError: the folder cannot be used or the disk refuses.
    """
    if not holds_race(folder):
        return 0
    with closing(connect_to_read(folder)) as connection:
        if not _has_old(connection, folder, now_ns, days):
            return 0
    try:
        lock = Lock(folder)
    except RaceFolderInUse:
        return 0
    try:
        return _delete(folder)
    except sqlite3.Error as error:
        raise StoreError(
            f"old templates of faces in {folder} cannot be deleted ({error}); check the disk"
        ) from error
    finally:
        lock.free()


def faces_end_ns(last_capture_ns: int | None, newest_made_ns: int, days: int) -> int:
    """When templates of faces go, UTC.

    Args:
        last_capture_ns: the newest moment of the race; None or undated counts from when the newest
            template was made.
    """
    dated = last_capture_ns is not None and has_date(last_capture_ns)
    last_ns = last_capture_ns if dated and last_capture_ns is not None else newest_made_ns
    return last_ns + days * _DAY_NS


def _has_old(connection: sqlite3.Connection, folder: Path, now_ns: int, days: int | None) -> bool:
    if _is_older(connection):
        return False
    made = connection.execute("SELECT max(made_utc_ns) FROM templates WHERE kind = 'face'")
    newest_ns = made.fetchone()[0]
    if newest_ns is None:
        return False
    if days is None:
        days = _days(connection, folder)
    [last_ns] = connection.execute(_LAST).fetchone()
    return now_ns >= faces_end_ns(last_ns, newest_ns, days)


def _is_older(connection: sqlite3.Connection) -> bool:
    """Whether an older version has written it, which kept no templates."""
    columns = connection.execute("SELECT name FROM pragma_table_info('race')").fetchall()
    return "faces_delete_after_days" not in {row[0] for row in columns}


def _days(connection: sqlite3.Connection, folder: Path) -> int:
    file = folder / RACE_FILE
    if file.is_file():
        return load_race_file(file).faces_delete_after_days
    row = connection.execute("SELECT faces_delete_after_days FROM race").fetchone()
    return FACES_DAYS if row is None or row[0] is None else int(row[0])


def _delete(folder: Path) -> int:
    db = connect_to_write(folder)
    try:
        # What is deleted is overwritten, in the log as well.
        db.execute("PRAGMA secure_delete = ON")
        with db.atomic():
            n = int(db.execute("DELETE FROM templates WHERE kind = 'face'").rowcount)
        leave_one_file(db)
    finally:
        db.close()
    return n
