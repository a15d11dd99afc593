"""Who looks at faces, and what of a head is kept."""

from __future__ import annotations

import numpy as np
import pytest

from engines.faces.port import FaceCrop
from engines.types import Box, Image
from stream.identity.face_sight import FaceSight
from tests.stream.identity.face_fakes import MODEL, FakeFaces

PICTURE: Image = np.zeros((100, 80, 3), np.uint8)
WHOLE: Box = (0.0, 0.0, 80.0, 100.0)


@pytest.mark.parametrize(
    ("face", "head"),
    [
        pytest.param((30, 40, 50, 60), (32, 30), id="a little round it, most above"),
        pytest.param((0, 0, 20, 20), (24, 25), id="as far as the picture goes"),
        pytest.param((90, 110, 95, 115), (1, 1), id="beyond the picture"),
    ],
)
def test_what_is_kept_of_a_head(
    face: tuple[float, float, float, float], head: tuple[int, int]
) -> None:
    eyes = FaceSight(MODEL, FakeFaces(), lambda image, person: FaceCrop(image, face))
    [seen] = eyes.look([(PICTURE, WHOLE)])
    assert seen is not None
    assert seen.head.shape[:2] == head


def test_answers_stand_in_the_order_of_the_pictures() -> None:
    wide: Image = np.zeros((50, 200, 3), np.uint8)

    def find(image: Image, person: Box) -> FaceCrop | None:
        return None if image.shape[1] == 80 else FaceCrop(image, person)

    eyes = FaceSight(MODEL, FakeFaces(), find)
    box = (10.0, 10.0, 30.0, 30.0)
    seen = eyes.look([(PICTURE, box), (wide, box), (PICTURE, box)])
    assert [one is not None for one in seen] == [False, True, False]
    assert eyes.look([]) == []
