"""The tags of a race's photos as tables: ``tags.csv`` and ``tags.json``."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import TextIOWrapper
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from engines.types import Box
from stream.clock import SECOND_NS
from stream.export.errors import ExportError
from stream.store.photo_values import TagRow
from stream.store.photos import PhotosReader
from stream.whole_files import put_whole

TABLES: Final = "photos"
"""The folder of a race in which they lie where nobody names another."""
CSV: Final = "tags.csv"
JSON: Final = "tags.json"
HEADER: Final = (
    "image", "person_box", "bib_box", "detection_score", "text", "score", "state", "listed",
    "number_box", "taken_utc", "picture",
)  # fmt: skip
_LISTED: Final = {None: "", True: "yes", False: "no"}


def write_tables(photos: PhotosReader, out: Path) -> tuple[Path, Path]:
    """Write every runner in every photo as CSV, and the photos of each confirmed bib as JSON.

    A table appears whole or not at all; one that would be the same stays untouched.

    Args:
        photos: of the race.
        out: folder; made where it is missing.

    Returns:
        The two files.

    Raises:
        ExportError: the folder cannot be written to.
    """
    _write(out / CSV, lambda file: _write_csv(photos, file))
    _write(out / JSON, lambda file: _write_json(photos, file))
    return out / CSV, out / JSON


def _write_csv(photos: PhotosReader, file: TextIO) -> None:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(HEADER)
    table.writerows(_cells(row) for row in photos.tags())


def _write_json(photos: PhotosReader, file: TextIO) -> None:
    """One bib a line; only the photos of one are in memory."""
    file.write("{")
    between = "\n"
    for bib, rows in groupby(photos.files_of_bibs(), key=itemgetter(0)):
        paths = json.dumps([path for _, path in rows], ensure_ascii=False)
        file.write(f"{between}{json.dumps(bib)}: {paths}")
        between = ",\n"
    file.write("\n}\n")


def _cells(row: TagRow) -> tuple[str, ...]:
    seen = row.sighting
    return (
        row.image,
        _box(seen.person),
        _box(seen.sheet),
        "" if seen.score is None else f"{seen.score:.3f}",
        seen.bib or "",
        "" if seen.bib is None else f"{seen.probability:.4f}",
        "unknown" if seen.state is None else seen.state.value,
        _LISTED[seen.listed],
        _box(seen.number),
        _moment(row.taken_utc_ns),
        row.picture or "",
    )


def _box(box: Box | None) -> str:
    return "" if box is None else " ".join(f"{side:.1f}" for side in box)


def _moment(utc_ns: int | None) -> str:
    if utc_ns is None:
        return ""
    seconds, rest_ns = divmod(utc_ns, SECOND_NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest_ns // 1_000_000:03d}Z"


def _write(place: Path, write: Callable[[TextIO], None]) -> None:
    def write_text(file: BinaryIO) -> None:
        text = TextIOWrapper(file, encoding="utf-8", newline="")
        write(text)
        # Flushes; the file stays open for whoever has opened it.
        text.detach()

    try:
        put_whole(place, write_text)
    except OSError as error:
        raise ExportError(
            f"{place} cannot be written ({error.strerror or error}); name another folder with --out"
        ) from error
