"""Stretches of video that show a runner, and what is left of a file, as tables."""

from __future__ import annotations

import pytest

from stream.forget.belongs import Sight
from stream.forget.spans import Span, kept_parts, overlap, spans_of

S = 1_000_000_000


def sight(
    first_s: float, last_s: float, crossing_s: float | None = None, footage: int | None = 1
) -> Sight:
    crossing = None if crossing_s is None else round(crossing_s * S)
    return Sight(1, "finish", footage, round(first_s * S), round(last_s * S), crossing)


@pytest.mark.parametrize(
    ("sights", "found"),
    [
        pytest.param([sight(20, 22)], [(1, 17, 24)], id="a little before and after"),
        pytest.param([sight(20, 22, 21)], [(1, 13, 24)], id="the run-up to the line"),
        pytest.param([sight(20, 22, 30)], [(1, 17, 32)], id="crossed after the last sight"),
        pytest.param([sight(20, 22), sight(26, 30)], [(1, 17, 32)], id="two that touch"),
        pytest.param([sight(40, 41), sight(20, 22)], [(1, 17, 24), (1, 37, 43)], id="two apart"),
        pytest.param([sight(20, 30), sight(21, 22)], [(1, 17, 32)], id="one within another"),
        pytest.param(
            [sight(20, 22), sight(20, 22, footage=2)],
            [(1, 17, 24), (2, 17, 24)],
            id="another footage",
        ),
        pytest.param([sight(20, 22, footage=None)], [], id="not filmed"),
        pytest.param([], [], id="not seen"),
    ],
)
def test_spans(sights: list[Sight], found: list[tuple[int, int, int]]) -> None:
    spans = spans_of(sights)
    assert [(one.footage_id, one.from_ns // S, one.until_ns // S) for one in spans] == found


def span(from_s: float, until_s: float) -> Span:
    return Span(1, "finish", round(from_s * S), round(until_s * S))


@pytest.mark.parametrize(
    ("spans", "keyframes", "kept"),
    [
        pytest.param([], [10, 12, 14, 16, 18], [(10, 20)], id="nothing to cut"),
        pytest.param([span(13, 15)], [10, 12, 14, 16], [(10, 13), (16, 20)], id="in the middle"),
        pytest.param([span(13, 14)], [10, 12, 14], [(10, 13), (14, 20)], id="just at a keyframe"),
        pytest.param([span(5, 13)], [10, 12, 14, 16], [(14, 20)], id="the beginning"),
        pytest.param([span(17, 30)], [10, 12, 14, 16], [(10, 17)], id="the end"),
        pytest.param([span(5, 30)], [10, 12, 14, 16], [], id="all of it"),
        pytest.param([span(13, 17)], [10, 12, 14, 16], [(10, 13)], id="no keyframe behind"),
        pytest.param(
            [span(11, 12), span(15, 16)],
            [10, 12, 14, 16],
            [(10, 11), (12, 15), (16, 20)],
            id="twice",
        ),
        pytest.param(
            [span(11, 12), span(12.5, 13)], [10, 14], [(10, 11), (14, 20)], id="in one go"
        ),
        pytest.param([span(1, 5), span(25, 30)], [10, 14], [(10, 20)], id="before and after it"),
    ],
)
def test_what_is_left(spans: list[Span], keyframes: list[int], kept: list[tuple[int, int]]) -> None:
    parts = kept_parts(10 * S, 20 * S, spans, [at * S for at in keyframes])
    assert [(begin / S, end / S) for begin, end in parts] == kept


def test_overlap_is_of_the_same_footage_and_not_at_the_edge() -> None:
    one = span(10, 20)
    assert overlap([one], 1, 19 * S, 30 * S) == [one]
    assert overlap([one], 1, 20 * S, 30 * S) == []
    assert overlap([one], 1, 0, 10 * S) == []
    assert overlap([one], 2, 0, 30 * S) == []
