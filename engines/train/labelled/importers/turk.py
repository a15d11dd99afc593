"""Results of Amazon Mechanical Turk: a CSV file with one row per worker and picture.

The boxes stand in ``Answer.annotation_data`` as a JSON list of left, top, width, height and label
in pixels; the label is the bib number. What several workers drew round one bib becomes one box.
The boxes are of the class ``bib``; where workers were asked to draw tight round the digits, say so
with ``--class bib=number``.
"""

import json
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import numpy as np

from engines.detector import overlaps
from engines.train.labelled.data_set import (
    BoxLabel,
    PictureLabels,
    Problem,
    as_box_from_size,
    bib_text,
    name_in,
)
from engines.train.labelled.importers.vgg import csv_rows
from engines.types import Box

COLUMNS: Final = ("AssignmentStatus", "Input.image_url", "Answer.annotation_data")

SAME_BIB_IOU: Final = 0.5
"""Boxes of two workers that overlap so much are meant for one bib."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one worker drew: a box in pixels, the number in it, the row of the file."""

    box: Box
    text: str | None
    line: int


def read_turk(path: Path, root: Path) -> Iterator[PictureLabels | Problem]:
    """Labels of every picture that at least one worker's row is good for.

    Args:
        path: the CSV file of results.
        root: folder of the data set.

    Raises:
        UnreadableError: it is no such file.
    """
    file = name_in(path, root)
    answers: dict[str, list[list[Drawn]]] = {}
    first: dict[str, str] = {}
    lost: Counter[str] = Counter()
    for line, row in csv_rows(path, root, COLUMNS):
        if _is_rejected(row):
            continue
        where, name = f"{file}:{line}", _file_name(row["Input.image_url"])
        if not name:
            yield Problem(where, "the row names no picture", "correct Input.image_url")
            continue
        entries = _entries(row["Answer.annotation_data"], where)
        if isinstance(entries, Problem):
            yield entries
            continue
        drawn = yield from _drawn(entries, line, where)
        answers.setdefault(name, []).append(drawn)
        first.setdefault(name, where)
        lost[name] += len(entries) - len(drawn)
    for name, workers in answers.items():
        boxes = yield from _agreed(workers, file, name)
        yield PictureLabels((name,), path, first[name], tuple(boxes), lost=lost[name])


def _is_rejected(row: Mapping[str, str]) -> bool:
    """Already, or marked to be with a reason in the column that the requester fills in."""
    return row["AssignmentStatus"].strip().lower() == "rejected" or bool(
        row.get("Reject", "").strip()
    )


def _file_name(url: str) -> str:
    """The path in a URL; a plain path stays as it is."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:  # a host that is none
        return url.strip()
    return unquote(parts.path) if parts.scheme and parts.netloc else url.strip()


def _entries(text: str, where: str) -> list[object] | Problem:
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Problem(where, f"the answer is broken JSON: {error}", "reject the assignment")
    if not isinstance(entries, list):
        return Problem(where, "the answer is no list of boxes", "reject the assignment")
    return entries


def _drawn(
    entries: Sequence[object], line: int, where: str
) -> Generator[Problem, None, list[Drawn]]:
    """One worker's boxes, and a problem for each that is none or has no number."""
    drawn = []
    for n, entry in enumerate(entries, start=1):
        of = entry if isinstance(entry, dict) else {}
        box = as_box_from_size(of.get(side) for side in ("left", "top", "width", "height"))
        if box is None or box[2] <= box[0] or box[3] <= box[1]:
            what = f"box {n} of the answer lacks left, top, width or height, or has no area"
            yield Problem(where, what, "reject the assignment")
            continue
        number = None
        try:
            number = bib_text(of.get("label"))
            flaw = "" if number else "has no number"
        except ValueError as error:
            flaw = str(error)
        if flaw:
            yield Problem(where, f"box {n} of the answer: {flaw}", "write its number as label")
        drawn.append(Drawn(box, number, line))
    return drawn


def _agreed(
    workers: Sequence[Sequence[Drawn]], file: str, name: str
) -> Generator[Problem, None, list[BoxLabel]]:
    """One box for each bib that most workers saw; the others, and odd numbers, are problems."""
    boxes = []
    for group in _groups(workers):
        where = f"{file}:{','.join(str(drawn.line) for drawn in group)}"
        box = _median(group)
        place = f"the box at {box[0]:g} {box[1]:g} of {name}"
        if 2 * len(group) <= len(workers):
            what = f"{place} was drawn by {len(group)} of {len(workers)} workers, so it is left out"
            yield Problem(where, what, "reject the assignments that are wrong")
            continue
        votes = Counter(drawn.text for drawn in group if drawn.text).most_common()
        best = votes[0][0] if votes and 2 * votes[0][1] > sum(n for _, n in votes) else None
        if len(votes) > 1:
            read = ", ".join(f"{text} by {n}" for text, n in votes)
            what = f"{place} was read as {read}; {best or 'no number'} is taken"
            yield Problem(where, what, "correct the wrong label")
        boxes.append(BoxLabel("bib", box, where, best))
    return boxes


def _groups(workers: Sequence[Sequence[Drawn]]) -> list[list[Drawn]]:
    """Boxes of different workers that are meant for one bib, the best overlaps first."""
    groups: list[list[Drawn]] = []
    for drawn in workers:
        shares = overlaps(
            np.array([d.box for d in drawn], np.float32).reshape(-1, 4),
            np.array([_median(group) for group in groups], np.float32).reshape(-1, 4),
        )
        placed: dict[int, int] = {}
        for flat in np.argsort(-shares, axis=None, kind="stable").tolist():
            row, column = divmod(flat, len(groups))
            if shares[row, column] < SAME_BIB_IOU:
                break
            if row not in placed and column not in placed.values():
                placed[row] = column
        for row, one in enumerate(drawn):
            if row in placed:
                groups[placed[row]].append(one)
            else:
                groups.append([one])
    return groups


def _median(group: Sequence[Drawn]) -> Box:
    x0, y0, x1, y1 = np.median([drawn.box for drawn in group], axis=0).tolist()
    return x0, y0, x1, y1
