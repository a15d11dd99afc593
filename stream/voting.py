"""How the looks at one runner decide which bib it is.

For every candidate string the log-likelihoods of all looks are added; with the start list as
prior they give a posterior. Four kinds of hypothesis compete:

* the bib is exactly this string, ``1234``;
* this string is all that shows and more is hidden on its right, ``123▮``, or left, ``▮234``;
  the reader alone cannot tell these from the first kind, so where the number stands on its bib
  does (`Ballot.add`), and a look may show what another one hid;
* none of these: another string or not a bib, written as the empty string.

Looks of one runner are far from independent: a fold or a thumb is there in every frame. So
looks in quick succession count less, the weights' sum is limited, and no single look may
speak louder than `VoteSettings.least_likelihood` allows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from engines import ctc
from engines.ctc import Doubles
from engines.types import Reading
from stream.likelihood import Likelihoods
from stream.start_list import StartList

HIDDEN = "▮"
OTHER = ""

_PATTERN = re.compile(r"(?:[A-Z]{1,3}-?)?\d+|\d+-?[A-Z]{1,2}|\d+-\d+")
MOST_CHARACTERS = 6
SAW_MORE = 3.0
"""Readers seldom add a character to a bib; folds and thumbs hide one in look after look."""


@dataclass(frozen=True, slots=True)
class VoteSettings:
    """How much it takes to be sure.

    Attributes:
        confirm_posterior: posterior from which a bib is confirmed.
        confirm_votes: looks of different frames that must have read it.
        short_votes: the same for a single character, which anything upright resembles.
        least_agreement: share of the votes' weight that must be for it; what reads only a part of
            it is left out, what reads more counts `SAW_MORE` times.
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

    confirm_posterior: float = 0.96
    confirm_votes: int = 2
    short_votes: int = 3
    least_agreement: float = 0.65
    confirm_weight: float = 0.8
    apart_s: float = 0.05
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
    """

    frame_index: int
    capture_utc_ns: int
    reading: Reading
    weight: float = 1.0
    hidden_left: float = 0.0
    hidden_right: float = 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How the vote stands.

    Attributes:
        bib: the best exact string.
        posterior: its probability among all hypotheses, 0..1.
        votes: looks that read it, of different frames.
        evidence: number of the vote (in the order added) that weighed most for it.
        ready: whether all conditions to confirm it are met, conflicts apart.
    """

    bib: str
    posterior: float
    votes: int
    evidence: int | None
    ready: bool


def is_bib(text: str, start_list: StartList | None = None) -> bool:
    """Whether `text` can be a bib: it is listed, or 1-6 characters, digits with letters before
    or behind them."""
    if start_list is not None and text in start_list:
        return True
    return len(text) <= MOST_CHARACTERS and _PATTERN.fullmatch(text) is not None


def _bearing(text: str, bib: str) -> float:
    """How much a look that read `text` bears on whether the bib is `bib`."""
    if text and text != bib and text in bib:
        return 0.0
    return SAW_MORE if len(text) > len(bib) and bib in text else 1.0


