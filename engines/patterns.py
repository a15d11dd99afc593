"""What the bibs of this race look like, told by the organiser or learnt while they are read: how
many characters they have, and which letters where.

Half a bib reads like a whole one: 26 of a folded 2693. In a race whose bibs have four characters
a bib of two is rare, and most of what reads so is a part of another. A letter reads like a digit:
50374 of S0374. Where every other bib begins with S or T, that one does too. With the start list
all this is known beforehand; without it, from the ranges of the race file and the bibs known so
far.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from engines.number_range import NumberRange

MOST_CHARACTERS = 6
LEAST_LOG = -3.5
"""However many bibs were seen: the next one may be the first of its kind. So it is with one that is
in no range: somebody borrowed another race's, or the race file was not kept up."""

_DIGIT = re.compile(r"\d")


class Patterns:
    """Counts of the bibs known so far by length and letters; shared by all votes of a race.

    Args:
        numbers: the bibs that were given out; empty where nobody said.
    """

    def __init__(self, numbers: Sequence[NumberRange] = ()) -> None:
        self._numbers = tuple(numbers)
        self._known: set[str] = set()
        self._counted: set[str] = set()
        self._lengths: Counter[int] = Counter()
        self._letters: Counter[str] = Counter()

    def note(self, bib: str) -> None:
        """A bib is known to run. Told again it counts once."""
        self.note_likely(bib)
        self._known.add(bib)

    def note_likely(self, bib: str) -> None:
        """A bib was read, probably rightly. It tells what bibs look like as a known one does: else
        the first of a kind, each not sure enough by itself, would never make others surer."""
        if bib not in self._counted:
            self._counted.add(bib)
            self._lengths[min(len(bib), MOST_CHARACTERS)] += 1
            self._letters[_letters(bib)] += 1

    def log(self, bib: str) -> float:
        """Natural logarithm of how much likelier a bib that looks like this one is than if all
        were alike."""
        if (
            self._numbers
            and bib not in self._known
            and not any(bib in one for one in self._numbers)
        ):
            return LEAST_LOG
        by_length = self._share(1, (min(len(bib), MOST_CHARACTERS),))
        return max(by_length + self._log_letters(bib), LEAST_LOG)

    def log_longer(self, n_characters: int) -> float:
        """The same of any bib with more characters."""
        longer = range(n_characters + 1, MOST_CHARACTERS + 1)
        if not longer or self._none_is_longer(n_characters):
            return LEAST_LOG
        return self._share(len(longer), tuple(longer))

    def longer_share(self, n_characters: int) -> float:
        """Share of the race's bibs that have more characters, 0..1; as long as few are known,
        nearly all of them are taken to have, where no range says that none has."""
        longer = sum(n for length, n in self._lengths.items() if length > n_characters)
        before = 0 if self._none_is_longer(n_characters) else MOST_CHARACTERS
        return (longer + before) / (len(self._counted) + MOST_CHARACTERS)

    def _none_is_longer(self, n_characters: int) -> bool:
        """Whether ranges are told and none has more characters. How many bibs of them have which
        length is not told: 1-9999 is written where 800 run, too."""
        return bool(self._numbers) and all(one.longest <= n_characters for one in self._numbers)

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
        seen = sum(self._lengths[n] + 1 for n in lengths) / (len(self._counted) + MOST_CHARACTERS)
        return max(math.log(seen * MOST_CHARACTERS / n_lengths), LEAST_LOG)


def _letters(bib: str) -> str:
    """A bib without its digits' values: S#### of S0374."""
    return _DIGIT.sub("#", bib)
