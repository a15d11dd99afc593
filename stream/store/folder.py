"""A race folder on disk: is it one, may we write to it, and the connections to its database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database

from stream.store.errors import NewerRaceFolder, NotARaceFolder, RaceFolderInUse, StoreError
from stream.store.migrations import APPLICATION_ID, migrations, newer_steps

DATABASE = "race.db"
LOCK = "race.lock"
INCOMING = ".incoming"
"""Pictures being written; nothing in here outlives the writer."""
UPLOADS = "uploads"
"""Photos that were sent through the page."""
UNREADABLE = f"{UPLOADS}/unreadable"
"""Those of them that turned out to be broken; nobody looks at them again."""

RACE_FILE = "race.toml"
_MAY_BE_THERE = {"video", "export", "access.json", LOCK, INCOMING}


class Lock:
    """Says that this process writes to the folder; the system frees it if the process dies.

    SQLite's own file lock on an empty database: the same on every system, also against a
    second store in the same process.
    """

    def __init__(self, folder: Path) -> None:
        """Take the lock.

        Raises:
            RaceFolderInUse: someone else has it.
        """
        self._connection = sqlite3.connect(
            folder / LOCK, timeout=0, isolation_level=None, check_same_thread=False
        )
        try:
            self._connection.execute("PRAGMA journal_mode = MEMORY")  # no file left behind
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            self._connection.close()
            raise RaceFolderInUse(
                f"{folder} is being written to by another finishline; stop that one first"
            ) from error

    def free(self) -> None:
        """Give the lock back."""
        self._connection.close()


def holds_race(folder: Path) -> bool:
    """Whether the folder has a race database; False for a folder a new race may start in.

    Raises:
        NotARaceFolder: it is no folder, or holds something else.
    """
    if folder.exists() and not folder.is_dir():
        raise NotARaceFolder(f"{folder} is a file; name a folder for the race")
    database = folder / DATABASE
    if database.exists() and database.stat().st_size > 0:
        _check_is_race(database)
        return True
    # Whoever put a race file into a folder means it to be a race's, start list and videos included.
    if folder.exists() and not (folder / RACE_FILE).is_file():
        others = sorted(
            path.name
            for path in folder.iterdir()
            if path.name not in _MAY_BE_THERE and not path.name.startswith((".", DATABASE))
        )
        if others:
            raise NotARaceFolder(
                f"{folder} is not a race folder and not empty (it holds {others[0]}); "
                "name the folder of a race, or a new or empty one"
            )
    return False


def _check_is_race(database: Path) -> None:
    """By SQLite alone: who opens its file otherwise and closes it takes away the locks of all of
    this process's connections, and another program then removes the log under their hands."""
    found = None
    try:
        with closing(connect_to_read(database.parent)) as connection:
            [found] = connection.execute("PRAGMA application_id").fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            return  # Whoever opens it says what is wrong.
    # Before the first step there is none, and the tables tell.
    if found not in (0, APPLICATION_ID):
        raise NotARaceFolder(f"{database} is not a race database; name another folder for the race")


def connect_to_write(folder: Path) -> Database:
    """The writer's connection, with all migrations applied.

    Raises:
        NewerRaceFolder: a newer version has written it.
        StoreError: the database cannot be opened.
    """
    connection = sqlite3.connect(folder / DATABASE, check_same_thread=False)
    try:
        db = Database(connection)
        _refuse_foreign(db, folder)
        db.execute("PRAGMA journal_mode = WAL")
        # With WAL this never corrupts, and loses only the last moments when the power fails.
        db.execute("PRAGMA synchronous = NORMAL")
        # Faces go without being asked for; nothing of them is left in free pages.
        db.execute("PRAGMA secure_delete = ON")
        migrations.apply(db)
    except StoreError:
        connection.close()
        raise
    except sqlite3.Error as error:
        connection.close()
        raise StoreError(
            f"{folder / DATABASE} cannot be opened ({error}); "
            "check the disk and the folder's permissions, or restore it from a copy"
        ) from error
    return db


def connect_to_read(folder: Path) -> sqlite3.Connection:
    """A connection that cannot write; close it soon.

    Raises:
        StoreError: the database cannot be opened.
    """
    database = (folder / DATABASE).absolute()
    try:
        connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise StoreError(f"{database} cannot be opened ({error})") from error
    connection.row_factory = sqlite3.Row
    return connection


@contextmanager
def reading(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write, for one call: everything in it is from the same moment.

    Raises:
        StoreError: the database cannot be read.
    """
    with closing(connect_to_read(folder)) as connection, in_one_moment(folder, connection):
        yield connection


@contextmanager
def in_one_moment(folder: Path, connection: sqlite3.Connection) -> Iterator[None]:
    """Begins to read; whoever calls ends that, or closes the connection.

    Raises:
        StoreError: the database cannot be read.
    """
    try:
        connection.execute("BEGIN")
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{folder} cannot be read ({error}); check the disk") from error


def empty_log(db: Database, wait_ms: int) -> bool:
    """Empty the write-ahead log, which holds pages as they were before something was erased.

    Whoever calls has no transaction open. With ``secure_delete``, as `connect_to_write` sets it,
    nothing of what was erased is left in the folder then.

    Args:
        wait_ms: how long to wait for those who read.

    Returns:
        False where somebody reads, so that the log is as it was: try again.
    """
    [before] = db.execute("PRAGMA busy_timeout").fetchone()
    db.execute(f"PRAGMA busy_timeout = {wait_ms}")
    try:
        busy, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        db.execute(f"PRAGMA busy_timeout = {before}")
    return not busy


def leave_one_file(db: Database) -> bool:
    """Fold the write-ahead log into the database, so that the folder can be copied.

    Returns:
        False where somebody reads: the log stays beside the database, and the next writer to
        close folds it in.

    Raises:
        StoreError: the disk refuses.
    """
    try:
        [mode] = db.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreError(f"the race could not be closed ({error}); check the disk") from error
        return False
    return bool(mode == "delete")


def check_readable(folder: Path) -> None:
    """Make sure that a race can be read with this version's tables.

    Raises:
        NotARaceFolder: there is no race in the folder.
        NewerRaceFolder: a newer version has written it.
        StoreError: it is older than this version and must be opened to write once.
    """
    if not holds_race(folder):
        raise NotARaceFolder(f"{folder} holds no race; name a folder that finishline has written")
    connection = connect_to_read(folder)
    try:
        db = Database(connection)
        _refuse_foreign(db, folder)
        if migrations.pending(db):
            raise StoreError(
                f"{folder} was written by an older finishline; "
                f"open it once to write (finishline serve --operator --race {folder})"
            )
    except sqlite3.Error as error:
        raise StoreError(
            f"{folder / DATABASE} cannot be read ({error}); restore it from a copy"
        ) from error
    finally:
        connection.close()


def _refuse_foreign(db: Database, folder: Path) -> None:
    steps = newer_steps(db)
    if steps:
        raise NewerRaceFolder(
            f"{folder} was written by a newer finishline (it knows {steps[-1]}); update finishline"
        )
    tables = set(db.table_names()) - {migrations.migrations_table}
    if tables and not migrations.applied(db):
        raise NotARaceFolder(
            f"{folder / DATABASE} is not a race database; name another folder for the race"
        )
