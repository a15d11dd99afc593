"""Whether a look counts, and how much: size, sharpness, and what its number's place tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engines.types import Box, Finding
from stream.hiding import hidden_by_centres, pitch_of
from stream.outlines import Outline
from stream.types import Look, Reason
from stream.votes import Vote


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
            bib's, doubled, in widths of a character; measured bibs and boxes are not exact. Used
            where the reader does not tell where it saw the characters, `OffCentre` where it does.
        middle_proof: how much it proves there, as a natural logarithm, that nothing is hidden when
            a number stands in the middle of its bib. Little: where both boxes are cut alike, or the
            bib is folded, it is there too.
        usual_room: room in the number's box beside the centre of its outermost character, in
            pitches of its characters, from which another character seems to stand there unread;
            where no bib was found.
        outside_weight: what a look weighs, as a share, whose outermost character has its centre
            outside the number's box: the edge of a bib and pins are read as 1.
    """

    min_number_px: float = 10.0
    full_number_px: float = 24.0
    min_sharpness: float = 0.12
    full_sharpness: float = 0.5
    least_weight: float = 0.1
    edge_px: float = 2.0
    off_centre_characters: float = 0.5
    middle_proof: float = 0.8
    usual_room: float = 2.0
    outside_weight: float = 0.3


def judge(
    look: Look,
    finding: Finding,
    size: tuple[int, int],
    settings: JudgeSettings,
    usual: Outline | None = None,
) -> Vote | Reason:
    """Turn what came of a look into a vote, or say why it does not count.

    Args:
        size: width and height of the look's picture, pixels.
        usual: what the race's bibs look like to the camera; None where that is unknown.
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
    least = settings.least_weight
    by_size = _ramp(tall, settings.min_number_px, settings.full_number_px, least)
    by_blur = _ramp(finding.sharpness, settings.min_sharpness, settings.full_sharpness, least)
    weight = by_size * by_blur
    bib = finding.bib or look.bib
    is_band = bib is not None and _is_band(number, bib)
    room = None if is_band else rooms(number, finding.centres)
    if room is not None and min(room) < 0:
        weight *= settings.outside_weight
    weight = max(weight, least)
    if bib is None:
        left, right = (0.0, 0.0) if room is None else _by_rooms(room, settings)
    elif is_band or not finding.centres:
        left, right = hidden(number, bib, len(reading.text), settings)
    else:
        left, right = hidden_by_centres(number, bib, finding.centres, usual)
    return Vote(
        look.frame_index,
        look.capture_utc_ns,
        reading,
        weight,
        left,
        right,
        look.view,
        finding.second,
    )


def outlined(look: Look, finding: Finding) -> Box | None:
    """The bib round a number as it was found, pixels; None where it was not, or where the line was
    taken to be all of its width."""
    bib, number = finding.bib or look.bib, finding.number
    return None if bib is None or number is None or _is_band(number, bib) else bib


def rooms(number: Box, centres: Sequence[float]) -> tuple[float, float] | None:
    """Room left and right of the outermost characters' centres in a number's box.

    In pitches, which are the mean distance of two characters, or of a single one taken from its
    height; half a pitch is usual, negative where a character stands outside the box. None where
    the reader does not tell where it saw them.
    """
    if not centres:
        return None
    pitch = pitch_of(number, centres)
    return (centres[0] - number[0]) / pitch, (number[2] - centres[-1]) / pitch


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
    if _is_band(number, bib):
        return 0.0, 0.0
    character = max(number[2] - number[0], 1.0) / max(n_characters, 1)
    gap_left = (number[0] - bib[0]) / character
    gap_right = (bib[2] - number[2]) / character
    return (
        _hidden_side(gap_left, gap_right, settings),
        _hidden_side(gap_right, gap_left, settings),
    )


def _is_band(number: Box, bib: Box) -> bool:
    """Whether the line was not found but taken to be the bib's middle."""
    return number[2] - number[0] > 0.97 * (bib[2] - bib[0])


def _by_rooms(room: tuple[float, float], settings: JudgeSettings) -> tuple[float, float]:
    """The ratios for the sides with that room, in pitches, where there is no bib: never for
    nothing being hidden."""
    left, right = np.clip(1.5 * (np.array(room) - settings.usual_room), 0.0, 2.5).tolist()
    return left, right


def _hidden_side(gap: float, other: float, settings: JudgeSettings) -> float:
    """The ratio for the side with `gap`, both gaps in characters."""
    off = gap - other
    by_centre = (2 * off - 1) / (2 * settings.off_centre_characters**2)
    by_edge = 2.0 if gap < 0.1 and other > 0.5 else -settings.middle_proof
    return float(np.clip(max(by_centre, by_edge), -settings.middle_proof, 3.0))


def _ramp(value: float, low: float, high: float, least: float) -> float:
    """`least` at `low`, 1 from `high` on, straight between."""
    return float(np.interp(value, [low, high], [least, 1.0]))
