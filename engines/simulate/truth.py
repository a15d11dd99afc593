"""What really happened in a simulated film, to measure recognition against."""

from __future__ import annotations

from dataclasses import dataclass

from engines.simulate.ground import Pixel
from engines.types import Box

BIB_SHARE = 0.3
"""A bib is listed in a frame where at least this share of it can be seen."""
NUMBER_SHARE = 0.6
"""A number line is listed where at least this share of it can be seen."""
FACE_SHARE = 0.4
"""A face is listed where at least this share of it can be seen."""
BODY_SHARE = 0.03
"""A person is listed where at least this share of the body inside the frame can be seen."""

Row = tuple[float | None, ...]
"""A frame's number and the coordinates or shares that belong to it."""


@dataclass(frozen=True, slots=True)
class RunnerTruth:
    """One runner's truth. Times in seconds of the film; the time of frame k is k / fps.

    Attributes:
        id: from 1, in order of crossing.
        bib: the number on the start list, also where it cannot be read.
        bib_readable: True, False, or "partly".
        effect: None, or what spoils the bib, see `engines.simulate.person.Effect`.
        person: identity key, equal in all films of the same seed.
        t_enter: first frame in which the runner can be seen; None when never seen.
        t_exit: end of the last such frame.
        t_cross_ground: the ground point passes the line; None when after the end.
        t_cross_torso: a point 0.20 m in front of it does.
        boxes: rows `frame, px0, py0, px1, py1, bx0, by0, bx1, by1`: visible person and whole bib,
            pixels clipped to the frame, the bib None where less than 30 % of it shows.
        vis: rows `frame, visible share of the body in the frame, visible share of the bib`.
        numbers: rows `frame, x0, y0, x1, y1`, where at least 60 % of the number line shows.
        faces: rows `frame, x0, y0, x1, y1`, where at least 40 % of the face shows.
    """

    id: int
    bib: str
    bib_readable: bool | str
    effect: str | None
    person: str
    t_enter: float | None
    t_exit: float | None
    t_cross_ground: float | None
    t_cross_torso: float | None
    boxes: tuple[Row, ...]
    vis: tuple[Row, ...]
    numbers: tuple[Row, ...]
    faces: tuple[Row, ...]

    def document(self) -> dict[str, object]:
        """The runner as it stands in `truth.json`."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth of one film.

    Attributes:
        fps, width, height, frames: of the film.
        line: centre of the painted line, left and right end, pixels (may lie off the frame).
        runners: in order of crossing.
        bystanders: boxes of what can be seen of people behind the barriers, who never move.
    """

    fps: int
    width: int
    height: int
    frames: int
    line: tuple[Pixel, Pixel]
    runners: tuple[RunnerTruth, ...]
    bystanders: tuple[Box, ...]

    def document(self) -> dict[str, object]:
        """The truth as it stands in `truth.json`."""
        return {
            "fps": self.fps,
            "width": self.width,
            "height": self.height,
            "frames": self.frames,
            "line": [[round(x, 1), round(y, 1)] for x, y in self.line],
            "runners": [runner.document() for runner in self.runners],
            "bystanders": [_plain(box) for box in self.bystanders],
        }


def _plain(value: object) -> object:
    """JSON's own types, coordinates to a tenth of a pixel, shares and times to a thousandth."""
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return round(value, 3) if isinstance(value, float) else value
