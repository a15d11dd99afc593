"""What lies beside a number and over it."""

import numpy as np
import pytest

pytest.importorskip("torch")

from engines.train.bib_reader.around import LEAST_SEEN, beside, partly_covered, with_neighbour
from engines.train.bib_reader.stock import NumberLine
from tests.engines.train.bib_reader.lines import line


def test_beside_the_number_there_is_none() -> None:
    other = beside(line())
    assert other.text == ""
    assert other.box[3] <= 85 or other.box[1] >= 115


@pytest.mark.parametrize("seed", range(12))
def test_what_is_covered_is_not_in_the_text(seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole = NumberLine.of(line().levels[0], (60, 85, 150, 115), "123", (60, 90, 120, 150))
    part = partly_covered(whole, rng)
    n = len(part.text)
    assert n in (1, 2, 3)
    assert "123".startswith(part.text) or "123".endswith(part.text)
    dark = (part.levels[0][100, :, 0] == 0).nonzero()[0]
    # A character counts of which enough is seen; the edge of what covers it leans.
    assert 30 * (n - 1 + LEAST_SEEN) - 8 <= len(dark) <= 30 * (n + LEAST_SEEN) + 8
    assert dark.min() == 60 or dark.max() == 149
    assert part.box[0] <= dark.min() + 8 and part.box[2] >= dark.max() - 8


@pytest.mark.parametrize("with_cloth", [False, True])
def test_a_neighbour_leaves_the_characters_alone(with_cloth: bool) -> None:
    rng = np.random.default_rng(7)
    cloths = [rng.integers(0, 256, (60, 40, 3), np.uint8)] if with_cloth else []
    first, changed = line(), 0
    for _ in range(40):
        made = with_neighbour(first, cloths, rng)
        assert (made.text, made.box) == (first.text, first.box)
        other = (made.levels[0] != first.levels[0]).any(axis=2)
        # What leans may touch a corner of the first or last character.
        assert max(other[85:115, 60:90].mean(), other[85:115, 120:150].mean()) <= 0.05
        assert not other[85:115, 90:120].any()
        changed += bool(other[85:115, 30:180].any())
    assert changed > 30
