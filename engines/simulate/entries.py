"""The start list of a simulated race: invented names, clubs, categories and waves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from engines.simulate.errors import SimulationError
from engines.simulate.race_bibs import RaceBibs

_FIRST: Final = (
    "Ada", "Arvid", "Bela", "Bruno", "Carla", "Ciro", "Dora", "Dario", "Edda", "Emil", "Fenna",
    "Felix", "Gita", "Goran", "Hanna", "Hugo", "Ilka", "Ivo", "Jana", "Joris", "Kaja", "Kuno",
    "Lea", "Liam", "Maren", "Milo", "Nela", "Nuno", "Oda", "Oskar", "Pia", "Piet", "Runa", "Rasmus",
    "Selma", "Sven", "Tilda", "Tomas", "Ulla", "Uwe", "Vera", "Viktor", "Wanda", "Xenia", "Yara",
    "Zeno",
)  # fmt: skip
_LAST: Final = (
    "Abendt", "Arvell", "Bergamo", "Birkholm", "Castane", "Corvell", "Dalgard", "Dorian", "Elstad",
    "Engelm", "Fairbank", "Ferro", "Gravell", "Grunow", "Halden", "Hartvig", "Istvan", "Jansrud",
    "Kalder", "Kestrel", "Lindqvar", "Lorenz", "Marbeck", "Montal", "Nordal", "Novell", "Ostrand",
    "Orlova", "Palmgren", "Perrin", "Quist", "Rovina", "Rydell", "Sandell", "Sorvik", "Tallin",
    "Torvald", "Ulvang", "Valdes", "Verner", "Westerl", "Wolfram", "Ysander", "Zeller",
)  # fmt: skip
_CLUBS: Final = (
    "Atletica Sole", "Team Kestrel", "North Harriers", "LG Talblick", "River Striders", "Club Cima",
    "Harbour Runners", "TV Linden", "", "",
)  # fmt: skip
_CATEGORIES: Final = ("U20", "SEN", "SEN", "SEN", "M40", "W40", "M50", "W50", "M60", "W60")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the start list; everything is text, as in the file."""

    bib: str
    first_name: str
    last_name: str
    club: str
    category: str
    wave: str


def draw_entries(
    rng: np.random.Generator, runners: int, neighbours: int, absent: int
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Draws a start list.

    Args:
        rng: source of everything.
        runners: how many entries will run.
        neighbours: how many entries never appear and are one digit away from one who runs.
        absent: how many more entries never appear.

    Returns:
        The entries in order of their bibs, and the bibs of those who run, in no order.
    """
    highest = max(2999, 4 * (runners + neighbours + absent))
    numbers = rng.permutation(np.arange(11, highest + 1))
    bibs = [str(number) for number in numbers[:runners]]
    taken = set(bibs)
    extra: list[str] = []
    while len(extra) < neighbours:
        near = _one_digit_away(bibs[int(rng.integers(runners))], rng)
        if near not in taken:
            taken.add(near)
            extra.append(near)
    others = (str(number) for number in numbers[runners:])
    for bib in others:
        if len(extra) == neighbours + absent:
            break
        if bib not in taken:
            taken.add(bib)
            extra.append(bib)
    rows = [_entry(bib, rng) for bib in sorted(bibs + extra, key=int)]
    return tuple(rows), tuple(bibs)


def entries_of_race(
    rng: np.random.Generator, race: RaceBibs, runners: int, others: int
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Draws a start list with bibs of a real race; the names are invented.

    Args:
        rng: source of everything.
        race: whose numbers there are.
        runners: how many entries will run.
        others: how many more never appear, fewer where the race has no more bibs.

    Returns:
        See `draw_entries`.

    Raises:
        SimulationError: the race has fewer bibs than runners.
    """
    bibs = race.some_texts(rng, runners + others)
    if len(bibs) < runners:
        raise SimulationError(
            f"the race has {len(bibs)} bibs for {runners} runners; simulate fewer runners, or give "
            "the race more numbers"
        )
    rows = [_entry(bib, rng) for bib in sorted(bibs, key=lambda bib: (len(bib), bib))]
    return tuple(rows), bibs[:runners]


def _one_digit_away(bib: str, rng: np.random.Generator) -> str:
    """A bib of the same length that differs in one digit; no leading zero."""
    at = int(rng.integers(len(bib)))
    choices = [d for d in "0123456789" if d != bib[at] and not (at == 0 and d == "0")]
    return bib[:at] + choices[int(rng.integers(len(choices)))] + bib[at + 1 :]


def _entry(bib: str, rng: np.random.Generator) -> Entry:
    return Entry(
        bib=bib,
        first_name=_FIRST[int(rng.integers(len(_FIRST)))],
        last_name=_LAST[int(rng.integers(len(_LAST)))],
        club=_CLUBS[int(rng.integers(len(_CLUBS)))],
        category=_CATEGORIES[int(rng.integers(len(_CATEGORIES)))],
        wave=str(1 + int(rng.integers(3))),
    )
