"""Ranges of bib numbers as people write them: ``1-999``, ``A1-A200``, ``0001-0500``, ``77``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_END: Final = r"([A-Z]*)(\d{1,7})([A-Z]*)"
_RANGE: Final = re.compile(rf"{_END}(?:\s*-\s*{_END})?")


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Bibs from `low` to `high`, both included.

    Attributes:
        before, after: letters round the number, the same on every bib.
        low, high: the numbers.
        digits: a number is filled up with zeros to so many digits; 1 fills up none.
    """

    before: str
    low: int
    high: int
    after: str = ""
    digits: int = 1

    @staticmethod
    def of(text: str) -> NumberRange:
        """Reads a range.

        Raises:
            ValueError: it is none; the message says what to write.
        """
        parts = _RANGE.fullmatch(text.strip().upper())
        if parts is None:
            raise ValueError(f"{text!r} is no range of numbers; write '1-999', 'A1-A200' or '77'")
        before, low, after, *rest = parts.groups()
        if rest == [None, None, None]:
            rest = [before, low, after]
        if (rest[0] or before, rest[2] or after) != (before, after):
            raise ValueError(f"{text!r} has other letters at its end; write two ranges")
        if int(low) > int(rest[1]):
            raise ValueError(f"{text!r} ends before it begins; write the lower number first")
        # Zeros in front are printed: 001 to 999.
        digits = len(low) if low.startswith("0") and len(low) > 1 else 1
        return NumberRange(before, int(low), int(rest[1]), after, digits)

    def __len__(self) -> int:
        return self.high - self.low + 1

    def __contains__(self, bib: str) -> bool:
        """Whether a bib, written as it is printed, is one of them."""
        digits = bib.removeprefix(self.before).removesuffix(self.after)
        if not digits.isdecimal() or len(digits) + len(self.before + self.after) != len(bib):
            return False
        place = int(digits) - self.low
        return 0 <= place < len(self) and self.text(place) == bib

    def __str__(self) -> str:
        """As it is read back by `of`."""
        ends = (self.text(0), self.text(len(self) - 1))
        return ends[0] if self.low == self.high else "-".join(ends)

    @property
    def longest(self) -> int:
        """Characters of the longest bib."""
        return len(self.text(len(self) - 1))

    def text(self, place: int) -> str:
        """The bib at a place of the range, 0 the first."""
        return f"{self.before}{self.low + place:0{self.digits}d}{self.after}"
