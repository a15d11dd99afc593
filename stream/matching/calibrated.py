"""What the shipped models' scores say, measured on drawn runners and on faces.

The appearance's corners come from the seeds 5, 6 and 7 (1,000 runners each, two cameras, a quarter
of them in teams' clothes): `fit_calibration` of one camera's tracks against those of the other.
`python -m stream.calibrate_matching` prints them anew.

The face's corners come from people of whom `finishline evaluate faces` has no figure in the README:
pairs of one person from the labelled portraits of deepface's test set (9 persons, at most 6 pairs
of each), shrunk to faces of 30 to 60 px, and pairs of two from neighbours in race photos (spotted
athletes, runners, Casablanca and others, 615 pairs). Portraits look into the camera more than
runners do: RBNR's pairs showed that what speaks against a runner said too much, and it was cut at
-2. They had no other part in it: 26 of their 50 pairs of one runner lie where it says more than 3,
and none of 498 of two.
`python -m stream.calibrate_matching --portraits PAIRS.csv --neighbours COCO.json` prints them anew.
"""

from __future__ import annotations

from typing import Final

from stream.matching.calibration import Calibration

APPEARANCE: Final = Calibration(
    model="stripes-1",
    scores=(-0.07, 0.204, 0.283, 0.364, 0.489, 0.619, 0.672, 0.705, 0.731, 0.752, 0.769, 0.784,
            0.797, 0.814, 0.83, 0.838, 0.847, 0.856, 0.868, 0.881, 0.89, 0.898, 0.906, 0.916, 0.929,
            0.949),
    log_ratios=(-8.47, -4.61, -3.32, -2.39, 0.11, 2.13, 3.18, 3.88, 4.24, 4.94, 5.12, 5.43, 5.91,
                6.36, 6.78, 7.02, 7.04, 7.57, 7.76, 8.35, 8.63, 8.72, 9.14, 9.6, 11.33, 12.43),
)  # fmt: skip

FACE: Final = Calibration(
    model="dlib",
    scores=(0.8660, 0.9097, 0.9235, 0.9365, 0.9430, 0.9442, 0.9498, 0.9553, 0.9685),
    log_ratios=(-2.0, -1.51, 0.83, 1.80, 2.03, 2.88, 3.20, 3.50, 4.09),
)  # fmt: skip
