"""Measures what likeness says: `python -m stream.calibrate_matching` prints the shipped figures.

Runners are drawn as two cameras see them; a pair is a track of one camera and a track of the other.
Photos and faces need pictures of people: see `stream.calibrate_photos`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from engines.appearance import Appearance, AppearanceEmbedder, combined, load_appearance_embedder
from engines.appearance.embedder import SHIPPED
from engines.simulate.sightings import SightingSettings, draw_sightings
from engines.types import Floats
from stream.calibrate_photos import calibrate_photos
from stream.matching import Calibration, fit_calibration
from stream.matching.calibrated import FACE
from stream.store.templates import TemplateKind

SEEDS: Final = (5, 6, 7)
"""Neither the embedder's own nor those of figures."""
RUNNERS: Final = 1000


def calibrate(
    embedder: AppearanceEmbedder, seeds: Sequence[int] = SEEDS, runners: int = RUNNERS
) -> Calibration:
    """What the embedder's scores say, measured on drawn runners.

    Args:
        embedder: of crops.
        seeds: who the runners are; one race each.
        runners: of each race.

    Raises:
        ValueError: fewer than 50 runners in all.
    """
    same, different = [], []
    for seed in seeds:
        scores = _scores(embedder, SightingSettings(runners=runners, seed=seed))
        own = np.eye(runners, dtype=np.bool_)
        same.append(scores[own])
        different.append(scores[~own])
    return fit_calibration(embedder.name, np.concatenate(same), np.concatenate(different))


def _scores(embedder: AppearanceEmbedder, settings: SightingSettings) -> Floats:
    """Likeness of each track of the first camera to each of the second, ``[runners, runners]``."""
    seen: list[list[list[Appearance]]] = [[[] for _ in range(settings.runners)] for _ in range(2)]
    for crop in draw_sightings(settings):
        seen[crop.camera][crop.runner].append(embedder.embed(crop.image, crop.bib))
    tracks = [np.stack([combined(frames).vector for frames in camera]) for camera in seen]
    return np.asarray(tracks[0] @ tracks[1].T, np.float32)


def _print(measured: Calibration) -> None:
    print(f"model={measured.model!r}")
    print(f"scores={tuple(round(one, 4) for one in measured.scores)}")
    print(f"log_ratios={tuple(round(one, 2) for one in measured.log_ratios)}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print.

    Args:
        arguments: those of the command line if None.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", type=Path, metavar="NPZ", help="of clothes; else the shipped one"
    )
    parser.add_argument(
        "--photos",
        type=Path,
        nargs="+",
        metavar="RACE",
        help="tagged and matched race folders, one day each: measure in their photos instead",
    )
    parser.add_argument("--faces", action="store_true", help="of those photos, faces")
    options = parser.parse_args(arguments)
    if options.faces and options.photos is None:
        parser.error("--faces are measured in --photos")
    if options.faces and options.model is not None:
        parser.error("--model is of clothes; --faces need none")
    if options.faces:
        kind, model = TemplateKind.FACE, FACE.model
    else:
        embedder = load_appearance_embedder(options.model or SHIPPED)
        if options.photos is None:
            _print(calibrate(embedder))
            return
        kind, model = TemplateKind.APPEARANCE, embedder.name
    measured, pairs = calibrate_photos(options.photos, kind, model)
    print(f"# {len(pairs.same)} pairs of one bib, {len(pairs.different)} of two")
    _print(measured)


if __name__ == "__main__":
    main()
