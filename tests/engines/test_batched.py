import numpy as np

from engines.batched import read_batched
from engines.types import Image, Reading
from tests.engines.tiny_models import reading


def crop(width: int) -> Image:
    return np.zeros((4, width, 3), np.uint8)


def test_readings_keep_the_order_of_the_crops() -> None:
    batches: list[tuple[list[int], int]] = []

    def read(crops: list[Image] | object, width: int) -> list[Reading]:
        assert isinstance(crops, list)
        batches.append(([one.shape[1] for one in crops], width))
        return [reading(str(one.shape[1])) for one in crops]

    widths = [30, 5, 7, 31, 6]
    found = read_batched(
        [crop(w) for w in widths], lambda one: 10 if one.shape[1] < 10 else 40, read, 2
    )
    assert [one.text for one in found] == [str(w) for w in widths]
    assert batches == [([5, 7], 10), ([6], 10), ([30, 31], 40)]
    assert read_batched([], lambda one: 10, read, 2) == []
