"""Holds exported clips against a video whose runners are known: is each one's run in its clip?

What the manifest says of a clip is not taken on trust: the clip is decoded, and what it shows at
the moments when its runner comes into view and crosses the line must be the source's own frames
of those moments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from engines.types import Box
from stream.clock import SECOND_NS
from stream.export import ExportedFile, ExportError, Manifest
from stream.export.films import frame_ns, open_film
from stream.export.manifest import MANIFEST
from stream.export.race import EXPORT
from stream.store import SegmentRow, Store, StoreReader
from stream.truth import TrueRunner, Truth, read_truth

Grey = NDArray[np.uint8]
Progress = Callable[[int, int], None]

WINDOW_S = 1.0
"""How far around a moment the source is searched for what a clip shows."""
MAX_DIFFERENCE = 8.0
"""Grey levels between frames that are the same picture, encoded anew at worst."""
_ALIKE = 0.25
_MARGIN = 0.3
_CROP_PX = 96


@dataclass(frozen=True, slots=True)
class ClipCheck:
    """One clip against the truth.

    Attributes:
        is_runner: the truth has this bib in view while the clip lasts.
        is_whole: it begins before the runner comes into view and ends after the crossing.
        offset_s: what the clip shows too late (or, negative, too early), at worst; None where
            what it shows is not found in the source around that moment.
        difference: mean difference of the frames compared, grey levels, at worst.
    """

    path: str
    bib: str
    is_runner: bool
    is_whole: bool
    offset_s: float | None
    difference: float
    frame_s: float

    @property
    def is_right(self) -> bool:
        """Nothing is wrong with it."""
        exact = self.offset_s is not None and abs(self.offset_s) < self.frame_s / 2
        return self.is_runner and self.is_whole and exact

    def __str__(self) -> str:
        if not self.is_runner:
            return f"{self.path}: bib {self.bib} is not in view in this range"
        faults = [] if self.is_whole else ["does not hold the whole run"]
        if self.offset_s is None:
            faults.append(f"shows other pictures (they differ by {self.difference:.1f} levels)")
        elif abs(self.offset_s) >= self.frame_s / 2:
            faults.append(f"is {self.offset_s:+.3f} s off")
        return f"{self.path}: {', '.join(faults) or 'right'}"


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What `finishline evaluate export` prints.

    Attributes:
        missing: bibs that can be read, crossed the line and have no clip.
    """

    camera: str
    checks: tuple[ClipCheck, ...]
    missing: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """There are clips, and nothing is wrong with any."""
        return bool(self.checks) and all(check.is_right for check in self.checks)

    def to_json(self) -> dict[str, object]:
        """The report as plain values; times in milliseconds."""
        runs = [check for check in self.checks if check.is_runner]
        offsets = [abs(check.offset_s) for check in runs if check.offset_s is not None]
        return {
            "camera": self.camera,
            "clips": len(self.checks),
            "whole": sum(check.is_whole for check in runs),
            "wrong_runner": len(self.checks) - len(runs),
            "other_pictures": sum(check.offset_s is None for check in runs),
            "worst_offset_ms": round(max(offsets) * 1000) if offsets else None,
            "worst_difference": round(max((one.difference for one in runs), default=0.0), 2),
            "without_clip": ", ".join(self.missing) or None,
            "faults": "; ".join(str(one) for one in self.checks if not one.is_right) or None,
        }


def evaluate_export(
    folder: Path, out: Path | None, truth: Path, camera: str | None, progress: Progress
) -> ExportReport:
    """Check the clips of one camera.

    Args:
        out: the export folder; None is the race's own.
        truth: of the footage of `camera`, whose first frame is the truth's frame 0.
        camera: may be None where the race has only one.

    Raises:
        ExportError: there are no clips of that camera, or a file cannot be read.
        StoreError: there is no race that can be read.
        TruthError: the truth cannot be read.
    """
    known, reader = read_truth(truth), Store.open_read_only(folder)
    name, segments = _footage(reader, camera)
    place = folder / EXPORT if out is None else out
    clips = _clips(place, name)
    jobs = [_job(clip, known, segments[0].segment.first_utc_ns) for clip in clips]
    _look_at_source(folder, segments, known, [job for job in jobs if job is not None], progress)
    checks = tuple(_check(clip, job, place, known) for clip, job in zip(clips, jobs, strict=True))
    done = {clip.bib for clip in clips}
    missing = tuple(
        runner.bib
        for runner in known.runners
        if runner.readable is True and runner.cross_s is not None and runner.bib not in done
    )
    return ExportReport(name, checks, missing)


