"""What is read back from a race folder."""

from __future__ import annotations

from dataclasses import dataclass

from engines.types import Box
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
    city: str | None = None
    nation: str | None = None


@dataclass(frozen=True, slots=True)
class RunnerRow:
    """One track as it stands.

    Attributes:
        evidence: path of its picture inside the race folder, as it is now.
        listed: whether the bib is on the start list; None without a start list.
        name, club: of the start list's runner with this bib.
        closed: the track is over.
        interrupted: the run that saw it ended before the track did.
        footage_id: the footage it was seen in, whose segments show it.
        hidden: it belongs in no list; see `stream.types.Track`.
        merged_into: the track that it is a part of.
        conflicts: the other tracks that claim its bib; see `stream.types.Conflict`.
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
    footage_id: int | None = None
    hidden: bool = False
    merged_into: int | None = None
    conflicts: tuple[int, ...] = ()


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
class NewSegment:
    """A piece of a camera's own video, as it begins.

    Attributes:
        path: inside the race folder, with slashes; of a file that is only referred to, where it
            is (absolute unless it lies inside the race folder).
        referenced: a file that was there before; finishline neither wrote it nor deletes it.
        codec, sound: FFmpeg's names, like ``h264``, ``hevc``, ``mjpeg``, ``aac``; `sound` is None
            where there is none.
        first_utc_ns: capture time of its first frame. A frame that stands `t` after the first one
            in the file was captured at ``first_utc_ns + t``.
        clock: where that time comes from.
    """

    footage_id: int
    camera: str
    path: str
    referenced: bool
    codec: str
    sound: str | None
    width: int
    height: int
    first_utc_ns: int
    clock: Clock


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment as it stands; see `NewSegment`.

    Attributes:
        end_utc_ns: capture time at which its last frame ends; None while it is being written, and
            after a run that died: then it ends where its file ends.
        deleted: the disk guard has removed the file.
    """

    id: int
    segment: NewSegment
    end_utc_ns: int | None
    n_bytes: int
    deleted: bool


@dataclass(frozen=True, slots=True)
class GuardedSegment:
    """A recorded segment as the disk guard sees it.

    Attributes:
        path: inside the race folder.
        sighted: a runner was in view.
        tagged: a runner with a bib was in view, be it only seen.
    """

    id: int
    footage_id: int
    path: str
    end_utc_ns: int
    n_bytes: int
    sighted: bool
    tagged: bool


@dataclass(frozen=True, slots=True)
class LookRow:
    """A look that was judged. Boxes are pixels of the full picture: x0, y0, x1, y1.

    Attributes:
        reason: why it did not count; None where it did.
        sharpness: of the number line, 0..1; None where none was found.
    """

    track_id: int
    camera: str
    frame_index: int
    pts_ns: int
    capture_utc_ns: int
    reason: Reason | None
    text: str | None
    sharpness: float | None
    person: Box
    bib: Box | None
    number: Box | None


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
