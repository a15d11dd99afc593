"""What corrections make of the tracks of a race. Pure.

Nothing is overwritten: a track keeps what the race itself saw, and how it stands follows from
that and from the corrections in force (`as_corrected`). So an undo in any order restores exactly
what would be there without the correction, the vote's own tag included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from stream.rulings import SURE, Ruling
from stream.types import Correction, CorrectionKind, State, Tag, Track

Listed = Callable[[str], bool | None]
"""Whether the start list has a bib; None without a start list."""

AT_ONCE_NS = 300_000_000
"""Closed tracks in view together for longer than this are two persons; see
`RaceSettings.conflict_s`."""
_STRENGTH = {State.SEEN: 0, State.CONFIRMED: 1, State.CORRECTED: 2}


@dataclass(frozen=True, slots=True)
class Made:
    """A correction that was made.

    Attributes:
        undone_by: number of the correction that took it back.
        outdone: tracks in view at the same time that the vote had confirmed as the bib given.
        later_has_tag: of SPLIT: the vote's tag belongs to the later part.
    """

    number: int
    correction: Correction
    by: str
    at_utc_ns: int
    undone_by: int | None = None
    outdone: tuple[int, ...] = ()
    later_has_tag: bool = False

    @property
    def in_force(self) -> bool:
        """Whether it still changes something."""
        return self.undone_by is None and self.correction.kind is not CorrectionKind.UNDO

    @property
    def track_ids(self) -> frozenset[int]:
        """The tracks that it may change."""
        about = {self.correction.track_id, *self.outdone}
        if self.correction.other_track_id is not None:
            about.add(self.correction.other_track_id)
        return frozenset(about)


def connected(track_ids: Iterable[int], made: Sequence[Made]) -> frozenset[int]:
    """The tracks named and all that corrections, undone ones too, tie to them."""
    found = set(track_ids)
    while True:
        more = {t for one in made if one.track_ids & found for t in one.track_ids} - found
        if not more:
            return frozenset(found)
        found |= more


def ruling_of(track_id: int, made: Sequence[Made]) -> Ruling:
    """What the corrections in force say of one track; `made` in the order of numbers."""
    ruling = Ruling()
    said: dict[int, Made] = {}
    for one in made:
        if not one.in_force:
            continue
        about = one.correction
        if about.kind is CorrectionKind.BIB:
            said[about.track_id] = one
        elif about.kind is CorrectionKind.WRONG_PERSON:
            before = said.get(about.track_id)
            if before is not None and before.correction.bib == about.bib:
                del said[about.track_id]
        if about.track_id == track_id:
            ruling = _with(ruling, one)
    given = {one.correction.bib for one in said.values() if track_id in one.outdone}
    return replace(ruling, outdone=frozenset(bib for bib in given if bib is not None))


def _with(ruling: Ruling, made: Made) -> Ruling:
    about = made.correction
    bibs = frozenset() if about.bib is None else frozenset({about.bib})
    match about.kind:
        case CorrectionKind.BIB:
            left = ruling.not_bibs - bibs
            return replace(ruling, bib=about.bib, not_bibs=left, number=made.number)
        case CorrectionKind.WRONG_PERSON:
            bib = None if ruling.bib == about.bib else ruling.bib
            not_bibs = ruling.not_bibs | bibs
            return replace(ruling, bib=bib, not_bibs=not_bibs, number=made.number)
        case CorrectionKind.NOT_A_RUNNER:
            return replace(ruling, hidden=True, number=made.number)
        case _:
            return ruling


def as_corrected(
    own: Mapping[int, Track], made: Sequence[Made], listed: Listed
) -> dict[int, Track]:
    """How tracks stand.

    Args:
        own: by number, what the race saw; with each track all that is `connected` to it.
        made: every correction, undone ones too, in the order of numbers.
    """
    tracks = dict(own)
    splits = [one for one in made if one.correction.kind is CorrectionKind.SPLIT]
    gone = {one.correction.other_track_id for one in splits}
    for one in splits:
        if one.in_force and one.correction.track_id in tracks:
            _split(tracks, one)
            gone.discard(one.correction.other_track_id)
    rulings = {track_id: ruling_of(track_id, made) for track_id in tracks}
    for track_id, track in tracks.items():
        tag = rulings[track_id].applied(track.tag)
        stands = _tagged(track, tag, listed)
        if rulings[track_id].hidden or track_id in gone:
            stands = _hidden(stands)
        tracks[track_id] = stands
    _merge(tracks, made, rulings, listed)
    return tracks


def _split(tracks: dict[int, Track], made: Made) -> None:
    """Give the later part of a track to another one."""
    at_ns, later_id = made.correction.from_utc_ns, made.correction.other_track_id
    assert at_ns is not None and later_id is not None
    whole = tracks[made.correction.track_id]
    earlier = replace(whole, last_seen_utc_ns=min(whole.last_seen_utc_ns, at_ns))
    later = replace(
        tracks[later_id],
        first_seen_utc_ns=at_ns,
        last_seen_utc_ns=max(whole.last_seen_utc_ns, at_ns),
        closed=whole.closed,
    )
    if whole.crossing_utc_ns is not None and whole.crossing_utc_ns >= at_ns:
        earlier = replace(earlier, crossing_utc_ns=None, clock=None)
        later = replace(later, crossing_utc_ns=whole.crossing_utc_ns, clock=whole.clock)
    if made.later_has_tag:
        earlier = replace(earlier, tag=Tag(), listed=None)
        later = replace(later, tag=whole.tag, listed=whole.listed)
    tracks[whole.track_id], tracks[later_id] = earlier, later


def _merge(
    tracks: dict[int, Track],
    made: Sequence[Made],
    rulings: Mapping[int, Ruling],
    listed: Listed,
) -> None:
    """Make one passage of tracks that are the same runner's: one tag, one crossing."""
    parts: dict[int, list[int]] = {}
    for one in made:
        if one.in_force and one.correction.kind is CorrectionKind.MERGE:
            assert one.correction.other_track_id is not None
            parts.setdefault(one.correction.track_id, []).append(one.correction.other_track_id)
    for head_id, part_ids in parts.items():
        if head_id not in tracks:
            continue
        head, own = tracks[head_id], [tracks[part_id] for part_id in part_ids]
        all_of_it = [head, *own]
        crossed = [t for t in all_of_it if t.crossing_utc_ns is not None and not head.hidden]
        first = min(crossed, key=lambda track: track.crossing_utc_ns or 0, default=None)
        tags = [t.tag for t in all_of_it if t.tag.bib not in rulings[head_id].not_bibs]
        tag = max(tags, key=_strength, default=Tag())  # of equals the first, the head's
        passage = replace(
            head,
            first_seen_utc_ns=min(track.first_seen_utc_ns for track in all_of_it),
            last_seen_utc_ns=max(track.last_seen_utc_ns for track in all_of_it),
            crossing_utc_ns=None if first is None else first.crossing_utc_ns,
            clock=None if first is None else first.clock,
        )
        tag = Tag() if head.hidden else tag
        tracks[head_id] = _tagged(passage, tag, listed)
        for part in own:
            alike = _tagged(part, tag, listed)
            tracks[part.track_id] = replace(
                alike, crossing_utc_ns=None, clock=None, merged_into=head_id, hidden=head.hidden
            )


