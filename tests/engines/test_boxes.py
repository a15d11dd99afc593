from __future__ import annotations

import pytest

from engines.boxes import holds
from engines.types import Box


@pytest.mark.parametrize(
    ("situation", "number", "yes"),
    [
        ("inside", (20, 20, 60, 30), True),
        ("larger, but in the middle", (-20, -20, 120, 120), True),
        ("its centre on the edge", (60, 20, 140, 30), True),
        ("its centre just outside", (61, 20, 141, 30), False),
        ("below", (20, 90, 60, 130), False),
    ],
)
def test_a_bib_holds_the_number_whose_centre_lies_in_it(
    situation: str, number: Box, yes: bool
) -> None:
    assert holds((0, 0, 100, 100), number) is yes, situation
