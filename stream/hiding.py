"""Whether characters of a number are hidden, told from where those that show stand on the bib, and
from the bib's outline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engines.types import Box
from stream.outlines import Outline

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


@dataclass(frozen=True, slots=True)
class Narrower:
    """How much narrower than usual bibs are whose number stands in the middle although characters
    are hidden; see `stream.outlines`. Of three and more characters that show it tells nothing: then
    one is hidden, and four of five such bibs are as wide as the others. From 1,130 looks at drawn
    bibs of the same races.

    Attributes:
        as_wide: share of those that are not narrower, where one character shows and where two do.
        by, spread: the others', mean and standard deviation of the natural logarithm.
        wide_spread, wide_share: a tenth of the whole ones are that many times further off.
        least: limit of what one look proves, natural logarithm.
    """

    as_wide: tuple[float, float] = (0.35, 0.1)
    by: float = 0.2
    spread: float = 0.13
    wide_spread: float = 3.0
    wide_share: float = 0.1
    least: float = -3.0


OFF_CENTRE = OffCentre()
NARROWER = Narrower()


def hidden_by_centres(
    number: Box,
    bib: Box,
    centres: Sequence[float],
    usual: Outline | None = None,
) -> tuple[float, float]:
    """Log-likelihood ratios that characters are hidden on the left, on the right of a number, from
    where its first and last character stand on the bib; see `OffCentre`.

    The characters and not the number's box: that is often wider than what is read in it.

    Args:
        number, bib: pixels.
        centres: of the characters from left to right, pixels; not empty.
        usual: what the race's bibs look like to the camera; None where that is unknown.
    """
    width = max(bib[2] - bib[0], 1.0)
    off = ((centres[0] - bib[0]) - (bib[2] - centres[-1])) / width - OFF_CENTRE.usual
    pitch = pitch_of(number, centres) / width
    cut, least = OFF_CENTRE.cut_share, OFF_CENTRE.least
    if usual is not None and len(centres) <= len(NARROWER.as_wide):
        as_wide = NARROWER.as_wide[len(centres) - 1]
        cut *= as_wide + (1 - as_wide) * _by_outline(usual.off(bib), usual.spread)
        least = NARROWER.least
    logs = np.log([cut + _shifted(side, pitch) for side in (off, -off)])
    left, right = np.clip(logs, least, OFF_CENTRE.most).tolist()
    return left, right


def _by_outline(off: float, spread: float) -> float:
    """How much likelier the outline is of a bib that something hides than of a whole one."""
    s = NARROWER
    whole = _two_normals(off, spread, s.wide_spread * spread, s.wide_share)
    # What is narrower still is hidden all the more.
    return _normal(max(off, -s.by), -s.by, s.spread) / whole


def _shifted(off: float, pitch: float) -> float:
    """How much likelier a number stands `off` too far from one side, in widths of the bib, with
    characters hidden there that the bib does not lack, than whole."""
    s = OFF_CENTRE
    whole = _two_normals(off, s.spread, s.wide_spread, s.wide_share)
    shifted = s.single_share * _normal(off, pitch, s.hidden_spread)
    shifted += (1 - s.single_share) * _normal(off, 2 * pitch, 1.2 * s.hidden_spread)
    return (1 - s.cut_share) * shifted / whole


def pitch_of(number: Box, centres: Sequence[float]) -> float:
    """Mean distance of two characters, or of a single one taken from its height; in pixels."""
    if centres[-1] > centres[0]:
        return (centres[-1] - centres[0]) / (len(centres) - 1)
    return NARROW * (number[3] - number[1])


def _two_normals(value: float, spread: float, wide: float, wide_share: float) -> float:
    """Density of two normal distributions round 0, of which the second has that share."""
    return (1 - wide_share) * _normal(value, 0, spread) + wide_share * _normal(value, 0, wide)


def _normal(value: float, mean: float, deviation: float) -> float:
    """Density, but for a factor that all share."""
    return float(np.exp(-0.5 * ((value - mean) / deviation) ** 2)) / deviation
