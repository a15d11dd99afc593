"""Clips of runners: one per appearance and camera, or one of all cameras.

A clip begins a little before its runner's first sight and ends a little after the last one or
the crossing, as far as that was recorded. Its name tells bib, name and camera; further passages
before the same camera are numbered.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from stream.clock import SECOND_NS
from stream.export.appearances import Appearance
from stream.export.clips.cutting import Manner, codec_of, cut, parts, stretches
from stream.export.clips.takes import Shown, Take
from stream.export.errors import ExportError
from stream.export.manifest import ExportedFile
from stream.export.race import ExportRace, Outcome, Told
from stream.export.times import moment_text, seconds_between
from stream.export.video import Piece

CLIPS = "clips"
_MADE_AS = 1
"""Raised when the same video gives another clip than before."""
_SHORT_NS = SECOND_NS // 2
"""A clip that ends so long before its runner was last seen has lost something."""
_PART = re.compile(r"-part\d+$")


@dataclass(frozen=True, slots=True)
class ClipOptions:
    """What the clips shall be.

    Attributes:
        lead_s, tail_s: how much before the first sight, and after the last one or the crossing.
        run_up_s: how much before the crossing at least: a runner may have come into view long
            before anybody could tell that it was one.
        camera: only this one's; None takes all.
        exact: begin and end with the exact frame, which encodes the pictures anew.
        browser: encode what a browser would not play as H.264 and AAC.
        join: one file per runner, the cameras one after the other.
    """

    lead_s: float = 3.0
    tail_s: float = 2.0
    run_up_s: float = 8.0
    camera: str | None = None
    exact: bool = False
    browser: bool = False
    join: bool = False

    def __post_init__(self) -> None:
        given = ("lead", self.lead_s), ("tail", self.tail_s), ("run-up", self.run_up_s)
        for name, seconds in given:
            if not 0 <= seconds <= 3600:
                raise ExportError(f"--{name} {seconds:g}: write seconds, 0 to 3600")


def export_clips(race: ExportRace, bibs: Sequence[str], options: ClipOptions, told: Told) -> None:
    """Cut the clips of each bib that are not there yet, and remove those that are no more.

    What is wrong with one bib is told and does not stop the others. Clips of bibs that no runner
    has any more (somebody corrected a tag) are removed, whichever bibs are asked for.

    Raises:
        ExportError: the export folder cannot be written to.
        StoreError: the race folder cannot be read.
    """
    for bib in bibs:
        outcome = _Clips(race, bib, options).export()
        if outcome.written:
            # Whoever is told may rely on it: from here on it is not made again.
            race.manifest.save()
        told(outcome)
    tagged = set(race.reader.tagged_bibs())
    for clip in race.manifest.files(kind="clip"):
        if clip.bib not in tagged:
            race.manifest.remove(clip.path)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A clip to be: its name without folder and ending, and what it shows, in this order."""

    stem: str
    camera: str | None
    shown: tuple[Appearance, ...]


@dataclass(slots=True)
class _Tally:
    """What became of a bib's clips so far."""

    written: int = 0
    kept: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def outcome(self, bib: str) -> Outcome:
        problem = "; ".join(dict.fromkeys(self.problems)) or None
        return Outcome(bib, self.written, self.kept, problem, "; ".join(self.notes) or None)


