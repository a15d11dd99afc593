from __future__ import annotations

import pytest

from engines.runtimes.tensorrt.shapes import (
    Range,
    Shape,
    batches,
    lane_of,
    line_lanes,
    picture_lanes,
)

FIXED = {"x": Range((4, 3), (4, 3), (4, 3))}
WIDE = {"x": Range((1, 3), (2, 3), (8, 3))}
OTHER = {"x": Range((1, 5), (2, 5), (8, 5))}


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        pytest.param((4, 3), 1, id="the narrowest that holds it"),
        pytest.param((1, 3), 0, id="the lower end"),
        pytest.param((8, 3), 0, id="the upper end"),
        pytest.param((9, 3), None, id="beyond"),
        pytest.param((8, 5), 2, id="another size"),
        pytest.param((4,), None, id="another number of dimensions"),
    ],
)
def test_lane_of(shape: Shape, expected: int | None) -> None:
    assert lane_of([WIDE, FIXED, OTHER], {"x": shape}) == expected


def test_other_inputs_fit_nothing() -> None:
    assert lane_of([WIDE], {"y": (1, 3)}) is None
    assert lane_of([], {}) is None


@pytest.mark.parametrize(
    ("least", "usual", "most"),
    [
        pytest.param((1,), (3,), (2,), id="usual above most"),
        pytest.param((2,), (1,), (2,), id="usual below least"),
        pytest.param((0,), (1,), (1,), id="nothing"),
        pytest.param((1, 1), (1,), (1,), id="dimensions differ"),
        pytest.param((), (), (), id="no dimensions"),
    ],
)
def test_no_range(least: Shape, usual: Shape, most: Shape) -> None:
    with pytest.raises(ValueError, match="range"):
        Range(least, usual, most)


@pytest.mark.parametrize(
    ("most", "expected"), [(1, [1]), (2, [1, 2]), (6, [1, 2, 4, 6]), (8, [1, 2, 4, 8])]
)
def test_batches(most: int, expected: list[int]) -> None:
    assert batches(most) == expected


def test_no_batch() -> None:
    with pytest.raises(ValueError, match="at least one"):
        batches(0)


def test_pictures() -> None:
    sizes = [(640, 384), (192, 192), (640, 384)]
    ranged = picture_lanes("images", sizes, 8, fixed=False)
    assert [lane["images"].most for lane in ranged] == [(8, 3, 384, 640), (8, 3, 192, 192)]
    assert not any(lane["images"].fixed for lane in ranged)
    fixed = picture_lanes("images", sizes, 4, fixed=True)
    assert all(lane["images"].fixed for lane in fixed)
    assert [lane["images"].most[0] for lane in fixed] == [1, 2, 4, 1, 2, 4]


def test_lines() -> None:
    [lane] = line_lanes("x", 48, (96, 160, 320), 8, fixed=False)
    assert lane["x"] == Range((1, 3, 48, 96), (2, 3, 48, 160), (8, 3, 48, 320))
    assert len(line_lanes("x", 48, (96, 160, 320), 8, fixed=True)) == 12
    [small] = line_lanes("x", 48, (96,), 1, fixed=False)
    assert small["x"].fixed
