"""What the shipped models' scores say, measured on drawn runners and on photos.

The appearance's corners come from the seeds 5, 6 and 7 (1,000 runners each, two cameras, a quarter
of them in teams' clothes): `fit_calibration` of one camera's tracks against those of the other.
`python -m stream.calibrate_matching` prints them anew.

In photos clothes say far less: other light, another side, a jacket on or off, shirts of a club.
Where the drawn runners' corners call one runner 800 times likelier, photos bear out 8 times. The
corners of `PHOTOS` come from 519 photos of three days, two of a raid and one of a road race, none
of which is in a figure: runners whose bibs were read, each against each (246 pairs of one bib,
46,510 of two). So do the face's, from the faces that count in full (139 and 27,496 pairs).
`python -m stream.calibrate_matching --photos RACE...`, for faces with `--faces`, prints them anew.

RBNR, of which figures are, had no part in either, and agrees: clothes from .9 on say 5 there (4 to
5 on those days), faces from .96 on 8 (9).
"""

from __future__ import annotations

from typing import Final

from stream.matching.calibration import Calibration
from stream.matching.match import Calibrations

APPEARANCE: Final = Calibration(
    model="stripes-1",
    scores=(-0.07, 0.204, 0.283, 0.364, 0.489, 0.619, 0.672, 0.705, 0.731, 0.752, 0.769, 0.784,
            0.797, 0.814, 0.83, 0.838, 0.847, 0.856, 0.868, 0.881, 0.89, 0.898, 0.906, 0.916, 0.929,
            0.949),
    log_ratios=(-8.47, -4.61, -3.32, -2.39, 0.11, 2.13, 3.18, 3.88, 4.24, 4.94, 5.12, 5.43, 5.91,
                6.36, 6.78, 7.02, 7.04, 7.57, 7.76, 8.35, 8.63, 8.72, 9.14, 9.6, 11.33, 12.43),
)  # fmt: skip

PHOTOS: Final = Calibration(
    model="stripes-1",
    scores=(-0.078, 0.109, 0.237, 0.286, 0.356, 0.434, 0.453, 0.495, 0.547, 0.585, 0.629, 0.669,
            0.701, 0.736, 0.771, 0.805, 0.853, 0.916),
    log_ratios=(-0.93, -0.81, -0.66, -0.32, 0.04, 0.31, 0.33, 0.51, 0.77, 0.83, 0.88, 1.41,
                1.53, 1.65, 2.09, 2.19, 2.39, 3.55),
)  # fmt: skip

FACE: Final = Calibration(
    model="dlib",
    scores=(0.8281, 0.8646, 0.8846, 0.8936, 0.8995, 0.9021, 0.9061, 0.9129, 0.9199, 0.9247,
            0.9295, 0.9342, 0.9383, 0.941, 0.9432, 0.9465, 0.9516, 0.9666),
    log_ratios=(-1.54, -1.46, -0.85, -0.59, -0.36, 0.1, 0.1, 0.3, 1.35, 2.55, 3.04, 3.61, 4.79,
                4.84, 5.65, 6.24, 6.47, 9.17),
)  # fmt: skip


def shipped(*, faces: bool = False) -> Calibrations:
    """The shipped models' calibrations.

    Args:
        faces: whether faces count.
    """
    return Calibrations(APPEARANCE, FACE if faces else None, PHOTOS)
