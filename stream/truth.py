"""What is known to have happened in a clip, and the score of a run against it.

Truth comes from the simulator or from composed clips: per runner the bib, the boxes per frame
and the crossing time. All functions but `read_truth` are pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from engines.types import Box

MIN_OVERLAP = 0.3
"""IoU from which a track's box is on a runner."""


class TruthError(ValueError):
    """A truth file that cannot be used; the message names the file, the key and the mend."""


@dataclass(frozen=True, slots=True)
class TrueRunner:
    """One runner of a clip.

    Attributes:
        readable: False where the bib is missing or burnt out, "partly" where it is covered in part.
        cross_s: when the torso passes the line; None where it never does.
        exit_s: when the runner has left the picture.
        boxes: person box by frame, pixels.
        bibs: bib box by frame, where enough of it is visible.
        visible: visible share of the body by frame, 0..1.
    """

    bib: str
    readable: bool | str
    cross_s: float | None
    exit_s: float
    boxes: Mapping[int, Box]
    bibs: Mapping[int, Box] = field(default_factory=dict)
    visible: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Truth:
    """A clip: frames per second, picture size in pixels, the line in pixels, its runners."""

    fps: float
    width: int
    height: int
    frames: int
    line: tuple[tuple[float, float], tuple[float, float]] | None
    runners: tuple[TrueRunner, ...]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A tag: which bib, how sure, when, and where its track was."""

    track_id: int
    bib: str
    time_s: float
    person: Box
    posterior: float = 1.0


@dataclass(frozen=True, slots=True)
class Passage:
    """A crossing that was reported, and where its track was at the nearest frame."""

    track_id: int
    time_s: float
    person: Box | None


@dataclass(frozen=True, slots=True)
class Score:
    """A run against the truth.

    Attributes:
        right: runners whose own bib was confirmed on them while they were in the picture.
        wrong: every other confirmed tag, each (track, bib) once.
        missed: readable runners that are not right.
        false_tags: the wrong ones that lie on no runner at all.
        crossing_errors_ms: reported minus true, signed, one per runner that was matched.
        extra_crossings: crossings on no runner, or a second one of the same runner.
        leads_s: seconds from the confirmation to the runner's exit, one per right runner.
    """

    runners: int
    readable: int
    right: int
    wrong: int
    missed: int
    false_tags: int
    crossing_errors_ms: tuple[float, ...]
    extra_crossings: int
    leads_s: tuple[float, ...]
    wrong_tags: tuple[Confirmation, ...]
    missed_bibs: tuple[str, ...]


def parse_truth(text: str, name: str) -> Truth:
    """Read a truth file (see the data format in the README); `name` is used in errors."""
    try:
        body = json.loads(text)
        line = body["line"]
        return Truth(
            float(body["fps"]),
            int(body["width"]),
            int(body["height"]),
            int(body["frames"]),
            None if line is None else ((line[0][0], line[0][1]), (line[1][0], line[1][1])),
            tuple(_runner(row) for row in body["runners"]),
        )
    except json.JSONDecodeError as error:
        raise TruthError(f"{name}: not JSON ({error}); give the clip's own truth file") from error
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise TruthError(
            f"{name}: not a truth file, {type(error).__name__}: {error}; "
            "see 'Truth files' in the README"
        ) from error


def read_truth(path: Path) -> Truth:
    """Read a truth file.

    Raises:
        TruthError: it cannot be read or is none.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TruthError(f"{path}: cannot be read ({error}); name a truth file") from error
    return parse_truth(text, str(path))


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def score(
    truth: Truth, confirmations: Sequence[Confirmation], passages: Sequence[Passage]
) -> Score:
    """Hold a run against the truth."""
    right: dict[int, float] = {}
    wrong: dict[tuple[int, str], Confirmation] = {}
    for tag in confirmations:
        wearer = _wearer(truth, tag)
        if wearer is None:
            wrong.setdefault((tag.track_id, tag.bib), tag)
        elif wearer not in right:
            right[wearer] = truth.runners[wearer].exit_s - tag.time_s
    readable = [row for row, runner in enumerate(truth.runners) if runner.readable is True]
    errors, extra = _crossing_errors(truth, passages)
    missed = [row for row in readable if row not in right]
    return Score(
        runners=len(truth.runners),
        readable=len(readable),
        right=len(right),
        wrong=len(wrong),
        missed=len(missed),
        false_tags=sum(not _runners_under(truth, tag.time_s, tag.person) for tag in wrong.values()),
        crossing_errors_ms=tuple(errors),
        extra_crossings=extra,
        leads_s=tuple(right.values()),
        wrong_tags=tuple(wrong.values()),
        missed_bibs=tuple(truth.runners[row].bib for row in missed),
    )


def are_right(truth: Truth, tags: Sequence[Confirmation]) -> tuple[tuple[float, bool], ...]:
    """How sure each tag was, and whether it was right."""
    return tuple((tag.posterior, _wearer(truth, tag) is not None) for tag in tags)


def spread(values: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    """5th percentile, median and 95th percentile (nearest rank); None where there is nothing."""
    if not values:
        return None, None, None
    ranked = sorted(values)
    last = len(ranked) - 1
    return ranked[round(0.05 * last)], median(ranked), ranked[round(0.95 * last)]


def _runner(row: dict[str, Any]) -> TrueRunner:
    return TrueRunner(
        str(row["bib"]),
        row["bib_readable"],
        row["t_cross_torso"],
        float(row["t_exit"]),
        {int(box[0]): (box[1], box[2], box[3], box[4]) for box in row["boxes"]},
        {int(b[0]): (b[5], b[6], b[7], b[8]) for b in row["boxes"] if b[5] is not None},
        {int(frame): float(share) for frame, share, *_ in row.get("vis", ())},
    )


def _runners_under(truth: Truth, time_s: float, box: Box) -> dict[int, float]:
    """Overlap with `box` of every runner that it touches enough, by row."""
    frame = round(time_s * truth.fps)
    found = {}
    for row, runner in enumerate(truth.runners):
        true_box = runner.boxes.get(frame)
        if true_box is not None and (iou := overlap(true_box, box)) >= MIN_OVERLAP:
            found[row] = iou
    return found


def _wearer(truth: Truth, tag: Confirmation) -> int | None:
    for row in _runners_under(truth, tag.time_s, tag.person):
        runner = truth.runners[row]
        if runner.bib == tag.bib and tag.time_s < runner.exit_s:
            return row
    return None


def _crossing_errors(truth: Truth, passages: Sequence[Passage]) -> tuple[list[float], int]:
    errors: dict[int, float] = {}
    extra = 0
    for passage in passages:
        under = (
            {} if passage.person is None else _runners_under(truth, passage.time_s, passage.person)
        )
        row = max(under, key=under.__getitem__) if under else None
        true_s = None if row is None else truth.runners[row].cross_s
        if row is None or true_s is None or row in errors:
            extra += 1
        else:
            errors[row] = (passage.time_s - true_s) * 1000
    return list(errors.values()), extra
