"""What an export folder holds: ``manifest.json``, written after every file that it lists.

A file gets its name only when it is whole, and is listed only when it has its name: whenever a
process dies, what is listed is there and the rest is made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from stream.clock import SECOND_NS, monotonic_ns
from stream.export.errors import ExportError
from stream.store.images import relative
from stream.whole_files import put_whole

MANIFEST = "manifest.json"
LOCK = ".export.lock"
INCOMING = ".incoming"
"""Files being written; nothing in here outlives the export."""
PHOTO = "photo"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One file of an export.

    Attributes:
        path: inside the export folder, with slashes.
        kind: ``clip``, ``still``, ``photo``, ``table`` or ``page``.
        sha256: of its content, hex digits.
        bib, camera: what it shows; None where it is about several.
        first_utc_ns, end_utc_ns: the moments that it really shows.
        key: digest of everything that the content follows from.
        codec: of a clip's pictures, FFmpeg's name; None for what is no clip.
    """

    path: str
    kind: str
    sha256: str
    n_bytes: int
    bib: str | None = None
    camera: str | None = None
    first_utc_ns: int | None = None
    end_utc_ns: int | None = None
    key: str = ""
    codec: str | None = None


class Manifest:
    """The list of an export folder's files, and the only way to add to them.

    One process at a time: the folder is locked until `close`. The list is saved at most every
    second, by `save` and by `close`; what was made in the last second before a crash is made
    again.
    """

    def __init__(self, out: Path, lock: sqlite3.Connection) -> None:
        """Made by `Manifest.open`."""
        self.out = out
        self._lock = lock
        self._files: dict[str, ExportedFile] = {}
        self._saved_ns = monotonic_ns()
        self._changed = False

    @staticmethod
    def open(out: Path) -> Manifest:
        """Lock an export folder, made where it is missing, and read what it holds.

        Raises:
            ExportError: another export is writing to it, it cannot be written to, or its
                manifest is broken.
        """
        try:
            out.mkdir(parents=True, exist_ok=True)
            lock = _locked(out)
        except OSError as error:
            # Asked of the error: where the way there is barred, asking the disk fails again.
            is_file = isinstance(error, FileExistsError)
            why = "it is a file" if is_file else error.strerror or error
            raise ExportError(
                f"{out} cannot be written to ({why}); name another folder with --out"
            ) from error
        manifest = Manifest(out, lock)
        try:
            manifest._files = {file.path: file for file in _read(out / MANIFEST)}
            _emptied(out / INCOMING)
        except BaseException:
            lock.close()
            raise
        return manifest

    def close(self) -> None:
        """Save the list and let others at the folder."""
        try:
            self.save()
            shutil.rmtree(self.out / INCOMING, ignore_errors=True)
        finally:
            self._lock.close()

    def __enter__(self) -> Manifest:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def find(self, path: str) -> ExportedFile | None:
        """The file of this path; None where none is listed."""
        return self._files.get(path)

    def files(self, bib: str | None = None, kind: str | None = None) -> tuple[ExportedFile, ...]:
        """What is listed, of one bib or one kind where asked, in order of path."""
        return tuple(
            file
            for _, file in sorted(self._files.items())
            if (bib is None or file.bib == bib) and (kind is None or file.kind == kind)
        )

    def is_current(self, path: str, key: str) -> bool:
        """Whether the file was made from exactly this and is still there, whole."""
        file = self._files.get(path)
        if file is None or file.key != key:
            return False
        try:
            return (self.out / path).stat().st_size == file.n_bytes
        except OSError:
            return False

    def incoming(self, name: str) -> Path:
        """Where to write a file that `add_file` will take."""
        folder = self.out / INCOMING
        folder.mkdir(exist_ok=True)
        return folder / name

    def write(
        self,
        path: str,
        kind: str,
        content: bytes,
        *,
        key: str = "",
        bib: str | None = None,
        camera: str | None = None,
        first_utc_ns: int | None = None,
        end_utc_ns: int | None = None,
    ) -> ExportedFile:
        """Write a small file whole and list it; see `ExportedFile`.

        Raises:
            ExportError: the disk refuses.
            ValueError: the path points out of the folder.
        """
        finished = self.incoming(hashlib.sha256(path.encode()).hexdigest()[:16])
        try:
            finished.write_bytes(content)
        except OSError as error:
            raise _refused(self.out / path, error) from error
        return self.add_file(
            path,
            kind,
            finished,
            key=key,
            bib=bib,
            camera=camera,
            first_utc_ns=first_utc_ns,
            end_utc_ns=end_utc_ns,
        )

    def add_file(
        self,
        path: str,
        kind: str,
        finished: Path,
        *,
        key: str = "",
        bib: str | None = None,
        camera: str | None = None,
        first_utc_ns: int | None = None,
        end_utc_ns: int | None = None,
        codec: str | None = None,
    ) -> ExportedFile:
        """Give a finished file, on the same disk, its place and list it; see `ExportedFile`.

        Raises:
            ExportError: the disk refuses.
            ValueError: the path points out of the folder.
        """
        place = self.out / relative(path)
        try:
            with finished.open("rb") as content:
                sha256 = hashlib.file_digest(content, "sha256").hexdigest()
                n_bytes = os.fstat(content.fileno()).st_size
            place.parent.mkdir(parents=True, exist_ok=True)
            finished.replace(place)
        except OSError as error:
            raise _refused(place, error) from error
        file = ExportedFile(
            path, kind, sha256, n_bytes, bib, camera, first_utc_ns, end_utc_ns, key, codec
        )
        self._files[path] = file
        self._save_soon()
        return file

    def remove(self, path: str) -> None:
        """Remove a file, where it is still there, and its entry.

        Raises:
            ExportError: the disk refuses.
            ValueError: the path points out of the folder.
        """
        place = self.out / relative(path)
        try:
            place.unlink(missing_ok=True)
        except OSError as error:
            raise _refused(place, error) from error
        if self._files.pop(path, None) is not None:
            self._save_soon()

    def save(self) -> None:
        """Write the list now, where it has changed.

        Raises:
            ExportError: the disk refuses.
        """
        if not self._changed:
            return
        body = {"version": _VERSION, "files": [asdict(file) for file in self.files()]}
        place = self.out / MANIFEST
        content = json.dumps(body, indent=1, ensure_ascii=False).encode()
        try:
            put_whole(place, lambda file: file.write(content))
        except OSError as error:
            raise _refused(place, error) from error
        self._changed = False
        self._saved_ns = monotonic_ns()

    def _save_soon(self) -> None:
        self._changed = True
        if monotonic_ns() - self._saved_ns >= SECOND_NS:
            self.save()


