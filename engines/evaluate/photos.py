"""How many labelled bibs of whole photos are tagged, and how many tags are labelled."""

from __future__ import annotations

import csv
import dataclasses
import html
import queue
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from engines.boxes import holds
from engines.bunches import TOGETHER, TOGETHER_PIXELS, bunches_of
from engines.errors import LabelError
from engines.evaluate.labels import (
    LabelledNumber,
    LabelledPhoto,
    Progress,
    Same,
    read_image,
    read_photo_labels,
    same_text,
    table,
)
from engines.photo import PhotoTag, PhotoTagger, TaggedPhoto
from engines.photo_race import KnownRace, PhotoLine
from engines.picture import RgbPicture
from engines.types import Box

ALL: Final = "all"
_MISSED, _UNLABELLED = (220, 40, 40), (230, 160, 0)
_PAGE_HEIGHT: Final = 480


@dataclass(frozen=True, slots=True)
class PhotosRow:
    """Counts of one set of photos.

    Attributes:
        group: the set, or "all".
        n_labels, n_found: labelled bibs, and those reported with their exact text in their place.
        n_mended: labels that are wrong, as somebody saw who looked, whose true text was reported.
        n_tags, n_right: tags reported, and those that are a label. Readable bibs without a
            label make precision a lower bound.
        n_seen_right, n_unjudged: of the tags without a label, those that somebody who looked at
            them called right, and those that nobody has looked at.
        ms_per_photo: mean time of tagging, without reading the file; of taggers that work at the
            same time, divided by how many.
    """

    group: str
    n_photos: int
    n_labels: int
    n_found: int
    n_mended: int
    n_tags: int
    n_right: int
    n_seen_right: int
    n_unjudged: int
    ms_per_photo: float

    @property
    def recall(self) -> float | None:
        """Labels found, 0..1; None without labels."""
        return self.n_found / self.n_labels if self.n_labels else None

    @property
    def mended_recall(self) -> float | None:
        """The same with labels that are wrong put right, 0..1; None without labels."""
        return (self.n_found + self.n_mended) / self.n_labels if self.n_labels else None

    @property
    def precision(self) -> float | None:
        """Tags that are a label, 0..1; None without tags."""
        return self.n_right / self.n_tags if self.n_tags else None

    @property
    def true_precision(self) -> float | None:
        """Tags that are a label or were seen to be right, 0..1; nobody's verdict is a wrong."""
        return (self.n_right + self.n_seen_right) / self.n_tags if self.n_tags else None


@dataclass(frozen=True, slots=True)
class PhotoError:
    """A photo with labels that were missed or tags that are no label."""

    path: Path
    missed: tuple[LabelledNumber, ...]
    unlabelled: tuple[PhotoTag, ...]


@dataclass(frozen=True, slots=True)
class PhotosReport:
    """One row per set, the last over all photos, and every photo with an error."""

    rows: tuple[PhotosRow, ...]
    errors: tuple[PhotoError, ...]

    def to_json(self) -> dict[str, Any]:
        """Everything, for `json.dumps`."""
        sets = [
            {
                **dataclasses.asdict(r),
                "recall": r.recall,
                "mended_recall": r.mended_recall,
                "precision": r.precision,
                "true_precision": r.true_precision,
            }
            for r in self.rows
        ]
        errors = [
            {
                "file": error.path.name,
                "missed": [dataclasses.asdict(n) for n in error.missed],
                "unlabelled": [dataclasses.asdict(t) for t in error.unlabelled],
            }
            for error in self.errors
        ]
        return {"sets": sets, "errors": errors}

    def __str__(self) -> str:
        head = [
            "set",
            "photos",
            "labels",
            "found",
            "recall",
            "labels mended",
            "tags",
            "precision >=",
            "true >=",
            "unjudged",
            "ms per photo",
        ]
        return table(head, [_cells(row) for row in self.rows])


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody said who looked at a tag without a label.

    Attributes:
        is_right: whether the bib says so.
        instead_of: text of the label that should say so; empty where there is no label.
    """

    is_right: bool
    instead_of: str = ""


Verdicts = Mapping[tuple[str, str], Verdict]
"""By file name and bib."""


def read_verdicts(path: Path) -> Verdicts:
    """Reads a table with the columns file, bib, verdict (right or wrong) and, perhaps, instead_of.

    Raises:
        LabelError: it cannot be read, lacks a column or has another verdict.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        verdicts = {}
        for number, row in enumerate(rows, start=2):
            if row["verdict"] not in ("right", "wrong"):
                raise LabelError(f"{path}, row {number}: the verdict must be right or wrong")
            instead_of = (row.get("instead_of") or "").strip().upper()
            if instead_of and row["verdict"] != "right":
                raise LabelError(f"{path}, row {number}: a wrong tag stands instead of no label")
            is_right = row["verdict"] == "right"
            verdicts[row["file"], row["bib"].strip().upper()] = Verdict(is_right, instead_of)
    except (OSError, ValueError, KeyError) as error:
        raise LabelError(f"{path} is no table of file, bib, verdict: {error!r}") from error
    return verdicts


