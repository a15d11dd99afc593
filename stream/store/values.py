"""What is read back from a race folder."""

from __future__ import annotations

from dataclasses import dataclass

from stream.store.images import ImageKind
from stream.types import Clock, Reason, State


@dataclass(frozen=True, slots=True)
class StartListRow:
    """One runner of the start list, as imported."""

    bib: str
    name: str
    club: str | None = None
    category: str | None = None
    wave: str | None = None


@dataclass(frozen=True, slots=True)
class RunnerRow:
    """One track as it stands.

    Attributes:
        evidence: path of its picture inside the race folder, as it is now.
        listed: whether the bib is on the start list; None without a start list.
        name, club: of the start list's runner with this bib.
        closed: the track is over.
        interrupted: the run that saw it ended before the track did.
    """

    track_id: int
    camera: str
    bib: str | None
    state: State | None
    posterior: float
    votes: int
    evidence: str | None
    first_seen_utc_ns: int
    last_seen_utc_ns: int
    crossing_utc_ns: int | None
    clock: Clock | None
    listed: bool | None
    name: str | None
    club: str | None
    closed: bool
    interrupted: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The runners, newest first, as they were after the message `seq`."""

    seq: int
    runners: tuple[RunnerRow, ...]


@dataclass(frozen=True, slots=True)
class ImageRow:
    """A kept picture: `path` inside the race folder, and where it comes from."""

    path: str
    store: str
    kind: ImageKind
    bib: str | None
    track_id: int
    camera: str
    frame_index: int
    pts_ns: int
    capture_utc_ns: int
    width: int
    height: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FootageRow:
    """A source the race has read; `done_pts_ns` is None before the first progress."""

    id: int
    camera: str
    source: str
    fingerprint: str | None
    done_pts_ns: int | None
    frames: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """A race in numbers.

    Attributes:
        tracks: runners seen, of whom `confirmed` and `corrected` have a bib, `seen` may have
            one, and `unknown` have none.
        bibs: different bibs confirmed or corrected.
        looks_counted: of `looks`, those that voted.
        reasons: how many looks did not vote, by reason.
    """

    tracks: int
    confirmed: int
    corrected: int
    seen: int
    unknown: int
    bibs: int
    crossings: int
    looks: int
    looks_counted: int
    pivot_images: int
    unknown_images: int
    frames: int
    reasons: dict[Reason, int]
