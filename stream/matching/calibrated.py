"""What the shipped models' scores say, measured on drawn runners.

The appearance's corners come from the seeds 5, 6 and 7 (300 runners each, two cameras, a quarter of
them in teams' clothes): `fit_calibration` of the tracks of one camera against those of the other.
`python -m stream.calibrate_matching` prints them anew.
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
