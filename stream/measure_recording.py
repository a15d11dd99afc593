"""What recording costs: `finishline bench recording`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from stream.recording import Recordings, RecordingSettings
from stream.sources.choose import open_source
from stream.sources.packets import Taken
from stream.sources.port import SourceError
from stream.store import Store

SETTLE_S = 2.0
"""After the first frame, before the clock is started: connections and first segments cost more."""

CAMERA = "camera"


@dataclass(frozen=True, slots=True)
class RecordingCost:
    """Processor time in shares of one core, 0..1; medians of all rounds.

    Attributes:
        without, recorded: receiving and decoding alone, and with recording.
        cost: the median of the differences between a round's two halves.
        megabits_per_s: of what was recorded, 10^6 bits.
    """

    without: float
    recorded: float
    cost: float
    frames_per_s: float
    megabits_per_s: float


def measure_recording(
    url: str, seconds: float, rounds: int, told: Callable[[int, int], None]
) -> RecordingCost:
    """Receive and decode a camera with and without recording it, in turns.

    Args:
        url: the camera.
        seconds: how long each half of a round is measured.
        told: called with the halves done and their number.

    Raises:
        SourceError: the camera cannot be reached, or is none that is recorded.
    """
    without, recorded, rates, bits = [], [], [], []
    for number in range(rounds):
        share, _ = _received(url, seconds, None)
        without.append(share)
        told(2 * number + 1, 2 * rounds)
        with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder)) as store:
            # However little room the folder's disk has, these few seconds are recorded.
            settings = RecordingSettings(
                warn_free_gb=0, delete_below_free_gb=0, stop_below_free_gb=0
            )
            recordings = Recordings(settings)
            taken = recordings.taker(CAMERA, url)
            if taken is None:
                raise SourceError(f"{url}: only cameras are recorded; files are referred to")
            footage = store.begin_footage(CAMERA, url, None, None).id
            recordings.begin(store, {CAMERA: footage})
            try:
                share, rate = _received(url, seconds, taken)
            finally:
                recordings.close()
            status = recordings.status(CAMERA)
            assert status is not None
            if not status.n_bytes:
                raise SourceError(f"{url}: nothing was recorded: {status.state}")
            bits.append(8e-6 * status.n_bytes / (seconds + SETTLE_S))
        recorded.append(share)
        rates.append(rate)
        told(2 * number + 2, 2 * rounds)
    return RecordingCost(
        round(median(without), 4),
        round(median(recorded), 4),
        round(median(b - a for a, b in zip(without, recorded, strict=True)), 4),
        round(median(rates), 2),
        round(median(bits), 2),
    )


def _received(url: str, seconds: float, taken: Taken | None) -> tuple[float, float]:
    """Processor time of this process as a share of one core, and frames per second."""
    source = open_source(CAMERA, url, taken=taken, attempts=0)
    began = used = 0.0
    frames = 0
    first = time.perf_counter()
    for frame in source.frames():
        now = time.perf_counter()
        if frame.index == 0:
            first = now
        if not began and now - first >= SETTLE_S:
            began, used = now, time.process_time()
        elif began:
            frames += 1
            if now - began >= seconds:
                break
    passed, used = time.perf_counter() - began, time.process_time() - used
    source.close()
    return used / passed, frames / passed
