"""Why a runner's bib was not confirmed, from what is known of the looks. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from stream.judging import JudgeSettings
from stream.types import Reason


class Why(StrEnum):
    """What kept a bib from being confirmed; pages have words and advice for each."""

    TAKEN_OFF = "taken_off"
    """A person said that the bib is another runner's."""
    CLAIMED = "claimed"
    """Another runner in view at the same time is confirmed as this bib."""
    NEVER_LOOKED = "never_looked"
    """No look was asked for: too far away, or gone too soon."""
    OVERLOADED = "overloaded"
    """Most looks were dropped, or came back after the runner was gone."""
    NO_NUMBER = "no_number"
    """No number was found on the runner."""
    TOO_SMALL = "too_small"
    """The number was smaller than reading wants."""
    BLURRED = "blurred"
    """The number was less sharp than reading wants."""
    CUT_OFF = "cut_off"
    """The number was at the edge of the picture."""
    NOTHING_READ = "nothing_read"
    """The number was large and sharp enough, and the reader made nothing of it."""
    NOT_A_BIB = "not_a_bib"
    """What was read is no bib: a sponsor's text, say."""
    SOMEBODY_ELSES = "somebody_elses"
    """The numbers that were found belong to runners in front."""
    FEW = "few"
    """One reading counted; a second one from another frame would have to agree."""
    DISAGREE = "disagree"
    """The readings contradict each other."""
    NOT_LISTED = "not_listed"
    """The readings agree on a bib that the start list does not have."""
    UNSURE = "unsure"
    """The readings agree, but not surely enough."""


AGREEING = 2
"""Readings from different frames that must agree before a bib is confirmed."""

_BY_REASON = {
    Reason.TOO_SMALL: Why.TOO_SMALL,
    Reason.BLURRED: Why.BLURRED,
    Reason.CUT_OFF: Why.CUT_OFF,
    Reason.UNREAD: Why.NOTHING_READ,
    Reason.NOT_A_BIB: Why.NOT_A_BIB,
    Reason.CONFLICT: Why.SOMEBODY_ELSES,
}
"""In the order of the checks that a look goes through."""
_NOT_CARRIED_OUT = frozenset({Reason.DROPPED, Reason.NO_TRACK})
# A number that belongs to somebody else says nothing of how well this runner's can be read.
_NOT_ITS_OWN = _NOT_CARRIED_OUT | {Reason.CONFLICT}


@dataclass(frozen=True, slots=True)
class Looks:
    """Looks at one track that came to the same.

    Attributes:
        reason: why they did not count; None where they did.
        text: what was read, of those that counted.
        n: how many.
        number_px: height of the tallest number line among them; None where none was found.
        sharpness: of the sharpest, 0..1; None likewise.
    """

    reason: Reason | None
    text: str | None
    n: int
    number_px: float | None = None
    sharpness: float | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A track that is over without a confirmed bib.

    Attributes:
        looks: everything that was looked at.
        listed: whether the bib it may have is on the start list; None without either.
        claimed: a conflict was told: another runner has that bib.
        taken_off: a person took a bib off it.
        crossed: it crossed the finish line.
    """

    track_id: int
    looks: tuple[Looks, ...] = ()
    listed: bool | None = None
    claimed: bool = False
    taken_off: bool = False
    crossed: bool = False


@dataclass(frozen=True, slots=True)
class WhyCount:
    """How many runners were not read for one reason.

    Attributes:
        crossed: of these runners, who crossed the finish line.
        share: of all who were not read, 0..1.
        number_px: height of their number lines at the nearest, median; None where none was found.
            Of those who crossed alone, where anybody did.
    """

    why: Why
    runners: int
    crossed: int
    share: float
    number_px: float | None


def why_unread(track: Unread, legible: JudgeSettings) -> Why:
    """The one thing that stood in the way most.

    Where several did, the one that can be mended at the camera goes before what follows from it:
    small numbers are the reason why readings disagree.
    """
    if track.taken_off:
        return Why.TAKEN_OFF
    if track.claimed:
        return Why.CLAIMED
    n_all = sum(looks.n for looks in track.looks)
    n_missed = sum(looks.n for looks in track.looks if looks.reason in _NOT_CARRIED_OUT)
    n_counted = sum(looks.n for looks in track.looks if looks.reason is None)
    if n_all == 0:
        return Why.NEVER_LOOKED
    if n_counted < AGREEING and n_missed > n_all / 2:
        return Why.OVERLOADED
    if n_counted == 0:
        return _uncounted(track.looks)
    return _too_small_or_blurred(track.looks, legible) or _undecided(track)


def reasons_of(tracks: Sequence[Unread], legible: JudgeSettings) -> tuple[WhyCount, ...]:
    """The reasons of all tracks: first what cost most runners who crossed, then most at all."""
    by_reason: dict[Why, list[Unread]] = {}
    for track in tracks:
        by_reason.setdefault(why_unread(track, legible), []).append(track)
    counts = [_count(why, found, len(tracks)) for why, found in by_reason.items()]
    order = list(Why)
    return tuple(sorted(counts, key=lambda n: (-n.crossed, -n.runners, order.index(n.why))))


def tallest_px(looks: Iterable[Looks]) -> float | None:
    """Height of the runner's own number line where it was nearest; None where none was found."""
    own = (one.number_px for one in looks if one.reason not in _NOT_ITS_OWN)
    return max((px for px in own if px is not None), default=None)


def _count(why: Why, found: Sequence[Unread], n_all: int) -> WhyCount:
    heights = [tallest_px(t.looks) for t in [t for t in found if t.crossed] or found]
    measured = [px for px in heights if px is not None]
    return WhyCount(
        why,
        len(found),
        sum(track.crossed for track in found),
        len(found) / n_all,
        median(measured) if measured else None,
    )


def _uncounted(looks: Iterable[Looks]) -> Why:
    """Of looks that all failed: why most of those failed that found a number."""
    failed: Counter[Why] = Counter()
    for one in looks:
        if one.reason in _BY_REASON:
            failed[_BY_REASON[one.reason]] += one.n
    if not failed:
        return Why.NO_NUMBER
    order = list(_BY_REASON.values())
    return min(failed, key=lambda why: (-failed[why], order.index(why)))


def _undecided(track: Unread) -> Why:
    """Of readings that counted: why they did not suffice."""
    counted = [looks for looks in track.looks if looks.reason is None]
    if sum(looks.n for looks in counted) < AGREEING:
        return Why.FEW
    if len(counted) > 1:
        return Why.DISAGREE
    return Why.NOT_LISTED if track.listed is False else Why.UNSURE


def _too_small_or_blurred(looks: Sequence[Looks], legible: JudgeSettings) -> Why | None:
    px = tallest_px(looks)
    if px is not None and px < legible.full_number_px:
        return Why.TOO_SMALL
    own = (one.sharpness for one in looks if one.reason not in _NOT_ITS_OWN)
    sharpest = max((value for value in own if value is not None), default=None)
    if sharpest is not None and sharpest < legible.full_sharpness:
        return Why.BLURRED
    return None