def evaluate_photos(
    labels: Path,
    taggers: Sequence[PhotoTagger],
    progress: Progress,
    verdicts: Verdicts | None = None,
    together: int = TOGETHER,
    same: Same = same_text,
) -> PhotosReport:
    """Tags every labelled photo, those of each set as one race: what its photos show
    together, each of them is held to.

    Args:
        labels: see `read_photo_labels`.
        taggers: all alike; they work at the same time, each in a thread.
        progress: told after every photo, in the order of the labels.
        verdicts: what somebody said who looked at tags without a label.
        together: small photos that a tagger takes at once, at most.
        same: what counts as right.

    Raises:
        LabelError: labels or photos cannot be read, or there are none.
    """
    photos = read_photo_labels(labels)
    if not photos:
        raise LabelError(f"{labels} has no photo")
    read = _tagged(photos, taggers, together, progress)
    rows: list[PhotosRow] = []
    errors: list[PhotoError] = []
    for group in dict.fromkeys(photo.group for photo in photos):
        own = [one for one in read if one[0].group == group]
        race = KnownRace.of([lines for _, lines, _ in own])
        counted = []
        for number, (photo, lines, spent_ms) in enumerate(own):
            tags = taggers[0].tags_of(lines, race, number)
            row, error = judge(photo, tags, spent_ms, verdicts or {}, same)
            counted.append(row)
            if error.missed or error.unlabelled:
                errors.append(error)
        rows.append(summed(group, counted))
    return PhotosReport((*rows, summed(ALL, rows)), tuple(errors))


def _tagged(
    photos: Sequence[LabelledPhoto],
    taggers: Sequence[PhotoTagger],
    together: int,
    progress: Progress,
) -> list[tuple[LabelledPhoto, tuple[PhotoLine, ...], float]]:
    """Each photo with its lines and its milliseconds, in order."""
    idle: queue.SimpleQueue[PhotoTagger] = queue.SimpleQueue()
    for tagger in taggers:
        idle.put(tagger)

    def look(some: Sequence[LabelledPhoto]) -> tuple[list[TaggedPhoto], float]:
        tagger = idle.get()
        try:
            tagged, spent_s = _tagged_together(some, tagger)
            return tagged, spent_s * 1000 / len(some) / at_once
        finally:
            idle.put(tagger)

    bunches = list(bunches_of(photos, len(taggers), together))
    at_once = min(len(taggers), len(bunches))
    read: list[tuple[LabelledPhoto, tuple[PhotoLine, ...], float]] = []
    pool = ThreadPoolExecutor(len(taggers), thread_name_prefix="photo")
    try:
        for some, (tagged, ms) in zip(bunches, pool.map(look, bunches), strict=True):
            for photo, seen in zip(some, tagged, strict=True):
                read.append((photo, seen.lines, ms))
                progress(len(read), len(photos))
    finally:
        pool.shutdown(cancel_futures=True)
    return read


def _tagged_together(
    photos: Sequence[LabelledPhoto], tagger: PhotoTagger
) -> tuple[list[TaggedPhoto], float]:
    """Photos, tagged, and the seconds without reading their files."""
    tagged: list[TaggedPhoto] = []
    pictures: list[RgbPicture] = []
    spent_s = 0.0
    for left, photo in zip(range(len(photos) - 1, -1, -1), photos, strict=True):
        pictures.append(RgbPicture(read_image(photo.path)))
        if not left or sum(one.width * one.height for one in pictures) >= TOGETHER_PIXELS:
            began = time.perf_counter()
            tagged += tagger.tag_all(pictures)
            spent_s += time.perf_counter() - began
            pictures = []
    return tagged, spent_s


