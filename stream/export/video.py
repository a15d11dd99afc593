"""Which file shows which moment of a camera, and the frames of those moments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import cast

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from engines.types import Image
from stream.clock import SECOND_NS, monotonic_ns
from stream.export.errors import ExportError
from stream.export.films import (
    Film,
    decoded,
    frame_ns,
    look_into,
    open_film,
    packets_from,
    ticks_ns,
)
from stream.export.times import moment_text
from stream.recording.fragments import FilmPacket
from stream.recording.mend import readable_ns
from stream.sources.av import i420
from stream.store import SegmentRow, StoreReader

NEAR_NS = SECOND_NS // 2
"""A frame is of a moment when it was captured less than this from it."""
_FRESH_NS = SECOND_NS
"""How long the list of segments is good for: a race may be running."""
_NEAR_NS = 2 * SECOND_NS
"""Frames that are nearer are decoded on to; for farther ones a keyframe may be in between."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A file that shows a stretch of time.

    Attributes:
        first_utc_ns: capture time of its first frame.
        end_utc_ns: capture time at which its last frame ends, or its last whole one so far.
    """

    file: Path
    row: SegmentRow
    first_utc_ns: int
    end_utc_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class ShownFrame:
    """A frame of the camera's own video, in its full size: RGB uint8 ``[height, width, 3]``."""

    capture_utc_ns: int
    image: Image


class RaceVideo:
    """The recorded video of a race, also of one that is being run."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader
        self._rows: dict[int, tuple[int, tuple[SegmentRow, ...]]] = {}
        self._films: dict[tuple[Path, int], Film] = {}
        self._ends: dict[tuple[Path, int], int] = {}

    def covering(self, footage_id: int, from_ns: int, to_ns: int) -> tuple[Piece, ...]:
        """The files that show something of ``[from_ns, to_ns)``, in order of time.

        What was recorded there and is no longer is left out; see `lost`.

        Raises:
            ExportError: nothing shows it: it was never recorded, the disk guard has removed it,
                or the file has gone; says which, with the mend.
        """
        pieces = [
            piece
            for row in self.rows(footage_id, from_ns, to_ns)
            if self._reason(row) is None and (piece := self._piece(row)) is not None
            if piece.end_utc_ns > from_ns
        ]
        if pieces:
            return tuple(pieces)
        lost = self.lost(footage_id, from_ns, to_ns)
        if lost:
            raise ExportError("; ".join(lost))
        when = f"from {moment_text(from_ns)} to {moment_text(to_ns)}"
        if self.rows(footage_id, from_ns, to_ns):
            raise ExportError(
                f"the video of {self._camera(footage_id)} {when} holds nothing to show yet; "
                "export again in a few seconds"
            )
        raise ExportError(
            f"{self._camera(footage_id)} was not recorded {when}; "
            "switch recording on in the race file, or name another --camera"
        )

    def lost(self, footage_id: int, from_ns: int, to_ns: int) -> tuple[str, ...]:
        """Why what was recorded of ``[from_ns, to_ns)`` is not there any more, one line each."""
        reasons = (self._reason(row) for row in self.rows(footage_id, from_ns, to_ns))
        return tuple(dict.fromkeys(reason for reason in reasons if reason is not None))

    def rows(self, footage_id: int, from_ns: int, to_ns: int) -> tuple[SegmentRow, ...]:
        """Segments that show something of ``[from_ns, to_ns)`` by what is said of them.

        Those that are still being written have no known end.
        """
        return tuple(
            row
            for row in self._segments(footage_id)
            if row.segment.first_utc_ns < to_ns
            and (row.end_utc_ns is None or row.end_utc_ns > from_ns)
        )

    def film(self, piece: Piece) -> Film:
        """What is in a piece's file.

        Raises:
            ExportError: it cannot be read.
        """
        key = (piece.file, _size(piece.file))
        if key not in self._films:
            self._films[key] = look_into(piece.file)
        return self._films[key]

    def frames_at(self, footage_id: int, times_ns: Sequence[int]) -> Iterator[ShownFrame]:
        """The nearest frame of each moment, in order; what lies between keyframes is decoded once.

        Args:
            times_ns: capture times in rising order.

        Raises:
            ExportError: nothing shows one of them.
            ValueError: the times are not in order.
        """
        if any(later < earlier for earlier, later in pairwise(times_ns)):
            raise ValueError("the times of frames must be in order")
        asked: list[tuple[Piece, list[int]]] = []
        for time_ns in times_ns:
            piece = self._showing(footage_id, time_ns)
            if asked and asked[-1][0] == piece:
                asked[-1][1].append(time_ns)
            else:
                asked.append((piece, [time_ns]))
        for piece, wanted in asked:
            yield from _frames(piece, self.film(piece), wanted)

    def _showing(self, footage_id: int, time_ns: int) -> Piece:
        near = self.covering(footage_id, time_ns - NEAR_NS, time_ns + NEAR_NS)
        return min(
            near,
            key=lambda piece: max(piece.first_utc_ns - time_ns, time_ns - piece.end_utc_ns + 1, 0),
        )

    def _segments(self, footage_id: int) -> tuple[SegmentRow, ...]:
        now_ns = monotonic_ns()
        read_ns, rows = self._rows.get(footage_id, (0, ()))
        if not rows or now_ns - read_ns > _FRESH_NS:
            rows = self._reader.segments(footage_id)
            self._rows[footage_id] = (now_ns, rows)
        return rows

    def _file(self, row: SegmentRow) -> Path:
        # An absolute path wins over the folder.
        return self._reader.folder / row.segment.path

    def _reason(self, row: SegmentRow) -> str | None:
        """Why a segment's file is not there; None where it is."""
        segment, file = row.segment, self._file(row)
        what = f"the video of camera {segment.camera} from {moment_text(segment.first_utc_ns)}"
        if row.deleted:
            return (
                f"{what} was removed by the disk guard; give the race a larger disk, "
                "or export while it is being run"
            )
        if not file.is_file():
            return f"{what} has gone; put the video back at {file}"
        return None

    def _piece(self, row: SegmentRow) -> Piece | None:
        """The piece of a file that is there; None while nothing in it can be shown."""
        file, first_ns = self._file(row), row.segment.first_utc_ns
        if row.end_utc_ns is not None:
            return Piece(file, row, first_ns, row.end_utc_ns)
        key = (file, _size(file))
        if key not in self._ends:
            # The file of a run that has just begun it, or died then, holds nothing yet.
            self._ends[key] = readable_ns(file) or 0
        length_ns = self._ends[key]
        return Piece(file, row, first_ns, first_ns + length_ns) if length_ns > 0 else None

    def _camera(self, footage_id: int) -> str:
        names = [row.camera for row in self._reader.footage() if row.id == footage_id]
        return f"camera {names[0]}" if names else f"footage {footage_id}"