def _strength(tag: Tag) -> int:
    return -1 if tag.bib is None else _STRENGTH[tag.state]


def _tagged(track: Track, tag: Tag, listed: Listed) -> Track:
    if tag.bib == track.tag.bib:
        return replace(track, tag=tag)
    return replace(track, tag=tag, listed=None if tag.bib is None else listed(tag.bib))


def _hidden(track: Track) -> Track:
    return replace(track, tag=Tag(), listed=None, crossing_utc_ns=None, clock=None, hidden=True)


def at_once(track: Track, bib: str, others: Iterable[Track]) -> tuple[Track, ...]:
    """Which of the others have the bib, for sure, in the same view at the same time."""
    return tuple(
        other
        for other in others
        if other.track_id != track.track_id
        and (other.camera, other.footage_id) == (track.camera, track.footage_id)
        and other.tag.bib == bib
        and other.tag.state in SURE
        and not other.hidden
        and other.merged_into is None
        and _shared_ns(track, other) > (AT_ONCE_NS if track.closed and other.closed else 0)
    )


def _shared_ns(track: Track, other: Track) -> float:
    """For how long both were in view; a track that is open has not been seen for the last time."""
    ends = [t.last_seen_utc_ns if t.closed else float("inf") for t in (track, other)]
    return min(ends) - max(track.first_seen_utc_ns, other.first_seen_utc_ns)
