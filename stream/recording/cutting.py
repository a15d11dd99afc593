"""When one segment ends and the next begins, and the order of packets in it. Pure."""

from __future__ import annotations

import heapq
from enum import StrEnum

from stream.clock import SECOND_NS
from stream.sources.packets import Format, Packet
from stream.types import Clock

GAP_NS = 2 * SECOND_NS
"""Time stamps further apart than this, or running back so far, are not one piece of video."""

OFFSET_NS = 20_000_000
"""How far the difference of capture time and time stamp may wander within a segment."""

SOUND_LATE_NS = 300_000_000
"""How much later than its picture sound may come."""


class Cut(StrEnum):
    """What to do with a packet."""

    WRITE = "write"
    BEGIN = "begin"
    """End the segment, if one is open, and begin another with this packet."""
    END = "end"
    """End the segment; the packet belongs to none."""
    SKIP = "skip"
    """The packet belongs to no segment."""


class Cutter:
    """Decides for each packet of one camera, in the order that `Interleaver` gives.

    A segment begins with a key frame, lasts at least `segment_ns` and ends before a key frame.
    It ends sooner where its time would no longer be one straight line of capture time: another
    clock, a jump; and where its streams change: another format, sound that begins.
    """

    def __init__(self, segment_ns: int) -> None:
        self._segment_ns = segment_ns
        self._first: Packet | None = None
        self._last_ns = 0
        self._sound: Format | None = None
        self._sound_now: Format | None = None

    @property
    def sound(self) -> Format | None:
        """The sound of a segment that would begin now."""
        return self._sound_now

    def next(self, packet: Packet) -> Cut:
        """What to do with this packet; the answer is taken for done."""
        first = self._first
        if packet.form.is_sound:
            self._sound_now = packet.form
            belongs = first is not None and self._sound == packet.form
            return Cut.WRITE if belongs and packet.pts_ns >= self._begin_ns() else Cut.SKIP
        if first is None:
            return self._begin(packet) if packet.key else Cut.SKIP
        broken = packet.form != first.form or abs(packet.pts_ns - self._last_ns) > GAP_NS
        if packet.key and (broken or self._is_due(packet, first)):
            return self._begin(packet)
        if broken:
            self.end()
            return Cut.END
        if packet.pts_ns < first.pts_ns:
            # Shown before the key frame, decoded after it: it needs what the segment lacks.
            return Cut.SKIP
        self._last_ns = packet.pts_ns
        return Cut.WRITE

    def end(self) -> None:
        """No segment is open any more."""
        self._first = None

    def _begin_ns(self) -> int:
        assert self._first is not None
        return self._first.pts_ns

    def _begin(self, packet: Packet) -> Cut:
        self._first, self._last_ns, self._sound = packet, packet.pts_ns, self._sound_now
        return Cut.BEGIN

    def _is_due(self, packet: Packet, first: Packet) -> bool:
        wandered = (packet.capture_utc_ns - packet.pts_ns) - (first.capture_utc_ns - first.pts_ns)
        return (
            packet.pts_ns - first.pts_ns >= self._segment_ns
            or packet.clock != first.clock
            # Times of arrival jump about by nature.
            or (packet.clock is not Clock.ARRIVAL and abs(wandered) > OFFSET_NS)
            or self._sound != self._sound_now
        )


class Interleaver:
    """Puts video and sound into one order of time stamps. Without sound nothing is held back."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, Packet]] = []
        self._n = 0
        self._newest_video_ns: int | None = None
        self._has_sound = False

    def add(self, packet: Packet) -> list[Packet]:
        """Takes a packet and gives those whose turn has come. Video keeps its own order."""
        self._has_sound |= packet.form.is_sound
        if not packet.form.is_sound:
            newest = self._newest_video_ns
            if newest is not None and abs(packet.pts_ns - newest) > GAP_NS:
                # A new connection: nothing that waits can come after it.
                before = self.rest()
                return before + self.add(packet)
            self._newest_video_ns = packet.pts_ns
        order_ns = packet.pts_ns if packet.form.is_sound else self._newest_video_ns or 0
        heapq.heappush(self._waiting, (order_ns, self._n, packet))
        self._n += 1
        if not self._has_sound:
            return self.rest(keep_place=True)
        ready = []
        until_ns = (self._newest_video_ns or 0) - SOUND_LATE_NS
        while self._waiting and self._waiting[0][0] <= until_ns:
            ready.append(heapq.heappop(self._waiting)[2])
        return ready

    def rest(self, keep_place: bool = False) -> list[Packet]:
        """Everything that waits, in order."""
        ready = [heapq.heappop(self._waiting)[2] for _ in range(len(self._waiting))]
        if not keep_place:
            self._newest_video_ns = None
        return ready


class DecodeTimes:
    """Decoding times for video that says only when its pictures are shown.

    With `depth` pictures that may be shown later than they are decoded, the n-th decoding time is
    the n-th smallest time of showing, `depth` pictures earlier.
    """

    def __init__(self, depth: int, frame_ns: int) -> None:
        self._depth = depth
        self._frame_ns = frame_ns
        self._shown: list[int] = []
        self._n = 0
        self._first_ns = 0
        self._last_ns: int | None = None

    def next(self, pts_ns: int) -> int:
        """The decoding time of the next picture; it always grows."""
        if self._n == 0:
            self._first_ns = pts_ns
        heapq.heappush(self._shown, pts_ns)
        if self._n < self._depth:
            dts_ns = self._first_ns - (self._depth - self._n) * self._frame_ns
        else:
            dts_ns = heapq.heappop(self._shown)
        self._n += 1
        if self._last_ns is not None:
            dts_ns = max(dts_ns, self._last_ns + 1)
        self._last_ns = dts_ns
        return dts_ns
