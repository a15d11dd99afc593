"""Tells who sets up a camera whether its pictures can be read: how tall, how sharp the bibs are,
how bright the picture is, how late it comes, and how far two readers agree on them.

A listener of the pipeline. For every runner the tallest number line that a look found counts, so
that a camera is judged by the bibs at their nearest, and not by all that it saw far off. The
picture's brightness is measured once a second, inside the camera's region.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from statistics import median

from stream.clock import SECOND_NS, now_ns
from stream.exposure import Exposure, measure
from stream.judging import JudgeSettings
from stream.race import Race
from stream.types import Clock, Closed, Event, Frame, Judged, Reason

KEPT = 30
"""Runners of the recent past that a camera is judged by."""
LEAST = 3
"""Runners from which on there is something to say of numbers."""
EXPOSURES = 5
"""Seconds of brightness that count: longer than a runner in white fills the picture."""
LAGS = 50
"""Newest frames whose lag counts."""


class Fault(StrEnum):
    """What is wrong with a camera's pictures."""

    SMALL = "small"
    BLURRED = "blurred"
    BRIGHT = "bright"
    DARK = "dark"
    DOUBTED = "doubted"


@dataclass(frozen=True, slots=True)
class SetUp:
    """What a camera's pictures offer to the reader. What is None was not seen enough of yet.

    Attributes:
        number_px: height of the number line where a runner was nearest, median over runners.
        needed_px: from which height on size takes nothing from a look.
        sharpness: of that line, 0..1, median; see `engines.legibility`.
        needed_sharpness: from which sharpness on blur takes nothing.
        runners: how many were measured.
        exposure: how bright the picture is.
        agreement: how far the second reader bears out the first, 0..1, median over runners.
        needed_agreement: below it bibs are confirmed with reserve, see `VoteSettings.hard_second`;
            0 asks for nothing.
    """

    number_px: float | None
    needed_px: float
    sharpness: float | None
    needed_sharpness: float
    runners: int
    exposure: Exposure | None = None
    agreement: float | None = None
    needed_agreement: float = 0.0

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What needs to be changed; of what was not seen enough of there is nothing to say."""
        px, sharpness, light = self.number_px, self.sharpness, self.exposure
        found = {
            # Rounded as it is told: nobody is to read "24 px, wanted 24: too low".
            Fault.SMALL: px is not None and round(px) < self.needed_px,
            Fault.BLURRED: sharpness is not None and sharpness < self.needed_sharpness,
            Fault.BRIGHT: light is not None and light.too_bright,
            Fault.DARK: light is not None and light.too_dark,
            Fault.DOUBTED: self.agreement is not None and self.agreement < self.needed_agreement,
        }
        return tuple(fault for fault, is_so in found.items() if is_so)

    def to_json(self) -> dict[str, object]:
        """All fields, and ``faults``: pages take the judgement from here and hold no limits."""
        return {**asdict(self), "faults": [fault.value for fault in self.faults]}

    @property
    def advice(self) -> str:
        """What to change at the camera; empty where nothing needs to be."""
        parts, faults = [], self.faults
        if self.number_px is not None and Fault.SMALL in faults:
            nearer = self.needed_px / max(self.number_px, 1.0)
            parts.append(
                f"numbers are {self.number_px:.0f} px tall at their nearest, reading wants "
                f"{self.needed_px:.0f}: zoom in or go nearer, {nearer:.1f} times"
            )
        if self.sharpness is not None and Fault.BLURRED in faults:
            parts.append(
                f"numbers are blurred (sharpness {self.sharpness:.2f}, wanted "
                f"{self.needed_sharpness:g}): shorten the exposure, or focus on the line"
            )
        if self.exposure is not None and self.exposure.advice:
            parts.append(self.exposure.advice)
        if self.agreement is not None and Fault.DOUBTED in faults:
            parts.append(
                f"two readers seldom agree on numbers ({self.agreement:.0%}, wanted "
                f"{self.needed_agreement:.0%}), so few bibs are confirmed: more light, a shorter "
                "exposure, or teach the reader these digits (finishline train reader)"
            )
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Timing:
    """How a camera's pictures come.

    Attributes:
        clock: where their times of capture come from; see `Clock`.
        lag_ms: how old a frame is when it has been seen, median of the newest; None for files.
    """

    clock: Clock
    lag_ms: float | None


@dataclass(slots=True)
class _Camera:
    """What was measured of one camera."""

    numbers: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=KEPT))
    exposures: deque[Exposure] = field(default_factory=lambda: deque(maxlen=EXPOSURES))
    measured_pts_ns: int | None = None
    lags_ns: deque[int] = field(default_factory=lambda: deque(maxlen=LAGS))
    clock: Clock | None = None
    agreement: float | None = None


class SetUpMeter:
    """Measures all cameras of a run. `read` and `timing` may be called from any thread.

    Args:
        settings: what legible means; the same that weighs the votes.
        now: UTC, nanoseconds.
        needed_agreement: see `SetUp`.
    """

    def __init__(
        self,
        settings: JudgeSettings,
        now: Callable[[], int] = now_ns,
        needed_agreement: float = 0.0,
    ) -> None:
        self._settings = settings
        self._needed_agreement = needed_agreement
        self._now = now
        self._lock = threading.Lock()
        self._best: dict[int, tuple[float, float]] = {}
        self._cameras: dict[str, _Camera] = {}

    def begin(self, camera: str) -> None:
        """Nothing to prepare."""

    def watch(self, frame: Frame, race: Race) -> None:
        """Note how late the frame is, and once a second how bright, and how far readers agree."""
        lag_ns = self._now() - frame.capture_utc_ns
        with self._lock:
            camera = self._cameras.setdefault(frame.camera, _Camera())
            if frame.clock is not camera.clock:
                # Lags by another clock are lags of another kind.
                camera.lags_ns.clear()
                camera.clock = frame.clock
            camera.lags_ns.append(lag_ns)
            before = camera.measured_pts_ns
            due = before is None or not 0 <= frame.pts_ns - before < SECOND_NS
        if due:
            exposure = measure(frame.picture, race.view(frame.camera).region)
            with self._lock:
                camera.measured_pts_ns = frame.pts_ns
                camera.exposures.append(exposure)
                camera.agreement = race.agreement(frame.camera)

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
                self._cameras.setdefault(event.camera, _Camera()).numbers.append(best)

    def read(self, camera: str) -> SetUp | None:
        """How the camera stands; None before anything could be measured."""
        with self._lock:
            known = self._cameras.get(camera, _Camera())
            numbers, exposures = list(known.numbers), list(known.exposures)
            agreement = known.agreement
        enough = len(numbers) >= LEAST
        if not enough and not exposures:
            return None
        return SetUp(
            median(height for height, _ in numbers) if enough else None,
            self._settings.full_number_px,
            median(sharpness for _, sharpness in numbers) if enough else None,
            self._settings.full_sharpness,
            len(numbers),
            _middle(exposures),
            agreement,
            self._needed_agreement,
        )

    def timing(self, camera: str) -> Timing | None:
        """How the camera's pictures come; None before the first."""
        with self._lock:
            known = self._cameras.get(camera, _Camera())
            clock, lags_ns = known.clock, list(known.lags_ns)
        if clock is None:
            return None
        lag_ms = None if clock is Clock.FILE else round(median(lags_ns) / 1e6, 1)
        return Timing(clock, lag_ms)


def _middle(exposures: list[Exposure]) -> Exposure | None:
    if not exposures:
        return None
    return Exposure(
        int(median(one.median for one in exposures)),
        median(one.white_share for one in exposures),
        median(one.black_share for one in exposures),
    )
