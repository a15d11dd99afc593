"""Which input shapes an engine is built for. Pure.

TensorRT tunes an engine per *range* of shapes (an optimisation profile). A range whose ends are
equal is fixed: only such a one can run as a CUDA graph, since a graph is broken by any change of
the shape of its context.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Shapes of one input, dimension by dimension.

    Attributes:
        least, usual, most: tuned for `usual`; all three equal where the shape is fixed.
    """

    least: Shape
    usual: Shape
    most: Shape

    def __post_init__(self) -> None:
        if not self.least or not len(self.least) == len(self.usual) == len(self.most):
            raise ValueError(f"a range needs three shapes of one length; got {self}")
        triples = zip(self.least, self.usual, self.most, strict=True)
        if not all(0 < low <= mid <= high for low, mid, high in triples):
            raise ValueError(f"a range goes upwards from 1; got {self}")

    @property
    def fixed(self) -> bool:
        """Whether there is one shape only."""
        return self.least == self.most

    def holds(self, shape: Shape) -> bool:
        """Whether a shape lies within."""
        return len(shape) == len(self.least) and all(
            low <= own <= high for low, own, high in zip(self.least, shape, self.most, strict=True)
        )


Ranges = Mapping[str, Range]
"""One profile: a range per input."""


def lane_of(lanes: Sequence[Ranges], shapes: Mapping[str, Shape]) -> int | None:
    """The profile that runs inputs of those shapes: the one tuned most narrowly; None: none does.

    Args:
        lanes: the profiles of an engine.
        shapes: of every input, by name.
    """
    fitting = [
        (sum(prod(r.most) for r in lane.values()), number)
        for number, lane in enumerate(lanes)
        if lane.keys() == shapes.keys()
        and all(lane[name].holds(shape) for name, shape in shapes.items())
    ]
    return min(fitting)[1] if fitting else None


def batches(most: int) -> list[int]:
    """The batches that ever occur: powers of two up to `most`, and `most`."""
    if most < 1:
        raise ValueError(f"a batch has at least one picture; got {most}")
    return sorted({1 << k for k in range(most.bit_length())} | {most})


def picture_lanes(
    name: str, sizes: Iterable[tuple[int, int]], most: int, *, fixed: bool
) -> list[Ranges]:
    """Profiles of a network that takes pictures of few sizes.

    Args:
        name: of the input ``[B, 3, H, W]``.
        sizes: (width, height).
        most: pictures in a batch.
        fixed: one profile for each batch, so that each can be a CUDA graph; the build takes that
            many times as long.
    """
    lanes: list[Ranges] = []
    for width, height in dict.fromkeys(sizes):
        if fixed:
            shapes = [(n, 3, height, width) for n in batches(most)]
            lanes += [{name: Range(shape, shape, shape)} for shape in shapes]
        else:
            least, top = (1, 3, height, width), (most, 3, height, width)
            lanes.append({name: Range(least, least, top)})
    return lanes


def line_lanes(
    name: str, height: int, widths: Sequence[int], most: int, *, fixed: bool
) -> list[Ranges]:
    """Profiles of a reader, whose input is as wide as the line it reads.

    Without `fixed` one profile holds all widths; see `picture_lanes` for the rest.
    """
    if fixed:
        return picture_lanes(name, [(width, height) for width in widths], most, fixed=True)
    usual = sorted(widths)[len(widths) // 2]
    least, top = (1, 3, height, min(widths)), (most, 3, height, max(widths))
    return [{name: Range(least, (min(2, most), 3, height, usual), top)}]
