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

import numpy as np

from engines import ctc
from engines.ctc import Doubles
from engines.patterns import Patterns
from engines.types import Reading, View
from stream.likelihood import Likelihoods, parts_of
from stream.opinions import Opinions
from stream.start_list import StartList
from stream.votes import SHORT, Standing, Vote, VoteSettings, is_bib

HIDDEN = "▮"
OTHER = ""

SAW_MORE = 3.0
"""Readers seldom add a character to a bib; folds and thumbs hide one in look after look."""

SCATTERED = 0.5
"""What a look counts that neither agrees with a bib nor with most of those that disagree."""


class Ballot:
    """The vote of one track.

    Args:
        settings: see `VoteSettings`.
        start_list: listed strings are more likely a priori, by a bounded factor.
        patterns: of the race's bibs; what is not listed is likelier if it looks like them.
        opinions: of the second reader on other runners.
    """

    def __init__(
        self,
        settings: VoteSettings,
        start_list: StartList | None = None,
        patterns: Patterns | None = None,
        opinions: Opinions | None = None,
    ) -> None:
        self._settings = settings
        self._list = start_list
        self._patterns = patterns if patterns is not None else Patterns()
        self._opinions = opinions if opinions is not None else Opinions()
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

    def wanted_view(self) -> View:
        """The view that the next look should take: the one that fewer votes had, tight first."""
        wide = sum(vote.view is View.WIDE for vote in self._votes)
        return View.WIDE if 2 * wide < len(self._votes) else View.TIGHT

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
        """The best exact string and how sure it is; None without votes.

        Ready only where the newest look that counts read it, or a part: where two runners cross, a
        track may go on with the other one, and a look at that one's bib must not confirm this bib.
        """
        posterior = self._posterior
        if not posterior:
            return None
        # Equal posteriors are decided by the text, so that the order of looks does not matter.
        bib = max(self._candidates, key=lambda t: (posterior[t], t))
        supporters = self._supporters(bib)
        times = sorted(supporters.values())
        settings = self._settings
        needed = settings.short_votes if len(bib) == 1 else settings.confirm_votes
        enough, if_listed = self._confirm_posterior(bib), settings.confirm_posterior
        is_sound = (
            posterior[bib] >= min(enough, if_listed)
            and len(supporters) >= needed
            and self._in_both_views(bib)
            and self._newest().choice in bib
            and times[-1] - times[0] >= settings.apart_s * 1e9
            and self._support(bib) >= settings.confirm_weight
            and self._agreement(bib) >= settings.sure_agreement
        )
        second = self._second(bib) if is_sound else None
        is_sound = is_sound and self._is_agreed(bib, second)
        return Standing(
            bib,
            posterior[bib],
            len(supporters),
            self._evidence(bib),
            ready=is_sound and posterior[bib] >= enough,
            likely=is_sound and posterior[bib] >= if_listed and len(bib) > SHORT,
            second=second,
        )

    def _confirm_posterior(self, bib: str) -> float:
        settings, is_short = self._settings, len(bib) <= SHORT
        if self._list is not None and bib in self._list:
            return settings.confirm_short if is_short else settings.confirm_posterior
        return settings.confirm_short_unlisted if is_short else settings.confirm_unlisted

    def _supporters(self, bib: str) -> dict[int, int]:
        """Capture time by frame of the looks that read `bib`."""
        return {
            vote.frame_index: vote.capture_utc_ns
            for vote, said in zip(self._votes, self._said, strict=True)
            if said.choice == bib
        }

    def _newest(self) -> Likelihoods:
        """What the last captured look said; live, looks do not come in the order of capture."""
        votes = self._votes
        newest = max(range(len(votes)), key=lambda row: (votes[row].capture_utc_ns, row))
        return self._said[newest]

    def _support(self, bib: str) -> float:
        """Sum of the weights of the looks that read `bib`."""
        both = zip(self._votes, self._said, strict=True)
        return sum(vote.weight for vote, said in both if said.choice == bib)

    def _is_agreed(self, bib: str, second: float | None) -> bool:
        """Whether the second reader bears `bib` out; or, where none was asked, the looks agree on
        it all the more, or leave no doubt."""
        settings = self._settings
        if second is not None:
            usual = self._opinions.usual()
            is_hard = usual is not None and usual < settings.hard_second
            return second >= (settings.least_second_hard if is_hard else settings.least_second)
        if self._posterior[bib] >= settings.sure_posterior:
            return True
        return self._agreement(bib) * self._sureness(bib) >= settings.least_agreement

    def _agreement(self, bib: str) -> float:
        """Share of what the looks say about `bib` that is for it, 0..1.

        What reads only a part of it says nothing: the rest was cut off or hidden. What reads more
        counts `SAW_MORE` times: it may have seen what a fold or a thumb hid from others. But looks
        that are right agree with each other: beside the text that has most to say, and the longer
        one that has, all others count `SCATTERED`.
        Every look says what it holds possible, not only what it prefers: a half-hidden character is
        read as this one and that one or not at all, each time in doubt.
        """
        spoken = np.zeros(len(self._candidates))
        for vote, said in zip(self._votes, self._said, strict=True):
            spoken += vote.weight * np.exp([said.whole[text] for text in self._candidates])
        of = dict(zip(self._candidates, spoken.tolist(), strict=True))
        longer = [of[text] for text in of if text != bib and bib in text]
        other = [of[text] for text in of if text not in bib and bib not in text]
        most_longer, most_other = max(longer, default=0.0), max(other, default=0.0)
        scattered = sum(longer) + sum(other) - most_longer - most_other
        against = SAW_MORE * most_longer + most_other + SCATTERED * scattered
        return of[bib] / max(of[bib] + against, 1e-9)

    def _sureness(self, bib: str) -> float:
        """Mean probability of `bib` in the looks that read it, by their weights, 0..1.

        A reader that takes an 8 for a 0 in look after look does so in doubt.
        """
        both = zip(self._votes, self._said, strict=True)
        sure = sum(v.weight * float(np.exp(s.whole[bib])) for v, s in both if s.choice == bib)
        return sure / max(self._support(bib), 1e-9)

    def _second(self, bib: str) -> float | None:
        """Share of what the second reader says in the looks that read `bib` that is for it, 0..1;
        what it reads of a part says nothing, as in `_agreement`. None where none was asked.

        Looks at one bib are wrong together: the upper half of a folded 9 reads 0 in all of them, a
        narrow 8 reads 1. Another network errs there, too, but seldom to the same digit.
        """
        asked = [
            (vote.weight, vote.second)
            for vote, said in zip(self._votes, self._said, strict=True)
            if said.choice == bib and vote.second is not None
        ]
        if not asked:
            return None
        texts = [bib, *parts_of(bib)]
        spoken = [(w, np.exp(ctc.log_likelihood(r.log_probs, texts))) for w, r in asked]
        for_it = sum(weight * float(whole) for weight, (whole, *_) in spoken)
        no_part = sum(weight * (1 - float(sum(parts))) for weight, (_, *parts) in spoken)
        return for_it / max(no_part, 1e-9)

    def _in_both_views(self, bib: str) -> bool:
        """Whether tight looks read `bib` and wide ones too.

        A box that cuts a character off does so in look after look, and a wide view shows what it
        cut; a bib's edge or a pin that a wide view takes for a 1 is not in the tight one.
        """
        both = zip(self._votes, self._said, strict=True)
        return len({vote.view for vote, said in both if said.choice == bib}) == len(View)

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
        if name == text:
            if self._list is not None and text in self._list:
                return 0.0
            prior = self._patterns.log(text)
            return prior if self._list is None else prior + settings.unlisted_log
        # Short strings are more often what is left of a longer one.
        prior = settings.more_log + (0.0, 1.5, 0.7)[len(text) if len(text) < 3 else 0]
        if self._list is None:
            return prior + self._patterns.log_longer(len(text))
        right = name.endswith(HIDDEN)
        find = self._list.beginning_with if right else self._list.ending_with
        return prior if find(text) else prior + settings.unlisted_log

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
