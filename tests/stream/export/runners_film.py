"""A small film of two painted runners, the race folder that saw it, and a detector of paint.

The runner in front is red with a yellow face, the one behind blue with a green face. Both come
nearer. Faces are striped: what blurring takes away can be measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from engines.types import Box, Detections, Finding, Image, Kind, Picture
from stream.export.race import ExportRace
from stream.hub import Message
from stream.store import NewSegment, Store
from stream.types import (
    Clock,
    Closed,
    Event,
    Judged,
    Look,
    LookKind,
    Opened,
    State,
    Tagged,
)
from tests.engines.tiny_models import Row, detections, reading

SIZE = (480, 360)
FPS = 25
N_FRAMES = 100
FRAME_NS = 1_000_000_000 // FPS
START_NS = 1_780_000_000_000_000_000
"""2026-05-28: footage that was told when it began."""

FRONT, BEHIND = "12", "0345"
_PAINT = {FRONT: ((200, 30, 30), (220, 200, 40)), BEHIND: ((30, 30, 200), (40, 200, 60))}


def at(frame: int, start_ns: int = START_NS) -> int:
    """Capture time of a frame."""
    return start_ns + frame * FRAME_NS


def person(bib: str, frame: int) -> Box:
    """Where a runner is in a frame."""
    height = 100 + 1.5 * frame
    if bib == FRONT:
        return 160 - 0.2 * height, 60, 160 + 0.2 * height, 60 + height
    return 250 - 0.15 * height, 60, 250 + 0.15 * height, 60 + 0.8 * height


def face(bib: str, frame: int) -> Box:
    x0, y0, x1, y1 = person(bib, frame)
    width, height = x1 - x0, y1 - y0
    return x0 + 0.3 * width, y0 + 0.02 * height, x0 + 0.7 * width, y0 + 0.14 * height


def paint(frame: int) -> Image:
    """A frame of the film."""
    image = np.full((SIZE[1], SIZE[0], 3), 110, np.uint8)
    for bib in (BEHIND, FRONT):
        body, skin = _PAINT[bib]
        _fill(image, person(bib, frame), body)
        _fill(image, face(bib, frame), skin)
        x0, y0, x1, y1 = (round(v) for v in face(bib, frame))
        image[y0:y1, x0:x1:4] //= 2
    return image


def write_film(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.time_base = Fraction(1, FPS)
        stream.options = {"crf": "3", "preset": "ultrafast", "g": "25"}
        for k in range(N_FRAMES):
            frame = av.VideoFrame.from_ndarray(paint(k), format="rgb24")
            frame.pts, frame.time_base = k, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


class PaintDetector:
    """Finds the painted runners and their faces in any picture of them; counts its calls.

    `blind` makes it find nothing.
    """

    def __init__(self, blind: bool = False) -> None:
        self.calls = 0
        self.blind = blind

    def detect(
        self, pictures: Sequence[Picture], size: tuple[int, int] | None = None
    ) -> list[Detections]:
        self.calls += 1
        return [self._found(p.crop((0, 0, p.width, p.height))) for p in pictures]

    def close(self) -> None:
        pass

    def _found(self, image: Image) -> Detections:
        r, g, b = (image[..., n].astype(np.int16) for n in range(3))
        yellow = (r > b + 40) & (g > b + 40)
        green = (g > r + 30) & (g > b + 30)
        red = (r > g + 60) & (r > b + 60)
        blue = (b > r + 60) & (b > g + 60)
        rows: list[Row] = []
        for mask, kind in (
            (red | yellow, Kind.PERSON),
            (blue | green, Kind.PERSON),
            (yellow, Kind.FACE),
            (green, Kind.FACE),
        ):
            box = None if self.blind else _around(mask)
            if box is not None:
                rows.append((*box, 0.9, kind))
        return detections(rows)


class RaceWriter:
    """Writes a race folder whose camera saw the film."""

    def __init__(self, folder: Path, film: Path | None, start_ns: int = START_NS) -> None:
        """Without a film nothing was recorded."""
        self.store = Store.open(folder, race_name="Test & Run")
        self._start_ns = start_ns
        self._seq = self.store.last_seq()
        footage = self.store.begin_footage("finish", "film", "abc", start_ns or None)
        if film is not None:
            self.segment_id = self.store.begin_segment(
                NewSegment(
                    footage.id, "finish", str(film), True, "h264", None, *SIZE, start_ns, Clock.FILE
                )
            )
            self.film = film

    def end_segment(self) -> None:
        n_bytes = self.film.stat().st_size
        self.store.end_segment(self.segment_id, at(N_FRAMES, self._start_ns), n_bytes)

    def see(
        self, track_id: int, bib: str, frames: Sequence[int], *, wears: str | None = None
    ) -> None:
        """A track of the runner `bib` with looks at some frames, tagged `wears` or so."""
        worn = bib if wears is None else wears
        first, last = frames[0], frames[-1]
        at_ns = [at(frame, self._start_ns) for frame in frames]
        self.tell(Opened("finish", track_id, first, at_ns[0], person(bib, first)))
        for frame, time_ns in zip(frames, at_ns, strict=True):
            box = person(bib, frame)
            look = Look("finish", track_id, frame, frame * FRAME_NS, time_ns, LookKind.TORSO, box,
                        box, None, 1.0)  # fmt: skip
            self.store.record_look(Judged(look, Finding(box, None, reading(worn), 0.5), None))
        self.tell(Tagged("finish", track_id, last, at_ns[-1], person(bib, last), worn,
                         State.CONFIRMED, 0.99, 3, None, True))  # fmt: skip
        self.store.flush()

    def close_track(self, track_id: int, bib: str, frame: int) -> None:
        time_ns = at(frame, self._start_ns)
        self.tell(Closed("finish", track_id, frame, time_ns, bib, State.CONFIRMED, 0.9, 3, {}))
        self.store.flush()

    def correct(self, track_id: int, bib: str) -> None:
        """Say that a track is of another bib."""
        box = (0.0, 0.0, 1.0, 1.0)
        self.tell(Tagged("finish", track_id, 1, at(1, self._start_ns), box, bib, State.CORRECTED,
                         1.0, 0, None, True))  # fmt: skip
        self.store.flush()

    def tell(self, event: Event) -> None:
        self._seq += 1
        self.store.record(Message(self._seq, event, None))


def open_race(folder: Path) -> ExportRace:
    return ExportRace.open(folder)


def detail(image: Image, box: Box) -> float:
    """How much neighbouring columns differ inside a box: stripes give much, a blur little."""
    x0, y0, x1, y1 = (round(v) for v in box)
    part = cv2.cvtColor(image[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY).astype(float)
    return float(np.abs(np.diff(part, axis=1)).mean())


def _fill(image: Image, box: Box, colour: tuple[int, int, int]) -> None:
    x0, y0, x1, y1 = (round(v) for v in box)
    image[max(y0, 0) : y1, max(x0, 0) : x1] = colour


def _around(mask: NDArray[np.bool_]) -> Box | None:
    """The box of a mask's pixels; None where there are hardly any."""
    mask = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3))).astype(bool)
    if mask.sum() < 40:
        return None
    ys, xs = np.nonzero(mask)
    return float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)
