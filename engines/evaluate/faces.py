"""How well templates of faces tell two photos of one person from photos of two."""

from __future__ import annotations

import csv
import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from engines.errors import LabelError
from engines.evaluate.labels import Progress, as_box, read_image, table
from engines.evaluate.persons import persons
from engines.evaluate.separation import Separation, separation
from engines.faces.combine import combined
from engines.faces.finding import found_anew, portrait
from engines.faces.port import FaceCrop, FaceEmbedder, FaceTemplate, face_crop
from engines.picture import RgbPicture
from engines.types import Box, Detector, Image

NOT_ALIKE: Final = -1.0
"""The likeness of a pair of which a face could not be embedded: it counts as not the same."""


@dataclass(frozen=True, slots=True)
class FacePlace:
    """A face in a file; `box` in pixels, None where the file is a portrait."""

    path: Path
    box: Box | None


@dataclass(frozen=True, slots=True)
class FacePair:
    """Two faces, and whether they are of one person."""

    one: FacePlace
    other: FacePlace
    same: bool


@dataclass(frozen=True, slots=True)
class FacesReport:
    """What came out of one file of pairs.

    Attributes:
        pairs: the file.
        n_pairs, n_faces: how many there are, each face counted once.
        n_not_found: faces that our own detector did not find.
        n_not_embedded: faces that were there and could not be aligned.
        n_pairs_without: pairs of which a face is missing; they count as not the same.
        size_px: percentiles 10, 50 and 90 of the boxes' sizes, pixels.
        ms_per_face: mean time of one template on this machine.
        separation: how well the pairs are told apart.
        n_combined: pairs whose first person has more pictures, the second of the pair apart.
        combined: the same where all those make one template, as a pivot's frames do; None where
            there are none.
    """

    pairs: str
    n_pairs: int
    n_faces: int
    n_not_found: int
    n_not_embedded: int
    n_pairs_without: int
    size_px: tuple[float, float, float]
    ms_per_face: float
    separation: Separation
    n_combined: int
    combined: Separation | None

    def to_json(self) -> dict[str, Any]:
        """Everything, for `json.dumps`."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        missing = (
            f"{self.n_pairs_without} pairs could not be compared and count as not the same "
            f"({self.n_not_found} faces not found, {self.n_not_embedded} not aligned)\n"
            f"{self.n_combined} pairs have more pictures of their first person to combine; "
            f"{self.ms_per_face:.0f} ms per face of {self.size_px[1]:.0f} px"
        )
        head = [self.pairs, "same+not", "AUC", "TPR at FPR 1 %", "95 %", "threshold", "EER"]
        rows = [_row("one picture each", self.separation)]
        if self.combined is not None:
            rows.append(_row("first combined", self.combined))
        return f"{table(head, rows)}\n{missing}"


def _row(name: str, told: Separation) -> list[str]:
    low, high = told.tpr_interval
    return [
        name,
        f"{told.n_same}+{told.n_different}",
        f"{told.auc:.4f}",
        f"{told.tpr:.3f}",
        f"{low:.2f}-{high:.2f}",
        f"{told.threshold:.4f}",
        f"{told.eer:.3f}",
    ]


Find = Callable[[Image, Box | None], FaceCrop | None]
"""The face in a picture; its box where one is labelled."""


def labelled_boxes(detector: Detector) -> Find:
    """Takes the labelled boxes, and our own detector's where there are none."""

    def find(image: Image, box: Box | None) -> FaceCrop | None:
        return portrait(image, detector) if box is None else face_crop(RgbPicture(image), box)

    return find


def own_boxes(detector: Detector) -> Find:
    """Takes our own detector's boxes everywhere; a label says only where to look."""

    def find(image: Image, box: Box | None) -> FaceCrop | None:
        return portrait(image, detector) if box is None else found_anew(image, box, detector)

    return find


