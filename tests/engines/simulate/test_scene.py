"""Training scenes: boxes that a detector can be taught with."""

from __future__ import annotations

import numpy as np
import pytest

from engines.simulate.scene import Scene, scene
from engines.types import Kind


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [scene(np.random.default_rng(seed), 320, 192) for seed in range(8)]


def test_the_same_generator_gives_the_same_scene(scenes: list[Scene]) -> None:
    again = scene(np.random.default_rng(2), 320, 192)
    assert np.array_equal(again.image, scenes[2].image)
    assert np.array_equal(again.boxes, scenes[2].boxes)


def test_boxes_lie_in_the_picture(scenes: list[Scene]) -> None:
    for one in scenes:
        assert one.image.shape == (192, 320, 3)
        assert len(one.boxes) == len(one.kinds) == len(one.texts)
        assert (one.boxes[:, :2] >= 0).all()
        assert (one.boxes[:, 2] <= 320).all() and (one.boxes[:, 3] <= 192).all()
        assert (one.boxes[:, 2:] > one.boxes[:, :2]).all()


def test_all_kinds_occur_and_only_numbers_have_a_text(scenes: list[Scene]) -> None:
    kinds = np.concatenate([one.kinds for one in scenes])
    assert set(kinds.tolist()) == {int(kind) for kind in Kind}
    for one in scenes:
        for kind, text in zip(one.kinds, one.texts, strict=True):
            assert bool(text) == (kind == Kind.NUMBER)


def test_every_number_lies_in_a_bib_and_every_bib_on_a_person(scenes: list[Scene]) -> None:
    for one in scenes:
        for inner, outer in ((Kind.NUMBER, Kind.BIB), (Kind.BIB, Kind.PERSON)):
            hosts = one.boxes[one.kinds == outer]
            for x0, y0, x1, y1 in one.boxes[one.kinds == inner]:
                cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
                inside = (hosts[:, 0] <= cx) & (cx <= hosts[:, 2])
                inside &= (hosts[:, 1] <= cy) & (cy <= hosts[:, 3])
                assert inside.any(), f"a {inner.name.lower()} outside every {outer.name.lower()}"
