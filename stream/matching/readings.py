"""Whether what was read of somebody can be a bib: half a number, or one with a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_LEAST: Final = 2
"""Characters of a reading that says something: one is read off anything."""
_RIGHT: Final = 3
"""One mistake is allowed for so many characters."""


def read_otherwise(readings: Sequence[str], bib: str) -> bool:
    """Whether most readings of a runner speak against a bib.

    Args:
        readings: one text for each look that counted.
        bib: the bib in question.
    """
    telling = [text for text in readings if len(text) >= _LEAST]
    against = sum(not _fits(text, bib) for text in telling)
    return 2 * against > len(telling)


def _fits(text: str, bib: str) -> bool:
    """Whether a bib, or a part of it, may have been read so.

    Edits from the text to the likest part of the bib (Sellers, 1980).
    """
    edits = [0] * (len(bib) + 1)
    for row, read in enumerate(text, start=1):
        diagonal, edits[0] = edits[0], row
        for column, worn in enumerate(bib, start=1):
            best = min(diagonal + (read != worn), edits[column] + 1, edits[column - 1] + 1)
            diagonal, edits[column] = edits[column], best
    return min(edits) <= len(text) // _RIGHT
