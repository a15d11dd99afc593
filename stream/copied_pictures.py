"""Pictures of runners and the photos that show them, copied into a folder for each bib.

What shows a bib that was confirmed or said by a person lies in ``<bib>/``, what was only matched to
it in ``<bib>/matched/`` and what is not confirmed in ``<bib>/unsure/``: whoever hands out the
folder of a bib hands out nobody else.

What lies there already is never written over: a file with the same content stays, one with
another gets a neighbour with a number.
"""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from stream.export.errors import ExportError
from stream.store.images import safe_name
from stream.store.seen_runners import Standing

UNKNOWN = "unknown"
"""The folder of runners without a bib; no bib is written in small letters."""

_NOT_SURE = (Standing.MATCHED, Standing.UNSURE)


@dataclass(frozen=True, slots=True)
class Copy:
    """Files to copy for one bib; None for runners without one. `standing` is how it is known."""

    bib: str | None
    files: tuple[Path, ...]
    standing: Standing = Standing.READ


@dataclass(slots=True)
class Copied:
    """What came of it.

    Attributes:
        new: files that were written.
        kept: that were there already.
        missing: that are not where the race knows them.
        unheld: numbers of photos that no file holds any more, as far as the race knows.
    """

    new: int = 0
    kept: int = 0
    missing: list[Path] = field(default_factory=list)
    unheld: list[int] = field(default_factory=list)


def copy_pictures(copies: Iterable[Copy], out: Path) -> Copied:
    """Copy files to ``out/<bib>/``, and those that are not sure into a folder below.

    Raises:
        ExportError: a folder or a file cannot be written.
    """
    done = Copied()
    for copy in copies:
        place = out / _folder(copy)
        for file in dict.fromkeys(copy.files):
            if not file.is_file():
                done.missing.append(file)
                continue
            try:
                place.mkdir(parents=True, exist_ok=True)
                if _copy(file, place):
                    done.new += 1
                else:
                    done.kept += 1
            except OSError as error:
                raise ExportError(
                    f"{file} cannot be copied to {place} ({error.strerror or error}); "
                    "make room, or name another folder"
                ) from error
    return done


def _folder(copy: Copy) -> Path:
    if copy.bib is None:
        return Path(UNKNOWN)
    of_bib = Path(safe_name(copy.bib))
    return of_bib / copy.standing.value if copy.standing in _NOT_SURE else of_bib


def _copy(file: Path, place: Path) -> bool:
    """Copy a file under its own name or one beside it; False where it is there already."""
    for number in count(1):
        name = file.name if number == 1 else f"{file.stem}-{number}{file.suffix}"
        target = place / name
        with file.open("rb") as old:
            try:
                new = target.open("xb")
            except FileExistsError:
                if target.is_file() and filecmp.cmp(file, target, shallow=False):
                    return False
                continue
            try:
                with new:
                    shutil.copyfileobj(old, new)
            except BaseException:  # also Ctrl-C: a piece of a picture is never left behind
                target.unlink(missing_ok=True)
                raise
            return True
    raise AssertionError("counting does not end")
