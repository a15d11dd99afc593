"""What can be seen of people who stand in front of each other."""

from __future__ import annotations

import numpy as np
import pytest

from engines.simulate.compose import Placed, Screen, Sight, draw, sights
from engines.simulate.parts import Part
from engines.simulate.sprite import Sprite

WIDTH, HEIGHT = 100, 80


def block(x: float, ground: float, z: float, factor: float = 1.0) -> Placed:
    """A red block of 20x40 with a bib of 10x10 in its middle, standing at (x, ground)."""
    parts = np.full((40, 20), Part.BODY, np.uint8)
    parts[15:25, 5:15] = Part.BIB
    rgba = np.zeros((40, 20, 4), np.uint8)
    rgba[..., 0], rgba[..., 3] = 200, 255
    sprite = Sprite(
        (rgba,), parts, (10.0, 40.0), 20.0, (0.0, 0.0, 20.0, 40.0), (5.0, 15.0, 15.0, 25.0),
        None, None, (100.0, 0.0, 0.0),
    )  # fmt: skip
    return Placed(sprite, (x, ground), 20.0 * factor, 0.0, z)


def seen(*everyone: Placed, screens: tuple[Screen, ...] = ()) -> list[Sight | None]:
    return sights(everyone, screens, WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("situation", "everyone", "person", "body_share", "bib_share"),
    [
        ("alone", [block(50, 60, 9)], (40, 20, 60, 60), 1.0, 1.0),
        ("cut off by the lower edge", [block(50, 100, 9)], (40, 60, 60, 80), 1.0, 0.5),
        ("cut off on the left", [block(0, 60, 9)], (0, 20, 10, 60), 1.0, 0.5),
        ("twice as large", [block(50, 80, 9, 2.0)], (30, 0, 70, 80), 1.0, 1.0),
        ("behind another's right half", [block(50, 60, 9), block(60, 60, 8)],
         (40, 20, 50, 60), 0.5, 0.5),
        ("in front of another", [block(50, 60, 7), block(60, 60, 8)], (40, 20, 60, 60), 1.0, 1.0),
    ],
)  # fmt: skip
def test_shares_and_boxes(
    situation: str,
    everyone: list[Placed],
    person: tuple[float, ...],
    body_share: float,
    bib_share: float,
) -> None:
    first = seen(*everyone)[0]
    assert first is not None, situation
    assert first.person == pytest.approx(person, abs=1)
    assert first.body_share == pytest.approx(body_share, abs=0.06)
    assert first.bib_share == pytest.approx(bib_share, abs=0.1)


def test_who_is_outside_or_wholly_hidden_is_not_seen() -> None:
    wall = Screen(5.0, 0.0, np.ones((HEIGHT, WIDTH), np.bool_))
    assert seen(block(300, 60, 9)) == [None]
    assert seen(block(50, 60, 9), block(50, 60, 8))[0] is None
    assert seen(block(50, 60, 9), screens=(wall,)) == [None]
    assert seen(block(50, 60, 4), screens=(wall,))[0] is not None


def test_the_drawn_block_lies_where_its_box_says() -> None:
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    placed = block(50, 60, 9)
    draw(frame, placed, (), 0.0)
    rows, columns = np.nonzero(frame[..., 0] > 100)
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert box == pytest.approx((40, 20, 60, 60), abs=1)
