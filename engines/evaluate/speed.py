"""How long the engines take: `finishline bench`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engines.picture import RgbPicture
from engines.types import Box, Detector, Reader

ROUNDS = 100
WARM_UP = 10

_NUMBER: Box = (0, 0, 96, 32)


@dataclass(frozen=True, slots=True)
class Times:
    """Wall-clock times of one call, milliseconds."""

    median_ms: float
    p95_ms: float


def measure_speed(
    detector: Detector, reader: Reader, size: tuple[int, int], rounds: int = ROUNDS
) -> dict[str, Times]:
    """Times of one frame at the detector and of one number line at the reader, in turns.

    Args:
        detector: asked for its usual input, with a picture of that `size`: letterboxing and the
            suppression of doubles count, scaling a larger frame down does not.
        reader: asked for one number line of 96x32 pixels.
        size: (width, height).
        rounds: timed calls of each.
    """
    noise = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    picture = RgbPicture(noise)
    line = picture.crop(_NUMBER)
    calls: dict[str, Callable[[], object]] = {
        "detector": lambda: detector.detect([picture]),
        "reader": lambda: reader.read([line]),
    }
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(WARM_UP + rounds):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            if number >= WARM_UP:
                seconds[name].append(time.perf_counter() - began)
    return {
        name: Times(
            round(float(np.median(taken)) * 1e3, 2),
            round(float(np.percentile(taken, 95)) * 1e3, 2),
        )
        for name, taken in seconds.items()
    }
