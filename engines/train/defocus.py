"""Puts the background of a scene out of focus, as a long lens does behind the finish line.

What is blurred there, doors, shop windows, bins and signs, is narrow and upright like people and
has no edge left to tell it from them. Nobody can say of it who is a person, so small people in it
are neither examples nor counterexamples; everything else in it is a counterexample.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.train.pictures import Labels
from engines.types import Kind

SIGMA: Final = (0.003, 0.012)
"""Standard deviation of the blur over the height of the canvas, least and greatest."""

STILL_SEEN: Final = 0.02
"""A person is one as long as the blur is less than this share of its height."""

_WHOLE: Final = 0.35
"""How often all of the scene is out of focus; else what is above some line."""

_DEPTH: Final = (0.2, 0.75)
"""Where that line is, as a share of the canvas' height."""


def defocus(canvas: NDArray[np.uint8], labels: Labels, rng: np.random.Generator) -> Labels:
    """Blurs `canvas` (changed) from its top down to some line and returns the boxes.

    Args:
        canvas: RGB [height, width, 3].
        labels: boxes of the scene.
        rng: source of every choice.
    """
    height = canvas.shape[0]
    sigma = height * float(np.exp(rng.uniform(*np.log(SIGMA))))
    line = height if rng.random() < _WHOLE else round(height * rng.uniform(*_DEPTH))
    canvas[:line] = cv2.GaussianBlur(canvas[:line], (0, 0), sigma)
    boxes = labels.boxes
    inside = (boxes[:, 1] + boxes[:, 3]) / 2 < line
    vague = sigma > STILL_SEEN * (boxes[:, 3] - boxes[:, 1])
    vague |= labels.kinds != Kind.PERSON
    return Labels(boxes, labels.kinds, labels.ignored | (inside & vague))