class Ballot:
    """The vote of one track.

    Args:
        settings: see `VoteSettings`.
        start_list: listed strings are more likely a priori, by a bounded factor.
    """

    def __init__(self, settings: VoteSettings, start_list: StartList | None = None) -> None:
        self._settings = settings
        self._list = start_list
        self._votes: list[Vote] = []
        self._said: list[Likelihoods] = []
        self._candidates: list[str] = []
        self._columns: list[Doubles] = []
        """Per vote, the log-likelihoods of all hypotheses."""
        self._posterior: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._votes)

    def add(self, vote: Vote) -> bool:
        """Count one look; False, and nothing counted, where nothing in it can be a bib."""
        likely = [(t, float(np.exp(p))) for t, p in ctc.n_best(vote.reading.log_probs) if t]
        texts = [(t, p) for t, p in likely if is_bib(t, self._list)]
        if not texts or (texts[0] != likely[0] and texts[0][1] < self._settings.least_choice):
            return False
        said = Likelihoods(texts[0][0])
        probable = [t for t, p in texts[1:] if p >= self._settings.least_candidate]
        new = [said.choice, *probable, *self._probable_listed(said.choice, vote.reading)]
        new = [t for t in dict.fromkeys(new) if t not in self._candidates]
        self._candidates += new
        self._votes.append(vote)
        self._said.append(said)
        said.extend(vote.reading, [t for t in self._candidates if t not in new])
        for one, what in zip(self._votes, self._said, strict=True):
            what.extend(one.reading, new)
        self._weigh(all_votes=bool(new))
        return True

    def _probable_listed(self, text: str, reading: Reading) -> list[str]:
        """Start list entries near `text` that this reading does not rule out."""
        near = self._list.near(text) if self._list is not None else ()
        logs = ctc.log_likelihood(reading.log_probs, near)
        least = np.log(self._settings.least_listed)
        return [t for t, log in zip(near, logs, strict=True) if log >= least]

    def posterior(self) -> dict[str, float]:
        """Probability of each hypothesis (see the module); they sum to one. Empty without votes."""
        return dict(self._posterior)

    def _weigh(self, *, all_votes: bool) -> None:
        """Work out the posterior after a new vote, or anew for `all_votes`."""
        names = [*self._candidates]
        names += [t + HIDDEN for t in self._candidates] + [HIDDEN + t for t in self._candidates]
        names.append(OTHER)
        if all_votes:
            self._columns = []
        heads, tails = self._continued()
        for vote, said in list(zip(self._votes, self._said, strict=True))[len(self._columns) :]:
            self._columns.append(self._log_likelihoods(vote, said, heads, tails))
        total = np.array([self._prior(t) for t in names])
        total += np.array(self._weights()) @ np.array(self._columns)
        probability = np.exp(total - total.max())
        probability /= probability.sum()
        self._posterior = dict(zip(names, probability.tolist(), strict=True))

    def votes(self, bib: str) -> int:
        """Looks of different frames that read `bib`."""
        return len(self._supporters(bib))

    def standing(self) -> Standing | None:
        """The best exact string and how sure it is; None without votes."""
        posterior = self._posterior
        if not posterior:
            return None
        # Equal posteriors are decided by the text, so that the order of looks does not matter.
        bib = max(self._candidates, key=lambda t: (posterior[t], t))
        supporters = self._supporters(bib)
        times = sorted(supporters.values())
        settings = self._settings
        needed = settings.short_votes if len(bib) == 1 else settings.confirm_votes
        ready = (
            posterior[bib] >= settings.confirm_posterior
            and len(supporters) >= needed
            and self._support(bib) >= settings.least_agreement * self._spoken(bib)
            and times[-1] - times[0] >= settings.apart_s * 1e9
            and self._support(bib) >= settings.confirm_weight
        )
        return Standing(bib, posterior[bib], len(supporters), self._evidence(bib), ready)

    def _supporters(self, bib: str) -> dict[int, int]:
        """Capture time by frame of the looks that read `bib`."""
        return {
            vote.frame_index: vote.capture_utc_ns
            for vote, said in zip(self._votes, self._said, strict=True)
            if said.choice == bib
        }

    def _support(self, bib: str) -> float:
        """Sum of the weights of the looks that read `bib`."""
        both = zip(self._votes, self._said, strict=True)
        return sum(vote.weight for vote, said in both if said.choice == bib)

    def _spoken(self, bib: str) -> float:
        """Sum of the weights of the looks that speak for `bib` or against it.

        A look that read only a part of it does neither: the rest was cut off or hidden. One that
        read more counts `SAW_MORE` times: it may have seen what a fold or a thumb hid from others.
        """
        both = zip(self._votes, self._said, strict=True)
        return sum(vote.weight * _bearing(said.choice, bib) for vote, said in both)

    def _evidence(self, bib: str) -> int | None:
        best = [
            (vote.weight * float(np.exp(said.whole[bib])), -number)
            for number, (vote, said) in enumerate(zip(self._votes, self._said, strict=True))
            if said.choice == bib
        ]
        return -max(best)[1] if best else None

    def _weights(self) -> list[float]:
        """Weight of each vote: its legibility, less in quick succession, the sum limited.

        Looks that span t seconds are worth one and one more for every `spread_s`, whatever their
        number; all share alike, so that their order does not matter.
        """
        times = [vote.capture_utc_ns for vote in self._votes]
        worth = 1 + (max(times) - min(times)) / 1e9 / self._settings.spread_s
        each = min(1.0, worth / len(times))
        weights = [vote.weight * each for vote in self._votes]
        limit = min(1.0, self._settings.most_weight / max(sum(weights), 1e-9))
        return [weight * limit for weight in weights]

    def _prior(self, name: str) -> float:
        settings = self._settings
        if name == OTHER:
            return settings.other_log
        text = name.strip(HIDDEN)
        listed = self._list is None or text in self._list
        prior = 0.0
        if name != text:
            # Short strings are more often what is left of a longer one.
            prior = settings.more_log + (0.0, 1.5, 0.7)[len(text) if len(text) < 3 else 0]
            if self._list is not None:
                right = name.endswith(HIDDEN)
                find = self._list.beginning_with if right else self._list.ending_with
                listed = bool(find(text))
        return prior if listed else prior + settings.unlisted_log

    def _log_likelihoods(
        self, vote: Vote, said: Likelihoods, heads: Doubles, tails: Doubles
    ) -> Doubles:
        """Of the names in the order of `posterior`."""
        settings = self._settings
        floor = settings.error_share * settings.least_likelihood

        def column(source: dict[str, float]) -> Doubles:
            values: Doubles = np.exp(np.array([source[t] for t in self._candidates]))
            return values

        whole = column(said.whole)
        right, left = np.exp(vote.hidden_right), np.exp(vote.hidden_left)
        poor = 1 - vote.weight
        share = settings.cut_share + poor * (settings.poor_cut_share - settings.cut_share)
        exact = (1 - 2 * share - settings.error_share) * whole
        exact += share * (right * column(said.cut_right) + left * column(said.cut_left))
        # What is hidden here may show in another look: one string of some ten that continue it.
        more_right = 0.9 * right * whole + 0.01 * (heads @ whole)
        more_left = 0.9 * left * whole + 0.01 * (tails @ whole)
        # A string that never became a candidate was never likelier than a candidate must be.
        rest = np.array([0.1 * max(1.0 - float(whole.sum()), 0.01)])
        rest = np.minimum(rest, settings.least_candidate)
        logs: Doubles = np.log(np.concatenate([exact, more_right, more_left, rest]) + floor)
        return logs

    def _continued(self) -> tuple[Doubles, Doubles]:
        """1 where the candidate of the column begins, ends with that of the row and is longer."""
        names = self._candidates
        heads = [[float(c != t and c.startswith(t)) for c in names] for t in names]
        tails = [[float(c != t and c.endswith(t)) for c in names] for t in names]
        return np.array(heads), np.array(tails)
