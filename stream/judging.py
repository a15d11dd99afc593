"""Whether a look counts, and how much: size, sharpness, and what its number's place tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engines.types import Box, Finding
from stream.types import Look, Reason
from stream.voting import Vote


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """What makes a look legible.

    Attributes:
        min_number_px: height of the number line below which a look does not count.
        full_number_px: height from which size takes no weight away.
        min_sharpness: below this a look does not count; see `engines.types.Finding`.
        full_sharpness: from here blur takes no weight away.
        least_weight: weight of the smallest or most blurred look that still counts.
        edge_px: a number line nearer than this to the side of the picture is cut off.
        off_centre_characters: standard deviation of how far a whole number's centre is from its
            bib's, doubled, in widths of a character; measured bibs and boxes are not exact.
    """

    min_number_px: float = 10.0
    full_number_px: float = 24.0
    min_sharpness: float = 0.12
    full_sharpness: float = 0.5
    least_weight: float = 0.1
    edge_px: float = 2.0
    off_centre_characters: float = 0.5


def judge(
    look: Look, finding: Finding, size: tuple[int, int], settings: JudgeSettings
) -> Vote | Reason:
    """Turn what came of a look into a vote, or say why it does not count.

    Args:
        size: width and height of the look's picture, pixels.
    """
    number, reading = finding.number, finding.reading
    if number is None or reading is None:
        return Reason.NO_NUMBER
    tall = number[3] - number[1]
    if tall < settings.min_number_px:
        return Reason.TOO_SMALL
    if finding.sharpness < settings.min_sharpness:
        return Reason.BLURRED
    if number[0] < settings.edge_px or number[2] > size[0] - settings.edge_px:
        return Reason.CUT_OFF
    if not reading.text:
        return Reason.UNREAD
    bib = finding.bib or look.bib
    left, right = (0.0, 0.0) if bib is None else hidden(number, bib, len(reading.text), settings)
    least = settings.least_weight
    by_size = _ramp(tall, settings.min_number_px, settings.full_number_px, least)
    by_blur = _ramp(finding.sharpness, settings.min_sharpness, settings.full_sharpness, least)
    return Vote(
        look.frame_index, look.capture_utc_ns, reading, max(by_size * by_blur, least), left, right
    )


def hidden(
    number: Box, bib: Box, n_characters: int, settings: JudgeSettings
) -> tuple[float, float]:
    """Log-likelihood ratios that a character is hidden on the left, on the right of a number.

    A number stands in the middle of its bib. What is left of one whose last character is
    covered stands to the left of the middle by half a character, and the gap on the right is
    larger than the one on the left by a whole one. Where the bib itself is cut, the number
    reaches to the bib's edge on that side instead. A line as wide as the bib was not found but
    taken to be the bib's middle; it tells nothing.
    """
    if number[2] - number[0] > 0.97 * (bib[2] - bib[0]):
        return 0.0, 0.0
    character = max(number[2] - number[0], 1.0) / max(n_characters, 1)
    gap_left = (number[0] - bib[0]) / character
    gap_right = (bib[2] - number[2]) / character
    return (
        _hidden_side(gap_left, gap_right, settings.off_centre_characters),
        _hidden_side(gap_right, gap_left, settings.off_centre_characters),
    )


def _hidden_side(gap: float, other: float, spread: float) -> float:
    """The ratio for the side with `gap`, both gaps in characters."""
    off = gap - other
    by_centre = (2 * off - 1) / (2 * spread**2)
    by_edge = 2.0 if gap < 0.1 and other > 0.5 else -1.0
    # Little is proved by a number in the middle: where both boxes are cut alike, it is there too.
    return float(np.clip(max(by_centre, by_edge), -1.0, 3.0))


def _ramp(value: float, low: float, high: float, least: float) -> float:
    """`least` at `low`, 1 from `high` on, straight between."""
    return float(np.interp(value, [low, high], [least, 1.0]))
