"""Tells who sets up a camera whether its pictures can be read: how tall, how sharp the bibs are.

A listener of the pipeline. For every runner the tallest number line that a look found counts, so
that a camera is judged by the bibs at their nearest, and not by all that it saw far off.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from statistics import median

from stream.judging import JudgeSettings
from stream.race import Race
from stream.types import Closed, Event, Frame, Judged, Reason

KEPT = 30
"""Runners of the recent past that a camera is judged by."""
LEAST = 3
"""Runners from which on there is something to say."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """What a camera's pictures offer to the reader.

    Attributes:
        number_px: height of the number line where a runner was nearest, median over runners.
        needed_px: from which height on size takes nothing from a look.
        sharpness: of that line, 0..1, median; see `engines.legibility`.
        needed_sharpness: from which sharpness on blur takes nothing.
        runners: how many were measured.
    """

    number_px: float
    needed_px: float
    sharpness: float
    needed_sharpness: float
    runners: int

    @property
    def advice(self) -> str:
        """What to change at the camera; empty where nothing needs to be."""
        parts = []
        if round(self.number_px) < self.needed_px:
            nearer = self.needed_px / max(self.number_px, 1.0)
            parts.append(
                f"numbers are {self.number_px:.0f} px tall at their nearest, reading wants "
                f"{self.needed_px:.0f}: zoom in or go nearer, {nearer:.1f} times"
            )
        if self.sharpness < self.needed_sharpness:
            parts.append(
                f"numbers are blurred (sharpness {self.sharpness:.2f}, wanted "
                f"{self.needed_sharpness:g}): shorten the exposure, or focus on the line"
            )
        return "; ".join(parts)


class SetUpMeter:
    """Measures all cameras of a run. `read` may be called from any thread.

    Args:
        settings: what legible means; the same that weighs the votes.
    """

    def __init__(self, settings: JudgeSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._best: dict[int, tuple[float, float]] = {}
        self._recent: dict[str, deque[tuple[float, float]]] = {}

    def begin(self, camera: str) -> None:
        """Nothing to prepare."""

    def watch(self, frame: Frame, race: Race) -> None:
        """Only looks are measured."""

    def over(self, camera: str, error: Exception | None) -> None:
        """What was measured stays."""

    def tell(self, event: Event, frame: Frame | None) -> None:
        """Note the look, or that a runner is gone."""
        if isinstance(event, Judged) and event.reason is not Reason.NO_TRACK:
            finding = event.finding
            if finding is not None and finding.number is not None:
                seen = (finding.number[3] - finding.number[1], finding.sharpness)
                best = self._best.get(event.look.track_id)
                if best is None or seen > best:
                    self._best[event.look.track_id] = seen
        elif isinstance(event, Closed) and event.track_id in self._best:
            best = self._best.pop(event.track_id)
            with self._lock:
                self._recent.setdefault(event.camera, deque(maxlen=KEPT)).append(best)

    def read(self, camera: str) -> SetUp | None:
        """How the camera stands; None before `LEAST` runners with a number have passed."""
        with self._lock:
            recent = list(self._recent.get(camera, ()))
        if len(recent) < LEAST:
            return None
        return SetUp(
            median(height for height, _ in recent),
            self._settings.full_number_px,
            median(sharpness for _, sharpness in recent),
            self._settings.full_sharpness,
            len(recent),
        )
