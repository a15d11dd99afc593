"""Who gets a camera's packets, and how soon."""

from __future__ import annotations

from itertools import pairwise

from stream.clock import monotonic_ns
from stream.sources.choose import open_source
from stream.sources.packets import Packet, Taken, to_all
from tests.stream.recording.packets import picture
from tests.stream.sources.footage import free_port, needs_rtsp_server
from tests.stream.sources.rtsp_server import rtsp_camera

N_FRAMES = 60


def test_packets_go_to_all_who_want_them_in_turn() -> None:
    told: list[tuple[str, Packet]] = []

    def named(name: str) -> Taken:
        return lambda packet: told.append((name, packet))

    first, second = named("first"), named("second")
    packet = picture(0.0)
    assert to_all([]) is None
    assert to_all([None, None]) is None
    assert to_all([None, first]) is first
    both = to_all([first, None, second])
    assert both is not None
    both(packet)
    assert told == [("first", packet), ("second", packet)]


@needs_rtsp_server
def test_packets_come_in_bunches_while_nobody_watches() -> None:
    """Five pictures in one go, of which four come right after another."""
    assert bunched_share(watched=False) >= 0.5


@needs_rtsp_server
def test_packets_come_singly_while_somebody_watches() -> None:
    # A machine with too much to do bunches them too, but hardly three times in a row.
    shares = (bunched_share(watched=True) for _ in range(3))
    assert any(share <= 0.5 for share in shares)


def bunched_share(*, watched: bool) -> float:
    """Share of a camera's packets, 0..1, that are handed on right after the one before."""
    at_ns: list[int] = []
    port = free_port()
    with rtsp_camera(port):
        source = open_source(
            "finish",
            f"rtsp://127.0.0.1:{port}/finish",
            backend="gst",
            taken=lambda _: at_ns.append(monotonic_ns()),
            prompt=lambda: watched,
        )
        for frame in source.frames():
            if frame.index == N_FRAMES:
                break
        source.close()
    # What came before the first frame comes in one go anyway.
    steps_ns = [b - a for a, b in pairwise(at_ns[N_FRAMES // 3 :])]
    return sum(step < 5_000_000 for step in steps_ns) / len(steps_ns)
