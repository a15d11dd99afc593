"""Whether a correction can be made: what is refused, and what to do instead. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from engines.types import ALPHABET
from stream.corrections import Made
from stream.types import Correction, CorrectionKind, State, Track

MOST_BIB_CHARACTERS = 12
NOTHING: Mapping[str, str | int] = MappingProxyType({})


class Because(StrEnum):
    """Why a correction is refused. Pages translate these; a code means the same for ever."""

    BIB_EMPTY = "bib_empty"
    BIB_CHARACTER = "bib_character"
    BIB_TOO_LONG = "bib_too_long"
    BIB_NO_DIGIT = "bib_no_digit"
    TRACK_UNKNOWN = "track_unknown"
    TRACK_MERGED = "track_merged"
    TRACK_HIDDEN = "track_hidden"
    IN_VIEW = "in_view"
    BIB_ALREADY = "bib_already"
    NO_BIB = "no_bib"
    BIB_CHANGED = "bib_changed"
    MERGE_ALONE = "merge_alone"
    MERGE_ITSELF = "merge_itself"
    MERGE_APART = "merge_apart"
    MERGE_INTO_THAT = "merge_into_that"
    SPLIT_MERGED = "split_merged"
    SPLIT_OUTSIDE = "split_outside"
    UNDO_OF_TRACK = "undo_of_track"
    CORRECTION_UNKNOWN = "correction_unknown"
    UNDO_OF_UNDO = "undo_of_undo"
    UNDONE_ALREADY = "undone_already"
    UNDO_LATER_FIRST = "undo_later_first"


class CorrectionError(ValueError):
    """The correction cannot be made; the text says why and what to do instead.

    Attributes:
        code: the same for programs; see `Because`.
        about: names and numbers that stand in the text.
    """

    def __init__(self, code: Because, text: str, about: Mapping[str, str | int] = NOTHING) -> None:
        super().__init__(text)
        self.code = code
        self.about = about


class NothingThereError(CorrectionError):
    """There is no such track or correction."""


def bib_of(text: str) -> str:
    """A bib as people type it, as the race writes it: capitals, digits and ``-``.

    Raises:
        CorrectionError: it is empty, too long, without a digit, or has other characters.
    """
    bib = text.strip().upper()
    if not bib:
        raise CorrectionError(
            Because.BIB_EMPTY, 'the bib is empty; type it, or say "wrong person" to take it off'
        )
    foreign = sorted(set(bib) - set(ALPHABET))
    if foreign:
        raise CorrectionError(
            Because.BIB_CHARACTER,
            f"bib {bib!r} has {foreign[0]!r}; a bib is made of A-Z, 0-9 and hyphens",
            {"bib": bib, "character": foreign[0]},
        )
    if len(bib) > MOST_BIB_CHARACTERS:
        raise CorrectionError(
            Because.BIB_TOO_LONG,
            f"bib {bib!r} is longer than {MOST_BIB_CHARACTERS} characters",
            {"bib": bib, "most": MOST_BIB_CHARACTERS},
        )
    if not any(character.isdigit() for character in bib):
        raise CorrectionError(
            Because.BIB_NO_DIGIT,
            f"bib {bib!r} has no digit; a bib needs at least one",
            {"bib": bib},
        )
    return bib


def checked(correction: Correction, tracks: Mapping[int, Track]) -> Correction:
    """The correction with what follows from the tracks filled in.

    Args:
        tracks: as they stand: at least those named, and what is merged into them.

    Raises:
        CorrectionError: it cannot be made.
    """
    track = _named(correction.track_id, tracks)
    match correction.kind:
        case CorrectionKind.BIB:
            return _bib(correction, track)
        case CorrectionKind.WRONG_PERSON:
            return _wrong_person(correction, track)
        case CorrectionKind.NOT_A_RUNNER:
            return Correction(correction.kind, track.track_id)
        case CorrectionKind.MERGE:
            return _merge(correction, track, tracks)
        case CorrectionKind.SPLIT:
            return _split(correction, track, tracks)
        case CorrectionKind.UNDO:
            raise CorrectionError(Because.UNDO_OF_TRACK, "an undo names a correction, not a track")


def check_undo(number: int, made: Sequence[Made]) -> Made:
    """The correction that an undo is about.

    Raises:
        CorrectionError: it cannot be undone (any more, or yet).
    """
    found = next((one for one in made if one.number == number), None)
    if found is None:
        raise NothingThereError(
            Because.CORRECTION_UNKNOWN,
            f"there is no correction {number}; look at the list of them",
            {"number": number},
        )
    if found.correction.kind is CorrectionKind.UNDO:
        raise CorrectionError(
            Because.UNDO_OF_UNDO,
            f"correction {number} is an undo; make the correction anew instead",
            {"number": number},
        )
    if found.undone_by is not None:
        raise CorrectionError(
            Because.UNDONE_ALREADY,
            f"correction {number} was undone already, by {found.undone_by}",
            {"number": number, "by": found.undone_by},
        )
    if found.correction.kind is CorrectionKind.SPLIT:
        for later in reversed(made):
            if later.number > number and later.in_force and _builds_on(later, found):
                raise CorrectionError(
                    Because.UNDO_LATER_FIRST,
                    f"correction {later.number} builds on {number}; undo {later.number} first",
                    {"number": number, "later": later.number},
                )
    return found


def _builds_on(later: Made, split: Made) -> bool:
    whole, part = split.correction.track_id, split.correction.other_track_id
    again = later.correction.kind is CorrectionKind.SPLIT and later.correction.track_id == whole
    return again or part in {later.correction.track_id, later.correction.other_track_id}


def _named(track_id: int, tracks: Mapping[int, Track]) -> Track:
    track = tracks.get(track_id)
    if track is None:
        raise NothingThereError(
            Because.TRACK_UNKNOWN,
            f"there is no track {track_id}; choose a runner from the list",
            {"track": track_id},
        )
    if track.merged_into is not None:
        raise CorrectionError(
            Because.TRACK_MERGED,
            f"track {track_id} is a part of track {track.merged_into}; correct that one, "
            "or undo the merge",
            {"track": track_id, "into": track.merged_into},
        )
    if track.hidden:
        raise CorrectionError(
            Because.TRACK_HIDDEN,
            f"track {track_id} is in no list; undo the correction that hid it",
            {"track": track_id},
        )
    return track


def _bib(correction: Correction, track: Track) -> Correction:
    bib = bib_of(correction.bib or "")
    if track.tag.bib == bib and track.tag.state is State.CORRECTED:
        raise CorrectionError(
            Because.BIB_ALREADY,
            f"track {track.track_id} is corrected to {bib} already",
            {"track": track.track_id, "bib": bib},
        )
    return Correction(correction.kind, track.track_id, bib=bib)


def _wrong_person(correction: Correction, track: Track) -> Correction:
    bib = track.tag.bib
    if bib is None:
        raise CorrectionError(
            Because.NO_BIB,
            f"track {track.track_id} has no bib to take off",
            {"track": track.track_id},
        )
    if correction.bib is not None and bib_of(correction.bib) != bib:
        raise CorrectionError(
            Because.BIB_CHANGED,
            f"track {track.track_id} is {bib} by now, not {correction.bib}; look again",
            {"track": track.track_id, "bib": bib, "former": correction.bib},
        )
    return Correction(correction.kind, track.track_id, bib=bib)


def _merge(correction: Correction, track: Track, tracks: Mapping[int, Track]) -> Correction:
    if correction.other_track_id is None:
        raise CorrectionError(
            Because.MERGE_ALONE, "a merge needs a second track; name it as other_track_id"
        )
    if correction.other_track_id == track.track_id:
        raise CorrectionError(
            Because.MERGE_ITSELF,
            f"track {track.track_id} cannot be merged with itself",
            {"track": track.track_id},
        )
    other = _named(correction.other_track_id, tracks)
    if (other.camera, other.footage_id) != (track.camera, track.footage_id):
        raise CorrectionError(
            Because.MERGE_APART,
            f"tracks {track.track_id} and {other.track_id} are of different cameras or footage; "
            "give both the same bib instead",
            {"track": track.track_id, "other": other.track_id},
        )
    for one in (track, other):
        _check_closed(one)
    if any(one.merged_into == other.track_id for one in tracks.values()):
        raise CorrectionError(
            Because.MERGE_INTO_THAT,
            f"other tracks are merged into track {other.track_id}; "
            f"merge track {track.track_id} into that one instead",
            {"track": track.track_id, "other": other.track_id},
        )
    return Correction(correction.kind, track.track_id, other_track_id=other.track_id)


def _split(correction: Correction, track: Track, tracks: Mapping[int, Track]) -> Correction:
    _check_closed(track)
    if any(one.merged_into == track.track_id for one in tracks.values()):
        raise CorrectionError(
            Because.SPLIT_MERGED,
            f"track {track.track_id} is a merged one; undo the merge first",
            {"track": track.track_id},
        )
    at_ns = correction.from_utc_ns
    if at_ns is None or not track.first_seen_utc_ns < at_ns <= track.last_seen_utc_ns:
        raise CorrectionError(
            Because.SPLIT_OUTSIDE,
            f"track {track.track_id} is in view from {track.first_seen_utc_ns} to "
            f"{track.last_seen_utc_ns} ns; split it (from_utc_ns) in between",
            {"track": track.track_id},
        )
    return replace(correction, bib=None, other_track_id=None, undone=None)


def _check_closed(track: Track) -> None:
    if not track.closed:
        raise CorrectionError(
            Because.IN_VIEW,
            f"track {track.track_id} is still in view; wait until the runner is gone",
            {"track": track.track_id},
        )
