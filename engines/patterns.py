"""What the bibs of this race look like, learnt while they are read: how many characters they have,
and which letters where.

Half a bib reads like a whole one: 26 of a folded 2693. In a race whose bibs have four characters
a bib of two is rare, and most of what reads so is a part of another. A letter reads like a digit:
50374 of S0374. Where every other bib begins with S or T, that one does too. With the start list
all this is known beforehand; without it, from the bibs known so far.
"""

from __future__ import annotations

import math
import re
from collections import Counter

MOST_CHARACTERS = 6
LEAST_LOG = -3.5
"""However many bibs were seen: the next one may be the first of its kind."""

_DIGIT = re.compile(r"\d")


class Patterns:
    """Counts of the bibs known so far by length and letters; shared by all votes of a race."""

    def __init__(self) -> None:
        self._bibs: set[str] = set()
        self._lengths: Counter[int] = Counter()
        self._letters: Counter[str] = Counter()

    def note(self, bib: str) -> None:
        """A bib is known to run. Told again it counts once."""
        if bib not in self._bibs:
            self._bibs.add(bib)
            self._lengths[min(len(bib), MOST_CHARACTERS)] += 1
            self._letters[_letters(bib)] += 1

    def log(self, bib: str) -> float:
        """Natural logarithm of how much likelier a bib that looks like this one is than if all
        were alike."""
        by_length = self._share(1, (min(len(bib), MOST_CHARACTERS),))
        return max(by_length + self._log_letters(bib), LEAST_LOG)

    def log_longer(self, n_characters: int) -> float:
        """The same of any bib with more characters."""
        longer = range(n_characters + 1, MOST_CHARACTERS + 1)
        return self._share(len(longer), tuple(longer)) if longer else LEAST_LOG

    def longer_share(self, n_characters: int) -> float:
        """Share of the race's bibs that have more characters, 0..1; as long as few are known,
        nearly all of them are taken to have."""
        longer = sum(n for length, n in self._lengths.items() if length > n_characters)
        return (longer + MOST_CHARACTERS) / (len(self._bibs) + MOST_CHARACTERS)

    def _log_letters(self, bib: str) -> float:
        """The same of the bib's letters among bibs of its length: these, or others.

        Each is taken as seen once before the race (Laplace's rule), so letters that half of the
        bibs have or more cost nothing.
        """
        alike = sum(n for letters, n in self._letters.items() if len(letters) == len(bib))
        seen = (self._letters[_letters(bib)] + 1) / (alike + 2)
        return min(math.log(2 * seen), 0.0)

    def _share(self, n_lengths: int, lengths: tuple[int, ...]) -> float:
        """One bib of each length is taken as seen before the race."""
        seen = sum(self._lengths[n] + 1 for n in lengths) / (len(self._bibs) + MOST_CHARACTERS)
        return max(math.log(seen * MOST_CHARACTERS / n_lengths), LEAST_LOG)


def _letters(bib: str) -> str:
    """A bib without its digits' values: S#### of S0374."""
    return _DIGIT.sub("#", bib)
