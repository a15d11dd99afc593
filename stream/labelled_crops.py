"""Pictures of the runners that people have corrected, with the true bib: to train the reader.

The table is the one that `finishline train reader` and `finishline evaluate reader` take:
``file,text,x0,y0,x1,y1``, the box of the number line in pixels of the file.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2

from engines.looking import Line
from engines.picture import RgbPicture
from engines.types import Box, Picture
from stream.judging import JudgeSettings
from stream.store import ImageRow, StoreError, StoreReader
from stream.store.images import safe_name
from stream.types import State

TABLE = "crops.csv"
COLUMNS = ("file", "text", "x0", "y0", "x1", "y1")
EDGE_PX = 2.0
"""A number line nearer than this to the side of its picture is cut off."""


class LineFinder(Protocol):
    """Finds number lines, as `engines.looking.Looker` does."""

    def find_lines(self, torsos: Sequence[tuple[Picture, Box]]) -> list[Line]:
        """One line per torso, in order, boxes in pixels of its picture."""


@dataclass(frozen=True, slots=True)
class Crops:
    """What was written: `pictures` with a number line; `without` had none that can be read."""

    table: Path
    bibs: int
    pictures: int
    without: int


def export_crops(reader: StoreReader, finder: LineFinder, out: Path) -> Crops:
    """Copy the pictures of corrected runners and write the table of their bibs.

    Args:
        out: a new or empty folder, or one that an earlier export went to.

    Raises:
        StoreError: there is something else in `out`, or it cannot be written to.
    """
    _check(out)
    rows: list[tuple[str, str, float, float, float, float]] = []
    without = 0
    try:
        for bib, image in _corrected(reader):
            number = _number(reader.folder / image.path, finder)
            if number is None:
                without += 1
                continue
            name = f"{safe_name(bib)}/{Path(image.path).name}"
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(reader.folder / image.path, out / name)
            x0, y0, x1, y1 = (round(float(edge), 1) for edge in number)
            rows.append((name, bib, x0, y0, x1, y1))
        out.mkdir(parents=True, exist_ok=True)
        _write(out / TABLE, rows)
    except OSError as error:
        raise StoreError(f"{out} cannot be written to ({error}); check the disk") from error
    return Crops(out / TABLE, len({row[1] for row in rows}), len(rows), without)


def _corrected(reader: StoreReader) -> Iterator[tuple[str, ImageRow]]:
    """The pictures of tracks whose bib a person has said, each with the bib."""
    for bib in reader.tagged_bibs():
        tracks = [row for row in reader.runners_with(bib) if row.state is State.CORRECTED]
        for track in sorted(tracks, key=lambda row: row.track_id):
            for image in reader.images_of_track(track.track_id):
                yield bib, image


def _number(file: Path, finder: LineFinder) -> Box | None:
    """The number line in a picture of a runner; None where none is there to be read."""
    pixels = cv2.imread(str(file))
    if pixels is None:
        return None  # gone, or moved by the race that is still running
    picture = RgbPicture(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB).astype("uint8"))
    [line] = finder.find_lines([(picture, (0, 0, picture.width, picture.height))])
    if line.number is None:
        return None
    x0, y0, x1, y1 = line.number
    whole = x0 >= EDGE_PX and x1 <= picture.width - EDGE_PX
    return line.number if whole and y1 - y0 >= JudgeSettings().min_number_px else None


def _check(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise StoreError(f"{out} is a file; name a folder for the crops")
    if out.is_dir() and not (out / TABLE).is_file() and any(out.iterdir()):
        raise StoreError(f"{out} is not empty; name a new folder for the crops")


def _write(table: Path, rows: Sequence[tuple[str, str, float, float, float, float]]) -> None:
    """The table whole, or as it was."""
    incoming = table.with_suffix(".incoming")
    with incoming.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        lines.writerows(rows)
        file.flush()
        os.fsync(file.fileno())
    incoming.replace(table)
