import time
from collections.abc import Sequence

import numpy as np

from engines.evaluate.speed import WARM_UP, measure_speed
from engines.types import Detections, Image, Picture, Reading


class Slow:
    """A detector that takes 50 ms and a reader that takes 1 ms, or some more where it is busy."""

    detected = read_lines = 0

    def detect(
        self, pictures: Sequence[Picture], size: tuple[int, int] | None = None
    ) -> list[Detections]:
        self.detected += 1
        assert [(p.width, p.height) for p in pictures] == [(640, 384)]
        time.sleep(0.05)
        nothing = np.zeros(0, np.float32)
        return [Detections(np.zeros((0, 4), np.float32), nothing, np.zeros(0, np.int8))]

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        self.read_lines += 1
        assert [crop.shape for crop in crops] == [(32, 96, 3)]
        time.sleep(0.001)
        return []

    def close(self) -> None:
        pass


def test_each_engine_is_timed_by_itself() -> None:
    slow = Slow()
    times = measure_speed(slow, slow, (640, 384), rounds=5)
    assert slow.detected == slow.read_lines == WARM_UP + 5
    assert times["detector"].p95_ms >= times["detector"].median_ms >= 50
    assert times["detector"].median_ms > times["reader"].median_ms >= 1
