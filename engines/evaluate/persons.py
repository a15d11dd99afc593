"""Which pictures are of one person, as far as pairs of them tell."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def persons(same: Iterable[tuple[T, T]]) -> dict[T, tuple[T, ...]]:
    """All pictures of the person in each picture, itself among them, in the order of the pairs.

    Args:
        same: pairs of pictures of one person; two of them that share a picture are one person.
    """
    groups: dict[T, list[T]] = {}
    for one, other in same:
        first = groups.setdefault(one, [one])
        second = groups.setdefault(other, [other])
        if first is second:
            continue
        first += second
        for picture in second:
            groups[picture] = first
    return {picture: tuple(group) for picture, group in groups.items()}
