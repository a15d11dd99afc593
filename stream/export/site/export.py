"""The pages of a race in its export folder: open index.html from the disk or any web server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stream.export.manifest import PHOTO, ExportedFile
from stream.export.race import ExportRace
from stream.export.site.pages import TEMPLATES, Clip, RunnerPage, index_page, runner_page
from stream.export.stills.export import SHARED, STILL, STILLS
from stream.export.stills.photos import PHOTOS
from stream.export.stills.photos import SHARED as SHARED_PHOTOS
from stream.export.tables.export import Files, exported_files, read_results, write_if_new
from stream.export.tables.results import Standing
from stream.store.values import SegmentRow

INDEX = "index.html"
PARTS = ("style.css", "find.js", "times.js", "icon.svg")
PLAYED = frozenset({"h264", "vp8", "vp9", "av1"})
"""Codecs that every current browser plays. HEVC plays in some, and only on some machines."""
PLAYED_ENDINGS = (".mp4", ".webm")


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """How the pages are made.

    Attributes:
        share: for people outside: only stills with other people blurred, and no clips, because
            nobody is blurred in video.
    """

    share: bool = False


def export_site(
    race: ExportRace, bibs: Sequence[str] | None, options: SiteOptions
) -> tuple[ExportedFile, ...]:
    """Make the pages of some bibs, or of all; what has not changed is not written.

    Runners stand in the order of their crossing, whoever has none after them. Pages of earlier
    exports that no longer belong to the site are removed.

    Raises:
        StoreError: the race folder cannot be read.
        ExportError: the export folder cannot be written.
    """
    contents: dict[str, tuple[bytes, str | None]] = {
        name: ((TEMPLATES / name).read_bytes(), None) for name in PARTS
    }
    runners = tuple(_runners(race, bibs, options))
    for before, runner, after in _with_neighbours(runners):
        text = runner_page(race.name, runner, before, after)
        contents[runner.path] = (text.encode(), runner.bib)
    # Last, so that whatever it names is there.
    contents[INDEX] = (index_page(race.name, runners).encode(), None)
    written = tuple(
        write_if_new(race, path, "page", body, bib) for path, (body, bib) in contents.items()
    )
    for old in race.manifest.files(kind="page"):
        if old.path not in contents:
            race.manifest.remove(old.path)
    return written


def _runners(
    race: ExportRace, bibs: Sequence[str] | None, options: SiteOptions
) -> Iterator[RunnerPage]:
    found, files = read_results(race), exported_files(race)
    segments = race.reader.segments()
    for result in (found if bibs is None else found.only(bibs)).rows:
        if result.standing is not Standing.NOT_SEEN:
            clips = () if options.share else _clips(files, result.bib, segments)
            stills = _pictures(files, result.bib, STILL, (STILLS, SHARED), options)
            photos = _pictures(files, result.bib, PHOTO, (PHOTOS, SHARED_PHOTOS), options)
            path = f"runners/{race.stem(result.bib)}.html"
            yield RunnerPage(result, path, clips, stills, _in_time(photos))


def _clips(files: Files, bib: str, segments: Sequence[SegmentRow]) -> tuple[Clip, ...]:
    clips = [
        Clip(file, _plays(file, segments)) for file in files.get(bib, ()) if file.kind == "clip"
    ]
    return tuple(sorted(clips, key=lambda clip: (not clip.plays, clip.file.first_utc_ns or 0)))


def _plays(clip: ExportedFile, segments: Sequence[SegmentRow]) -> bool:
    """Whether browsers play it; clips that do not tell their codec have that of their segments."""
    codecs = {row.segment.codec for row in segments if clip.camera in (None, row.segment.camera)}
    if clip.codec is not None:
        codecs = {clip.codec}
    return clip.path.endswith(PLAYED_ENDINGS) and codecs <= PLAYED


def _pictures(
    files: Files, bib: str, kind: str, folders: tuple[str, str], options: SiteOptions
) -> tuple[ExportedFile, ...]:
    """Pictures of one kind: those as they are, and else those in which others are blurred.

    Args:
        folders: of both.
    """
    own = [file for file in files.get(bib, ()) if file.kind == kind]
    whole, shared = (
        tuple(file for file in own if file.path.startswith(f"{folder}/")) for folder in folders
    )
    return shared if options.share else whole or shared


def _in_time(photos: Iterable[ExportedFile]) -> tuple[ExportedFile, ...]:
    """Whoever's camera did not tell the time comes last."""
    return tuple(sorted(photos, key=lambda file: (file.first_utc_ns is None, file.first_utc_ns)))


def _with_neighbours(
    runners: Sequence[RunnerPage],
) -> Iterator[tuple[RunnerPage | None, RunnerPage, RunnerPage | None]]:
    lined: list[RunnerPage | None] = [None, *runners, None]
    for (before, runner), (_, after) in pairwise(pairwise(lined)):
        assert runner is not None
        yield before, runner, after