@dataclass(slots=True)
class _Moment:
    """A frame of the truth, and what the source shows around it: by frame, the runner's region."""

    frame: int
    box: Box
    shown: dict[int, Grey] = field(default_factory=dict)
    captured_ns: int | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    """The moments to check of a clip: into view, and across the line."""

    runner: TrueRunner
    entry: _Moment
    crossing: _Moment

    @property
    def moments(self) -> tuple[_Moment, _Moment]:
        return self.entry, self.crossing


def _footage(reader: StoreReader, camera: str | None) -> tuple[str, Sequence[SegmentRow]]:
    """The one camera's name and its video."""
    by_footage: dict[int, list[SegmentRow]] = defaultdict(list)
    for row in reader.segments():
        if camera in (None, row.segment.camera):
            by_footage[row.segment.footage_id].append(row)
    if len(by_footage) != 1:
        found = ", ".join(sorted({rows[0].segment.camera for rows in by_footage.values()}))
        raise ExportError(
            f"{reader.folder}: {len(by_footage)} footages with video ({found or 'none'}) where one "
            "is needed; name a camera that was filmed once with --camera"
        )
    [rows] = by_footage.values()
    return rows[0].segment.camera, rows


def _clips(place: Path, camera: str) -> tuple[ExportedFile, ...]:
    if (place / MANIFEST).is_file():
        with Manifest.open(place) as manifest:
            clips = tuple(one for one in manifest.files(kind="clip") if one.camera == camera)
        if clips:
            return clips
    raise ExportError(
        f"{place} holds no clips of camera {camera}; "
        "run `finishline export clips` first (clips that join cameras are not checked)"
    )


def _job(clip: ExportedFile, truth: Truth, start_ns: int) -> _Job | None:
    """What to check; None where the truth has no such runner in view while the clip lasts."""
    for runner in truth.runners:
        if runner.bib != clip.bib or not runner.boxes:
            continue
        begin, end = min(runner.boxes), max(runner.boxes)
        begin_ns, end_ns = (start_ns + round(n * SECOND_NS / truth.fps) for n in (begin, end))
        if begin_ns < (clip.end_utc_ns or 0) and (clip.first_utc_ns or 0) <= end_ns:
            crossing = end if runner.cross_s is None else round(runner.cross_s * truth.fps)
            near = min(runner.boxes, key=lambda n: abs(n - crossing))
            return _Job(
                runner,
                _Moment(begin, runner.boxes[begin]),
                _Moment(min(crossing, truth.frames - 1), runner.boxes[near]),
            )
    return None


def _look_at_source(
    folder: Path,
    segments: Sequence[SegmentRow],
    truth: Truth,
    jobs: Sequence[_Job],
    progress: Progress,
) -> None:
    """Fill in what the source shows around every moment."""
    window = round(WINDOW_S * truth.fps)
    wanted: dict[int, list[_Moment]] = defaultdict(list)
    for job in jobs:
        for moment in job.moments:
            for n in range(moment.frame - window, moment.frame + window + 1):
                wanted[n].append(moment)
    for n, captured_ns, frame in _source(folder, segments, truth.fps):
        progress(min(n + 1, truth.frames), truth.frames)
        if n not in wanted:
            continue
        grey = _grey(frame)
        for moment in wanted[n]:
            moment.shown[n] = _region(grey, moment.box, truth)
            if n == moment.frame:
                moment.captured_ns = captured_ns


