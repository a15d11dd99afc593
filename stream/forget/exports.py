"""A runner's files in the export folders of a race."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from stream.export.manifest import LOCK, MANIFEST, PHOTO, ExportedFile, Manifest, listed
from stream.export.names import file_stem
from stream.forget.belongs import is_bib
from stream.forget.spans import Span, overlap

_ENDINGS: Final = {".mp4": "clip", ".jpg": "still", ".html": "page"}
_FOLDERS: Final = ("clips", "stills", "stills-shared", "photos", "photos-shared", "runners")
_OF_ALL: Final = {
    "results.csv": "table", "results.json": "table", "results.lif": "table", "index.html": "page",
}  # fmt: skip
"""Files that list everybody."""


def export_folders(folder: Path) -> tuple[Path, ...]:
    """The folders inside a race folder that an export has written to."""
    return tuple(
        sorted(
            place
            for place in folder.iterdir()
            if place.is_dir() and ((place / MANIFEST).is_file() or (place / LOCK).is_file())
        )
    )


def doomed(
    out: Path, key: str, spellings: Collection[str], spans: Sequence[Span]
) -> dict[str, str]:
    """What of an export folder must go: its kind by path inside the folder.

    All that is of the bib, and what lists everybody; of the clips and stills of others those that
    were made from video that is to be cut out.

    Args:
        key: the bib as it is compared.
        spellings: the bib as it is written in the race.
        spans: what is cut out of the video; empty where video stays.

    Raises:
        ExportError: the folder's manifest is broken.
    """
    found = {file.path: file.kind for file in listed(out) if _goes(file, key, spans)}
    heads = {file_stem(bib) for bib in spellings}
    for path in _unlisted(out):
        kind = _OF_ALL.get(path)
        place = PurePosixPath(path)
        if kind is None and (
            place.parts[0] == "runners" or place.stem.partition("_")[0] in _with_parts(heads, place)
        ):
            kind = _ENDINGS.get(place.suffix)
        if kind is not None:
            found.setdefault(path, kind)
    return found


def remove(manifest: Manifest, paths: Iterable[str]) -> None:
    """Remove files of an export folder and their entries; on the disk when this returns.

    Raises:
        ExportError: the disk refuses.
    """
    for path in paths:
        manifest.remove(path)
    manifest.save()


def by_kind(kinds: Iterable[str]) -> dict[str, int]:
    """How many files of each kind."""
    return dict(sorted(Counter(kinds).items()))


def _goes(file: ExportedFile, key: str, spans: Sequence[Span]) -> bool:
    if is_bib(file.bib, key) or file.kind == "table":
        return True
    if file.kind == "page":
        # Pages name those who came in before and after; style and pictures name nobody.
        return file.path.endswith(".html")
    if file.kind == PHOTO:  # Made of no video.
        return False
    if file.first_utc_ns is None or file.end_utc_ns is None:
        return bool(spans)
    return any(
        file.camera in (None, span.camera)
        and overlap([span], span.footage_id, file.first_utc_ns, file.end_utc_ns + 1)
        for span in spans
    )


def _unlisted(out: Path) -> Iterator[str]:
    """Files where exports put theirs: one that was killed has not listed its last."""
    for name in _OF_ALL:
        if (out / name).is_file():
            yield name
    for folder in _FOLDERS:
        if (out / folder).is_dir():
            for file in (out / folder).iterdir():
                if file.is_file():
                    yield f"{folder}/{file.name}"


def _with_parts(heads: Collection[str], place: PurePosixPath) -> Collection[str]:
    """The heads as they stand before an underscore, or alone in the name of a joined clip."""
    alone = {f"{head}-part{n}" for head in heads for n in range(2, 100)}
    return {*heads, *alone} if place.parts[0] == "clips" else heads
