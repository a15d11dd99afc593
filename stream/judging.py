"""Whether a look counts, and how much: size, sharpness, and what its number's place tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engines.types import Box, Finding
from stream.types import Look, Reason
from stream.votes import Vote

NARROW = 0.55
"""Usual pitch of a bib's characters, in heights of the line."""


@dataclass(frozen=True, slots=True)
class OffCentre:
    """How far the characters of a number stand from the middle of its bib.

    What is measured is the room from the bib's left edge to the centre of the first character, less
    that from the last one's to its right edge, in widths of the bib. The values are of 20,000 looks
    at bibs of drawn races (seeds 8001 to 8023), made a little wider after 340 bibs of photographs.

    Attributes:
        usual: of a number that shows whole; not 0, because readers place characters late.
        spread, wide_spread, wide_share: standard deviations of two normal distributions round it,
            and the share of the wider one.
        cut_share: of numbers with a character hidden, those that stand as whole ones do: what hides
            the character hides that part of the bib, too.
        hidden_spread: the others stand off by one character, or by two, with this deviation.
        single_share: of those, with one character hidden.
        least, most: limits of what one look proves, natural logarithms.
    """

    usual: float = 0.065
    spread: float = 0.1
    wide_spread: float = 0.2
    wide_share: float = 0.1
    cut_share: float = 0.25
    hidden_spread: float = 0.1
    single_share: float = 0.6
    least: float = -1.4
    most: float = 2.0


OFF_CENTRE = OffCentre()


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
    least = settings.least_weight
    by_size = _ramp(tall, settings.min_number_px, settings.full_number_px, least)
    by_blur = _ramp(finding.sharpness, settings.min_sharpness, settings.full_sharpness, least)
    weight = by_size * by_blur
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
        left, right = hidden_by_centres(number, bib, finding.centres)
    return Vote(look.frame_index, look.capture_utc_ns, reading, weight, left, right, look.view)


def rooms(number: Box, centres: Sequence[float]) -> tuple[float, float] | None:
    """Room left and right of the outermost characters' centres in a number's box.

    In pitches, which are the mean distance of two characters, or of a single one taken from its
    height; half a pitch is usual, negative where a character stands outside the box. None where
    the reader does not tell where it saw them.
    """
    if not centres:
        return None
    pitch = _pitch(number, centres)
    return (centres[0] - number[0]) / pitch, (number[2] - centres[-1]) / pitch


def _pitch(number: Box, centres: Sequence[float]) -> float:
    """Mean distance of two characters, or of a single one taken from its height."""
    if centres[-1] > centres[0]:
        return (centres[-1] - centres[0]) / (len(centres) - 1)
    return NARROW * (number[3] - number[1])


def hidden_by_centres(
    number: Box, bib: Box, centres: Sequence[float], settings: OffCentre = OFF_CENTRE
) -> tuple[float, float]:
    """Log-likelihood ratios that characters are hidden on the left, on the right of a number, from
    where its first and last character stand on the bib; see `OffCentre`.

    The characters and not the number's box: that is often wider than what is read in it.
    """
    width = max(bib[2] - bib[0], 1.0)
    off = ((centres[0] - bib[0]) - (bib[2] - centres[-1])) / width - settings.usual
    pitch = _pitch(number, centres) / width
    return _hidden_by_off(off, pitch, settings), _hidden_by_off(-off, pitch, settings)


def _hidden_by_off(off: float, pitch: float, settings: OffCentre) -> float:
    """The ratio for one side: the number stands `off` too far from it, in widths of the bib."""
    s = settings
    whole = (1 - s.wide_share) * _normal(off, 0, s.spread)
    whole += s.wide_share * _normal(off, 0, s.wide_spread)
    shifted = s.single_share * _normal(off, pitch, s.hidden_spread)
    shifted += (1 - s.single_share) * _normal(off, 2 * pitch, 1.2 * s.hidden_spread)
    ratio = s.cut_share + (1 - s.cut_share) * shifted / whole
    return float(np.clip(np.log(ratio), s.least, s.most))


def _normal(value: float, mean: float, deviation: float) -> float:
    """Density, but for a factor that all share."""
    return float(np.exp(-0.5 * ((value - mean) / deviation) ** 2)) / deviation


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