def _frames(piece: Piece, film: Film, times_ns: Sequence[int]) -> Iterator[ShownFrame]:
    """The nearest frame of each moment, in order, out of one file."""
    shift_ns = piece.first_utc_ns - film.first_ns
    with open_film(piece.file) as container:
        video = container.streams.video[0]
        video.thread_type = "AUTO"
        frames: Iterator[VideoFrame] = iter(())
        before: VideoFrame | None = None
        after: VideoFrame | None = None
        for time_ns in times_ns:
            own_ns = time_ns - shift_ns
            if after is None or _is_better_sought(video, frame_ns(after), own_ns):
                frames = _all_decoded(packets_from(container, video, None, own_ns), video)
                before, after = None, next(frames, None)
            while after is not None and frame_ns(after) < own_ns:
                before, after = after, next(frames, None)
            near = [frame for frame in (before, after) if frame is not None]
            if not near:
                raise ExportError(
                    f"{piece.file} shows nothing at {moment_text(time_ns)}; "
                    "it is cut off or damaged: put a good copy in its place"
                )
            shown = min(near, key=lambda frame: abs(frame_ns(frame) - own_ns))
            yield ShownFrame(frame_ns(shown) + shift_ns, _rgb(shown))


def _is_better_sought(video: VideoStream, at_ns: int, aim_ns: int) -> bool:
    """Whether to seek anew from a decoded frame to a later moment, rather than decode on."""
    if aim_ns - at_ns <= _NEAR_NS:
        return False
    index, base = video.index_entries, video.time_base
    if base is None or len(index) <= 1:
        return True
    aim = aim_ns * base.denominator // (base.numerator * SECOND_NS)
    found = index.search_timestamp(aim, backward=True)
    # No keyframe between here and there: a seek would decode the same frames once more.
    return found < 0 or ticks_ns(index[found].timestamp, base) > at_ns


def _all_decoded(packets: Iterator[FilmPacket], video: VideoStream) -> Iterator[VideoFrame]:
    """Decoded frames up to the end, damaged packets left out."""
    video.codec_context.flush_buffers()
    for packet in packets:
        yield from decoded(video, cast("Packet[VideoStream]", packet))
    yield from decoded(video, None)


def _rgb(frame: VideoFrame) -> Image:
    shown = i420(frame)
    return shown.crop((0, 0, shown.width, shown.height))


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return -1
