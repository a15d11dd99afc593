"""How many characters the bibs of this race have, learnt while it runs.

Half a bib reads like a whole one: 26 of a folded 2693. In a race whose bibs have four characters
a bib of two is rare, and most of what reads so is a part of another. With the start list that is
known beforehand; without it, from the bibs confirmed so far.
"""

from __future__ import annotations

import math
from collections import Counter

MOST_CHARACTERS = 6
LEAST_LOG = -3.5
"""However many bibs were seen: the next one may be the first of its kind."""


class Lengths:
    """Counts of the bibs known so far by their number of characters; shared by all votes."""

    def __init__(self) -> None:
        self._bibs: set[str] = set()
        self._counts: Counter[int] = Counter()

    def note(self, bib: str) -> None:
        """A bib is known to run. Told again it counts once."""
        if bib not in self._bibs:
            self._bibs.add(bib)
            self._counts[min(len(bib), MOST_CHARACTERS)] += 1

    def log(self, n_characters: int) -> float:
        """Natural logarithm of how much likelier a bib of that length is than if all were alike."""
        return self._share(1, (min(n_characters, MOST_CHARACTERS),))

    def log_longer(self, n_characters: int) -> float:
        """The same of any longer bib."""
        longer = range(n_characters + 1, MOST_CHARACTERS + 1)
        return self._share(len(longer), tuple(longer)) if longer else LEAST_LOG

    def _share(self, n_lengths: int, lengths: tuple[int, ...]) -> float:
        """One bib of each length is taken as seen before the race (Laplace's rule)."""
        seen = sum(self._counts[n] + 1 for n in lengths) / (len(self._bibs) + MOST_CHARACTERS)
        return max(math.log(seen * MOST_CHARACTERS / n_lengths), LEAST_LOG)
