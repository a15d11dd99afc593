"""Exports of a race, with progress on stderr and what came of it on stdout."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from dashboard.console import counted, progress_line
from dashboard.engine_asked import EngineAsked
from engines.load import EngineSettings, load_detector
from engines.types import Detections, Detector, Picture
from stream.config import load_race_file
from stream.export import ExportedFile, ExportError, ExportRace, Outcome
from stream.export.clips.export import CLIPS, ClipOptions, export_clips
from stream.export.manifest import PHOTO
from stream.export.site.export import INDEX, SiteOptions, export_site
from stream.export.stills.export import StillOptions, export_stills
from stream.export.stills.photos import export_photos, photo_folder
from stream.export.tables.export import export_tables
from stream.store.folder import RACE_FILE

SHARED = "export-shared"
"""The folder in the race's own for what is given away."""
MAX_FAILED = 100
"""The exit code counts no further; those above have meanings of their own."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to export.

    Attributes:
        out: None takes a folder in the race's own.
        bibs: None are all that were confirmed.
        share: for people outside, in a folder of its own: nothing unblurred is to be found there.
    """

    folder: Path
    out: Path | None
    bibs: tuple[str, ...] | None
    camera: str | None
    share: bool = False


class Exporting:
    """One export, opened in the constructor; close it by leaving its context.

    Raises:
        StoreError: there is no race that can be read.
        ExportError: the export folder cannot be used, or the race has no such camera.
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        shared = asked.folder / SHARED if asked.share else None
        self._race = ExportRace.open(asked.folder, asked.out or shared)
        self._failed: set[str] = set()
        try:
            self._check_camera()
        except BaseException:
            self._race.close()
            raise

    def __enter__(self) -> Exporting:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._race.close()

    @property
    def exit_code(self) -> int:
        """How many bibs failed, at most 100."""
        return min(len(self._failed), MAX_FAILED)

    def clips(self, options: ClipOptions) -> None:
        """Cut clips."""
        bibs = self._filmed()
        told = _Telling("clip", len(bibs))
        export_clips(self._race, bibs, options, told)
        self._end(told, self._race.out / CLIPS)

    def tell_of_photos(self) -> None:
        """Say of which bibs asked for there is no clip as only photos show them."""
        filmed = set(self._filmed())
        for bib in self._asked.bibs or ():
            if bib not in filmed:
                command = f"finishline export stills --race {self._asked.folder} --bib {bib}"
                _say(bib, f"in photos only, no clip; its photos come with: {command}")

    def engine(self, asked: EngineAsked) -> EngineSettings:
        """What computes: as asked for, on top of what the race file says, where there is one.

        Raises:
            ConfigError: the race file cannot be used.
        """
        file = self._asked.folder / RACE_FILE
        return asked.applied(load_race_file(file).engine if file.is_file() else EngineSettings())

    def stills(self, options: StillOptions, engine: EngineSettings) -> None:
        """Make stills, and the runners' photos where no camera is asked for."""
        filmed = self._filmed()
        detector = _LoadedWhenNeeded(engine)
        try:
            told = _Telling("still", len(filmed))
            export_stills(self._race, filmed, detector, options, told)
            self._end(told, self._race.out / options.folder)
            if options.camera is None:
                self._photos(options, detector)
        finally:
            detector.close()

    def tables(self, *, whole: bool = False) -> None:
        """Write tables; `whole`, of every bib, whichever are asked for."""
        bibs = None if whole else self._asked.bibs
        _say_files("table", export_tables(self._race, bibs), self._race.out)

    def site(self, *, whole: bool = False) -> None:
        """Write the pages; `whole`, of every bib, whichever are asked for."""
        bibs = None if whole else self._asked.bibs
        written = export_site(self._race, bibs, SiteOptions(self._asked.share))
        pages = [file for file in written if file.path.endswith(".html")]
        _say_files("page", pages, self._race.out / INDEX)

    def _photos(self, options: StillOptions, detector: Detector) -> None:
        bibs = self._photographed()
        # What was exported goes once no photo shows its bib any more, so look also then.
        if bibs or self._race.manifest.files(kind=PHOTO):
            told = _Telling("photo", len(bibs))
            export_photos(self._race, bibs, detector, options, told)
            self._end(told, self._race.out / photo_folder(options))

    def _filmed(self) -> Sequence[str]:
        """Bibs that cameras saw; of those asked for also such as nobody knows, to be told."""
        asked, seen = self._asked.bibs, self._race.reader.tagged_bibs()
        if asked is None:
            return seen
        in_photos = set(self._photographed()) - set(seen)
        return [bib for bib in asked if bib not in in_photos]

    def _photographed(self) -> Sequence[str]:
        shown = [one.bib for one in self._race.reader.photos.bibs()]
        asked = self._asked.bibs
        return shown if asked is None else [bib for bib in asked if bib in shown]

    def _check_camera(self) -> None:
        if self._asked.camera not in (None, *self._race.cameras):
            known = ", ".join(self._race.cameras) or "none"
            raise ExportError(
                f"--camera {self._asked.camera}: the race has no such camera; it has {known}"
            )

    def _end(self, told: _Telling, place: Path) -> None:
        self._failed |= told.failed
        self._race.manifest.save()
        told.end(place)