def judge(
    photo: LabelledPhoto,
    tags: Sequence[PhotoTag],
    spent_ms: float,
    verdicts: Verdicts,
    same: Same = same_text,
) -> tuple[PhotosRow, PhotoError]:
    """Compares one photo's tags with its labels."""
    missed = tuple(n for n in photo.numbers if not any(is_found(n, tag, same) for tag in tags))
    others = tuple(tag for tag in tags if not any(is_found(n, tag, same) for n in photo.numbers))
    seen = [verdicts.get((photo.path.name, tag.bib)) for tag in others]
    mended = {verdict.instead_of for verdict in seen if verdict is not None}
    n_labels, n_tags = len(photo.numbers), len(tags)
    row = PhotosRow(
        group=photo.group,
        n_photos=1,
        n_labels=n_labels,
        n_found=n_labels - len(missed),
        n_mended=sum(number.text in mended for number in missed),
        n_tags=n_tags,
        n_right=n_tags - len(others),
        n_seen_right=sum(verdict is not None and verdict.is_right for verdict in seen),
        n_unjudged=seen.count(None),
        ms_per_photo=spent_ms,
    )
    return row, PhotoError(photo.path, missed, others)


def is_found(number: LabelledNumber, tag: PhotoTag, same: Same = same_text) -> bool:
    """Same text, and the centre of the true digits, where it is known, inside the tag's number or
    bib box."""
    if not same(tag.bib, number.text):
        return False
    boxes = [box for box in (tag.number, tag.sheet) if box is not None]
    return number.digits is None or any(holds(box, number.digits) for box in boxes)


def summed(group: str, rows: Sequence[PhotosRow]) -> PhotosRow:
    """Rows of single photos, or of groups, as one."""
    n_photos = sum(row.n_photos for row in rows)
    spent_ms = sum(row.ms_per_photo * row.n_photos for row in rows)
    return PhotosRow(
        group=group,
        n_photos=n_photos,
        n_labels=sum(row.n_labels for row in rows),
        n_found=sum(row.n_found for row in rows),
        n_mended=sum(row.n_mended for row in rows),
        n_tags=sum(row.n_tags for row in rows),
        n_right=sum(row.n_right for row in rows),
        n_seen_right=sum(row.n_seen_right for row in rows),
        n_unjudged=sum(row.n_unjudged for row in rows),
        ms_per_photo=round(spent_ms / n_photos, 2),
    )


def write_error_page(report: PhotosReport, folder: Path) -> Path:
    """Writes `index.html` and one picture per photo with an error; returns the page.

    Missed labels are drawn red, tags without a label orange. `folder` is made where needed.

    Raises:
        LabelError: a photo cannot be read any more.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = [f"<pre>{html.escape(str(report))}</pre>"]
    for index, error in enumerate(report.errors):
        name = f"{index:04d}.jpg"
        _draw(error, folder / name)
        missed = ", ".join(n.text for n in error.missed) or "none"
        others = ", ".join(f"{t.bib} ({t.probability:.2f})" for t in error.unlabelled) or "none"
        words = f"{error.path.name}: missed {missed}; without a label {others}"
        parts.append(f'<h2>{html.escape(words)}</h2>\n<img src="{name}" loading="lazy">')
    page = folder / "index.html"
    style = "body{font-family:sans-serif;margin:2em}img{max-width:100%}h2{font-size:1em}"
    body = "\n".join(parts)
    page.write_text(
        f"<!doctype html>\n<meta charset=utf-8>\n<title>Errors on photos</title>\n"
        f"<style>{style}</style>\n{body}\n",
        encoding="utf-8",
    )
    return page


def _draw(error: PhotoError, path: Path) -> None:
    image = read_image(error.path)
    scale = _PAGE_HEIGHT / image.shape[0]
    small = np.asarray(cv2.resize(image, None, fx=scale, fy=scale), np.uint8)
    for number in error.missed:
        if number.digits is not None:
            _mark(small, number.digits, scale, number.text, _MISSED)
    for tag in error.unlabelled:
        _mark(small, tag.number, scale, tag.bib, _UNLABELLED)
    if not cv2.imwrite(str(path), small[:, :, ::-1]):
        raise OSError(f"{path} cannot be written")


def _mark(
    image: np.typing.NDArray[np.uint8],
    box: Box,
    scale: float,
    text: str,
    colour: tuple[int, int, int],
) -> None:
    x0, y0, x1, y1 = (round(side * scale) for side in box)
    cv2.rectangle(image, (x0, y0), (x1, y1), colour, 1)
    cv2.putText(image, text, (x0, max(y0 - 3, 12)), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1)


def _cells(row: PhotosRow) -> list[str]:
    shares = (row.recall, row.mended_recall, row.precision, row.true_precision)
    recall, mended, precision, true = ("-" if share is None else f"{share:.3f}" for share in shares)
    counts = [str(n) for n in (row.n_photos, row.n_labels, row.n_found)]
    found = [row.group, *counts, recall, mended, str(row.n_tags), precision, true]
    return [*found, str(row.n_unjudged), f"{row.ms_per_photo:.1f}"]
