"""One race folder, open to write: ``race.db`` and the pictures beside it."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import astuple
from functools import partial
from pathlib import Path
from time import monotonic
from types import TracebackType

from sqlite_utils import Database

from stream.frames import Kept
from stream.hub import Message
from stream.start_list import bib_key
from stream.store import corrections as correction_rows
from stream.store import footage as footage_rows
from stream.store import segments as segment_rows
from stream.store.assignments import Assignments
from stream.store.corrections import Change
from stream.store.errors import StoreError
from stream.store.faces import Faces, remove_faces
from stream.store.folder import INCOMING, Lock, connect_to_write, holds_race
from stream.store.footage import Footage
from stream.store.forgetting import forgotten_bibs
from stream.store.images import ImageKind, NewImage, home, keep_image, reclaim, settle
from stream.store.people import People
from stream.store.photo_rows import remove_pictures
from stream.store.photos import Photos
from stream.store.reading import StoreReader
from stream.store.rows import write_look, write_message
from stream.store.templates import Templates
from stream.store.values import NewSegment, StartListRow
from stream.store.writer import Writer
from stream.types import Correction, Judged
from stream.waves import Starts

log = logging.getLogger(__name__)


class Store(StoreReader):
    """The only writer of a race folder. Its methods may be called from any thread.

    What is recorded is on disk after at most about 0.1 s, and for certain after `flush`.
    Calls block while the queue is full; nothing is dropped. When writing fails, the next call
    and `close` raise `StoreError`. Messages must be recorded in the order of their numbers.
    """

    def __init__(self, folder: Path, db: Database, lock: Lock, mended: Iterable[str]) -> None:
        """Made by `Store.open`."""
        super().__init__(folder)
        self._mended = tuple(mended)
        self._lock = lock
        self._landed = threading.Condition()
        self._pending: set[str] = set()
        self._writer = Writer(db, self._after_commit)
        self.photos: Photos = Photos(folder, self._writer)
        self.people = People(folder, self._writer)
        self.templates: Templates = Templates(folder, self._writer)
        self.faces: Faces = Faces(folder, self._writer)
        self.assignments: Assignments = Assignments(folder, self._writer)

    @staticmethod
    def open(folder: Path, *, race_name: str | None = None) -> Store:
        """Open a race to write, or begin one in a new or empty folder.

        Puts right what a run that died has left: pictures on their way, runners in view.

        Args:
            race_name: what the race is called; None keeps the name it has.

        Raises:
            NotARaceFolder: the folder holds something else.
            NewerRaceFolder: a newer version has written it.
            RaceFolderInUse: another process is writing to it.
            StoreError: the disk refuses.
        """
        holds_race(folder)
        try:
            (folder / INCOMING).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"{folder} cannot be written to ({error}); check its permissions"
            ) from error
        with ExitStack() as undo:
            lock = Lock(folder)
            undo.callback(lock.free)
            db = connect_to_write(folder)
            undo.callback(db.close)
            mended = _put_right(db, folder, race_name)
            if db.execute("SELECT 1 FROM forgetting").fetchone():
                log.warning(
                    "%s: the erasure of a runner was broken off; "
                    "finish it with the same finishline forget again",
                    folder,
                )
            undo.pop_all()
            return Store(folder, db, lock, mended)

    @staticmethod
    def open_read_only(folder: Path) -> StoreReader:
        """Open a race to read, also while another process writes to it.

        Raises:
            NotARaceFolder: there is no race in the folder.
            NewerRaceFolder: a newer version has written it.
        """
        return StoreReader(folder)

    @property
    def mended(self) -> tuple[str, ...]:
        """What had to be put right when opening and since, one line each, for the log."""
        return self._mended

    def begin_footage(
        self, camera: str, source: str, fingerprint: str | None, start_utc_ns: int | None
    ) -> Footage:
        """Say that a source is about to be read; tells how far earlier runs have got.

        The camera's tracks belong to this footage until `end_footage`. When an interrupted
        footage is resumed, tracks first seen after the recorded progress are set aside: they
        will be seen again.

        Args:
            source: what the source is called by its user, for people to read.
            fingerprint: see `stream.store.fingerprint`; None for a live source, always new.
            start_utc_ns: when the first frame (``pts_ns`` 0) was taken; None counts from zero.

        Raises:
            StoreError: the same footage of the same camera is being read right now.
        """
        return self._writer.ask(
            lambda db: footage_rows.begin(db, camera, source, fingerprint, start_utc_ns)
        )

    def progress_footage(self, footage_id: int, pts_ns: int, frames: int) -> None:
        """Say that all up to `pts_ns` is done; call it after recording what those frames gave."""
        self._writer.put(lambda db: footage_rows.progress(db, footage_id, pts_ns, frames))

    def end_footage(self, footage_id: int, complete: bool) -> None:
        """Say that a source is over; a complete one is never read again."""
        self._writer.put(lambda db: footage_rows.end(db, footage_id, complete))

    def begin_segment(self, new: NewSegment) -> int:
        """Say that a piece of video is about to be written, or where one lies; its id.

        On disk when this returns, so that no file is without its row.
        """
        return self._writer.ask(lambda db: segment_rows.begin(db, new))

    def end_segment(self, segment_id: int, end_utc_ns: int, n_bytes: int) -> None:
        """Say that a segment is complete."""
        self._writer.put(lambda db: segment_rows.end(db, segment_id, end_utc_ns, n_bytes))

    def delete_segments(self, segment_ids: Sequence[int]) -> None:
        """Say that segments are gone; on disk when this returns. Removing the files comes after."""
        self._writer.ask(lambda db: segment_rows.delete(db, segment_ids))

    def record(self, message: Message) -> None:
        """Keep an event and what follows from it for tracks, tags, crossings and pictures.

        A `Judged` event brings its look with it; `record_look` is for looks not published.
        """
        self._writer.put(lambda db: write_message(db, message))

    def record_look(self, judged: Judged) -> None:
        """Keep how a look was judged."""
        self._writer.put(lambda db: write_look(db, judged))

    def save_image(self, image: NewImage) -> str:
        """Keep a picture, encoded as JPEG on the store's thread.

        The same frame of the same track and kind is kept once. The pixels must not change
        afterwards.

        Returns:
            Its path inside the race folder, with slashes. The file is there soon (see
            `wait_for_image`) and moves when the track's bib changes; `find_image` finds it
            by any path it ever had.
        """
        with self._landed:
            self._pending.add(image.name)
        self._writer.put(
            lambda db: keep_image(db, self.folder, image),
            n_bytes=image.image.nbytes,
            soon=image.kind is ImageKind.EVIDENCE,  # viewers are about to be sent its path
        )
        return f"{home(image.track_id, image.bib)}/{image.name}"

    def save_frames(self, track_id: int, frames: Iterable[Kept]) -> tuple[str, ...]:
        """Keep a track's best frames where its tag says they belong; returns their paths.

        Call it after recording that the track is closed: the paths are those of an unknown
        runner, and `find_image` knows where the pictures went.
        """
        return tuple(
            self.save_image(
                NewImage(
                    kept.camera,
                    track_id,
                    kept.frame_index,
                    kept.pts_ns,
                    kept.capture_utc_ns,
                    ImageKind.FRAME,
                    kept.image,
                    None,
                )
            )
            for kept in frames
        )

    def wait_for_image(self, path: str, timeout_s: float = 1.0) -> Path | None:
        """`find_image`, waiting up to `timeout_s` for a picture that is about to be written."""
        end_s = monotonic() + timeout_s
        name = path.rsplit("/", 1)[-1]
        with self._landed:
            self._landed.wait_for(
                lambda: name not in self._pending, timeout=max(0.0, end_s - monotonic())
            )
        return self.find_image(path)

    def replace_start_list(self, rows: Iterable[StartListRow]) -> None:
        """Put a start list in the place of the earlier one; on disk when this returns.

        Whoever was forgotten is left out.

        Raises:
            StoreError: a bib is there twice; the earlier list stays.
        """
        listed = tuple(rows)
        seen: set[str] = set()
        for row in listed:
            if row.bib in seen:
                raise StoreError(f"bib {row.bib} is on the start list twice; remove one of them")
            seen.add(row.bib)
        self._writer.ask(partial(_replace_entries, rows=listed))

    def replace_starts(self, starts: Starts) -> None:
        """Put the starts in the place of earlier ones; on disk when this returns."""
        self._writer.ask(partial(_replace_starts, starts=starts))

    def keep_faces_for(self, days: int) -> None:
        """Say how many days after the race templates of faces go; on disk when this returns."""
        self._writer.ask(
            lambda db: db.execute("UPDATE race SET faces_delete_after_days = ?", (days,))
        )

    def correct(
        self, correction: Correction, by: str, at_utc_ns: int, new_track_id: int | None = None
    ) -> Change:
        """Make a correction: the rows of all tracks that it changes, and who said it when.

        All of it is on disk when this returns, or nothing.

        Args:
            correction: what was said; UNDO names the correction that it takes back.
            at_utc_ns: when it was said.
            new_track_id: a free number for the later part of a split; None takes the next one,
                which is right where no race is running.

        Raises:
            CorrectionRefused: it cannot be made; nothing was written.
            StoreError: the disk refuses.
        """
        return self._writer.ask(
            lambda db: correction_rows.make(db, correction, by, at_utc_ns, new_track_id)
        )

    def flush(self) -> None:
        """Wait until everything recorded so far is on disk."""
        self._writer.ask(lambda _: None)

    def close(self) -> None:
        """Write the rest and let go of the folder. Closing twice is allowed.

        Raises:
            StoreError: something could not be written.
        """
        try:
            self._writer.close()
        finally:
            self._lock.free()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _after_commit(self, db: Database) -> None:
        self._mended += tuple(settle(db, self.folder))
        remove_pictures(db, self.folder)
        remove_faces(db, self.folder)
        with self._landed:
            if self._pending:
                self._pending -= _written(db, self._pending)
                self._landed.notify_all()


def _put_right(db: Database, folder: Path, race_name: str | None) -> list[str]:
    try:
        with db.atomic():
            footage_rows.end_interrupted(db)
            db.execute("INSERT OR IGNORE INTO race (id, name) VALUES (1, NULL)")
            db.execute("UPDATE race SET name = coalesce(?, name)", (race_name,))
            reclaim(db, folder)
        mended = settle(db, folder)
        remove_pictures(db, folder)
        remove_faces(db, folder)
        # Whatever is still here was never recorded: a picture cut short.
        shutil.rmtree(folder / INCOMING)
        (folder / INCOMING).mkdir()
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{folder} cannot be put right ({error}); check the disk") from error
    return mended


def _written(db: Database, names: set[str]) -> set[str]:
    return {
        name
        for name in names
        if db.execute("SELECT 1 FROM images WHERE name = ?", (name,)).fetchone()
    }


def _replace_entries(db: Database, rows: tuple[StartListRow, ...]) -> None:
    db.execute("DELETE FROM entries")
    forgotten = forgotten_bibs(db)
    for position, row in enumerate(rows):
        if bib_key(row.bib) in forgotten:
            continue
        db.execute(
            "INSERT INTO entries (position, bib, name, club, category, wave, city, nation) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (position, *astuple(row)),
        )


def _replace_starts(db: Database, starts: Starts) -> None:
    db.execute("UPDATE race SET gun_utc_ns = ?", (starts.gun_utc_ns,))
    db.execute("DELETE FROM waves")
    for wave, start_utc_ns in starts.waves.items():
        db.execute("INSERT INTO waves (name, start_utc_ns) VALUES (?, ?)", (wave, start_utc_ns))
