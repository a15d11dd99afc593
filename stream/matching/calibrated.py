"""What the shipped models' scores say, measured on drawn runners and on faces.

The appearance's corners come from the seeds 5, 6 and 7 (300 runners each, two cameras, a quarter of
them in teams' clothes): `fit_calibration` of the tracks of one camera against those of the other.
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
    scores=(-0.028, 0.372, 0.504, 0.643, 0.688, 0.72, 0.744, 0.762, 0.775, 0.789, 0.809, 0.833,
            0.855, 0.865, 0.878, 0.894, 0.917, 0.948),
    log_ratios=(-7.41, -3.22, 0.25, 2.6, 3.03, 3.76, 4.01, 4.65, 4.77, 4.94, 5.16, 5.64, 6.16,
                6.61, 6.91, 7.0, 7.75, 8.94),
)  # fmt: skip

FACE: Final = Calibration(
    model="dlib",
    scores=(0.8660, 0.9097, 0.9235, 0.9365, 0.9430, 0.9442, 0.9498, 0.9553, 0.9685),
    log_ratios=(-2.0, -1.51, 0.83, 1.80, 2.03, 2.88, 3.20, 3.50, 4.09),
)  # fmt: skip
