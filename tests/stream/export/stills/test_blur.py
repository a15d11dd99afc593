from __future__ import annotations

import numpy as np
import pytest

from engines.types import Box, Image
from stream.export.stills.blur import blur_others
from stream.export.stills.people import Group, Other, head_of

NOISE = np.random.default_rng(3).integers(0, 256, (600, 800, 3)).astype(np.uint8)
RUNNER: Box = (300, 100, 480, 550)
FACE: Box = (365, 110, 415, 170)
BESIDE: Box = (520, 110, 700, 540)
BESIDE_FACE: Box = (585, 120, 635, 180)
OVER_SHOULDER: Box = (405, 120, 455, 180)
BIB: Box = (350, 250, 430, 310)
OTHER_BIB: Box = (570, 250, 650, 310)


def cut(image: Image, box: Box) -> Image:
    x0, y0, x1, y1 = (round(v) for v in box)
    return image[y0:y1, x0:x1]


def inner(box: Box) -> Box:
    """The rectangle that lies wholly in a box's ellipse."""
    x0, y0, x1, y1 = box
    room_x, room_y = 0.15 * (x1 - x0), 0.15 * (y1 - y0)
    return x0 + room_x, y0 + room_y, x1 - room_x, y1 - room_y


def is_untouched(blurred: Image, box: Box) -> bool:
    return bool((cut(blurred, box) == cut(NOISE, box)).all())


def is_lost(blurred: Image, box: Box) -> bool:
    """Whether hardly any detail is left, nor any likeness to what was there."""
    now, before = cut(blurred, box).astype(float), cut(NOISE, box).astype(float)
    detail = np.abs(np.diff(now, axis=1)).mean() / np.abs(np.diff(before, axis=1)).mean()
    likeness = np.corrcoef(now.ravel(), before.ravel())[0, 1]
    return bool(detail < 0.05 and abs(likeness) < 0.3)


def group(
    *others: Other, face: Box | None = FACE, bib: Box | None = BIB, bibs: tuple[Box, ...] = ()
) -> Group:
    return Group(RUNNER, face, bib, others, bibs)


def test_alone_nothing_changes_and_the_picture_given_never_does() -> None:
    before = NOISE.copy()
    assert (blur_others(NOISE, group(), bibs=True) == NOISE).all()
    blur_others(NOISE, group(Other(BESIDE, BESIDE_FACE, False)))
    assert (before == NOISE).all()


@pytest.mark.parametrize(
    ("other", "lost"),
    [
        pytest.param(Other(BESIDE, BESIDE_FACE, False), BESIDE_FACE, id="a face found"),
        pytest.param(Other(None, BESIDE_FACE, False), BESIDE_FACE, id="a face of nobody"),
        pytest.param(Other(BESIDE, None, False), inner(head_of(BESIDE)), id="no face found"),
        pytest.param(Other((40, 40, 60, 90), (46, 41, 54, 50), False), (46, 41, 54, 50), id="tiny"),
        pytest.param(
            Other((760, -20, 860, 300), (780, 5, 830, 60), False),
            (782, 10, 800, 55),
            id="cut off by the picture",
        ),
    ],
)
def test_others_cannot_be_known_and_the_rest_stays(other: Other, lost: Box) -> None:
    blurred = blur_others(NOISE, group(other))
    assert is_lost(blurred, lost)
    assert is_untouched(blurred, RUNNER)
    changed = (blurred != NOISE).any(axis=2).mean()
    assert 0 < changed < 0.05, "only the head is blurred"


@pytest.mark.parametrize(
    ("situation", "others", "own_face", "untouched", "lost"),
    [
        (
            "a face behind, over the shoulder",
            [Other((380, 90, 520, 400), OVER_SHOULDER, False)],
            FACE, [FACE], [(425, 125, 450, 175)],
        ),
        (
            "a head expected behind the runner's",
            [Other((330, 95, 470, 400), None, False)], FACE, [FACE, (340, 180, 440, 540)], [],
        ),
        (
            "the same, the runner's face was not found",
            [Other((330, 95, 470, 400), None, False)], None, [inner(head_of(RUNNER))], [],
        ),
        (
            "a head expected in front never goes over a face that was found",
            [Other((330, 120, 500, 590), None, True)], FACE, [FACE], [],
        ),
        (
            "a head expected in front of a head that was not found",
            [Other((310, 105, 490, 590), None, True)], None, [],
            [inner(inner(head_of((310, 105, 490, 590))))],
        ),
        (
            "a face in front covers part of the runner's",
            [Other((360, 110, 540, 590), OVER_SHOULDER, True)],
            FACE, [(365, 125, 400, 160)], [inner(OVER_SHOULDER)],
        ),
        (
            "somebody's face on the runner's chest, in front",
            [Other((340, 240, 440, 590), (365, 250, 415, 310), True)],
            FACE, [FACE], [(365, 250, 415, 310)],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_whose_head_wins(
    situation: str, others: list[Other], own_face: Box | None, untouched: list[Box], lost: list[Box]
) -> None:
    blurred = blur_others(NOISE, group(*others, face=own_face))
    assert [is_untouched(blurred, box) for box in untouched] == [True] * len(untouched)
    assert [is_lost(blurred, box) for box in lost] == [True] * len(lost)


@pytest.mark.parametrize(
    ("bibs", "asked", "untouched", "lost"),
    [
        pytest.param((OTHER_BIB,), False, [OTHER_BIB, BIB], [], id="not asked for"),
        pytest.param((OTHER_BIB,), True, [BIB, FACE], [OTHER_BIB], id="another's"),
        pytest.param(
            ((420, 250, 500, 310),), True, [BIB], [(432, 250, 500, 310)], id="under the runner's"
        ),
    ],
)
def test_bibs_of_others(
    bibs: tuple[Box, ...], asked: bool, untouched: list[Box], lost: list[Box]
) -> None:
    blurred = blur_others(NOISE, group(bibs=bibs), bibs=asked)
    assert all(is_untouched(blurred, box) for box in untouched)
    assert all(is_lost(blurred, box) for box in lost)


def test_a_blurred_face_cannot_be_told_from_another() -> None:
    """Two faces with the same few colours but different features look the same afterwards."""
    first, second = np.full((2, 600, 800, 3), 150, np.uint8)
    first[140:146, 595:625:10] = 20
    second[140:146, 600:630:10] = 20
    told_apart = np.abs(first.astype(int) - second).max()
    other = Other(BESIDE, BESIDE_FACE, False)
    blurred = [blur_others(image, group(other)).astype(int) for image in (first, second)]
    assert told_apart == 130
    assert np.abs(blurred[0] - blurred[1]).max() < 0.15 * told_apart
