"""What is out of focus, and what the boxes in it still say."""

import numpy as np
import pytest

from engines.train.defocus import SIGMA, STILL_SEEN, defocus
from engines.train.pictures import Labels
from engines.types import Kind

HEIGHT, WIDTH = 400, 300
TINY = SIGMA[0] * HEIGHT / STILL_SEEN - 2
"""A person of this height cannot be told even where the blur is least."""
LARGE = SIGMA[1] * HEIGHT / STILL_SEEN + 2
"""One of this height is seen where it is greatest."""


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    ("kind", "tall", "at", "vague"),
    [
        pytest.param(Kind.PERSON, TINY, 0.1, True, id="far away behind"),
        pytest.param(Kind.PERSON, TINY, 0.75, True, id="far away in front"),
        pytest.param(Kind.PERSON, LARGE, 0.1, False, id="large enough to be seen"),
        pytest.param(Kind.BIB, LARGE, 0.1, True, id="a bib behind"),
        pytest.param(Kind.NUMBER, 20.0, 0.9, True, id="a number in front"),
    ],
)
def test_what_is_vague_is_ignored(
    kind: Kind, tall: float, at: float, vague: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    canvas = rng.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    sharp = canvas.copy()
    top = at * HEIGHT
    labels = defocus(canvas, Labels.of([(50, top, 90, top + tall, int(kind), False)]), rng)
    changed = (canvas != sharp).any(2).any(1)
    line = int(np.flatnonzero(changed).max()) + 1
    behind = (top + tall / 2) < line
    assert canvas[: line // 2].std() < 0.8 * sharp[: line // 2].std()
    assert (canvas[line:] == sharp[line:]).all()
    assert bool(labels.ignored[0]) is (vague and behind)
    assert labels.boxes.tolist() == [[50, pytest.approx(top), 90, pytest.approx(top + tall)]]
