"""Live video picture by picture: its times, the group a viewer begins with, its queue. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from stream.clock import SECOND_NS
from stream.sources.nal import START_CODE
from stream.sources.packets import Packet

GAP_NS = 2 * SECOND_NS
"""Time stamps further apart than this belong to different connections."""
SQUEEZED_NS = 1_000_000
"""Between pictures that are sent only so that the newest can be decoded."""
MOST_GROUP_BYTES = 24_000_000
MOST_GROUP_UNITS = 300
"""A longer group of pictures is not kept: a viewer waits for the next key frame instead."""
MOST_WAITING = 50
"""Pictures that wait for a viewer: two seconds."""
CLOCK_NS = 5_000_000
"""How far capture times may wander before a viewer is told anew: an eighth of a frame."""

_SLICES = range(1, 6)
_SEQUENCE_SET = 7


@dataclass(frozen=True, slots=True, eq=False)
class AccessUnit:
    """One encoded picture.

    Attributes:
        time_ns: on a clock that only rises; viewers see pictures at these distances.
        capture_utc_ns: when the light fell on the sensor.
        key: it can be decoded without those before it, and brings its parameter sets.
        data: H.264 as a byte stream (Annex B).
    """

    time_ns: int
    capture_utc_ns: int
    key: bool
    data: bytes

    @property
    def rtp(self) -> int:
        """The time in ticks of 90 kHz, not yet cut to 32 bits."""
        return self.time_ns * 9 // 100_000


def access_unit(packet: Packet, time_ns: int) -> AccessUnit:
    """A camera's packet of H.264 as it goes out: its own bytes, a key frame with its sets."""
    data = packet.data
    if packet.key and packet.form.parameter_sets and not has_sets(data):
        data = packet.form.parameter_sets + data
    return AccessUnit(time_ns, packet.capture_utc_ns, packet.key, data)


def has_sets(data: bytes) -> bool:
    """Whether a picture of H.264 brings its sequence parameter set before its first slice."""
    for kind in _kinds(data):
        if kind in _SLICES:
            return False
        if kind == _SEQUENCE_SET:
            return True
    return False


def _kinds(data: bytes) -> Iterator[int]:
    """The types of the units, in order."""
    start = START_CODE[1:]
    at = data.find(start)
    while 0 <= at < len(data) - len(start):
        yield data[at + len(start)] & 0x1F
        at = data.find(start, at + len(start))


class Timeline:
    """Running times that begin anew with every connection, as one time that only rises."""

    def __init__(self) -> None:
        self._offset_ns: int | None = None
        self._pts_ns = 0
        self._last_ns: int | None = None

    def at(self, pts_ns: int, now_ns: int) -> int:
        """The time of a picture, nanoseconds.

        Args:
            pts_ns: the source's running time.
            now_ns: the host's monotonic clock; places what comes after a break.
        """
        if self._offset_ns is None or abs(pts_ns - self._pts_ns) > GAP_NS:
            self._offset_ns = now_ns - pts_ns
        self._pts_ns = pts_ns
        time_ns = pts_ns + self._offset_ns
        if self._last_ns is not None:
            time_ns = max(time_ns, self._last_ns + SQUEEZED_NS)
        self._last_ns = time_ns
        return time_ns


class Group:
    """The newest key frame and all that came after it: what a new viewer has to decode."""

    def __init__(self, most_bytes: int = MOST_GROUP_BYTES, most: int = MOST_GROUP_UNITS) -> None:
        self._most_bytes, self._most = most_bytes, most
        self._units: list[AccessUnit] = []
        self._n_bytes = 0

    def add(self, unit: AccessUnit) -> None:
        """The next picture."""
        if unit.key:
            self.clear()
        elif not self._units:
            return
        self._units.append(unit)
        self._n_bytes += len(unit.data)
        if self._n_bytes > self._most_bytes or len(self._units) > self._most:
            self.clear()

    def clear(self) -> None:
        """Begin with the next key frame."""
        self._units = []
        self._n_bytes = 0

    def units(self) -> list[AccessUnit]:
        """Key frame first; empty while none can be had."""
        return list(self._units)


def squeezed(units: Sequence[AccessUnit]) -> list[AccessUnit]:
    """The same pictures so close together that the newest is shown at once, at its own time.

    At their own distances a browser would play the whole group and stay behind by its length.
    """
    last = len(units) - 1
    return [
        replace(unit, time_ns=units[last].time_ns - (last - row) * SQUEEZED_NS)
        for row, unit in enumerate(units)
    ]


class ViewerQueue:
    """Pictures on their way to one viewer.

    It begins with a key frame. A viewer that does not keep up loses everything that waits and
    goes on with the next key frame; pictures lost are counted.
    """

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._waiting: deque[AccessUnit] = deque()
        self._backlog = 0
        self._until_key = True
        self.dropped = 0

    def begin(self, group: Sequence[AccessUnit]) -> None:
        """Start with a group of pictures, however long; without one, with the next key frame."""
        self._waiting.extend(squeezed(group))
        self._backlog = max(0, len(group) - 1)
        self._until_key = not group

    def put(self, unit: AccessUnit) -> None:
        """The next picture."""
        if self._until_key and not unit.key:
            self.dropped += 1
            return
        self._until_key = False
        if len(self._waiting) - self._backlog >= self._most:
            self.dropped += len(self._waiting)
            self._waiting.clear()
            self._backlog = 0
            if not unit.key:
                self.dropped += 1
                self._until_key = True
                return
        self._waiting.append(unit)

    def take(self) -> tuple[AccessUnit, bool] | None:
        """The next to send, and whether it is only there to be decoded; None: nothing waits."""
        if not self._waiting:
            return None
        behind = self._backlog > 0
        self._backlog = max(0, self._backlog - 1)
        return self._waiting.popleft(), behind


class CaptureClock:
    """When a viewer has to be told anew how times of showing become times of capture."""

    def __init__(self) -> None:
        self._told_ns: int | None = None

    def changes(self, unit: AccessUnit) -> bool:
        """Whether this picture's capture time is not what was told; the answer is taken as told."""
        offset_ns = unit.capture_utc_ns - unit.time_ns
        if self._told_ns is not None and abs(offset_ns - self._told_ns) <= CLOCK_NS:
            return False
        self._told_ns = offset_ns
        return True
