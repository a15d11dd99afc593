"""Finding a runner by bib, name or club. Pure.

What is typed in a hurry is not what is printed: a digit is missing, one too many, wrong, or two
have changed places, and accents are left out. The exact bib comes first all the same, and nothing
found by being near is told as if it had been asked for: every hit says how it was found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from stream.start_list import bib_key


class HitKind(IntEnum):
    """How a hit was found; the smaller, the better."""

    EXACT = 0
    """The bib that was asked for."""
    NEAR = 1
    """A bib a slip away: a character wrong, missing, too many, or two in the other order."""
    PARTIAL = 2
    """A bib that has what was asked for in it."""
    NAME = 3
    """Every word that was asked for begins or is in a word of the name."""
    CLUB = 4
    """Every word is in the name or the club."""

    @property
    def word(self) -> str:
        """As programs are told."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who can be found: of the start list, seen by a camera, or both."""

    bib: str
    name: str = ""
    club: str = ""
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody who was found, and how; `slips` away where the match is near, else 0."""

    known: Known
    match: HitKind
    slips: int = 0


# A letter with a stroke or a ligature is one letter for Unicode; people type it as these.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


def search(
    query: str, known: Iterable[Known], limit: int | None = 20, max_slips: int = 1
) -> tuple[Hit, ...]:
    """Who is meant by `query`, the likeliest first, at most `limit` (None: all).

    Bibs are compared as `stream.start_list.bib_key` writes them. Among hits of one kind, those
    fewer slips away come first, then those that a camera has seen, then shorter bibs, then in the
    order of numbers.

    Args:
        max_slips: a bib so many slips away is near; 0 takes none for near.
    """
    words = _words(query)
    if not words or (limit is not None and limit < 1):
        return ()
    wanted = bib_key(query) if len(query.split()) == 1 else ""
    found = []
    for one in known:
        hit = _match_bib(wanted, one, max_slips) or _match_words(words, one)
        if hit is not None:
            found.append(hit)
    found.sort(key=lambda hit: _rank(hit, wanted, words))
    return tuple(found[:limit])


def slips(typed: str, meant: str, most: int = 2) -> int:
    """How many slips lead from one text to another; `most` where there are as many or more.

    A slip is a character wrong, missing, too many, or two neighbours in the other order (optimal
    string alignment).
    """
    if abs(len(typed) - len(meant)) >= most:
        return most
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for n, character in enumerate(typed, 1):
        earlier, before, row = before, row, [n]
        for m, other in enumerate(meant, 1):
            best = min(before[m] + 1, row[m - 1] + 1, before[m - 1] + (character != other))
            if n > 1 and m > 1 and character == meant[m - 2] and typed[n - 2] == other:
                best = min(best, earlier[m - 2] + 1)
            row.append(best)
        if min(row) >= most and min(before) >= most:
            return most
    return min(row[-1], most)


def folded(text: str) -> str:
    """Small letters without accents: Müller is muller, Ørsted orsted, Weiß weiss."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(c for c in apart if not unicodedata.combining(c))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", folded(text))


def _spellings(text: str) -> list[str]:
    """The words of a name, accents left out and, beside that, written out: muller and mueller."""
    composed = unicodedata.normalize("NFC", text.casefold())
    return [*_words(text), *_words(composed.translate(_WRITTEN_OUT))]


def _match_bib(wanted: str, known: Known, max_slips: int) -> Hit | None:
    bib = bib_key(known.bib)
    if not wanted or not bib:
        return None
    if wanted == bib:
        return Hit(known, HitKind.EXACT)
    if not any(c.isdigit() for c in wanted):
        return None
    # One digit is one slip away from every other: that would be no answer. Nor are two from 12.
    most = min(max_slips, len(wanted) - 1)
    n = slips(wanted, bib, most + 1)
    if n <= most:
        return Hit(known, HitKind.NEAR, n)
    return Hit(known, HitKind.PARTIAL) if wanted in bib else None


def _match_words(words: list[str], known: Known) -> Hit | None:
    name, club = _spellings(known.name), _spellings(known.club)
    if all(_is_in(word, name) for word in words):
        return Hit(known, HitKind.NAME)
    if all(_is_in(word, name) or _is_in(word, club) for word in words):
        return Hit(known, HitKind.CLUB)
    return None


def in_club(wanted: str, club: str) -> bool:
    """Whether every word of `wanted` is in the name of a club, accents apart."""
    words, spelt = _words(wanted), _spellings(club)
    return bool(words) and all(_is_in(word, spelt) for word in words)


def _is_in(word: str, among: list[str]) -> bool:
    """A word of two letters or more may stand inside another one; a single letter begins it."""
    return any(one.startswith(word) or (len(word) > 1 and word in one) for one in among)


def _rank(hit: Hit, wanted: str, words: list[str]) -> tuple[object, ...]:
    bib = bib_key(hit.known.bib)
    if hit.match is HitKind.PARTIAL:
        how = not bib.startswith(wanted)
    elif hit.match >= HitKind.NAME:
        parts = _spellings(hit.known.name if hit.match is HitKind.NAME else hit.known.club)
        how = not all(any(part.startswith(word) for part in parts) for word in words)
    else:
        how = False
    return (hit.match, hit.slips, how, not hit.known.seen, len(bib), bib)
