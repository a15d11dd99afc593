"""Single files: what is in them, and their packets from a keyframe on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.packet import Packet
from av.video.stream import VideoStream

from stream.export import ExportError
from stream.export.films import (
    decoded,
    frame_ns,
    look_into,
    open_film,
    packet_ns,
    packets_from,
)
from stream.recording.mend import readable_ns
from tests.stream.export.filmed import (
    FPS,
    RECORDED,
    SECOND_NS,
    Film,
    make_film,
    needs_hevc,
    numbers,
)

KINDS = [
    pytest.param(Film(n=100), "mp4", id="H.264"),
    pytest.param(Film(n=100, b_frames=2), "mp4", id="B-frames"),
    pytest.param(Film(n=100, b_frames=2, sound="aac"), "mp4", id="with sound"),
    pytest.param(Film(n=100, b_frames=2), "mkv", id="Matroska"),
    pytest.param(Film(n=100, b_frames=2), "ts", id="transport stream"),
    pytest.param(Film(n=100, movflags=RECORDED), "mp4", id="recorded"),
    pytest.param(Film(n=100, codec="libx265"), "mp4", id="HEVC", marks=needs_hevc),
    pytest.param(Film(n=100, codec="mjpeg", pixels="yuvj420p", gop=1), "avi", id="Motion JPEG"),
]


def shown_from(file: Path, from_s: float) -> list[tuple[int, float]]:
    """Number and time since the first frame of what is decoded from a moment's keyframe on."""
    first_ns = look_into(file).first_ns
    with open_film(file) as container:
        video = container.streams.video[0]
        packets = list(packets_from(container, video, None, first_ns + round(from_s * SECOND_NS)))
        times = sorted((packet_ns(packet) - first_ns) / SECOND_NS for packet in packets)
        coded = [cast("Packet[VideoStream]", packet) for packet in packets]
        frames = [frame for packet in coded for frame in decoded(video, packet)]
        frames += decoded(video, None)
    assert [(frame_ns(frame) - first_ns) / SECOND_NS for frame in frames] == pytest.approx(times)
    return [(round(time * FPS), time) for time in times]


@pytest.mark.parametrize(("film", "ending"), KINDS)
@pytest.mark.parametrize("from_s", [-1.0, 0.0, 0.5, 1.0, 1.99, 3.9, 9.0])
def test_packets_begin_with_the_keyframe_before(
    film: Film, ending: str, from_s: float, tmp_path: Path
) -> None:
    file = make_film(tmp_path / f"film.{ending}", film)
    expected = 0 if from_s < 0 else min(int(from_s * FPS) // film.gop * film.gop, 100 - film.gop)
    found = shown_from(file, from_s)
    assert [n for n, _ in found] == list(range(expected, 100))


@pytest.mark.parametrize(("film", "ending"), KINDS)
def test_a_file_says_how_long_it_is(film: Film, ending: str, tmp_path: Path) -> None:
    file = make_film(tmp_path / f"film.{ending}", film)
    seen = look_into(file)
    assert (seen.video.width, seen.video.height) == film.size
    assert (seen.sound is None) == (film.sound is None)
    assert (readable_ns(file) or 0) / SECOND_NS == pytest.approx(4.0, abs=0.05)


def test_sound_comes_with_the_pictures_from_their_keyframe_on(tmp_path: Path) -> None:
    file = make_film(tmp_path / "film.mp4", Film(n=100, sound="aac"))
    with open_film(file) as container:
        video, voice = container.streams.video[0], container.streams.audio[0]
        packets = list(packets_from(container, video, voice, round(2.5 * SECOND_NS)))
        heard = [packet_ns(one) / SECOND_NS for one in packets if one.stream_index == voice.index]
        assert packets[0].stream_index == video.index and packets[0].is_keyframe
    assert heard[0] == pytest.approx(2.0, abs=0.025)
    assert heard[-1] == pytest.approx(4.0, abs=0.05)
    assert len(heard) == pytest.approx(2.0 * 48000 / 1024, abs=2)


def test_a_film_that_hides_its_beginning_begins_where_it_is_shown(tmp_path: Path) -> None:
    # As written by programs that cut without encoding: an edit list skips half a second.
    whole = make_film(tmp_path / "whole.mp4", Film(n=100, b_frames=2))
    file = tmp_path / "cut.mp4"
    with av.open(str(whole)) as source, av.open(str(file), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None and packet.pts is not None:
                shift = round(0.5 / packet.time_base)
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = stream
                out.mux(packet)
    first = numbers(file)[0]
    with open_film(file) as container:
        frame = next(container.decode(video=0))
        assert look_into(file).first_ns == frame_ns(frame)
    assert first[1] in (0, 13)  # hidden or not, whatever this FFmpeg makes of it


def test_a_recording_that_was_killed_is_whole_up_to_its_last_fragment(tmp_path: Path) -> None:
    file = make_film(tmp_path / "film.mp4", Film(n=100, movflags=RECORDED))
    content = file.read_bytes()
    fragments = [n for n in range(len(content)) if content.startswith(b"moof", n)]
    file.write_bytes(content[: fragments[3] + 40])
    assert (readable_ns(file) or 0) / SECOND_NS == pytest.approx(3.0)
    assert [n for n, _ in shown_from(file, 2.5)] == list(range(50, 75))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_film_that_is_cut_off_ends_where_it_ends(share: float, tmp_path: Path) -> None:
    film = Film(n=100, movflags="+faststart")
    file = make_film(tmp_path / "film.mp4", replace(film, size=(320, 192)))
    content = file.read_bytes()
    begin = content.index(b"mdat")
    file.write_bytes(content[: begin + round((len(content) - begin) * share)])
    found = shown_from(file, 0)
    assert 0 < len(found) < 100
    assert [n for n, _ in found] == list(range(len(found)))


@pytest.mark.parametrize(
    ("situation", "content", "message"),
    [
        ("empty", b"", "cannot be read"),
        ("no video", b"hello, I am a text", "cannot be read"),
        ("missing", None, "cannot be read"),
    ],
)
def test_what_is_no_video_is_told(
    situation: str, content: bytes | None, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "film.mp4"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ExportError, match=message) as caught:
        look_into(file)
    assert str(file) in str(caught.value), situation


def test_sound_alone_is_no_film(tmp_path: Path) -> None:
    file = tmp_path / "sound.mp4"
    with av.open(str(file), "w") as out:
        voice = out.add_stream("aac", rate=48000, layout="mono")
        silence = np.zeros((1, 1024), np.float32)
        frame = av.AudioFrame.from_ndarray(silence, "fltp", "mono")
        frame.sample_rate = 48000
        out.mux(voice.encode(frame))
        out.mux(voice.encode(None))
    with pytest.raises(ExportError, match="has no picture"):
        look_into(file)


def test_a_recording_without_its_first_fragment_holds_nothing_yet(tmp_path: Path) -> None:
    file = make_film(tmp_path / "film.mp4", Film(movflags=RECORDED))
    content = file.read_bytes()
    file.write_bytes(content[: content.index(b"moof") - 4])
    with pytest.raises(ExportError, match=r"film\.mp4"):
        look_into(file)
