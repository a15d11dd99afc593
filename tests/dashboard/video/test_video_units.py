"""Live video picture by picture: times, groups, queues."""

from __future__ import annotations

import pytest

from dashboard.video.units import (
    AccessUnit,
    CaptureClock,
    Group,
    Timeline,
    ViewerQueue,
    access_unit,
    has_sets,
    squeezed,
)
from stream.sources.packets import Format, Packet
from stream.types import Clock

MS = 1_000_000
START = b"\x00\x00\x00\x01"
SPS, PPS, IDR, P, SEI, AUD = (
    START + bytes([kind, 0x42]) for kind in (0x67, 0x68, 0x65, 0x41, 0x06, 0x09)
)


def unit(name: str, at_ms: int = 0, n_bytes: int = 10) -> AccessUnit:
    """A picture by its name: capital K is a key frame."""
    return AccessUnit(at_ms * MS, at_ms * MS, name.startswith("K"), name.encode().ljust(n_bytes))


def units(names: str) -> list[AccessUnit]:
    return [unit(name, 40 * row) for row, name in enumerate(names.split())]


def names(told: list[AccessUnit]) -> str:
    return " ".join(one.data.decode().strip() for one in told)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (SPS + PPS + IDR, True),
        (AUD + SPS + PPS + SEI + IDR, True),
        (IDR, False),
        (SEI + IDR, False),
        (PPS + IDR, False),
        (SPS[1:] + IDR[1:], True),
        (IDR + SPS, False),
        (b"", False),
        (START, False),
    ],
)
def test_a_picture_brings_its_sets_or_not(data: bytes, expected: bool) -> None:
    assert has_sets(data) is expected


@pytest.mark.parametrize(
    ("key", "data", "sent"),
    [
        pytest.param(True, IDR, SPS + PPS + IDR, id="a key frame gets what it lacks"),
        pytest.param(True, SPS + IDR, SPS + IDR, id="a key frame keeps its own"),
        pytest.param(False, P, P, id="other pictures go as they came"),
    ],
)
def test_key_frames_come_with_their_sets(key: bool, data: bytes, sent: bytes) -> None:
    packet = Packet(Format("h264", False, SPS + PPS), 0, None, 0, key, data, 7, Clock.RTCP)
    made = access_unit(packet, 40 * MS)
    assert (made.data, made.key, made.capture_utc_ns, made.rtp) == (sent, key, 7, 3600)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param([(0, 9), (40, 50), (80, 90)], [9, 49, 89], id="steps are those of the source"),
        pytest.param([(0, 0), (40, 900), (80, 901)], [0, 40, 80], id="late pictures stay in place"),
        pytest.param([(5000, 10), (0, 7000), (40, 7040)], [10, 7000, 7040], id="a new connection"),
        pytest.param([(0, 0), (9000, 8990)], [0, 8990], id="a camera that was silent"),
        pytest.param([(0, 0), (80, 80), (40, 81)], [0, 80, 81], id="never back"),
    ],
)
def test_times_only_rise(seen: list[tuple[int, int]], expected: list[int]) -> None:
    timeline = Timeline()
    assert [timeline.at(pts * MS, now * MS) for pts, now in seen] == [at * MS for at in expected]


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        ("", ""),
        ("p1 p2", ""),
        ("p1 K2 p3", "K2 p3"),
        ("K1 p2 K3", "K3"),
        ("K1 p2 p3 p4 p5", ""),
        ("K1 p2 p3 p4 p5 p6 K7 p8", "K7 p8"),
    ],
)
def test_a_group_goes_back_to_the_newest_key_frame(came: str, kept: str) -> None:
    group = Group(most=4)
    for one in units(came):
        group.add(one)
    assert names(group.units()) == kept


def test_a_group_of_too_many_bytes_is_not_kept() -> None:
    group = Group(most_bytes=100)
    for one in (unit("K", 0, 60), unit("p", 40, 60), unit("p", 80, 1)):
        group.add(one)
    assert group.units() == []


def test_a_squeezed_group_ends_at_the_time_of_its_newest_picture() -> None:
    assert [one.time_ns for one in squeezed(units("K1 p2 p3"))] == [78 * MS, 79 * MS, 80 * MS]
    assert squeezed([]) == []


@pytest.mark.parametrize(
    ("group", "came", "sent", "dropped"),
    [
        pytest.param("", "p1 p2 K3 p4", "K3 p4", 2, id="begins with a key frame"),
        pytest.param("K1 p2", "p3 p4", "K1 p2 p3 p4", 0, id="begins with what came before"),
        pytest.param("K1", "p2 p3 p4 p5 p6 p7 K8 p9", "K8 p9", 7, id="too slow: next key frame"),
        pytest.param("K1 p2 p3 p4 p5 p6", "p7", "K1 p2 p3 p4 p5 p6 p7", 0, id="a long group is ok"),
        pytest.param("", "K1 p2 p3 K4", "K4", 3, id="a key frame comes when it is full"),
    ],
)
def test_what_a_viewer_gets(group: str, came: str, sent: str, dropped: int) -> None:
    most = 3 if group == "" else 4
    queue = ViewerQueue(most=most)
    queue.begin(units(group))
    for one in units(came):
        queue.put(one)
    told = []
    while (taken := queue.take()) is not None:
        told.append(taken[0])
    assert (names(told), queue.dropped) == (sent, dropped)


def test_only_the_newest_picture_of_a_group_is_there_to_be_seen() -> None:
    queue = ViewerQueue()
    queue.begin(units("K1 p2 p3"))
    queue.put(unit("p4", 120))
    taken = [queue.take() for _ in range(5)]
    assert [None if one is None else one[1] for one in taken] == [True, True, False, False, None]


@pytest.mark.parametrize(
    ("captured_ms", "told"),
    [
        pytest.param([0, 40, 80], [True, False, False], id="one straight line"),
        pytest.param([0, 44, 77], [True, False, False], id="small wobbles"),
        pytest.param([0, 40, 180, 220], [True, False, True, False], id="a jump"),
        pytest.param([0, 43, 86, 129], [True, False, True, False], id="wandering"),
    ],
)
def test_capture_times_are_told_when_they_change(captured_ms: list[int], told: list[bool]) -> None:
    clock = CaptureClock()
    shown = [AccessUnit(40 * row * MS, at * MS, False, b"") for row, at in enumerate(captured_ms)]
    assert [clock.changes(one) for one in shown] == told
