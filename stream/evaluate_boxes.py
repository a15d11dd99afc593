"""Holds the detector's persons and bibs against the exact boxes of a clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.evaluate.precision import Matched, average_precision, match
from engines.types import Box, Detections, Detector, Floats, Kind
from stream.sources.choose import open_source
from stream.sources.port import Speed
from stream.truth import Truth, read_truth

LEAST_VISIBLE = 0.3
"""Share of a runner's body that must be visible for the box to count; others are ignored."""
PERSON_OVERLAP = 0.5
BIB_OVERLAP = 0.4
"""Bib boxes of composed clips are estimates, hence the tolerance."""


@dataclass(frozen=True, slots=True)
class BoxesReport:
    """Average precision on one clip, 0..1; None where the clip has no such box.

    Unlabelled bystanders in the background count as errors, so persons' is a lower bound.
    """

    video: str
    frames: int
    persons: int
    person_ap50: float | None
    bibs: int
    bib_ap40: float | None

    def to_json(self) -> dict[str, object]:
        """The report as plain values."""
        return {
            "video": self.video,
            "frames": self.frames,
            "persons": self.persons,
            "person_ap50": _rounded(self.person_ap50),
            "bibs": self.bibs,
            "bib_ap40": _rounded(self.bib_ap40),
        }


def evaluate_boxes(
    video: Path,
    truth_path: Path,
    detector: Detector,
    progress: Callable[[int, int], None],
    every: int = 5,
) -> BoxesReport:
    """Run the detector on every `every`-th frame of a clip.

    Args:
        detector: one that keeps weak boxes too; average precision looks at all scores.

    Raises:
        TruthError, SourceError: with the mend.
    """
    truth = read_truth(truth_path)
    persons: list[Matched] = []
    bibs: list[Matched] = []
    for frame in open_source("clip", str(video), speed=Speed.MAXIMUM).frames():
        progress(frame.index + 1, truth.frames)
        if frame.index % every:
            continue
        [found] = detector.detect([frame.picture])
        persons.append(_persons(truth, frame.index, found))
        bibs.append(_bibs(truth, frame.index, found))
    return BoxesReport(
        video.name,
        len(persons),
        sum(part.n_true for part in persons),
        average_precision(persons),
        sum(part.n_true for part in bibs),
        average_precision(bibs),
    )


def _persons(truth: Truth, frame: int, found: Detections) -> Matched:
    clear: list[Box] = []
    hidden: list[Box] = []
    for runner in truth.runners:
        if frame in runner.boxes:
            seen = runner.visible.get(frame, 1.0) >= LEAST_VISIBLE
            (clear if seen else hidden).append(runner.boxes[frame])
    own = found.of(Kind.PERSON)
    return match(own.boxes, own.scores, _array(clear), _array(hidden), PERSON_OVERLAP)


def _bibs(truth: Truth, frame: int, found: Detections) -> Matched:
    true = [runner.bibs[frame] for runner in truth.runners if frame in runner.bibs]
    # Where no bib box is given one may still be half visible: whoever wears it is ignored.
    rest = [
        runner.boxes[frame]
        for runner in truth.runners
        if frame in runner.boxes and frame not in runner.bibs
    ]
    own = found.of(Kind.BIB)
    return match(own.boxes, own.scores, _array(true), _array(rest), BIB_OVERLAP)


def _array(boxes: list[Box]) -> Floats:
    return np.array(boxes, np.float32).reshape(-1, 4)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