def listed(out: Path) -> tuple[ExportedFile, ...]:
    """What an export folder lists, without touching it.

    Raises:
        ExportError: its manifest is broken.
    """
    return tuple(_read(out / MANIFEST))


def _locked(out: Path) -> sqlite3.Connection:
    # SQLite's lock on an empty database is the same on every system, works against a second
    # export in the same process, and is freed by the system when the process dies.
    try:
        connection = sqlite3.connect(out / LOCK, timeout=0, isolation_level=None)
    except sqlite3.Error as error:
        raise ExportError(
            f"{out} cannot be written to ({error}); name another folder with --out"
        ) from error
    try:
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        connection.close()
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise ExportError(
                f"{out} is being written to by another export; "
                "wait for it, or name another folder with --out"
            ) from error
        raise ExportError(
            f"{out} cannot be written to ({error}); name another folder with --out"
        ) from error
    return connection


def _read(place: Path) -> list[ExportedFile]:
    try:
        body = json.loads(place.read_text(encoding="utf-8"))
        version = body["version"]
        if version != _VERSION:
            raise ExportError(f"{place} is of another version of finishline ({version}); update it")
        files = [ExportedFile(**row) for row in body["files"]]
        for file in files:
            relative(file.path)
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExportError(
            f"{place} cannot be read ({error}); remove it, and everything is exported anew"
        ) from error
    return files


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _refused(place: Path, error: OSError) -> ExportError:
    return ExportError(
        f"{place} cannot be written ({error.strerror or error}); check the disk and its space"
    )
