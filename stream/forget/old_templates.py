"""Faces are deleted some days after the race, when its folder is opened.

Their templates and crops go, and with them the names of people who were enrolled by their face.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from stream.clock import SECOND_NS
from stream.config import FACES_DAYS, load_race_file
from stream.export.times import has_date
from stream.store.errors import RaceFolderInUse, StoreError
from stream.store.faces import remove_faces
from stream.store.folder import (
    DATABASE,
    RACE_FILE,
    Lock,
    connect_to_read,
    connect_to_write,
    holds_race,
    leave_one_file,
    reading,
)

log = logging.getLogger(__name__)

_TEMPLATES: Final = "SELECT made_utc_ns FROM templates WHERE kind = 'face'"
_FACELESS: Final = "NOT EXISTS(SELECT 1 FROM templates m WHERE m.person = people.number)"
_SEEN: Final = "EXISTS(SELECT 1 FROM tracks) OR EXISTS(SELECT 1 FROM photos)"
_DAY_NS: Final = 86_400 * SECOND_NS
_LAST = """
SELECT max(at_utc_ns) FROM (SELECT max(last_seen_utc_ns) AS at_utc_ns FROM tracks
    UNION ALL SELECT max(taken_utc_ns) FROM photos)
"""


def delete_old_faces(folder: Path, now_ns: int, days: int | None = None) -> int:
    """Delete templates, crops and enrolled people of a race that was over some days ago.

    Call it before the folder is opened to write. Who is writing to it at this moment has done it.

    Args:
        now_ns: UTC.
        days: of the race file at hand; None takes that of the folder's own race file, else what
            the last run was told, else 30.

    Returns:
        How many templates, crops and people were deleted.

    Raises:
        ConfigError: the folder's race file cannot be used.
        StoreError: the folder cannot be used or the disk refuses.
    """
    if not holds_race(folder):
        return 0
    with closing(connect_to_read(folder)) as connection:
        made_ns = _old(connection, folder, now_ns, days)
    if made_ns is None:
        return 0
    try:
        lock = Lock(folder)
    except RaceFolderInUse:
        return 0
    try:
        return _delete(folder, made_ns)
    except (sqlite3.Error, OSError) as error:
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


def faces_are_over(folder: Path, now_ns: int, days: int) -> bool:
    """Whether faces of a race would go as soon as they were made, or have gone before.

    Args:
        folder: of a race that was opened to write, or checked to be readable.

    Raises:
        StoreError: the folder cannot be read.
    """
    with reading(folder) as connection:
        [last_ns] = connection.execute(_LAST).fetchone()
        made_ns = _gone_ns(connection)
    return now_ns >= faces_end_ns(last_ns, now_ns if made_ns is None else made_ns, days)


def _old(connection: sqlite3.Connection, folder: Path, now_ns: int, days: int | None) -> int | None:
    """From when the days of faces count that are over; None where they are not, or there is none.

    The newest face's, of those that went before where any did.
    """
    if _is_older(connection):
        return None
    made = _TEMPLATES
    if _columns(connection, "face_crops"):
        made += " UNION ALL SELECT made_utc_ns FROM face_crops"
    made += f" UNION ALL SELECT added_utc_ns FROM people WHERE {_FACELESS}"
    [newest_ns] = connection.execute(f"SELECT max(made_utc_ns) FROM ({made})").fetchone()
    if newest_ns is None:
        return None
    if days is None:
        days = _days(connection, folder)
    [last_ns] = connection.execute(_LAST).fetchone()
    gone_ns = _gone_ns(connection)
    # Faces that were made anew, while there were more days, do not begin them anew.
    made_ns = int(newest_ns) if gone_ns is None else gone_ns
    return made_ns if now_ns >= faces_end_ns(last_ns, made_ns, days) else None


def _gone_ns(connection: sqlite3.Connection) -> int | None:
    """When the newest of the faces was made that went before; None where none did."""
    if "faces_made_utc_ns" not in _columns(connection, "race"):
        # A version has written it that did not keep this.
        return None
    [made_ns] = connection.execute("SELECT max(faces_made_utc_ns) FROM race").fetchone()
    return None if made_ns is None else int(made_ns)


def _is_older(connection: sqlite3.Connection) -> bool:
    """Whether an older version has written it, which kept no templates."""
    return "faces_delete_after_days" not in _columns(connection, "race")


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[0] for row in connection.execute(f"SELECT name FROM pragma_table_info('{table}')")}


def _days(connection: sqlite3.Connection, folder: Path) -> int:
    file = folder / RACE_FILE
    if file.is_file():
        return load_race_file(file).faces_delete_after_days
    row = connection.execute("SELECT faces_delete_after_days FROM race").fetchone()
    return FACES_DAYS if row is None or row[0] is None else int(row[0])


def _delete(folder: Path, made_ns: int) -> int:
    db = connect_to_write(folder)
    try:
        with db.atomic():
            n = int(db.execute("DELETE FROM templates WHERE kind = 'face'").rowcount)
            n += int(db.execute("UPDATE face_crops SET removed = 1").rowcount)
            # Who was enrolled by a face alone has no reason any more to be named here.
            n += int(db.execute(f"DELETE FROM people WHERE {_FACELESS}").rowcount)
            # Who was enrolled for a race that is still to come ends nothing.
            db.execute(f"UPDATE race SET faces_made_utc_ns = ? WHERE {_SEEN}", (made_ns,))
        remove_faces(db, folder)
        # What is deleted is overwritten, in the log as well.
        if not leave_one_file(db):
            log.warning(
                "%s: old faces were deleted and are still in the log beside the database, since "
                "another program is reading it; end that one, then open and close the race here "
                "once more",
                folder / DATABASE,
            )
    finally:
        db.close()
    return n
