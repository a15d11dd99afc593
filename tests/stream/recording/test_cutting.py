"""Where segments begin and end, and in which order their packets come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.clock import SECOND_NS
from stream.recording.cutting import Cut, Cutter, DecodeTimes, Interleaver
from stream.sources.packets import Format, Packet
from stream.types import Clock
from tests.stream.recording.packets import SOUND, VIDEO, picture, sound

OTHER = replace(VIDEO, parameter_sets=b"\x00\x00\x00\x01other")
G711 = Format("pcm_alaw", True, b"", 8000, 1)
W, B, E, S = Cut.WRITE, Cut.BEGIN, Cut.END, Cut.SKIP

SITUATIONS = [
    pytest.param([picture(0), picture(0.04, key=True)], [S, B], id="begins with a key frame"),
    pytest.param(
        [picture(0, True), picture(1), picture(2, True), picture(3), picture(4, True)],
        [B, W, B, W, B],
        id="lasts to the first key frame after its length",
    ),
    pytest.param(
        [picture(0, True), picture(1, True), picture(1.9), picture(2)],
        [B, W, W, W],
        id="without a key frame it goes on",
    ),
    pytest.param(
        [picture(0, True), picture(9), picture(9.04, True)],
        [B, E, B],
        id="a gap ends it, and the next key frame begins another",
    ),
    pytest.param(
        [picture(50, True), picture(0.5, True), picture(0.54)],
        [B, B, W],
        id="a new connection counts from zero",
    ),
    pytest.param(
        [picture(0, True, Clock.FITTED), picture(0.5), picture(1, True), picture(1.5)],
        [B, W, B, W],
        id="another clock begins another with the next key frame",
    ),
    pytest.param(
        [picture(0, True), picture(0.5, late_s=0.3), picture(1, True, late_s=0.3)],
        [B, W, B],
        id="capture time that has jumped too",
    ),
    pytest.param(
        [picture(0, True, Clock.ARRIVAL), picture(1, True, Clock.ARRIVAL, late_s=0.3)],
        [B, W],
        id="but times of arrival jump about by nature",
    ),
    pytest.param(
        [picture(0, True), picture(0.04, form=OTHER), picture(0.5, True, form=OTHER)],
        [B, E, B],
        id="other parameter sets cannot be in one file",
    ),
    pytest.param(
        [picture(0, True), sound(0.1), picture(0.5), picture(1, True), sound(1.1)],
        [B, S, W, B, W],
        id="sound that begins later has the next segment",
    ),
    pytest.param(
        [sound(0), picture(1, True), sound(0.9), sound(1.0)],
        [S, B, S, W],
        id="sound before the first picture is left out",
    ),
    pytest.param(
        [sound(0), picture(0.1, True), sound(0.2, G711), sound(0.3)],
        [S, B, S, W],
        id="sound in another format too",
    ),
    pytest.param(
        [picture(0, True), picture(2.2, True), picture(2.12), picture(2.24)],
        [B, B, S, W],
        id="a picture shown before the key frame needs the segment before",
    ),
]


@pytest.mark.parametrize(("packets", "wanted"), SITUATIONS)
def test_what_becomes_of_each_packet(packets: list[Packet], wanted: list[Cut]) -> None:
    cutter = Cutter(2 * SECOND_NS)
    assert [cutter.next(packet) for packet in packets] == wanted


def test_after_an_end_from_outside_a_key_frame_is_needed() -> None:
    cutter = Cutter(2 * SECOND_NS)
    assert cutter.next(picture(0, True)) is Cut.BEGIN
    cutter.end()
    assert cutter.next(picture(0.04)) is Cut.SKIP
    assert cutter.next(picture(0.08, True)) is Cut.BEGIN


def test_video_alone_is_not_held_back() -> None:
    interleaver = Interleaver()
    packets = [picture(0.0), picture(0.12), picture(0.04)]
    assert [interleaver.add(packet) for packet in packets] == [[one] for one in packets]


def test_sound_that_comes_late_finds_its_place() -> None:
    interleaver = Interleaver()
    early, late = sound(0.0), sound(0.1)
    pictures = [picture(0.04 * n) for n in range(20)]
    given = interleaver.add(early)
    for n, one in enumerate(pictures):
        given += interleaver.add(one)
        if n == 9:
            given += interleaver.add(late)
    given += interleaver.rest()
    assert given.index(late) == given.index(pictures[3]) - 1
    assert [one for one in given if not one.form.is_sound] == pictures
    assert given[0] is early or given[1] is early


def test_a_new_connection_lets_nothing_wait() -> None:
    interleaver = Interleaver()
    assert interleaver.add(sound(50.0)) == []
    assert interleaver.add(picture(50.0)) == []
    after = picture(0.0)
    assert [one.pts_ns for one in interleaver.add(after)] == [50 * SECOND_NS] * 2
    assert interleaver.rest() == [after]


@pytest.mark.parametrize(
    ("depth", "shown", "wanted"),
    [
        pytest.param(0, [0, 40, 80], [0, 40, 80], id="no picture is moved"),
        pytest.param(2, [0, 120, 40, 80], [-80, -40, 0, 40], id="two may be"),
        pytest.param(0, [0, 0, 40], [0, 1, 40], id="it always grows"),
    ],
)
def test_decoding_times(depth: int, shown: list[int], wanted: list[int]) -> None:
    times = DecodeTimes(depth, 40)
    made = [times.next(pts) for pts in shown]
    assert made == wanted
    assert SOUND.is_sound