@dataclass(frozen=True, slots=True)
class _Clips:
    """The clips of one bib."""

    race: ExportRace
    bib: str
    options: ClipOptions

    def export(self) -> Outcome:
        seen = self.race.appearances(self.bib)
        separate, joined = self._separate(seen), self._joined(seen)
        tally = _Tally()
        if not seen:
            tally.problems.append(
                "no sighting is confirmed; look the runner up on the page and correct the tag"
            )
        wanted = [joined] if self.options.join else separate
        wanted = [clip for clip in wanted if clip.shown and self._is_asked(clip)]
        if seen and not wanted:
            cameras = ", ".join(dict.fromkeys(one.camera for one in seen))
            tally.problems.append(f"camera {self.options.camera} did not see it, but {cameras} did")
        for clip in wanted:
            try:
                self._export(clip, tally)
            except ExportError as error:
                tally.problems.append(str(error))
        self._remove_all_but({clip.stem for clip in [*separate, joined] if clip.shown})
        return tally.outcome(self.bib)

    def _separate(self, seen: Sequence[Appearance]) -> list[_Wanted]:
        """One clip per appearance; of the same camera, all but the first are numbered."""
        count: Counter[str] = Counter()
        found = []
        for one in seen:
            count[one.camera] += 1
            stem = self.race.stem(self.bib, one.camera)
            number = f"_{count[one.camera]}" if count[one.camera] > 1 else ""
            found.append(_Wanted(f"{stem}{number}", one.camera, (one,)))
        return found

    def _joined(self, seen: Sequence[Appearance]) -> _Wanted:
        """All appearances in the order in which the line was crossed."""
        asked = [one for one in seen if self.options.camera in (None, one.camera)]
        ordered = sorted(asked, key=lambda one: (one.moment_utc_ns, one.first_utc_ns))
        return _Wanted(self.race.stem(self.bib), None, tuple(ordered))

    def _is_asked(self, clip: _Wanted) -> bool:
        return self.options.join or self.options.camera in (None, clip.camera)

    def _export(self, clip: _Wanted, tally: _Tally) -> None:
        views = [_View(self.race, one, self.options) for one in clip.shown]
        whole = self._key(clip, views, lost_too=True)
        now = self._key(clip, views, lost_too=False)
        for key in dict.fromkeys((whole, now)):
            n = self._n_current(clip, key)
            if n:
                tally.kept += n
                if key != whole:
                    tally.problems += [reason for view in views for reason in view.lost]
                return
        takes = [take for view in views if (take := view.take(tally.problems)) is not None]
        if takes:
            self._write(clip, takes, now, tally)
            tally.problems += [reason for view in views for reason in view.lost]

    def _write(self, clip: _Wanted, takes: Sequence[Take], key: str, tally: _Tally) -> None:
        manifest, manner = self.race.manifest, self._manner
        files = parts(takes, manner)
        for n, part in enumerate(files, 1):
            finished = manifest.incoming(f"{clip.stem}.mp4")
            shown = cut(part, finished, manner)
            manifest.add_file(
                _path(clip.stem, n),
                "clip",
                finished,
                key=f"{key} {n}/{len(files)}",
                bib=self.bib,
                camera=clip.camera,
                first_utc_ns=shown.first_utc_ns,
                end_utc_ns=shown.end_utc_ns,
                codec=codec_of(part, manner),
            )
            tally.written += 1
            tally.problems += _cut_short(part, shown)
        for old in self._listed(clip.stem)[len(files) :]:
            manifest.remove(old.path)
        if len(files) > 1:
            begins = ", ".join(moment_text(part[0].stretches[0].from_ns) for part in files[1:])
            tally.notes.append(
                f"{clip.stem} is in {len(files)} parts, because the camera's format changed at "
                f"{begins}; --browser makes one file of them"
            )

    def _key(self, clip: _Wanted, views: Sequence[_View], lost_too: bool) -> str:
        told = {
            "as": _MADE_AS,
            "clip": [clip.stem, self.bib, clip.camera],
            "shown": [view.sources(lost_too) for view in views],
            "manner": [self.options.exact, self.options.browser, self.options.join],
        }
        text = json.dumps(told, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def _n_current(self, clip: _Wanted, key: str) -> int:
        """How many files of this key there are; 0 unless all its parts are there."""
        listed = self._listed(clip.stem)
        is_whole = listed and all(
            self.race.manifest.is_current(file.path, f"{key} {n}/{len(listed)}")
            for n, file in enumerate(listed, 1)
        )
        return len(listed) if is_whole else 0

    def _listed(self, stem: str) -> list[ExportedFile]:
        """The parts of a clip that were made before, in order."""
        found: list[ExportedFile] = []
        while (file := self.race.manifest.find(_path(stem, len(found) + 1))) is not None:
            found.append(file)
        return found

    def _remove_all_but(self, stems: set[str]) -> None:
        for file in self.race.manifest.files(bib=self.bib, kind="clip"):
            if _PART.sub("", PurePosixPath(file.path).stem) not in stems:
                self.race.manifest.remove(file.path)

    @property
    def _manner(self) -> Manner:
        return Manner(self.options.exact, self.options.browser)


class _View:
    """One appearance in the recorded video, from its lead to its tail."""

    def __init__(self, race: ExportRace, appearance: Appearance, options: ClipOptions) -> None:
        self._video = race.video
        self._footage_id = appearance.footage_id
        self._begin_ns = appearance.first_utc_ns
        crossing_ns = appearance.crossing_utc_ns
        last_ns = appearance.last_utc_ns
        self._end_ns = (last_ns if crossing_ns is None else max(last_ns, crossing_ns)) + 1
        self._from_ns = self._begin_ns - round(options.lead_s * SECOND_NS)
        if crossing_ns is not None:
            run_up_ns = crossing_ns - round(options.run_up_s * SECOND_NS)
            self._from_ns = min(self._from_ns, run_up_ns)
        self._to_ns = self._end_ns + round(options.tail_s * SECOND_NS)
        self._pieces = self._found()

    @property
    def lost(self) -> tuple[str, ...]:
        """Why what was recorded of the runner is not there any more; lead and tail do not count."""
        return self._video.lost(self._footage_id, self._begin_ns, self._end_ns)

    def sources(self, lost_too: bool) -> list[tuple[str, int, int, int]]:
        """What a clip follows from: each file, its first frame's time, and what is taken of it.

        Args:
            lost_too: as it was when files that are lost were still there.
        """
        ends = {piece.row.id: piece.end_utc_ns for piece in self._pieces}
        found = []
        for row in self._video.rows(self._footage_id, self._from_ns, self._to_ns):
            end_ns = ends.get(row.id, row.end_utc_ns)
            if row.id in ends or (lost_too and row.end_utc_ns is not None):
                segment = row.segment
                begin_ns = max(self._from_ns, segment.first_utc_ns)
                until_ns = min(self._to_ns, end_ns or self._to_ns)
                found.append((segment.path, segment.first_utc_ns, begin_ns, until_ns))
        return found

    def take(self, problems: list[str]) -> Take | None:
        """What to cut; None where nothing shows the runner, which is added to the problems."""
        try:
            self._video.covering(self._footage_id, self._begin_ns, self._end_ns)
        except ExportError as error:
            problems.append(str(error))
            return None
        found = []
        for piece in self._pieces:
            try:
                found.append((piece, self._video.film(piece)))
            except ExportError as error:
                problems.append(str(error))
        taken = stretches(found, self._from_ns, self._to_ns)
        return Take(tuple(taken)) if taken else None

    def _found(self) -> tuple[Piece, ...]:
        try:
            return self._video.covering(self._footage_id, self._from_ns, self._to_ns)
        except ExportError:
            return ()


def _cut_short(part: Sequence[Take], shown: Shown) -> list[str]:
    """What to say where files hold less than they should; empty where they do not."""
    last = max((take.stretches[-1] for take in part), key=lambda one: one.until_ns)
    if shown.end_utc_ns + _SHORT_NS >= last.until_ns:
        return []
    missing_s = seconds_between(shown.end_utc_ns, last.until_ns)
    return [
        f"{last.film.file} is cut off or damaged, so the clip ends {missing_s:.1f} s early; "
        "put a good copy of the video in its place"
    ]


def _path(stem: str, part: int) -> str:
    return f"{CLIPS}/{stem}.mp4" if part == 1 else f"{CLIPS}/{stem}-part{part}.mp4"
