"""Reads many crops in few batches: crops that need inputs of one width go together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engines.types import Image, Reading


def read_batched(
    crops: Sequence[Image],
    width_of: Callable[[Image], int],
    read: Callable[[Sequence[Image], int], Sequence[Reading]],
    most: int,
) -> list[Reading]:
    """One reading per crop, in order.

    Args:
        crops: of any size.
        width_of: the input's width for a crop, one of few.
        read: crops and the width of their input to readings, in order.
        most: crops in one batch.
    """
    readings: dict[int, Reading] = {}
    widths = [width_of(crop) for crop in crops]
    for width in sorted(set(widths)):
        rows = [i for i, own in enumerate(widths) if own == width]
        for start in range(0, len(rows), most):
            batch = rows[start : start + most]
            found = read([crops[i] for i in batch], width)
            readings.update(zip(batch, found, strict=True))
    return [readings[i] for i in range(len(crops))]
