"""What a look contributes to a vote, what it takes to be sure, and how a vote stands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engines.patterns import MOST_CHARACTERS
from engines.types import Reading, View
from stream.start_list import StartList

_PATTERN = re.compile(r"(?![0-]+$)(?:(?:[A-Z]{1,3}-?)?\d+|\d+-?[A-Z]{1,2}|\d+-\d+)")

SHORT = 2
"""Characters of a bib up to which what reads so is mostly a part of another."""


@dataclass(frozen=True, slots=True)
class VoteSettings:
    """How much it takes to be sure.

    Attributes:
        confirm_posterior: posterior from which a bib on the start list is confirmed.
        confirm_unlisted: the same for any other bib: no list speaks against its misreading.
        confirm_short, confirm_short_unlisted: both for bibs of up to `SHORT` characters.
        confirm_votes: looks of different frames that must have read it.
        short_votes: the same for a single character, which anything upright resembles.
        least_agreement: share of what the looks say that must be for it, times how sure those that
            read it were; what reads only a part of it is left out, what reads more counts
            `SAW_MORE` times.
        sure_posterior, sure_agreement: from this posterior on, or where a second reader bears the
            bib out, that share is enough, however sure; a smaller one never is.
        least_second: share of what the second reader says, in the looks that read the bib, that
            must be for it.
        hard_second, least_second_hard: the same where that share is usually below the first.
        apart_s: supporting looks must span at least this capture time.
        replace_posterior: posterior from which a confirmed bib gives way to another.
        replace_votes: and so many votes more than it.
        take_back_posterior: below this a confirmed bib is only seen again.
        seen_posterior: below this a bib is not even shown as seen.
        unlisted_log: prior of a string that is not on the start list, natural logarithm.
        more_log: prior that characters are hidden on one side of what shows.
        other_log: prior of none of the candidates.
        error_share: share of looks that show something else entirely.
        confirm_weight: what the weights of the looks that read it must add up to: many small,
            blurred looks are wrong together.
        cut_share: share of looks that hide one or two characters on one side.
        poor_cut_share: the same among the least legible looks, where a thin first or last
            character is easily lost.
        least_choice: a string that is not the most likely one but could be a bib must have this
            probability in a look for the look to count.
        least_candidate: probability in some look that makes a string a candidate.
        least_listed: the same for strings on the start list.
        least_likelihood: likelihood of any string in such a failed look.
        spread_s: looks within this time are worth one: the same fold, blur and cut-off box are in
            all of them.
        most_weight: limit of the weights' sum, in good independent looks.
    """

    confirm_posterior: float = 0.95
    confirm_unlisted: float = 0.98
    confirm_short: float = 0.97
    confirm_short_unlisted: float = 0.995
    confirm_votes: int = 3
    short_votes: int = 4
    least_agreement: float = 0.65
    sure_posterior: float = 0.995
    sure_agreement: float = 0.6
    least_second: float = 0.1
    hard_second: float = 0.6
    least_second_hard: float = 0.5
    confirm_weight: float = 0.8
    apart_s: float = 0.2
    replace_posterior: float = 0.995
    replace_votes: int = 3
    take_back_posterior: float = 0.2
    seen_posterior: float = 0.2
    unlisted_log: float = -2.5
    more_log: float = -4.3
    other_log: float = -2.0
    error_share: float = 0.03
    cut_share: float = 0.03
    poor_cut_share: float = 0.2
    least_choice: float = 0.2
    least_candidate: float = 0.03
    least_listed: float = 0.003
    least_likelihood: float = 1e-3
    spread_s: float = 0.5
    most_weight: float = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Vote:
    """One look that counts.

    Attributes:
        weight: 0..1, how legible it was.
        hidden_left, hidden_right: log-likelihood ratio, from where the number stands, that
            characters are hidden on that side; 0 says nothing.
        view: how much round the number line the readers were shown.
        second: what another reader answered; None where none was asked.
    """

    frame_index: int
    capture_utc_ns: int
    reading: Reading
    weight: float = 1.0
    hidden_left: float = 0.0
    hidden_right: float = 0.0
    view: View = View.TIGHT
    second: Reading | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How the vote stands.

    Attributes:
        bib: the best exact string.
        posterior: its probability among all hypotheses, 0..1.
        votes: looks that read it, of different frames.
        evidence: number of the vote (in the order added) that weighed most for it.
        ready: whether all conditions to confirm it are met, conflicts apart.
        likely: whether a longer bib's looks would be enough if it were on the start list.
        second: share of what the second reader says that is for it; None where none was asked or
            something else is missing.
    """

    bib: str
    posterior: float
    votes: int
    evidence: int | None
    ready: bool
    likely: bool
    second: float | None = None


def is_bib(text: str, start_list: StartList | None = None) -> bool:
    """Whether `text` can be a bib: it is listed, or 1-6 characters, digits with letters before
    or behind them. Zeros alone are nobody's number: they are round shapes, or the end of 2100.
    For photos see `engines.consensus.is_bib`."""
    if start_list is not None and text in start_list:
        return True
    return len(text) <= MOST_CHARACTERS and _PATTERN.fullmatch(text) is not None
