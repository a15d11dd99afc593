"""Writes one camera's packets into segments, on a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import av

from stream.clock import SECOND_NS, monotonic_ns, stamp
from stream.recording.cutting import Cut, Cutter, Interleaver
from stream.recording.mend import readable_ns
from stream.recording.segment_file import CodecError, SegmentFile, Streams, streams_of
from stream.recording.settings import RecordingSettings
from stream.sources.packets import RAW, Packet
from stream.store import NewSegment, StoreError

log = logging.getLogger(__name__)

MOST_BYTES = 64_000_000
"""Packets that wait while the disk is slow: half a minute of a good camera."""
BUNCH_S = 0.2
"""Between two looks at what has come."""
AGAIN_NS = 10 * SECOND_NS
"""After a write has failed, the time to the next attempt."""


class SegmentStore(Protocol):
    """Where segments are put on record; see `stream.store.Store`."""

    @property
    def folder(self) -> Path:
        """The race folder."""

    def begin_segment(self, new: NewSegment) -> int:
        """A file is about to be written; its id."""

    def end_segment(self, segment_id: int, end_utc_ns: int, n_bytes: int) -> None:
        """It is complete."""

    def delete_segments(self, segment_ids: Sequence[int]) -> None:
        """They hold nothing that can be seen."""


@dataclass(frozen=True, slots=True)
class RecordingStatus:
    """How the recording of a camera is doing.

    Attributes:
        state: one line for people: "recording", "waiting for a key frame",
            "recording stopped: ...", "not recorded: ...".
        ok: nothing is wrong.
        segments, n_bytes: complete so far.
        lost: packets thrown away because the disk was too slow, or stopped.
    """

    camera: str
    state: str
    ok: bool
    segments: int
    n_bytes: int
    lost: int

    def summary(self) -> str:
        """What has been recorded, in a line."""
        said = f"{self.segments} segments recorded, {self.n_bytes / 1e6:.1f} MB"
        if self.lost:
            said += f"; {self.lost} packets lost"
        return said if self.ok else f"{said}; {self.state}"


class Recorder:
    """Records one camera, from `begin` to `close`.

    Packets wait in a queue bounded in bytes; when the disk cannot keep up the newest are thrown
    away and counted, and the video goes on with the next key frame. A disk that refuses stops
    the recording, says so in `status`, and is tried again after a while; nothing is raised into
    the thread that sees frames.
    """

    def __init__(self, camera: str, settings: RecordingSettings) -> None:
        self.camera = camera
        self._cutter = Cutter(round(settings.segment_s * SECOND_NS))
        self._interleaver = Interleaver()
        self._changed = threading.Condition()
        self._waiting: deque[Packet] = deque()
        self._n_waiting = 0
        self._until_key = False
        self._closing = False
        self._paused: str | None = None
        self._file: SegmentFile | None = None
        self._row_id = 0
        self._streams: Streams | None = None
        self._state, self._ok = "waiting for a key frame", True
        self._again_ns = 0
        self._segments = self._n_bytes = 0
        # Each is counted by one thread alone.
        self._not_taken = self._not_written = 0
        self._thread: threading.Thread | None = None

    def begin(self, store: SegmentStore, footage_id: int) -> None:
        """Record into this race; called once."""
        self._store, self._footage_id = store, footage_id
        name = f"recording-{self.camera}"
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def take(self, packet: Packet) -> None:
        """Queue a packet; from the source's thread. Never blocks and never raises."""
        with self._changed:
            if self._until_key and packet.key and not packet.form.is_sound:
                self._until_key = False
            full = self._n_waiting + len(packet.data) > MOST_BYTES
            if full or self._until_key or self._closing:
                self._not_taken += 1
                self._until_key = True
                return
            self._waiting.append(packet)
            self._n_waiting += len(packet.data)

    def pause(self, why: str) -> None:
        """End the open segment and write nothing until `resume`; packets are counted as lost."""
        with self._changed:
            self._paused = why
            self._changed.notify()

    def resume(self) -> None:
        """Go on with the next key frame."""
        with self._changed:
            self._paused = None

    def status(self) -> RecordingStatus:
        """How it is doing; from any thread."""
        paused = self._paused
        state = self._state if paused is None else f"recording stopped: {paused}"
        ok = self._ok and paused is None
        return RecordingStatus(
            self.camera,
            state,
            ok,
            self._segments,
            self._n_bytes,
            self._not_taken + self._not_written,
        )

    def open_bytes(self) -> int:
        """Bytes of the segment that is being written, as far as they are known."""
        file = self._file
        try:
            return 0 if file is None else file.path.stat().st_size
        except FileNotFoundError:
            return 0

    def close(self) -> None:
        """Write what waits, finish the segment and end the thread. Closing twice is allowed."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    # -- the thread --------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            while (packets := self._next_packets()) is not None:
                for packet in packets:
                    self._guarded(packet)
            for packet in self._interleaver.rest():
                self._guarded(packet)
            self._guarded_end()
        except StoreError as error:
            # Whoever records the race meets the same failure and says so; nothing to add here.
            self._say(f"recording stopped: {error}", ok=False)
        except Exception as error:  # the top of the thread: handed to whoever asks for the status
            log.exception("recording of %s has ended", self.camera)
            self._say(f"recording stopped by a fault: {error!r}", ok=False)

    def _next_packets(self) -> list[Packet] | None:
        """The packets whose turn it is; None at the end."""
        with self._changed:
            # Packets come singly; written in bunches they cost fewer changes of threads.
            self._changed.wait_for(lambda: self._closing or self._must_pause(), timeout=BUNCH_S)
            must_pause = self._must_pause()
            packets = list(self._waiting)
            self._waiting.clear()
            self._n_waiting = 0
            at_end = self._closing and not packets
        if must_pause:
            self._cutter.end()
            self._guarded_end()
        if at_end:
            return None
        return [ready for packet in packets for ready in self._interleaver.add(packet)]

    def _must_pause(self) -> bool:
        return self._paused is not None and self._file is not None

    def _guarded(self, packet: Packet) -> None:
        """Write a packet; a disk that refuses ends the segment and is tried again later."""
        if self._paused is not None or monotonic_ns() < self._again_ns:
            self._not_written += 1
            return
        try:
            self._write(packet)
        except CodecError as error:
            self._say(f"not recorded: {error}", ok=False)
            self._cutter.end()
            self._again_ns = monotonic_ns() + AGAIN_NS
        except OSError as error:
            self._refused(error)

    def _guarded_end(self) -> None:
        """Finish the open segment, whatever the disk says."""
        try:
            self._end()
        except OSError as error:
            self._refused(error)

    def _refused(self, error: OSError) -> None:
        """The disk has refused something: say so, save what is there, try again later."""
        self._again_ns = monotonic_ns() + AGAIN_NS
        self._say(f"recording stopped: the video cannot be written ({_cause(error)})", ok=False)
        log.error("%s: %s", self.camera, self._state)
        self._end_damaged()

    def _write(self, packet: Packet) -> None:
        if packet.form.codec == RAW:
            self._say("not recorded: the camera sends pictures that are not encoded", ok=False)
            return
        match self._cutter.next(packet):
            case Cut.BEGIN:
                self._end()
                self._begin(packet)
                self._put(packet)
            case Cut.END:
                self._end()
                self._say("waiting for a key frame", ok=True)
            case Cut.WRITE:
                self._put(packet)
            case Cut.SKIP:
                pass

    def _begin(self, first: Packet) -> None:
        streams, sound = self._streams, self._cutter.sound
        if streams is None or not streams.fits(first, sound):
            streams = self._streams = streams_of(first, sound)
        path = self._new_path(first.capture_utc_ns, streams.suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._row_id = self._store.begin_segment(
            NewSegment(
                self._footage_id,
                self.camera,
                path.relative_to(self._store.folder).as_posix(),
                referenced=False,
                codec=streams.video.codec,
                sound=None if streams.sound is None else streams.sound.codec,
                width=streams.width,
                height=streams.height,
                first_utc_ns=first.capture_utc_ns,
                clock=first.clock,
            )
        )
        try:
            self._file = SegmentFile(path, first, streams)
        except OSError:
            path.unlink(missing_ok=True)
            self._store.delete_segments([self._row_id])
            raise
        self._say("recording", ok=True)

    def _put(self, packet: Packet) -> None:
        if self._file is not None:
            self._file.write(packet)

    def _end(self) -> None:
        """Finish the open segment, if there is one."""
        file = self._file
        if file is None:
            return
        n_bytes = file.close()
        self._file = None
        self._segments += 1
        self._n_bytes += n_bytes
        self._store.end_segment(self._row_id, file.first.capture_utc_ns + file.end_ns, n_bytes)

    def _end_damaged(self) -> None:
        """End the segment that could not be written on; it counts up to where it can be read."""
        self._cutter.end()
        file, self._file = self._file, None
        if file is None:
            return
        try:
            file.close()
        except OSError as error:
            log.warning("%s: the end of a segment is lost: %s", self.camera, _cause(error))
        length_ns = readable_ns(file.path)
        if length_ns is None:
            file.path.unlink(missing_ok=True)
            self._store.delete_segments([self._row_id])
            return
        n_bytes = file.path.stat().st_size
        self._segments += 1
        self._n_bytes += n_bytes
        self._store.end_segment(self._row_id, file.first.capture_utc_ns + length_ns, n_bytes)

    def _new_path(self, utc_ns: int, suffix: str) -> Path:
        stem = stamp(utc_ns)
        folder = self._store.folder / "video" / self.camera
        path = folder / f"{stem}{suffix}"
        number = 1
        while path.exists():
            number += 1
            path = folder / f"{stem}-{number}{suffix}"
        return path

    def _say(self, state: str, ok: bool) -> None:
        self._state, self._ok = state, ok


def _cause(error: OSError) -> str:
    if isinstance(error, av.FFmpegError):
        return str(error.strerror or error)
    return error.strerror or str(error)
