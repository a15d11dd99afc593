"""A camera, a detector and a reader that do what a test tells them, for tests of the driver."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from engines.ctc import reading
from engines.picture import RgbPicture
from engines.types import ALPHABET, Box, Detections, Image, Kind, Picture, Reading
from stream.sources.port import SourceError, SourceStatus
from stream.types import Clock, Frame

NOISE = np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8)
PICTURE = RgbPicture(NOISE)
PERSON: Box = (270, 40, 390, 340)
BIB: Box = (290, 130, 370, 190)
NUMBER: Box = (298, 145, 362, 175)
FRAME_NS = 40_000_000


@dataclass
class ScriptedSource:
    """Still pictures, 25 a second; `fails_at` raises there, `stops_at` closes itself."""

    camera: str = "a"
    live: bool = False
    n_frames: int = 30
    fails_at: int | None = None
    endless: bool = False
    stops_at: int | None = None
    pause_s: float = 0.0
    stop: Callable[[], None] = lambda: None
    closed: threading.Event = field(default_factory=threading.Event)

    def frames(self) -> Iterator[Frame]:
        index = 0
        while not self.closed.is_set() and (self.endless or index < self.n_frames):
            if index == self.fails_at:
                raise SourceError(f"{self.camera}: the cable is out")
            if index == self.stops_at:
                self.stop()
            pts_ns = index * FRAME_NS
            yield Frame(self.camera, index, pts_ns, pts_ns, Clock.FILE, PICTURE)
            index += 1
            time.sleep(self.pause_s)

    def close(self) -> None:
        self.closed.set()

    def status(self) -> SourceStatus:
        return SourceStatus(self.camera, "playing")


@dataclass
class ScriptedDetector:
    """The same runner in every frame; `fails_at` raises on that call."""

    fails_at: int | None = None
    calls: int = 0

    def detect(
        self, pictures: Sequence[Picture], size: tuple[int, int] | None = None
    ) -> list[Detections]:
        self.calls += 1
        if self.calls == self.fails_at:
            raise RuntimeError("the model is gone")
        # From left to right, as somebody who stands still is no runner.
        right = 6 * min(self.calls, 50) - 150
        found = Detections(
            np.array([PERSON, BIB, NUMBER], np.float32)
            + np.array([right, 0, right, 0], np.float32),
            np.array([0.9, 0.9, 0.9], np.float32),
            np.array([Kind.PERSON, Kind.BIB, Kind.NUMBER], np.int8),
        )
        return [found for _ in pictures]

    def close(self) -> None:
        pass


class ScriptedReader:
    """Reads 2419 from everything, clearly."""

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        steps = np.full((9, len(ALPHABET) + 1), 1e-4)
        for step in range(9):
            steps[step, 0 if step % 2 == 0 else ALPHABET.index("2419"[step // 2]) + 1] = 1.0
        log_probs = np.log(steps / steps.sum(axis=1, keepdims=True)).astype(np.float32)
        return [reading(log_probs, 1.0) for _ in crops]

    def close(self) -> None:
        pass
