"""Who somebody looks like, and what is said of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dashboard.recognition.matching import (
    APPEARANCE_SCALE,
    FACE_SCALE,
    OTHER_FACE,
    By,
    Match,
    Says,
    gallery,
    stranger,
)
from engines.faces.port import FaceTemplate
from engines.types import Floats
from stream.matching.calibrated import PHOTOS
from stream.store.people import KnownTemplate
from tests.dashboard.recognition.house import pointing


def known(bib: str | None, vector: Floats, person: int | None = None) -> KnownTemplate:
    return KnownTemplate(bib, person, None if person is None else f"person {person}", vector, 1.0)


def like(likeness: float) -> Floats:
    """A vector that is so like `pointing(0)`."""
    return np.asarray(likeness * pointing(0) + math.sqrt(1 - likeness**2) * pointing(1), np.float32)


@pytest.mark.parametrize(
    ("by", "likeness", "n", "expected"),
    [
        pytest.param(By.FACE, 0.97, 1, Says.LIKELY, id="the same, one compared"),
        pytest.param(By.FACE, 0.97, 20, Says.LIKELY, id="the same, few compared"),
        pytest.param(By.FACE, 0.97, 100, Says.POSSIBLE, id="the same, many compared"),
        pytest.param(By.FACE, 0.97, 1000, Says.WEAK, id="the same, very many compared"),
        pytest.param(By.FACE, 0.943, 1, Says.LIKELY, id="alike, one compared"),
        pytest.param(By.FACE, 0.943, 20, Says.POSSIBLE, id="alike, few compared"),
        pytest.param(By.FACE, 0.943, 30, Says.WEAK, id="alike, some compared"),
        pytest.param(By.FACE, 0.915, 1, Says.POSSIBLE, id="a little alike, one compared"),
        pytest.param(By.FACE, 0.915, 10, Says.WEAK, id="a little alike"),
        pytest.param(By.FACE, 0.90, 1, None, id="as many others are"),
        pytest.param(By.APPEARANCE, 0.99, 1, Says.POSSIBLE, id="the same clothes are no proof"),
        pytest.param(By.APPEARANCE, 0.99, 8, Says.POSSIBLE, id="the same clothes, few compared"),
        pytest.param(By.APPEARANCE, 0.99, 9, Says.WEAK, id="the same clothes, some compared"),
        pytest.param(By.APPEARANCE, 0.75, 1, Says.POSSIBLE, id="like clothes, one compared"),
        pytest.param(By.APPEARANCE, 0.75, 100, Says.WEAK, id="clothes of many"),
        pytest.param(By.APPEARANCE, 0.60, 1, Says.WEAK, id="clothes a little alike"),
        pytest.param(By.APPEARANCE, 0.50, 1, None, id="clothes of nearly everybody"),
        pytest.param(By.APPEARANCE, 0.40, 1, None, id="other clothes"),
    ],
)
def test_what_is_said(by: By, likeness: float, n: int, expected: Says | None) -> None:
    others = [known(str(1000 + k), pointing(2)) for k in range(n - 1)]
    best = gallery(by, [known("12", like(likeness)), *others]).best(pointing(0))
    assert [one.says for one in best] == ([] if expected is None else [expected])


def test_clothes_say_what_was_measured_on_photos_and_are_never_likely() -> None:
    for likeness in np.linspace(-1, 1, 201).tolist():
        chance = APPEARANCE_SCALE.chance(likeness, 1)
        assert APPEARANCE_SCALE.says(chance) is not Says.LIKELY
        if likeness >= APPEARANCE_SCALE.likeness[0]:
            [log_ratio] = PHOTOS.log_ratio(np.array([likeness], np.float32))
            assert chance == pytest.approx(math.exp(-log_ratio), rel=1e-4)


SOMEBODY, ALIKE, OTHER = pointing(0), like(OTHER_FACE + 0.01), like(OTHER_FACE - 0.01)


@pytest.mark.parametrize(
    ("vectors", "qualities", "expected"),
    [
        pytest.param([SOMEBODY], [1], None, id="one picture"),
        pytest.param([SOMEBODY, ALIKE], [1, 1], None, id="alike enough"),
        pytest.param([SOMEBODY, OTHER], [1, 1], (1, 0), id="of two the second"),
        pytest.param([OTHER, SOMEBODY, SOMEBODY], [1, 1, 1], (0, 1), id="one of three, the first"),
        pytest.param([SOMEBODY, SOMEBODY, OTHER], [0.5, 0.5, 1], (2, 0), id="many, not the best"),
        pytest.param([SOMEBODY, OTHER], [1, 0.3], None, id="a poor face is no stranger"),
        pytest.param([OTHER, SOMEBODY], [0.3, 1], None, id="a poor face names none"),
        pytest.param([OTHER, OTHER, SOMEBODY, SOMEBODY], [0.1, 0.1, 1, 1], None, id="poor ones"),
        pytest.param([], [], None, id="nothing"),
    ],
)
def test_whose_face_is_another_persons(
    vectors: list[Floats], qualities: list[float], expected: tuple[int, int] | None
) -> None:
    templates = [FaceTemplate(v, q) for v, q in zip(vectors, qualities, strict=True)]
    assert stranger(templates) == expected


@pytest.mark.parametrize("scale", [FACE_SCALE, APPEARANCE_SCALE], ids=["face", "appearance"])
def test_scales_fall(scale: object) -> None:
    assert scale in (FACE_SCALE, APPEARANCE_SCALE)
    one = FACE_SCALE if scale is FACE_SCALE else APPEARANCE_SCALE
    assert list(one.likeness) == sorted(one.likeness)
    assert list(one.others) == sorted(one.others, reverse=True)
    assert one.chance(1.0, 1) == pytest.approx(one.others[-1]), "no more than was measured"
    assert one.chance(one.likeness[0], 10) == pytest.approx(10 * one.others[0])


def test_the_best_three_in_order() -> None:
    templates = [known(str(n), like(0.93 + n / 100)) for n in range(6)]
    best = gallery(By.FACE, templates).best(pointing(0))
    assert [one.bib for one in best] == ["5", "4", "3"]


def test_templates_of_one_runner_are_one() -> None:
    templates = [
        known("12", like(0.95)), known("12", like(0.99)), known("7", like(0.96)),
        known("7", like(0.98), person=3), known(None, like(0.97), person=4),
    ]  # fmt: skip
    best = gallery(By.FACE, templates).best(pointing(0))
    assert [(one.bib, one.person, one.name) for one in best] == [
        ("7", 3, "person 3"), ("12", None, None), (None, 4, "person 4"),
    ]  # fmt: skip


def test_nobody_to_compare() -> None:
    empty: tuple[Match, ...] = ()
    assert gallery(By.FACE, []).best(pointing(0)) == empty


def test_templates_that_cancel_each_other_out() -> None:
    with pytest.raises(ValueError, match="12"):
        gallery(By.FACE, [known("12", pointing(0)), known("12", -pointing(0))])
