"""What was found in a photo, as it is kept with it: compact JSON.

Boxes of all kinds are kept, faces too, though only persons and bibs are used so far.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engines.photo import TaggedPhoto
from engines.photo_race import PhotoLine
from engines.types import Box, Detections, Kind

_LEAST = 1e-4
"""Texts below this probability are not kept: no judgement turns on them."""


@dataclass(frozen=True, slots=True)
class FoundBox:
    """One detection: pixels of the upright photo, and the detector's score, 0..1."""

    kind: Kind
    box: Box
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Everything found in one photo: detections and the number lines that were read."""

    boxes: tuple[FoundBox, ...]
    lines: tuple[PhotoLine, ...]

    @classmethod
    def of(cls, tagged: TaggedPhoto) -> Found:
        """What a tagger found, rounded as it is kept, so that judging it now or later is one."""
        return cls.read(Found(_boxes(tagged.detections), tagged.lines).text())

    def with_lines(self, lines: Sequence[PhotoLine]) -> Found:
        """The same boxes with lines that were read anew."""
        return Found.read(Found(self.boxes, tuple(lines)).text())

    def of_kind(self, kind: Kind) -> tuple[FoundBox, ...]:
        """The detections of one kind."""
        return tuple(found for found in self.boxes if found.kind is kind)

    def text(self) -> str:
        """As JSON."""
        body = {
            "boxes": [[int(f.kind), _round(f.box), round(f.score, 3)] for f in self.boxes],
            "lines": [
                {
                    "number": _round(line.number),
                    "sheet": None if line.sheet is None else _round(line.sheet),
                    "sharpness": round(line.sharpness, 3),
                    "texts": {t: round(p, 5) for t, p in line.texts.items() if p >= _LEAST},
                    "support": dict(line.support),
                }
                for line in self.lines
            ],
        }
        return json.dumps(body, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Found:
        """From JSON."""
        body = json.loads(text)
        boxes = tuple(FoundBox(Kind(k), _box(b), s) for k, b, s in body["boxes"])
        return cls(boxes, tuple(_line(line) for line in body["lines"]))


def _boxes(found: Detections) -> tuple[FoundBox, ...]:
    columns = zip(found.kinds, found.boxes, found.scores, strict=True)
    return tuple(FoundBox(Kind(int(k)), _box(b), float(s)) for k, b, s in columns)


def _line(line: dict[str, Any]) -> PhotoLine:
    sheet = line["sheet"]
    return PhotoLine(
        _box(line["number"]),
        None if sheet is None else _box(sheet),
        line["sharpness"],
        line["texts"],
        line["support"],
    )


def _box(sides: Sequence[float]) -> Box:
    x0, y0, x1, y1 = (float(side) for side in sides)
    return x0, y0, x1, y1


def _round(box: Box) -> list[float]:
    return [round(float(side), 1) for side in box]
