"""Which tracks are a runner's. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from stream.corrections import Made, ruling_of
from stream.rulings import SURE
from stream.start_list import bib_key
from stream.types import CorrectionKind, State


@dataclass(frozen=True, slots=True)
class Sight:
    """One track as far as it matters here; times are captures, UTC.

    Attributes:
        bib, state: as the track stands.
        own_bib: what the race itself voted for, where people have corrected the track.
        merged_into: the track that it is a part of.
    """

    track_id: int
    camera: str
    footage_id: int | None
    first_utc_ns: int
    last_utc_ns: int
    crossing_utc_ns: int | None = None
    bib: str | None = None
    state: State | None = None
    own_bib: str | None = None
    merged_into: int | None = None


def tracks_of_bib(
    key: str, tracks: Sequence[Sight], made: Sequence[Made], matched: Collection[int]
) -> frozenset[int]:
    """The tracks that show the runner with a bib, by all that anybody has said.

    Those that carry the bib, be it only seen; those that nobody took it off but that show none, as
    of who "is not a runner"; those that are matched to it and have no other bib for sure; and all
    that are merged with one of them. A track of which a person said that it is somebody else stays.

    Args:
        key: the bib as it is compared, see `stream.start_list.bib_key`.
        tracks: all tracks of the race, those set aside too.
        made: every correction.
        matched: tracks with an assignment to the bib that stands.
    """
    found = {
        track.track_id for track in tracks if _is_of(key, track, made, track.track_id in matched)
    }
    while True:
        more = {t.track_id for t in tracks if t.merged_into in found}
        more |= {t.merged_into for t in tracks if t.track_id in found and t.merged_into is not None}
        if more <= found:
            return frozenset(found)
        found |= more


def _is_of(key: str, track: Sight, made: Sequence[Made], matched: bool) -> bool:
    if is_bib(track.bib, key) and track.state is State.CORRECTED:
        return True
    ruling = ruling_of(track.track_id, made)
    if any(is_bib(bib, key) for bib in ruling.not_bibs | ruling.outdone):
        return False
    if is_bib(track.bib, key):
        return True
    if track.bib is not None and (track.state in SURE or not matched):
        return False
    return matched or (is_bib(track.own_bib, key) and not _gave_it_away(track.track_id, made))


def _gave_it_away(track_id: int, made: Sequence[Made]) -> bool:
    """Whether a person has split the track, and the bib went to the later part."""
    return any(
        one.in_force
        and one.correction.kind is CorrectionKind.SPLIT
        and one.correction.track_id == track_id
        and one.later_has_tag
        for one in made
    )


def is_bib(bib: str | None, key: str) -> bool:
    """Whether a bib is the one that is compared as `key`."""
    return bib is not None and bib_key(bib) == key
