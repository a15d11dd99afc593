"""Erases a runner: rows in one transaction, then files, each step known to the next run.

The transaction that erases the rows also writes down what is still to be done. Whenever the
process dies, either nothing has happened or the next run finishes the work and writes the receipt.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from stream.export.manifest import Manifest
from stream.export.names import folded
from stream.forget.errors import ForgetError
from stream.forget.exports import doomed, export_folders, remove
from stream.forget.footage import Filmed, Part, cut_out, filmed, replace_rows
from stream.forget.planning import PHOTO_TABLES, Asked, plan, unknown
from stream.forget.receipt import Receipt, write
from stream.forget.rows import erase_rows
from stream.forget.uploads import erase_sent, left
from stream.forget.work import Work, unfinished, written
from stream.photos.tables import write_tables
from stream.store.errors import NotARaceFolder
from stream.store.folder import (
    DATABASE,
    Lock,
    connect_to_write,
    empty_log,
    holds_race,
    leave_one_file,
)
from stream.store.forgetting import forgotten_bibs
from stream.store.photos import PhotosReader

MOST_BYTES: Final = 256 << 20
"""Larger files are video; nobody looks for a name in them."""
_SILENT: Final = ("video", "pivot", "unknown", "face_pivot", "face_unknown")
"""Folders of video and pictures that finishline makes and writes no name into."""
BUSY_MS: Final = 10_000
"""How long to wait for somebody who reads; a page that is open reads for moments only."""
_A_TICK_NS: Final = 1_000_000
"""Frames are never so near each other; times in files are rounded."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done.

    Attributes:
        finished: the receipt of an erasure that had been broken off.
        receipt: that of this one; None where nothing of the bib was left.
    """

    finished: Receipt | None
    receipt: Receipt | None


def forget(asked: Asked) -> Done:
    """Erase all of a runner, finishing first what was broken off.

    Raises:
        ForgetError: nobody has the bib, or the database is being read so that it cannot be
            rewritten; the same command then goes on.
        RaceFolderInUse: the race is running.
        ExportError: an export is being written.
        StoreError: the folder cannot be used or the disk refuses.
    """
    key = asked.key
    if not holds_race(asked.folder):
        raise NotARaceFolder(f"{asked.folder} holds no race; name a folder that finishline wrote")
    with ExitStack() as opened:
        # Last out: nobody else may write before the database lies in one file.
        lock = Lock(asked.folder)
        opened.callback(lock.free)
        db = connect_to_write(asked.folder)
        opened.callback(db.close)
        try:
            exports = [
                opened.enter_context(Manifest.open(out)) for out in export_folders(asked.folder)
            ]
            erasing = _Erasing(asked.folder, db, exports)
            pending = unfinished(db)
            finished = None if pending is None else erasing.finish(pending, None)
            receipt = _begin(erasing, asked, pending is not None and pending.key == key)
            leave_one_file(db)
        except (sqlite3.Error, OSError) as error:
            raise ForgetError(
                f"{asked.folder} cannot be written ({error}); mend that and run the same command "
                "again: it finishes what is left"
            ) from error
        return Done(finished, receipt)


def _begin(erasing: _Erasing, asked: Asked, was_pending: bool) -> Receipt | None:
    found = plan(erasing.db, asked)
    if found.work.is_nothing:
        if was_pending or asked.key in forgotten_bibs(erasing.db):
            return None
        raise unknown(asked)
    with erasing.db.atomic():
        erase_rows(erasing.db, found.found)
        erase_sent(erasing.db, found.sent.rows)
        erasing.db.execute(
            "INSERT OR REPLACE INTO forgotten (key, bib, at_utc_ns) VALUES (?, ?, ?)",
            (found.work.key, found.work.bib, found.work.at_utc_ns),
        )
        erasing.keep(found.work)
    return erasing.finish(found.work, found.found.names)


class _Erasing:
    """A race folder that is locked, with its exports."""

    def __init__(self, folder: Path, db: Database, exports: Sequence[Manifest]) -> None:
        self.db = db
        self._folder = folder
        self._exports = exports

    def keep(self, work: Work) -> None:
        """Write down what is to be done, in the transaction that is open."""
        self.db.execute(
            "INSERT OR REPLACE INTO forgetting (id, body) VALUES (1, ?)", (written(work),)
        )

    def finish(self, work: Work, names: Sequence[str] | None) -> Receipt:
        """All that comes after the rows; every step may be taken twice.

        Args:
            names: of the runner; None where they are no longer known.
        """
        uploads = left(self.db, self._folder, work.uploads)
        self._remove_files((*work.files, *uploads, *work.replaced))
        cut = work.spans if work.footage else ()
        for manifest in self._exports:
            remove(manifest, doomed(manifest.out, work.key, {*work.spellings}, cut))
        work = self._cut_video(work)
        if work.photo_tables:
            write_tables(PhotosReader(self._folder), (self._folder / PHOTO_TABLES[0]).parent)
        self._overwrite()
        tell = None if names is None else tuple(_telling(self._folder, names))
        receipt = write(self._folder, work, names or (), tell)
        with self.db.atomic():
            self.db.execute("DELETE FROM forgetting")
        self._fold_in()
        return receipt

    def _remove_files(self, files: Collection[str]) -> None:
        for file in files:
            (self._folder / file).unlink(missing_ok=True)
        for place in sorted({(self._folder / file).parent for file in files}, reverse=True):
            if place.parent != self._folder and place.is_dir() and not any(place.iterdir()):
                place.rmdir()

    def _cut_video(self, work: Work) -> Work:
        if not work.footage:
            return work
        for segment in filmed(self.db, self._folder, work.spans):
            if not segment.new.referenced:
                work = self._cut_one(work, segment)
        return work

    def _cut_one(self, work: Work, segment: Filmed) -> Work:
        told, parts = cut_out(self._folder, segment, work.spans)
        if not told.whole and _is_all_left(segment, parts):
            # The runner came after its last frame, or what is left was cut out of it before.
            (self._folder / parts[0].new.path).unlink()
            return work
        # The old file is on the list when the rows of the new ones replace it.
        work = replace(
            work,
            cut_out=(*work.cut_out, told),
            replaced=(*work.replaced, segment.new.path),
        )
        with self.db.atomic():
            replace_rows(self.db, segment, parts)
            self.keep(work)
        (self._folder / segment.new.path).unlink(missing_ok=True)
        return work

    def _overwrite(self) -> None:
        """Make the database anew: what is left of erased rows in free pages is gone then."""
        self._fold_in()
        self.db.execute("VACUUM")
        self._fold_in()

    def _fold_in(self) -> None:
        """Empty the write-ahead log.

        Raises:
            ForgetError: somebody reads the database.
        """
        if not empty_log(self.db, BUSY_MS):
            raise ForgetError(
                f"{self._folder / DATABASE} is being read, so that what was erased is still in its "
                "log; end the other program and run the same command again"
            )


def _is_all_left(segment: Filmed, parts: Sequence[Part]) -> bool:
    return (
        len(parts) == 1
        and parts[0].new.first_utc_ns <= segment.new.first_utc_ns + _A_TICK_NS
        and parts[0].end_utc_ns >= segment.end_utc_ns - _A_TICK_NS
    )


def _telling(folder: Path, names: Sequence[str]) -> Iterator[str]:
    """Files of a race folder in which a name stands, paths inside it."""
    wanted = [form for name in names for form in _forms(name)]
    in_paths = [part for name in names if (part := folded(name))]
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder)
        if not file.is_file() or path.parts[0] in _SILENT:
            continue
        if any(part in file.name for part in in_paths) or _has(file, wanted):
            yield path.as_posix()


def _forms(name: str) -> list[bytes]:
    """How a name may be written; in start lists the last one often stands first."""
    words = name.split()
    texts = {name, " ".join([*words[-1:], *words[:-1]])}
    texts |= {sign.join([*words[-1:], *words[:-1]]) for sign in (",", ";", "\t", ", ")}
    texts |= {sign.join(words) for sign in (",", ";", "\t")}
    return [text.encode() for text in sorted(texts)]


def _has(file: Path, wanted: Sequence[bytes]) -> bool:
    if file.stat().st_size > MOST_BYTES:
        return False
    content = file.read_bytes()
    return any(one in content for one in wanted)
