"""Splits pictures into those to learn from and those to be measured on, by race and runner.

Two pictures of one runner are nearly one picture: split by picture, the figures would be those of
what was learnt by heart.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engines.train.labelled.data_set import LabelledPicture

SHARES: Final = (0.85, 0.10, 0.05)
"""Of the pictures: to learn from, to look at while choosing, to report on."""

BURST: Final = 10
"""Pictures without a known number are taken in runs of so many by name: a burst stays together."""


@dataclass(frozen=True)
class Split:
    """Every picture in one of three parts, each in its first order."""

    train: tuple[LabelledPicture, ...]
    validation: tuple[LabelledPicture, ...]
    test: tuple[LabelledPicture, ...]


def split_by_runner(
    pictures: Sequence[LabelledPicture], shares: tuple[float, float, float] = SHARES
) -> Split:
    """Splits so that no runner of a race is in two parts; the same pictures split the same way.

    Pictures that share a number in a race stay together, and so do those linked by a third one.
    A group larger than a held-out part, as a mass start makes it, is learnt from.

    Args:
        pictures: in any order.
        shares: of train, validation and test; they sum to 1.
    """
    groups = _groups(pictures)
    groups.sort(key=lambda rows: _rank(pictures[rows[0]]))
    part_of: dict[int, int] = {}
    filled = [0, 0, 0]
    for rows in groups:
        fits = [
            part
            for part in (2, 1)
            if filled[part] + len(rows) <= max(shares[part] * len(pictures), _least(pictures))
        ]
        part = fits[0] if fits else 0
        filled[part] += len(rows)
        part_of.update(dict.fromkeys(rows, part))
    parts = [
        tuple(picture for row, picture in enumerate(pictures) if part_of[row] == part)
        for part in range(3)
    ]
    return Split(*parts)


def _least(pictures: Sequence[LabelledPicture]) -> int:
    """A held-out part may have one picture as soon as there are ten in all."""
    return int(len(pictures) >= 10)


def _groups(pictures: Sequence[LabelledPicture]) -> list[list[int]]:
    """Rows of pictures that belong together, each group by name (union-find, Tarjan 1975)."""
    parent = list(range(len(pictures)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    first: dict[tuple[str, str], int] = {}
    unnumbered: dict[str, int] = {}
    for row in sorted(range(len(pictures)), key=lambda row: pictures[row].path.as_posix()):
        race = pictures[row].race
        keys = {(race, "#" + box.text) for box in pictures[row].boxes if box.text}
        if not keys:
            n = unnumbered[race] = unnumbered.get(race, -1) + 1
            keys = {(race, f"burst {n // BURST}")}
        for key in keys:
            parent[root(row)] = root(first.setdefault(key, row))
    groups: dict[int, list[int]] = {}
    for row in sorted(range(len(pictures)), key=lambda row: pictures[row].path.as_posix()):
        groups.setdefault(root(row), []).append(row)
    return list(groups.values())


def _rank(picture: LabelledPicture) -> str:
    """A fixed place in a shuffled order; the folder above does not matter."""
    return hashlib.sha256(f"{picture.race}/{picture.path.name}".encode()).hexdigest()
