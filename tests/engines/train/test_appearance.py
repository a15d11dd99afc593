from __future__ import annotations

import numpy as np

from engines.train.appearance import learn_projection


def test_what_tells_runners_apart_is_kept_and_what_changes_is_not() -> None:
    rng = np.random.default_rng(1)
    runners = np.repeat(np.arange(100), 4)
    who, pose = rng.normal(0, 1, 100)[runners], rng.normal(0, 5, 400)
    other = rng.normal(0, 0.1, (400, 2))
    described = np.column_stack((who, pose, other)).astype(np.float32)
    mean, projection = learn_projection(described, runners, 1)
    assert np.allclose(mean, described.mean(0), atol=1e-6)
    [kept] = projection.T
    assert abs(kept[0]) > 10 * abs(kept[1])
