"""Holds the detector's persons and bibs against the exact boxes of a clip."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engines.evaluate.coco import LabelledPicture, as_boxes
from engines.evaluate.measures import (
    Baseline,
    InUse,
    Measure,
    in_use,
    measured,
    measured_by_size,
)
from engines.types import Box, Detections, Detector, Kind
from stream.sources.choose import open_source
from stream.sources.port import Speed
from stream.truth import Truth, TruthError, read_truth

LEAST_VISIBLE = 0.3
"""Share of a runner's body that must be visible for the box to count; others are ignored."""
SHOWN = {
    ("person", 0.5): ("persons", "person_ap50"),
    ("large person", 0.5): ("large_persons", "large_person_ap50"),
    ("bib", 0.4): ("bibs", "bib_ap40"),
    ("small bib", 0.4): ("small_bibs", "small_bib_ap40"),
}
"""Of all measures: kind and overlap, and how the report calls the number of true boxes and the
average precision. Bib boxes of composed clips are estimates, hence their tolerance."""


@dataclass(frozen=True, slots=True)
class BoxesReport:
    """Average precision on one clip.

    Unlabelled bystanders in the background count as errors, so persons' is a lower bound where
    nobody told where they stand: see how many of the runners were found, too.

    Attributes:
        video: the file's name.
        frames: how many were looked at.
        measures: of the detector.
        persons: of the detector, from the score on from which its boxes are used.
        baseline: of another detector on the same frames, of what it looks for.
        baseline_persons: the same of it; None where there was none, or it looks for no persons.
        baseline_name: what that is called; empty where there was none.
    """

    video: str
    frames: int
    measures: tuple[Measure, ...]
    persons: InUse
    baseline: tuple[Measure, ...] = ()
    baseline_persons: InUse | None = None
    baseline_name: str = ""

    def to_json(self) -> dict[str, object]:
        """The report as plain values; None where the clip has no box of a kind."""
        told: dict[str, object] = {"video": self.video, "frames": self.frames}
        own = {(m.kind, m.overlap): m for m in self.measures}
        for key, (n_true, precision) in SHOWN.items():
            measure = own.get(key)
            told[n_true] = measure.n_true if measure else 0
            told[precision] = round(measure.value, 3) if measure else None
        told |= _told(self.persons)
        if self.baseline_name:
            others = {(m.kind, m.overlap): round(m.value, 3) for m in self.baseline}
            told[self.baseline_name] = {
                **{SHOWN[key][1]: value for key, value in others.items() if key in SHOWN},
                **_told(self.baseline_persons),
            }
        return told


def _told(persons: InUse | None) -> dict[str, int]:
    if persons is None:
        return {}
    return {"persons_found": persons.n_found, "person_boxes": persons.n_boxes}


def read_bystanders(path: Path, video: str) -> tuple[Box, ...]:
    """Where people stand all the time in a video of this file name whom its truth leaves out.

    Args:
        path: a table with the columns video, x0, y0, x1, y1 (pixels); others are not looked at.

    Raises:
        TruthError: it cannot be read, or a row has no box.
    """
    boxes: list[Box] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for number, row in enumerate(csv.DictReader(file), start=2):
                try:
                    box = float(row["x0"]), float(row["y0"]), float(row["x1"]), float(row["y1"])
                    name = row["video"]
                except (KeyError, TypeError, ValueError) as error:
                    raise TruthError(
                        f"{path}, row {number}: needs video and x0, y0, x1, y1 in pixels"
                    ) from error
                if box[0] >= box[2] or box[1] >= box[3]:
                    raise TruthError(f"{path}, row {number}: x0 must be below x1, y0 below y1")
                boxes += [box] if name == video else []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TruthError(f"{path}: cannot be read ({error}); give a table as CSV") from error
    return tuple(boxes)


def evaluate_boxes(
    video: Path,
    truth_path: Path,
    detector: Detector,
    scores: Mapping[Kind, float],
    progress: Callable[[int, int], None],
    every: int = 5,
    baseline: Baseline | None = None,
    bystanders: Sequence[Box] = (),
) -> BoxesReport:
    """Run the detector on every `every`-th frame of a clip.

    Args:
        detector: one that keeps weak boxes too; average precision looks at all scores.
        scores: from which on its boxes are used, by kind.
        baseline: another one to be measured on the same frames.
        bystanders: persons of the background; to find them neither rewards nor punishes.

    Raises:
        TruthError, SourceError: with the mend.
    """
    truth = read_truth(truth_path)
    frames: list[LabelledPicture] = []
    found: list[Detections] = []
    others: list[Detections] = []
    for frame in open_source("clip", str(video), speed=Speed.MAXIMUM).frames():
        progress(frame.index + 1, truth.frames)
        if frame.index % every:
            continue
        frames.append(_labelled(truth, frame.index, video, bystanders))
        found += detector.detect([frame.picture])
        others += baseline.detector.detect([frame.picture]) if baseline else []
    heights = [truth.height] * len(frames)
    measures = measured("clip", frames, found) + measured_by_size("clip", frames, found, heights)
    persons = in_use(frames, found, Kind.PERSON, 0.5, scores[Kind.PERSON])
    if baseline is None:
        return BoxesReport(video.name, len(frames), tuple(measures), persons)
    compared = measured("clip", frames, others, baseline.kinds)
    compared += measured_by_size("clip", frames, others, heights, baseline.kinds)
    other = None
    if Kind.PERSON in baseline.kinds:
        other = in_use(frames, others, Kind.PERSON, 0.5, baseline.least_score)
    return BoxesReport(
        video.name, len(frames), tuple(measures), persons, tuple(compared), other, baseline.name
    )


def _labelled(truth: Truth, frame: int, video: Path, bystanders: Sequence[Box]) -> LabelledPicture:
    """One frame's true boxes; a clip has none of faces and numbers."""
    true: dict[Kind, list[Box]] = {kind: [] for kind in Kind}
    ignored: dict[Kind, list[Box]] = {kind: [] for kind in Kind}
    ignored[Kind.PERSON] += bystanders
    for runner in truth.runners:
        if frame in runner.boxes:
            seen = runner.visible.get(frame, 1.0) >= LEAST_VISIBLE
            (true if seen else ignored)[Kind.PERSON].append(runner.boxes[frame])
        if frame in runner.bibs:
            true[Kind.BIB].append(runner.bibs[frame])
        elif frame in runner.boxes:
            # Where no bib box is given one may still be half visible: its wearer is ignored.
            ignored[Kind.BIB].append(runner.boxes[frame])
    return LabelledPicture(
        video,
        "clip",
        {kind: as_boxes(boxes) for kind, boxes in true.items()},
        {kind: as_boxes(boxes) for kind, boxes in ignored.items()},
        (),
    )
