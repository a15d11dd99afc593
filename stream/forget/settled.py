"""What remains of corrections when some tracks are erased. Pure.

No correction may name the bib or a track that is gone, and every track that stays must stand as
before, now and after whatever is undone later.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from stream.corrections import Made, as_corrected, connected
from stream.forget.belongs import is_bib
from stream.types import Tag, Track


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of corrections and of the tracks that they are about.

    Attributes:
        removed: numbers of the corrections to erase.
        own: by track that stays, what the race saw, to be kept beside how it stands; None where
            how it stands is all that is known from now on.
        unnamed: tracks that stay and show the bib no more: a person has given it to another.
    """

    removed: frozenset[int]
    own: Mapping[int, Track | None]
    unnamed: frozenset[int]


def settled(
    key: str,
    erased: Collection[int],
    own: Mapping[int, Track],
    standing: Mapping[int, Track],
    made: Sequence[Made],
) -> Settled:
    """Work out which corrections go, and what stays of those beside them.

    Where leaving out the others would change a track that stays, all corrections of its group go
    and the track stays as it is.

    Args:
        key: the bib as it is compared.
        erased: tracks that go.
        own: what the race saw, of every track that corrections are about.
        standing: how these tracks stand.
        made: every correction in the order of numbers.
    """
    removed = {one.number for one in made if _is_about(one, key, erased)}
    removed |= {one.number for one in made if one.correction.undone in removed}
    kept_own: dict[int, Track | None] = {}
    todo = {t for one in made if one.number in removed for t in one.track_ids}
    while todo:
        group = connected([todo.pop()], made)
        todo -= group
        stays = {t: own[t] for t in sorted(group) if t not in erased and t in own}
        left = [one for one in made if one.track_ids & group and one.number not in removed]
        bare = {t: _without(key, track) for t, track in stays.items()}
        if _stand_alike(as_corrected(bare, left, lambda _: None), standing, key):
            kept_own |= bare
        else:
            removed |= {one.number for one in left}
            kept_own |= dict.fromkeys(stays)
    unnamed = {t for t in kept_own if t in standing and is_bib(standing[t].tag.bib, key)}
    return Settled(frozenset(removed), kept_own, frozenset(unnamed))


def _is_about(made: Made, key: str, erased: Collection[int]) -> bool:
    return is_bib(made.correction.bib, key) or not made.track_ids.isdisjoint(erased)


def _without(key: str, track: Track) -> Track:
    return replace(track, tag=Tag(), listed=None) if is_bib(track.tag.bib, key) else track


def _stand_alike(after: Mapping[int, Track], standing: Mapping[int, Track], key: str) -> bool:
    return all(
        _compared(track) == _compared(_without(key, standing[track_id]))
        for track_id, track in after.items()
    )


def _compared(track: Track) -> Track:
    """Without what the start list and the pictures say, which corrections do not change."""
    return replace(track, listed=None, evidence=None)
