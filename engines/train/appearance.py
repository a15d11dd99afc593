"""Learns what of a description tells runners apart: `python -m engines.train.appearance`.

Within-class whitening and then the directions in which runners differ most (linear discriminant
analysis). Everything it learns from is drawn; no picture of a real person is in the model.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.appearance.description import describe
from engines.appearance.embedder import SHIPPED
from engines.simulate.sightings import SightingSettings, draw_sightings
from engines.types import Floats

NAME: Final = "stripes-1"
SEEDS: Final = (2, 3, 4)
"""Two cameras each; calibrations and figures use other seeds."""
RUNNERS: Final = 300
DIMENSIONS: Final = 64
_SHRINK: Final = 0.3
"""How far the spread within runners is drawn to a round one: simulated pose and light are not the
whole truth. 0.2 to 0.5 measured the same on simulated and on real photos."""


def learn_projection(
    descriptions: Floats, runners: NDArray[np.intp], dimensions: int = DIMENSIONS
) -> tuple[Floats, Floats]:
    """Learns mean and projection.

    Args:
        descriptions: float32 ``[N, L]``.
        runners: int ``[N]``, whose each is, numbered from 0 without gaps; each has several.
        dimensions: of the result, at most L.

    Returns:
        float32 ``[L]`` and ``[L, dimensions]``.
    """
    mean = descriptions.mean(0)
    n = np.bincount(runners)
    middles = np.zeros((len(n), descriptions.shape[1]))
    np.add.at(middles, runners, descriptions)
    middles /= n[:, None]
    off = descriptions - middles[runners]
    within = off.T @ off / len(off)
    size = len(within)
    within = (1 - _SHRINK) * within + _SHRINK * np.trace(within) / size * np.eye(size)
    values, axes = np.linalg.eigh(within)
    white = axes / np.sqrt(values)
    _, apart = np.linalg.eigh(white.T @ np.cov(middles.T) @ white)
    kept = white @ apart[:, ::-1][:, :dimensions]
    return mean.astype(np.float32), kept.astype(np.float32)


def main() -> None:
    """Draws runners, learns and writes the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=SHIPPED, metavar="NPZ")
    out: Path = parser.parse_args().out
    descriptions, runners = [], []
    for place, seed in enumerate(SEEDS):
        for crop in draw_sightings(SightingSettings(runners=RUNNERS, seed=seed)):
            descriptions.append(describe(crop.image, crop.bib))
            runners.append(place * RUNNERS + crop.runner)
    mean, projection = learn_projection(np.stack(descriptions), np.array(runners, np.intp))
    np.savez(out, name=NAME, mean=mean, projection=projection)
    print(f"{out}: {NAME}, {len(descriptions)} crops of {len(SEEDS) * RUNNERS} drawn runners")


if __name__ == "__main__":
    main()
