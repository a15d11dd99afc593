"""The best pictures of each runner, as JPEG files that say what they are.

A still is made from the recorded video at full resolution. Where none was recorded, it is made
from the pictures that the race has kept. Photos are exported by `stream.export.stills.photos`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from engines.types import Detector
from stream.export.appearances import CERTAIN
from stream.export.errors import ExportError
from stream.export.manifest import ExportedFile
from stream.export.race import ExportRace, Outcome, Told
from stream.export.stills.blur import blur_others
from stream.export.stills.choice import best_apart, spread
from stream.export.stills.picture_tags import PictureTags, jpeg
from stream.export.stills.shots import (
    Shot,
    group_of,
    is_recorded,
    kept_shots,
    moments_in_video,
    shots_of,
)
from stream.store import RunnerRow

STILL: Final = "still"
STILLS: Final = "stills"
SHARED: Final = "stills-shared"
"""Folders of stills as they are, and of those in which others are blurred."""

METHOD: Final = 1
"""Part of every key: a better way to choose or blur makes all stills anew."""
TRIES: Final = 4
"""Frames decoded for each still. More finds better ones and takes longer."""


@dataclass(frozen=True, slots=True)
class StillOptions:
    """What stills are wanted.

    Attributes:
        per_runner: at most so many of each bib, all cameras together.
        apart_s: two of one camera are at least this far apart.
        blur_others: blur the faces of everybody else; such stills have a folder of their own.
        blur_bibs: with `blur_others`, the bibs of everybody else too.
        whole_frame: all of the frame, not only the runner.
        camera: only this one's; None takes every camera.
    """

    per_runner: int = 3
    apart_s: float = 0.5
    blur_others: bool = False
    blur_bibs: bool = False
    whole_frame: bool = False
    camera: str | None = None

    def __post_init__(self) -> None:
        if self.per_runner < 1 or self.apart_s < 0:
            raise ValueError(
                f"per_runner must be at least 1 and apart_s not negative; "
                f"got {self.per_runner} and {self.apart_s}"
            )

    @property
    def folder(self) -> str:
        """Where they go, inside the export folder."""
        return SHARED if self.blur_others else STILLS


def export_stills(
    race: ExportRace, bibs: Sequence[str], detector: Detector, options: StillOptions, told: Told
) -> None:
    """Make the stills of each bib that are not there yet, and remove those that are no more.

    What is wrong with one bib is told and does not stop the others.

    Raises:
        ExportError: the export folder cannot be written to.
        StoreError: the race folder cannot be read.
        InferenceError: the detector failed.
    """
    for bib in bibs:
        told(_Stills(race, bib, detector, options).export())


@dataclass(frozen=True, slots=True)
class _Stills:
    """The stills of one bib."""

    race: ExportRace
    bib: str
    detector: Detector
    options: StillOptions

    def export(self) -> Outcome:
        tracks = [
            row
            for row in self.race.reader.runners_with(self.bib)
            if row.state in CERTAIN and self.options.camera in (None, row.camera)
        ]
        listed = self._listed()
        if not tracks:
            self._remove(listed)
            return Outcome(self.bib, 0, 0, self._unseen())
        how, what = self._how(), self._what(tracks)
        done = [file for file in listed if self._is_done(file, f"{how}-{what}-")]
        if done and done[0].key.endswith(f"of{len(done)}"):
            self._remove([file for file in listed if file not in done])
            return Outcome(self.bib, 0, len(done), None)

        shots, problems = self._shots(tracks)
        problem = "; ".join(dict.fromkeys(problems)) or None
        # What was made before its video was lost is better than what could be made now.
        still_true = [
            file for file in listed if self._is_done(file, f"{how}-") and _is_of(file, tracks)
        ]
        if problem is not None and still_true:
            self._remove([file for file in listed if file not in still_true])
            return Outcome(self.bib, 0, len(still_true), problem)
        chosen = best_apart(shots, self.options.per_runner, self.options.apart_s)
        key = f"{how}-{what if problem is None else 'incomplete'}"
        written = [self._write(shot, key, n, len(chosen)) for n, shot in enumerate(chosen, 1)]
        self._remove([file for file in listed if file.path not in written])
        if not chosen and problem is None:
            problem = (
                f"bib {self.bib} could not be found again in the video of its tracks; "
                "no still was made"
            )
        recorded = any(is_recorded(self.race, track) for track in tracks)
        note = None if recorded or not chosen else "from kept pictures, as no video was recorded"
        return Outcome(self.bib, len(written), 0, problem, note)

    def _shots(self, tracks: Sequence[RunnerRow]) -> tuple[list[Shot], list[str]]:
        """Everything that could become a still, and what of the video cannot be had."""
        moments, problems = moments_in_video(self.race, tracks)
        tried = spread(moments, TRIES * self.options.per_runner, self.options.apart_s)
        shots: list[Shot] = []
        try:
            # One by one: those before a damaged file stay.
            for shot in shots_of(
                self.race, tried, self.detector, whole_frame=self.options.whole_frame
            ):
                shots.append(shot)
        except ExportError as error:
            problems.append(str(error))
        unfilmed = {row.track_id for row in tracks if not is_recorded(self.race, row)}
        if not shots:
            unfilmed = {row.track_id for row in tracks}
        kept = [row for row in self.race.reader.images_of_bib(self.bib) if row.track_id in unfilmed]
        return shots + list(kept_shots(self.race, kept, self.detector)), problems

    def _write(self, shot: Shot, key: str, n: int, total: int) -> str:
        """Writes the `n`-th best still; its path."""
        image = shot.image
        if self.options.blur_others:
            group = group_of(shot, self.detector)
            image = blur_others(image, group, bibs=self.options.blur_bibs)
        path = f"{self._stem(shot.camera)}-{n}.jpg"
        self.race.manifest.write(
            path,
            STILL,
            jpeg(image, self._tags(shot.camera, shot.capture_utc_ns)),
            key=f"{key}-{n}of{total}",
            bib=self.bib,
            camera=shot.camera,
            first_utc_ns=shot.capture_utc_ns,
            end_utc_ns=shot.capture_utc_ns,
        )
        return path

    def _stem(self, camera: str) -> str:
        return f"{self.options.folder}/{self.race.stem(self.bib, camera)}"

    def _tags(self, camera: str, capture_utc_ns: int) -> PictureTags:
        entry = self.race.entries.get(self.bib)
        name = None if entry is None else entry.name
        return PictureTags(self.bib, name, self.race.name, camera, capture_utc_ns)

    def _listed(self) -> list[ExportedFile]:
        """The stills of this kind that an earlier export has made."""
        return [
            file
            for file in self.race.manifest.files(self.bib, STILL)
            if file.path.startswith(f"{self.options.folder}/")
            and self.options.camera in (None, file.camera)
        ]

    def _is_done(self, file: ExportedFile, key: str) -> bool:
        return file.key.startswith(key) and self.race.manifest.is_current(file.path, file.key)

    def _remove(self, files: Sequence[ExportedFile]) -> None:
        for file in files:
            self.race.manifest.remove(file.path)

    def _how(self) -> str:
        """Digest of how stills are made and what they say of their runner."""
        return digest([METHOD, asdict(self.options), asdict(self._tags("", 0))])

    def _what(self, tracks: Sequence[RunnerRow]) -> str:
        """Digest of what the stills are chosen from.

        A file that is removed later does not count: what was made from it is as good as before.
        """
        reader, video = self.race.reader, self.race.video
        told: list[object] = []
        for row in sorted(tracks, key=lambda row: row.track_id):
            looks = reader.looks_of_track(row.track_id)
            rows = (
                ()
                if row.footage_id is None
                else video.rows(row.footage_id, row.first_seen_utc_ns, row.last_seen_utc_ns + 1)
            )
            told += [
                [row.track_id, row.camera, row.first_seen_utc_ns, row.last_seen_utc_ns],
                [[look.capture_utc_ns, look.person, look.text] for look in looks],
                [[one.id, one.segment.first_utc_ns, one.end_utc_ns] for one in rows],
            ]
            if not rows:
                told += [image.sha256 for image in reader.images_of_track(row.track_id)]
        return digest(told)

    def _unseen(self) -> str:
        where = "" if self.options.camera is None else f" by camera {self.options.camera}"
        return (
            f"bib {self.bib} was not seen{where}, or its tag was never confirmed; "
            "look it up in the dashboard and correct the runner"
        )


def _is_of(file: ExportedFile, tracks: Sequence[RunnerRow]) -> bool:
    """Whether a still was taken during one of the tracks: a bib may have been corrected."""
    return file.first_utc_ns is not None and any(
        file.camera == row.camera
        and row.first_seen_utc_ns <= file.first_utc_ns <= row.last_seen_utc_ns
        for row in tracks
    )


def digest(told: object) -> str:
    """A short text that is another one where anything of `told` is."""
    text = json.dumps(told, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
