"""Scoring a run against what is known to have happened."""

import json

import pytest

from engines.types import Box
from stream.truth import (
    Confirmation,
    Passage,
    TrueRunner,
    Truth,
    TruthError,
    overlap,
    parse_truth,
    score,
    spread,
)

ANNA: Box = (100, 100, 200, 400)
BERT: Box = (500, 100, 600, 400)
NOBODY: Box = (800, 100, 900, 400)


def clip() -> Truth:
    """Anna (12) and Bert (34, bib hidden) stand still for 4 s and cross at 2 s and 3 s."""
    return Truth(
        fps=25.0,
        width=1000,
        height=500,
        frames=100,
        line=((0, 450), (1000, 450)),
        runners=(
            TrueRunner("12", True, 2.0, 4.0, dict.fromkeys(range(100), ANNA)),
            TrueRunner("34", False, 3.0, 4.0, dict.fromkeys(range(100), BERT)),
        ),
    )


@pytest.mark.parametrize(
    ("situation", "tags", "right", "wrong", "missed", "false_tags"),
    [
        ("nothing said", [], 0, 0, 1, 0),
        ("own bib", [(1, "12", 1.0, ANNA)], 1, 0, 0, 0),
        (
            "own bib said twice counts once",
            [(1, "12", 1.0, ANNA), (2, "12", 1.5, ANNA)],
            1,
            0,
            0,
            0,
        ),
        ("a right bib on another person is wrong", [(1, "12", 1.0, BERT)], 0, 1, 1, 0),
        ("another number is wrong", [(1, "13", 1.0, ANNA)], 0, 1, 1, 0),
        ("a tag on nobody is wrong and false", [(1, "12", 1.0, NOBODY)], 0, 1, 1, 1),
        ("said after the runner left", [(1, "12", 4.2, ANNA)], 0, 1, 1, 1),
        (
            "wrong first, right later: both count",
            [(1, "13", 1.0, ANNA), (1, "12", 2.0, ANNA)],
            1,
            1,
            0,
            0,
        ),
        ("an unreadable runner read all the same", [(2, "34", 1.0, BERT)], 1, 0, 1, 0),
        (
            "the same wrong tag repeated counts once",
            [(1, "13", 1.0, ANNA), (1, "13", 2.0, ANNA)],
            0,
            1,
            1,
            0,
        ),
    ],
)
def test_tags(
    situation: str,
    tags: list[tuple[int, str, float, Box]],
    right: int,
    wrong: int,
    missed: int,
    false_tags: int,
) -> None:
    result = score(clip(), [Confirmation(*tag) for tag in tags], [])
    assert (result.right, result.wrong, result.missed, result.false_tags) == (
        right,
        wrong,
        missed,
        false_tags,
    ), situation


@pytest.mark.parametrize(
    ("situation", "passages", "errors_ms", "extra"),
    [
        ("40 ms late", [(1, 2.04, ANNA)], [40], 0),
        ("20 ms early", [(1, 1.98, ANNA)], [-20], 0),
        ("the second crossing of a runner is extra", [(1, 2.0, ANNA), (2, 2.4, ANNA)], [0], 1),
        ("nobody there", [(1, 2.0, NOBODY)], [], 1),
        ("track unknown", [(1, 2.0, None)], [], 1),
    ],
)
def test_crossings(
    situation: str,
    passages: list[tuple[int, float, Box | None]],
    errors_ms: list[float],
    extra: int,
) -> None:
    result = score(clip(), [], [Passage(*passage) for passage in passages])
    assert result.crossing_errors_ms == pytest.approx(errors_ms), situation
    assert result.extra_crossings == extra, situation


def test_lead_is_the_time_left_to_speak_the_name() -> None:
    result = score(clip(), [Confirmation(1, "12", 1.5, ANNA)], [])
    assert result.leads_s == (2.5,)


@pytest.mark.parametrize(
    ("a", "b", "iou"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),
    ],
)
def test_overlap(a: Box, b: Box, iou: float) -> None:
    assert overlap(a, b) == pytest.approx(iou)


def test_spread() -> None:
    assert spread([]) == (None, None, None)
    assert spread([3, 1, 2]) == (1, 2, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "t.json: not JSON"),
        (json.dumps({"fps": 25}), "t.json: not a truth file, KeyError: 'line'"),
    ],
)
def test_a_bad_truth_file_is_named(text: str, message: str) -> None:
    with pytest.raises(TruthError, match=message):
        parse_truth(text, "t.json")
