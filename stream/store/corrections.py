"""Rows of what people have said, and of the tracks as they stand after it.

The columns of a track say how it stands, for whoever reads. What the race itself saw of a track
that corrections are about is kept beside them, in ``own``, and goes on being recorded there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from stream.correction_checks import (
    CorrectionError,
    NothingThereError,
    check_undo,
    checked,
)
from stream.corrections import Listed, Made, as_corrected, at_once, connected, ruling_of
from stream.rulings import Ruling
from stream.start_list import bib_key
from stream.store.errors import CorrectionRefused, NothingToCorrect
from stream.store.images import rehome
from stream.store.track_rows import (
    LastSight,
    choose_evidence,
    find_tracks,
    integer,
    keep_own,
    last_sight,
    maybe_integer,
    maybe_text,
    own_of,
    put_track,
    read_own,
    tracks_of,
)
from stream.types import (
    Closed,
    Correction,
    CorrectionKind,
    Crossed,
    Opened,
    State,
    Tag,
    Tagged,
    Track,
)

COLUMNS = (
    "number, kind, track_id, bib, other_track_id, from_utc_ns, undone, undone_by, outdone, "
    "later_has_tag, made_by, at_utc_ns"
)
CORRECTED = (
    "SELECT track_id FROM corrections WHERE undone_by IS NULL AND undone IS NULL UNION "
    "SELECT other_track_id FROM corrections WHERE other_track_id IS NOT NULL AND undone IS NULL"
)
"""The tracks that people have said something of, and every later part of a split."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a correction has changed.

    Attributes:
        made: the correction, with its number and what was filled in.
        tracks: all that stand differently now; the one that it is about comes first.
        retagged: of these, the tracks whose bib or its state changed.
        rivals: tracks with the bib that was given, in view at the same time.
        rulings: by track, all that people have said of it, for the race that is running.
        sights: by track of `retagged`.
    """

    made: Made
    tracks: tuple[Track, ...]
    retagged: frozenset[int]
    rivals: tuple[int, ...]
    rulings: Mapping[int, Ruling]
    sights: Mapping[int, LastSight]


def make(
    db: Database, correction: Correction, by: str, at_utc_ns: int, new_track_id: int | None
) -> Change:
    """Check a correction, write it down and bring the tracks up to it.

    Raises:
        CorrectionRefused: it cannot be made.
    """
    before = all_made(db)
    number = before[-1].number + 1 if before else 1
    try:
        made, undone = _decided(db, correction, before)
    except NothingThereError as refusal:
        raise NothingToCorrect(str(refusal), refusal.code, refusal.about) from refusal
    except CorrectionError as refusal:
        raise CorrectionRefused(str(refusal), refusal.code, refusal.about) from refusal
    made = replace(made, number=number, by=by, at_utc_ns=at_utc_ns)
    if made.correction.kind is CorrectionKind.SPLIT:
        made = _divided(db, made, new_track_id)
    rivals = _rivals(db, made)
    made = replace(made, outdone=tuple(t.track_id for t in rivals if _by_vote(t)))
    _write(db, made)
    about = made if undone is None else undone
    if about.correction.kind is CorrectionKind.SPLIT:
        _move_pictures(db, about, back=undone is not None)
    return _changed(db, made, about, tuple(track.track_id for track in rivals))


def all_made(db: Database) -> list[Made]:
    """Every correction of the race in the order of numbers."""
    rows = db.execute(f"SELECT {COLUMNS} FROM corrections ORDER BY number").fetchall()
    return [made_of(row) for row in rows]


def made_of(row: Sequence[object]) -> Made:
    """A row of `COLUMNS` as a value."""
    number, kind, track_id, bib, other, from_ns, undone, undone_by, outdone, later, by, at_ns = row
    correction = Correction(
        CorrectionKind(str(kind)),
        integer(track_id),
        maybe_text(bib),
        maybe_integer(other),
        maybe_integer(from_ns),
        maybe_integer(undone),
    )
    return Made(
        integer(number),
        correction,
        str(by),
        integer(at_ns),
        maybe_integer(undone_by),
        tuple(json.loads(str(outdone))),
        bool(later),
    )


def next_track_id(db: Database) -> int:
    """The first number that no track, look or picture has."""
    found = db.execute(
        "SELECT max((SELECT coalesce(max(track_id), 0) FROM tracks), "
        "(SELECT coalesce(max(track_id), 0) FROM looks), "
        "(SELECT coalesce(max(track_id), 0) FROM images)) + 1"
    ).fetchone()
    return int(found[0])


def follow(db: Database, event: Opened | Tagged | Crossed | Closed) -> None:
    """Keep what the race saw of a corrected track, and how the track stands, up to an event."""
    row = db.execute("SELECT own FROM tracks WHERE track_id = ?", (event.track_id,)).fetchone()
    if row is None or row[0] is None:
        return
    own = read_own(row[0])
    own = replace(own, last_seen_utc_ns=max(own.last_seen_utc_ns, event.capture_utc_ns))
    match event:
        case Tagged() if event.correction is None:
            tag = Tag(event.bib, event.state, float(event.posterior), event.votes)
            own = replace(own, tag=tag, listed=event.listed)
        case Crossed() if own.crossing_utc_ns is None:
            own = replace(own, crossing_utc_ns=event.capture_utc_ns, clock=event.clock)
        case _:
            pass
    keep_own(db, own)
    made = all_made(db)
    _stand(db, tracks_of(db, connected([event.track_id], made)), made)


def _decided(
    db: Database, correction: Correction, before: Sequence[Made]
) -> tuple[Made, Made | None]:
    """The correction as it is made, without its number, and what it undoes."""
    if correction.kind is CorrectionKind.UNDO:
        undone = check_undo(correction.undone or 0, before)
        about = Correction(CorrectionKind.UNDO, undone.correction.track_id, undone=undone.number)
        return Made(0, about, "", 0), undone
    named = [correction.track_id]
    if correction.other_track_id is not None:
        named.append(correction.other_track_id)
    tracks = tracks_of(db, connected(named, before))
    return Made(0, checked(correction, tracks), "", 0), None


def _divided(db: Database, made: Made, new_track_id: int | None) -> Made:
    """Give the later part of a split its row."""
    correction = made.correction
    if new_track_id is None:
        new_track_id = next_track_id(db)
    db.execute(
        "INSERT INTO tracks (track_id, camera, footage_id, first_seen_utc_ns, last_seen_utc_ns, "
        "closed, interrupted) SELECT ?, camera, footage_id, ?, last_seen_utc_ns, 1, interrupted "
        "FROM tracks WHERE track_id = ?",
        (new_track_id, correction.from_utc_ns, correction.track_id),
    )
    read = db.execute(
        "SELECT coalesce(sum(capture_utc_ns >= ?), 0), coalesce(sum(capture_utc_ns < ?), 0) "
        "FROM looks JOIN tracks t USING (track_id) "
        "WHERE track_id = ? AND reason IS NULL AND text = t.bib",
        (correction.from_utc_ns, correction.from_utc_ns, correction.track_id),
    ).fetchone()
    correction = replace(correction, other_track_id=new_track_id)
    return replace(made, correction=correction, later_has_tag=read[0] > read[1])


def _rivals(db: Database, made: Made) -> tuple[Track, ...]:
    """Who else has the bib that is given, in view at the same time."""
    correction = made.correction
    if correction.kind is not CorrectionKind.BIB or correction.bib is None:
        return ()
    track = tracks_of(db, [correction.track_id])[correction.track_id]
    return at_once(track, correction.bib, find_tracks(db, "bib = ?", (correction.bib,)))


def _by_vote(track: Track) -> bool:
    return track.tag.state is State.CONFIRMED


def _write(db: Database, made: Made) -> None:
    about = made.correction
    db.execute(
        f"INSERT INTO corrections ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?, ?)",
        (
            made.number,
            about.kind.value,
            about.track_id,
            about.bib,
            about.other_track_id,
            about.from_utc_ns,
            about.undone,
            json.dumps(made.outdone),
            made.later_has_tag,
            made.by,
            made.at_utc_ns,
        ),
    )
    if about.undone is not None:
        db.execute(
            "UPDATE corrections SET undone_by = ? WHERE number = ?", (made.number, about.undone)
        )


def _move_pictures(db: Database, split: Made, back: bool) -> None:
    """What shows the later part belongs to it, or back to the whole."""
    whole, part = split.correction.track_id, split.correction.other_track_id
    source, target = (part, whole) if back else (whole, part)
    for table in ("images", "looks"):
        db.execute(
            f"UPDATE {table} SET track_id = ? WHERE track_id = ? AND capture_utc_ns >= ?",
            (target, source, split.correction.from_utc_ns),
        )


def _changed(db: Database, made: Made, about: Made, rivals: tuple[int, ...]) -> Change:
    """Bring the rows of all tracks up to the corrections; tell what changed."""
    everything = all_made(db)
    group = connected([*about.track_ids], everything)
    before = tracks_of(db, group)
    for track in before.values():
        keep_own(db, track, only_new=True)
    after = _stand(db, before, everything)
    if about.correction.kind is CorrectionKind.SPLIT:
        for track_id in about.track_ids:
            rehome(db, track_id)
            choose_evidence(db, track_id, restore=about.number != made.number)
        after = tracks_of(db, group)
    first = about.correction.track_id
    new = about.correction.other_track_id
    changed = [t for t in after.values() if t != before[t.track_id] or t.track_id in (first, new)]
    changed.sort(key=lambda track: (track.track_id != first, track.track_id))
    retagged = frozenset(
        t.track_id for t in changed if _shown(t.tag) != _shown(before[t.track_id].tag)
    )
    return Change(
        made,
        tuple(changed),
        retagged,
        rivals,
        {track_id: ruling_of(track_id, everything) for track_id in after},
        {track_id: last_sight(db, track_id, first) for track_id in retagged},
    )


def _shown(tag: Tag) -> tuple[str | None, State]:
    return tag.bib, tag.state


def _stand(db: Database, before: Mapping[int, Track], made: Sequence[Made]) -> dict[int, Track]:
    """Work out how tracks stand and write what changed."""
    own = {track_id: own_of(db, track) for track_id, track in before.items()}
    after = as_corrected(own, made, _listed(db))
    for track_id, track in after.items():
        stands = replace(track, evidence=before[track_id].evidence)
        after[track_id] = stands
        if stands != before[track_id]:
            put_track(db, stands)
            rehome(db, track_id)
    return after


def _listed(db: Database) -> Listed:
    listed = {bib_key(row[0]) for row in db.execute("SELECT bib FROM entries").fetchall()}
    return lambda bib: bib_key(bib) in listed if listed else None