def _source(
    folder: Path, segments: Sequence[SegmentRow], fps: float
) -> Iterator[tuple[int, int, av.VideoFrame]]:
    """Every frame: its number since the start, its capture time."""
    start_ns = segments[0].segment.first_utc_ns
    for row in segments:
        segment = row.segment
        first = round((segment.first_utc_ns - start_ns) * fps / SECOND_NS)
        for n, (since_ns, frame) in enumerate(_frames(folder / segment.path)):
            yield first + n, segment.first_utc_ns + since_ns, frame


def _frames(file: Path) -> Iterator[tuple[int, av.VideoFrame]]:
    """Every frame of a file with its time since the first."""
    with open_film(file) as container:
        container.streams.video[0].thread_type = "AUTO"
        first_ns: int | None = None
        try:
            for frame in container.decode(video=0):
                first_ns = frame_ns(frame) if first_ns is None else first_ns
                yield frame_ns(frame) - first_ns, frame
        except av.FFmpegError as error:
            raise ExportError(f"{file} cannot be decoded ({error.strerror})") from error


def _check(clip: ExportedFile, job: _Job | None, place: Path, truth: Truth) -> ClipCheck:
    bib, first_ns, end_ns = clip.bib or "", clip.first_utc_ns or 0, clip.end_utc_ns or 0
    frame_s = 1 / truth.fps
    if job is None:
        return ClipCheck(clip.path, bib, False, False, None, 0.0, frame_s)
    times = {id(one): one.captured_ns for one in job.moments}
    is_whole = all(at_ns is not None and first_ns <= at_ns < end_ns for at_ns in times.values())
    held = [one for one in job.moments if one.captured_ns is not None]
    shown = _shown(place / clip.path, [(one.captured_ns or 0) - first_ns for one in held])
    offsets: list[int | None] = []
    differences = [0.0]
    for moment, frame in zip(held, shown, strict=True):
        if not first_ns <= (moment.captured_ns or 0) < end_ns:
            continue
        offset, difference = _offset(_region(frame, moment.box, truth), moment)
        offsets.append(offset if difference <= MAX_DIFFERENCE else None)
        differences.append(difference)
    worst = None
    if offsets and None not in offsets:
        worst = max((n for n in offsets if n is not None), key=abs) * frame_s
    return ClipCheck(clip.path, bib, True, is_whole, worst, max(differences), frame_s)


def _shown(file: Path, times_ns: Sequence[int]) -> list[Grey]:
    """What a clip shows at moments of its own time. All of it is decoded, as a player would."""
    best: dict[int, tuple[int, av.VideoFrame]] = {}
    for since_ns, frame in _frames(file):
        for n, time_ns in enumerate(times_ns):
            away_ns = abs(since_ns - time_ns)
            if n not in best or away_ns < best[n][0]:
                best[n] = (away_ns, frame)
    if len(best) < len(times_ns):
        raise ExportError(f"{file} shows nothing; export it again")
    return [_grey(best[n][1]) for n in range(len(times_ns))]


def _offset(region: Grey, moment: _Moment) -> tuple[int, float]:
    """Which source frame a clip's frame is, relative to the one it should be, and how alike."""
    differences: Mapping[int, float] = {
        n - moment.frame: float(np.abs(region.astype(np.int16) - other).mean())
        for n, other in moment.shown.items()
    }
    least = min(differences.values())
    # Where nothing moves, frames are alike and the nearest is meant.
    alike = [n for n, value in differences.items() if value <= least * 1.15 + _ALIKE]
    offset = min(alike, key=abs)
    return offset, differences[offset]


def _grey(frame: av.VideoFrame) -> Grey:
    return np.asarray(frame.to_ndarray(format="gray"), np.uint8)


def _region(grey: Grey, box: Box, truth: Truth) -> Grey:
    """A runner and a little around, small."""
    scale = grey.shape[1] / truth.width
    x0, y0, x1, y1 = (value * scale for value in box)
    margin = _MARGIN * max(x1 - x0, y1 - y0)
    left, top = max(int(x0 - margin), 0), max(int(y0 - margin), 0)
    cut = grey[top : max(int(y1 + margin), top + 1), left : max(int(x1 + margin), left + 1)]
    size = (min(cut.shape[1], _CROP_PX), min(cut.shape[0], _CROP_PX))
    return np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.uint8)
