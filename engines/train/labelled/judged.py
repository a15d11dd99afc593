"""A person's judgement of suspicious annotations, and the data set without those rejected.

A decision is on the disk before anybody is told of it, so a review that was broken off goes on
where it stopped.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from engines.errors import LabelError
from engines.evaluate.labels import read_image
from engines.train.labelled.coco_out import write_json, write_parts
from engines.train.labelled.data_set import DataSet
from engines.train.labelled.suspicious import Suspicion, find_suspicious
from engines.types import Box, Image

DECISIONS: Final = "decisions.json"

CUT_PX: Final = 640
"""Longest side of the picture that a person judges."""

_ENLARGED = 4.0
_SURROUNDINGS = 0.75
_OWN = (255, 214, 0)
_OTHER = (255, 255, 255)


class Decisions:
    """What a person has decided, in a file that is whole at every moment.

    Args:
        path: of the JSON file; it need not exist.
        names: of all pictures of the data set.

    Raises:
        LabelError: the file is broken, or most of its pictures are not of this data set.
    """

    def __init__(self, path: Path, names: Iterable[str]) -> None:
        self._path = path
        self._made = _read_decisions(path) if path.exists() else {}
        known, decided = set(names), {name for _, name in self._made.values()}
        # Pictures may come and go while a data set is mended, but not most of them.
        if 2 * len(decided & known) < len(decided):
            foreign = min(decided - known)
            raise LabelError(
                f"{path} holds decisions on another data set, for instance on {foreign}; "
                "name another --out, or delete that file"
            )

    def of(self, suspicion: Suspicion) -> bool | None:
        """True accepted, False rejected, None not decided."""
        made = self._made.get(suspicion.id)
        return made and made[0]

    def decide(self, suspicion: Suspicion, accept: bool | None) -> None:
        """Keeps a decision, or takes it back with None.

        Raises:
            OSError: it could not be written; then it does not count either.
        """
        made = {key: each for key, each in self._made.items() if key != suspicion.id}
        if accept is not None:
            made[suspicion.id] = (accept, picture_name(suspicion.path))
        rows = {key: {"accept": each, "picture": name} for key, (each, name) in made.items()}
        write_json(self._path, {"version": 1, "decisions": rows})
        self._made = made


def _read_decisions(path: Path) -> dict[str, tuple[bool, str]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["decisions"].items()
        made = {key: (row["accept"], row["picture"]) for key, row in rows}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{path} is no file of decisions ({error!r})"
        raise LabelError(f"{what}; name another --out, or delete that file") from error
    if not all(isinstance(yes, bool) and isinstance(name, str) for yes, name in made.values()):
        raise LabelError(f"{path} is no file of decisions; name another --out, or delete that file")
    return made


class Review:
    """A data set, what is suspicious in it, and what a person says of that.

    Args:
        data: the labelled pictures.
        out: folder for decisions and results; it must exist.

    Raises:
        LabelError: see `Decisions`.
    """

    def __init__(self, data: DataSet, out: Path) -> None:
        self.data = data
        self.suspicions = find_suspicious(data.pictures)
        self._out = out
        self._by_id = {suspicion.id: suspicion for suspicion in self.suspicions}
        names = [picture_name(picture.path) for picture in data.pictures]
        self._decisions = Decisions(out / DECISIONS, names)
        self._lock = threading.Lock()  # requests are answered by several threads

    def find(self, key: str) -> Suspicion | None:
        """The suspicion of an id."""
        return self._by_id.get(key)

    def decide(self, suspicion: Suspicion, accept: bool | None) -> None:
        """See `Decisions.decide`."""
        with self._lock:
            self._decisions.decide(suspicion, accept)

    def counts(self) -> dict[str, int]:
        """How far it has come."""
        made = [self._decisions.of(suspicion) for suspicion in self.suspicions]
        n_decided = len(made) - made.count(None)
        return {"all": len(made), "decided": n_decided, "rejected": made.count(False)}

    def to_json(self) -> dict[str, Any]:
        """Everything that the page shows."""
        return {
            "pictures": len(self.data.pictures),
            "boxes": sum(len(picture.boxes) for picture in self.data.pictures),
            "problems": [str(problem) for problem in self.data.problems],
            "counts": self.counts(),
            "suspicions": [self._row(suspicion) for suspicion in self.suspicions],
        }

    def _row(self, suspicion: Suspicion) -> dict[str, Any]:
        box = self.data.pictures[suspicion.picture].boxes[suspicion.box]
        return {
            "id": suspicion.id,
            "picture": picture_name(suspicion.path),
            "where": box.where,
            "kind": box.kind.name.lower(),
            "text": box.text,
            "doubt": suspicion.doubt.value,
            "reason": suspicion.reason,
            "accept": self._decisions.of(suspicion),
        }

    def cut(self, suspicion: Suspicion) -> bytes:
        """The annotation and its surroundings as JPEG, the box drawn.

        Raises:
            LabelError: the picture is not what it was when its labels were read.
        """
        picture = self.data.pictures[suspicion.picture]
        image = read_image(picture.path)
        if image.shape[:2] != (picture.height, picture.width):
            raise LabelError(f"{picture.path} has changed since its labels were read")
        others = [picture.boxes[row].box for row in suspicion.others]
        drawn = cut_with_box(image, picture.boxes[suspicion.box].box, others)
        return cv2.imencode(".jpg", drawn[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()

    def finish(self) -> str:
        """Writes the three parts without what was rejected, and says what it wrote.

        Raises:
            LabelError: a file cannot be written.
        """
        rejected: dict[int, set[int]] = {}
        with self._lock:
            for suspicion in self.suspicions:
                if self._decisions.of(suspicion) is False:
                    rejected.setdefault(suspicion.picture, set()).add(suspicion.box)
            written = write_parts(self._out, self.data.pictures, rejected)
            counts = self.counts()
        return f"{written}\nundecided, so kept: {counts['all'] - counts['decided']}"


def picture_name(path: Path) -> str:
    """Of a picture on the page and in decisions: as much as survives moving the data set."""
    return "/".join(path.parts[-2:])


def cut_with_box(image: Image, box: Box, others: Iterable[Box] = ()) -> Image:
    """A box with its surroundings, not larger than `CUT_PX`: it yellow, `others` thin and white.

    Args:
        image: the whole picture, RGB.
        box: pixels of the picture.
        others: boxes to compare with, they are in the cut too.
    """
    sides = np.array([box, *others], np.float64)
    low, high = sides[:, :2].min(axis=0), sides[:, 2:].max(axis=0)
    margin = max(_SURROUNDINGS * float((high - low).max()), 24.0)
    height, width = image.shape[:2]
    x0, y0 = np.maximum(np.floor(low - margin), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(high + margin), (width, height)).astype(int)
    scale = min(CUT_PX / max(x1 - x0, y1 - y0), _ENLARGED)
    size = (max(round((x1 - x0) * scale), 1), max(round((y1 - y0) * scale), 1))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    drawn = np.ascontiguousarray(cv2.resize(image[y0:y1, x0:x1], size, interpolation=how))
    lines = [(other, _OTHER, 2) for other in sides[1:]] + [(sides[0], _OWN, 3)]
    for each, colour, thickness in lines:
        corners = np.rint((each.reshape(2, 2) - (x0, y0)) * scale).astype(int)
        first, last = corners[0].tolist(), np.minimum(corners[1], size) - 1
        for shade, px in (((0, 0, 0), thickness + 2), (colour, thickness)):
            cv2.rectangle(drawn, first, last.tolist(), shade, px)
    return np.asarray(drawn, np.uint8)
