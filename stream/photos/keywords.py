"""Copies of photos that carry their bibs as keywords. The photos themselves are never touched.

A JPEG gets them into the file, as XMP and as IPTC, with every other byte as it was. Other formats
get a sidecar beside the copy: ``name.png.xmp``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stream.export.errors import ExportError
from stream.photos import iptc, xmp
from stream.photos.copies_made import CopiesMade
from stream.photos.files import Problem
from stream.photos.jpeg_segments import APP1, APP13, LONGEST, Jpeg, JpegError, Segment, read_jpeg
from stream.start_list import StartList
from stream.store.photos import PhotosReader

_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
SIDECAR: Final = ".xmp"


@dataclass(frozen=True, slots=True)
class Marked:
    """A copy's content, and that of its sidecar; None where it needs none."""

    content: bytes
    sidecar: bytes | None


def check_apart(out: Path, places: Sequence[Path]) -> None:
    """Make sure that copies and photos lie in different folders.

    Raises:
        ExportError: they do not.
    """
    copies = out.resolve()
    for place in places:
        folder = place.resolve() if place.is_dir() else place.resolve().parent
        if copies.is_relative_to(folder) or folder.is_relative_to(copies):
            raise ExportError(
                f"{out} and {place} lie in each other; copies with keywords need a folder of "
                "their own, so that no photo is ever touched"
            )


def check_outside(out: Path, race: Path) -> None:
    """Make sure that copies lie outside the race folder, where ``finishline forget`` knows no copy.

    Raises:
        ExportError: they do not.
    """
    if out.resolve().is_relative_to(race.resolve()):
        raise ExportError(
            f"{out} lies in the race folder {race}; finishline forget would leave copies in there: "
            "name a folder outside"
        )


def words_of(bibs: Sequence[str], start_list: StartList | None) -> tuple[str, ...]:
    """The keywords of a photo: ``bib:2419`` and the name, where the start list knows it."""
    words = []
    for bib in bibs:
        entry = None if start_list is None else start_list.find(bib)
        words += [f"bib:{bib}"] + ([entry.name] if entry is not None and entry.name else [])
    return tuple(dict.fromkeys(words))


def write_copies(
    photos: PhotosReader,
    paths: Sequence[Path],
    places: Sequence[Path],
    out: Path,
    start_list: StartList | None,
    problem: Problem,
) -> int:
    """Copy photos that show confirmed bibs, with keywords; those that are current stay.

    A file that was not made here is never replaced; its photo is told and left out.

    Args:
        photos: of the race.
        paths: the photos to copy.
        places: the folders and photos that they were found in; copies keep what lies below.
        out: where to; see `check_apart`.
        start_list: for the names.
        problem: told of each photo that could not be copied, and why.

    Returns:
        How many photos have a copy with keywords now.

    Raises:
        ExportError: copies would lie among the photos, or the folder cannot be read.
    """
    check_apart(out, places)
    try:
        made = CopiesMade(out)
    except OSError as error:
        raise ExportError(
            f"{out} cannot be read ({error.strerror or error}); name another folder with "
            "--keywords-to"
        ) from error
    taken: set[Path] = set()
    n_copies = 0
    for path in paths:
        place = _place(path, places, out)
        if place in taken:
            digest = hashlib.sha256(str(path).encode()).hexdigest()[:8]
            place = place.with_stem(f"{place.stem}-{digest}")
        taken.add(place)
        words = words_of(photos.bibs_at(str(path)), start_list)
        # A copy of before is mended where its bib was taken back; nobody else needs one.
        if words or made.has(place):
            try:
                _write(made, place, marked(path.read_bytes(), words))
            except OSError as error:
                problem(path, f"could not be copied to {place}: {error.strerror or error}")
                continue
            n_copies += bool(words)
    return n_copies


def marked(content: bytes, words: Sequence[str]) -> Marked:
    """A photo with keywords: in the file where it is a JPEG with room for them, else beside it."""
    if not words:
        return Marked(content, None)
    try:
        jpeg = read_jpeg(content)
        return Marked(_with_iptc(_with_xmp(jpeg, words), words).file(), None)
    except (JpegError, xmp.XmpError):
        return Marked(content, xmp.with_keywords(None, words))


def _with_xmp(jpeg: Jpeg, words: Sequence[str]) -> Jpeg:
    before = jpeg.find(APP1, _XMP)
    packet = before[0].content.removeprefix(_XMP) if before else None
    content = _XMP + xmp.with_keywords(packet, words)
    if len(content) > LONGEST:
        raise xmp.XmpError("there is no room for more")
    return jpeg.with_segment(Segment(APP1, content), before[:1])


def _with_iptc(jpeg: Jpeg, words: Sequence[str]) -> Jpeg:
    """As far as there is room: whoever reads the XMP does not need it."""
    before = jpeg.find(APP13, iptc.BEGINS)
    if len(before) > 1:
        return jpeg
    try:
        content = iptc.with_keywords(before[0].content if before else None, words)
    except iptc.IptcError:
        return jpeg
    fits = len(content) <= LONGEST
    return jpeg.with_segment(Segment(APP13, content), before) if fits else jpeg


def _place(path: Path, places: Sequence[Path], out: Path) -> Path:
    """Where the copy of a photo lies: below its folder's name as below the folder."""
    for place in places:
        folder = place.resolve()
        if folder.is_dir() and path.is_relative_to(folder):
            return out / folder.name / path.relative_to(folder)
    return out / path.name


def _write(made: CopiesMade, place: Path, copy: Marked) -> None:
    sidecar = place.with_name(place.name + SIDECAR)
    if copy.sidecar is not None:
        made.check(place, copy.content)
        made.put(sidecar, copy.sidecar)
    made.put(place, copy.content)
    if copy.sidecar is None:
        made.remove(sidecar)
