"""Which runners were erased from a race and are to stay so; `stream.forget` erases them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlite_utils import Database

from stream.store.folder import reading


def forgotten_bibs(db: Database | sqlite3.Connection) -> frozenset[str]:
    """Bibs of those who were erased, as they are compared."""
    return frozenset(str(row[0]) for row in db.execute("SELECT key FROM forgotten").fetchall())


def forgotten_in(folder: Path) -> frozenset[str]:
    """`forgotten_bibs` of a race folder.

    Raises:
        StoreError: it cannot be read.
    """
    with reading(folder) as connection:
        return forgotten_bibs(connection)