def clip_options(options: argparse.Namespace) -> ClipOptions:
    """How the arguments want clips.

    Raises:
        ExportError: a value makes no sense.
    """
    return ClipOptions(
        lead_s=options.lead,
        tail_s=options.tail,
        run_up_s=options.run_up,
        camera=options.camera,
        exact=options.exact,
        browser=options.browser,
        join=options.join,
    )


def still_options(options: argparse.Namespace) -> StillOptions:
    """How the arguments want stills; sharing blurs others.

    Raises:
        ExportError: a value makes no sense.
    """
    if options.share and options.blur_others is False:
        raise ExportError("--share shows no other people; leave out --no-blur-others")
    if options.per_runner < 1:
        raise ExportError(f"--per-runner {options.per_runner}: write 1 or more")
    return StillOptions(
        per_runner=options.per_runner,
        blur_others=options.share or bool(options.blur_others),
        blur_bibs=options.blur_bibs,
        whole_frame=options.whole_frame,
        camera=options.camera,
    )


class _Telling:
    """Counts what became of each bib and tells what is wrong at once."""

    def __init__(self, what: str, n_bibs: int) -> None:
        self._what = what
        self._n_bibs = n_bibs
        self._progress = progress_line(f"{what}s, bib")
        self._done = self._written = self._kept = 0
        self.failed: set[str] = set()

    def __call__(self, outcome: Outcome) -> None:
        self._done += 1
        self._written += outcome.written
        self._kept += outcome.kept
        for text in (outcome.problem, outcome.note):
            if text is not None:
                _say(outcome.bib, text)
        if outcome.problem is not None:
            self.failed.add(outcome.bib)
        self._progress(self._done, self._n_bibs)

    def end(self, place: Path) -> None:
        """Say what came of it."""
        written = counted(self._written, self._what)
        failed = counted(len(self.failed), "bib")
        print(f"{written} written, {self._kept} kept, {failed} failed: {place}")


def _say(bib: str, text: str) -> None:
    name = f"bib {bib}"
    line = text if text.startswith(f"{name} ") else f"{name}: {text}"
    # The progress may stand on this line.
    print(f"\r{line:<78}" if sys.stderr.isatty() else line, file=sys.stderr)


def _say_files(what: str, files: Sequence[ExportedFile], place: Path) -> None:
    print(f"{counted(len(files), what)}: {place}")


class _LoadedWhenNeeded:
    """A detector that is loaded with the first picture: mostly, all stills are there already."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._detector: Detector | None = None

    def detect(
        self, pictures: Sequence[Picture], size: tuple[int, int] | None = None
    ) -> list[Detections]:
        """See `Detector.detect`."""
        if self._detector is None:
            self._detector = load_detector(self._settings)
        return self._detector.detect(pictures, size)

    def close(self) -> None:
        """See `Detector.close`."""
        if self._detector is not None:
            self._detector.close()