def evaluate_faces(
    pairs: Path, embedder: FaceEmbedder, find: Find, progress: Progress
) -> FacesReport:
    """Compares every pair.

    Args:
        pairs: CSV ``file_x,file_y,same`` of portraits or ``file1,box1,file2,box2,same`` with boxes
            "x0 y0 x1 y1" in pixels; files are relative to it.
        embedder: makes the templates.
        find: finds the faces, see `labelled_boxes` and `own_boxes`.
        progress: told after every face.

    Raises:
        LabelError: pairs or pictures cannot be read, or one of the two kinds of pairs is missing.
    """
    listed = read_pairs(pairs)
    places = list(dict.fromkeys(place for pair in listed for place in (pair.one, pair.other)))
    templates: dict[FacePlace, FaceTemplate | None] = {}
    sizes: list[float] = []
    spent_s = 0.0
    for done, place in enumerate(places, start=1):
        face = find(read_image(place.path), place.box)
        if face is not None:
            sizes.append(face.size_px)
            began = time.perf_counter()
            [templates[place]] = embedder.embed([face])
            spent_s += time.perf_counter() - began
        progress(done, len(places))
    likeness = [_likeness(templates.get(pair.one), templates.get(pair.other)) for pair in listed]
    same = [pair.same for pair in listed]
    firsts = _firsts(listed, templates)
    n_combined = sum(len(first) > 1 for first in firsts)
    together = [
        _likeness(combined(first), templates.get(pair.other))
        for first, pair in zip(firsts, listed, strict=True)
    ]
    low, middle, high = np.percentile(sizes or [0.0], (10, 50, 90)).tolist()
    return FacesReport(
        pairs.name,
        len(listed),
        len(places),
        len(places) - len(templates),
        sum(template is None for template in templates.values()),
        sum(not (templates.get(p.one) and templates.get(p.other)) for p in listed),
        (round(low, 1), round(middle, 1), round(high, 1)),
        round(spent_s * 1000 / max(len(templates), 1), 1),
        separation(likeness, same),
        n_combined,
        separation(together, same) if n_combined else None,
    )


def _firsts(
    pairs: Sequence[FacePair], templates: Mapping[FacePlace, FaceTemplate | None]
) -> list[list[FaceTemplate]]:
    """Per pair the templates of its first person, without the second picture of the pair."""
    groups = persons((pair.one, pair.other) for pair in pairs if pair.same)
    return [
        [
            template
            for place in groups.get(pair.one, (pair.one,))
            if place != pair.other and (template := templates.get(place)) is not None
        ]
        for pair in pairs
    ]


def read_pairs(path: Path) -> list[FacePair]:
    """Reads pairs of either format, see `evaluate_faces`.

    Raises:
        LabelError: the file cannot be read, a row is broken, or a kind of pair is missing.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise LabelError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise LabelError(f"{path} cannot be read: {error}") from error
    pairs = []
    for number, row in enumerate(rows, start=2):
        try:
            pairs.append(_pair(path.parent, row))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise LabelError(
                f"{path}: row {number}: {error!r}; write file_x,file_y,same or "
                'file1,box1,file2,box2,same with boxes "x0 y0 x1 y1" and 1 or 0 for the same'
            ) from error
    if {pair.same for pair in pairs} != {True, False}:
        raise LabelError(f"{path} needs pairs of one person (same 1) and of two (same 0)")
    return pairs


def _pair(folder: Path, row: dict[str, str]) -> FacePair:
    same = {"1": True, "0": False}[row["same"].strip()]
    if "file_x" in row:
        return FacePair(_place(folder, row["file_x"]), _place(folder, row["file_y"]), same)
    return FacePair(
        _place(folder, row["file1"], row["box1"]), _place(folder, row["file2"], row["box2"]), same
    )


def _place(folder: Path, file: str, box: str | None = None) -> FacePlace:
    return FacePlace(folder / file, None if box is None else _sides(box))


def _sides(text: str) -> Box:
    box = as_box([float(side) for side in text.split()])
    if not (box[2] > box[0] and box[3] > box[1]):
        raise ValueError(f"box {text!r} has no area")
    return box


def _likeness(one: FaceTemplate | None, other: FaceTemplate | None) -> float:
    return NOT_ALIKE if one is None or other is None else one.likeness(other)


def reports_text(reports: Sequence[FacesReport]) -> str:
    """All reports, one below the other."""
    return "\n\n".join(str(report) for report in reports)
