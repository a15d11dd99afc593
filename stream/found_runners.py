"""A search over everybody who was seen: who was meant, and which pictures show them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stream.search import Hit, HitKind, Known, in_club, search
from stream.start_list import bib_key
from stream.store.seen_runners import SeenRunner
from stream.store.values import StartListRow


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for.

    Attributes:
        queries: bibs, names, clubs; none of them wants all.
        max_slips: see `stream.search.search`.
        club: None wants every one.
        seen_only: leave out who is on the start list alone.
    """

    queries: tuple[str, ...] = ()
    max_slips: int = 1
    club: str | None = None
    seen_only: bool = False


@dataclass(frozen=True, slots=True)
class FoundRunner:
    """Somebody who was found.

    Attributes:
        query: that found them; None where all were wanted.
        hit: how; None for somebody without a bib.
        seen: when and by whom, in order of time.
    """

    query: str | None
    hit: Hit | None
    seen: tuple[SeenRunner, ...]

    @property
    def bib(self) -> str | None:
        """None for somebody without one."""
        return None if self.hit is None else self.hit.known.bib

    @property
    def n_pictures(self) -> int:
        """Of all sightings together."""
        return sum(one.n_pictures for one in self.seen)

    @property
    def first_utc_ns(self) -> int | None:
        """None where no sighting has a time."""
        return min(
            (one.first_utc_ns for one in self.seen if one.first_utc_ns is not None), default=None
        )

    @property
    def last_utc_ns(self) -> int | None:
        """None where no sighting has a time."""
        return max(
            (one.last_utc_ns for one in self.seen if one.last_utc_ns is not None), default=None
        )


def everybody(entries: Iterable[StartListRow], bibs: Iterable[str]) -> list[Known]:
    """Who can be found, each bib once: the start list, then bibs that were seen besides."""
    seen = {bib_key(bib): bib for bib in bibs}
    known = [Known(row.bib, row.name, row.club or "", bib_key(row.bib) in seen) for row in entries]
    listed = {bib_key(one.bib) for one in known}
    return known + [Known(bib, seen=True) for key, bib in seen.items() if key not in listed]


def find_runners(
    asked: Search, known: Sequence[Known], seen: Sequence[SeenRunner]
) -> tuple[FoundRunner, ...]:
    """Who is meant, query after query, the likeliest first.

    Without a query: everybody by bib, and then those without one, each alone.

    Args:
        asked: what is searched for.
        known: see `everybody`.
        seen: who was seen, as far as it is wanted, in order of time.
    """
    by_bib: dict[str, list[SeenRunner]] = {}
    for one in seen:
        if one.bib is not None:
            by_bib.setdefault(bib_key(one.bib), []).append(one)
    among = [one for one in known if asked.club is None or in_club(asked.club, one.club)]
    if asked.queries:
        return tuple(
            found
            for query in asked.queries
            for hit in search(query, among, None, asked.max_slips)
            if (found := _found(query, hit, by_bib)).seen or not asked.seen_only
        )
    return _all(asked, among, seen, by_bib)


def _all(
    asked: Search,
    among: Iterable[Known],
    seen: Iterable[SeenRunner],
    by_bib: Mapping[str, Sequence[SeenRunner]],
) -> tuple[FoundRunner, ...]:
    hits = [Hit(one, HitKind.EXACT) for one in among]
    hits.sort(key=lambda hit: (len(bib_key(hit.known.bib)), bib_key(hit.known.bib)))
    found = [_found(None, hit, by_bib) for hit in hits]
    if asked.club is None:
        found += [FoundRunner(None, None, (one,)) for one in seen if one.bib is None]
    return tuple(one for one in found if one.seen or not asked.seen_only)


def _found(query: str | None, hit: Hit, by_bib: Mapping[str, Sequence[SeenRunner]]) -> FoundRunner:
    return FoundRunner(query, hit, tuple(by_bib.get(bib_key(hit.known.bib), ())))
