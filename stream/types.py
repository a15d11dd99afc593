"""The values of a race: frames, observations, looks and events.

Only numpy, `engines.types` and pure parts of the standard library are imported: the
race core is built on this file and has no I/O.

Times are integers in nanoseconds. ``pts_ns`` is the source's own running time and starts
near zero; ``capture_utc_ns`` is when the light fell on the sensor, as well as `Clock` can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engines.types import Box, Detections, Finding, Picture, View


class Clock(StrEnum):
    """Where a capture time comes from."""

    RTCP = "rtcp"
    """The camera's own sender reports."""
    FILE = "file"
    """The time stamps inside a file, from the start time given or zero."""
    FITTED = "fitted"
    """The source's running time fitted to the host's clock."""
    ARRIVAL = "arrival"
    """The host's clock when the frame arrived."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of one camera.

    Attributes:
        index: counts the frames delivered by the source, from 0.
        detections: what the source has found in it already; None leaves it to the detector.
    """

    camera: str
    index: int
    pts_ns: int
    capture_utc_ns: int
    clock: Clock
    picture: Picture
    detections: Detections | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """A frame without its pixels, and what the detector found in it (full-picture pixels)."""

    camera: str
    frame_index: int
    pts_ns: int
    capture_utc_ns: int
    clock: Clock
    width: int
    height: int
    detections: Detections


class LookKind(StrEnum):
    """What the driver must do with a look's crop."""

    NUMBER = "number"
    """`crop` is a number line: read it as it is."""
    TORSO = "torso"
    """`crop` is a torso: find bib and number line in it with the detector, then read the line."""


@dataclass(frozen=True, slots=True)
class Look:
    """A request to read a crop of one frame for one track.

    Attributes:
        person: the track's person box in that frame, pixels.
        crop: the region to cut, pixels of the full picture.
        bib: the bib box where one is known.
        value: how much this look is worth to the vote; the least valuable are dropped first.
        view: how much round the number line the reader is shown.
    """

    camera: str
    track_id: int
    frame_index: int
    pts_ns: int
    capture_utc_ns: int
    kind: LookKind
    person: Box
    crop: Box
    bib: Box | None
    value: float
    view: View = View.TIGHT


class Reason(StrEnum):
    """Why a look did not count in the vote."""

    NO_NUMBER = "no number line"
    TOO_SMALL = "too small"
    BLURRED = "blurred"
    CUT_OFF = "cut off"
    NOT_A_BIB = "not a bib pattern"
    UNREAD = "nothing read"
    CONFLICT = "conflict"
    DROPPED = "dropped, queue full"
    NO_TRACK = "track already closed"


class State(StrEnum):
    """How sure a tag is."""

    SEEN = "seen"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Tag:
    """A track's current bib; `bib` is None where there is none (yet, or any more)."""

    bib: str | None = None
    state: State = State.SEEN
    posterior: float = 0.0
    votes: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """A new track is believed to be a runner."""

    camera: str
    track_id: int
    frame_index: int
    capture_utc_ns: int
    person: Box


@dataclass(frozen=True, slots=True)
class Judged:
    """A look was judged: `reason` is None when it counted in the vote."""

    look: Look
    finding: Finding | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Tagged:
    """A track's current bib, each time bib or state changes.

    Attributes:
        frame_index, capture_utc_ns: the newest frame the race had seen when the tag was made.
        person: where the track was in that frame.
        bib: the text, never rewritten towards the start list. None takes an earlier tag back.
        posterior: probability of `bib` among all candidates, 0..1.
        votes: looks that support `bib`.
        evidence: the look that weighed most for `bib`.
        listed: whether the start list has this bib; None without a start list.
        correction: number of the correction that changed it; None where the vote did.
    """

    camera: str
    track_id: int
    frame_index: int
    capture_utc_ns: int
    person: Box
    bib: str | None
    state: State
    posterior: float
    votes: int
    evidence: Look | None
    listed: bool | None
    correction: int | None = None


@dataclass(frozen=True, slots=True)
class Crossed:
    """A track crossed the finish line. The time is interpolated between frames."""

    camera: str
    track_id: int
    frame_index: int
    pts_ns: int
    capture_utc_ns: int
    clock: Clock


@dataclass(frozen=True, slots=True)
class Conflict:
    """One bib is claimed by two live tracks of a camera; neither confirmation is made anew."""

    camera: str
    track_id: int
    other_track_id: int
    capture_utc_ns: int
    bib: str


@dataclass(frozen=True, slots=True)
class Closed:
    """A track is over. `frame_index` and `capture_utc_ns` are of its last sight of the runner.

    `looks` counts looks that counted; `reasons` those that did not.
    """

    camera: str
    track_id: int
    frame_index: int
    capture_utc_ns: int
    bib: str | None
    state: State | None
    posterior: float
    looks: int
    reasons: dict[Reason, int]


class CorrectionKind(StrEnum):
    """What a person says of a track."""

    BIB = "bib"
    """It is this bib, whatever the vote says."""
    WRONG_PERSON = "wrong_person"
    """It is not the bib it has, and the vote may not give it that bib again."""
    NOT_A_RUNNER = "not_a_runner"
    """It belongs in no list, and its crossing does not count."""
    MERGE = "merge"
    """Another track is the same passage of the same runner."""
    SPLIT = "split"
    """From a moment on it is another runner, who gets a track of their own."""
    UNDO = "undo"
    """An earlier correction is taken back."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says.

    Attributes:
        bib: the right one of BIB, the wrong one of WRONG_PERSON.
        other_track_id: what MERGE makes a part of `track_id`; the later part of SPLIT.
        from_utc_ns: capture time from which SPLIT makes `track_id` another runner.
        undone: number of the correction that UNDO takes back.
    """

    kind: CorrectionKind
    track_id: int
    bib: str | None = None
    other_track_id: int | None = None
    from_utc_ns: int | None = None
    undone: int | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """One track as it stands, after what people have said of it.

    Attributes:
        listed: whether the start list has its bib; None without a bib or a start list.
        evidence: path of its picture inside the race folder.
        hidden: it belongs in no list: not a runner, or a split that was taken back.
        merged_into: the track that it is a part of. That one has the crossing of both.
    """

    track_id: int
    camera: str
    footage_id: int | None
    first_seen_utc_ns: int
    last_seen_utc_ns: int
    closed: bool
    tag: Tag = Tag()
    listed: bool | None = None
    crossing_utc_ns: int | None = None
    clock: Clock | None = None
    evidence: str | None = None
    hidden: bool = False
    merged_into: int | None = None


@dataclass(frozen=True, slots=True)
class Corrected:
    """A person has corrected something, or taken a correction back.

    Attributes:
        capture_utc_ns: last sight of the track, so far.
        number: of the correction, counted from 1 in each race.
        by: who.
        at_utc_ns: when.
        tracks: all that changed, as they stand now; `track_id` among them.
    """

    camera: str
    track_id: int
    capture_utc_ns: int
    number: int
    correction: Correction
    by: str
    at_utc_ns: int
    tracks: tuple[Track, ...]


Event = Opened | Judged | Tagged | Crossed | Conflict | Closed | Corrected
