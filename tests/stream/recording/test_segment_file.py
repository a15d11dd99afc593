"""Segments as files: every codec, with and without sound, whole and cut short."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from stream.clock import SECOND_NS
from stream.recording.mend import readable_ns
from stream.recording.segment_file import CodecError, SegmentFile, streams_of
from stream.sources.packets import Packet
from tests.stream.recording.packets import packets_of, picture
from tests.stream.sources.footage import luma, make_video


def write(path: Path, packets: list[Packet]) -> SegmentFile:
    first = next(packet for packet in packets if packet.key and not packet.form.is_sound)
    sound = next((packet.form for packet in packets if packet.form.is_sound), None)
    file = SegmentFile(path, first, streams_of(first, sound))
    for packet in packets:
        file.write(packet)
    return file


def lumas(path: Path) -> list[int]:
    """The grey of every frame's left half, as `make_video` draws it."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    return [round(float(np.median(frame[:, : frame.shape[1] // 3]))) for frame in frames]


@pytest.mark.parametrize(
    ("codec", "pixels", "suffix"),
    [
        pytest.param("libx264", "yuv420p", ".mp4", id="h264"),
        pytest.param("libx265", "yuv420p", ".mp4", id="hevc"),
        pytest.param("mjpeg", "yuvj420p", ".mkv", id="mjpeg"),
    ],
)
@pytest.mark.parametrize("with_dts", [True, False], ids=["decoding times told", "not told"])
def test_a_film_comes_out_as_it_went_in(
    tmp_path: Path, codec: str, pixels: str, suffix: str, with_dts: bool
) -> None:
    film = make_video(tmp_path / f"film{suffix}", n=50, codec=codec, pixels=pixels)
    file = write(tmp_path / "segment.mp4", packets_of(film, with_dts=with_dts))
    n_bytes = file.close()
    assert n_bytes == (tmp_path / "segment.mp4").stat().st_size
    assert file.end_ns == pytest.approx(2 * SECOND_NS, abs=5e6)
    assert lumas(tmp_path / "segment.mp4") == lumas(film)
    with av.open(str(tmp_path / "segment.mp4")) as container:
        video = container.streams.video[0]
        shown = [(frame.pts or 0) * (frame.time_base or 0) for frame in container.decode(video)]
    steps = {round(float(b - a), 3) for a, b in pairwise(shown)}
    assert steps == {0.04}


@pytest.mark.parametrize(
    ("codec", "rate", "suffix"),
    [
        pytest.param("aac", 48000, ".mp4", id="aac"),
        pytest.param("pcm_alaw", 8000, ".mov", id="g711 a-law"),
        pytest.param("pcm_mulaw", 8000, ".mov", id="g711 mu-law"),
        pytest.param("libopus", 48000, ".mp4", id="opus"),
    ],
)
def test_sound_is_kept(tmp_path: Path, codec: str, rate: int, suffix: str) -> None:
    film = tmp_path / "film.nut"
    with av.open(str(film), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuvj420p"
        voice = container.add_stream(codec, rate=rate)
        assert isinstance(voice, av.AudioStream)
        voice.layout = "mono"
        size = voice.frame_size or 1024
        for n in range(25):
            frame = av.VideoFrame.from_ndarray(np.full((90, 160), luma(n), np.uint8), "gray")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            container.mux(stream.encode(frame))
        for n in range(rate // size):
            hum = av.AudioFrame(format=voice.format.name, layout="mono", samples=size)
            hum.sample_rate, hum.pts = rate, n * size
            for plane in hum.planes:
                plane.update(bytes(plane.buffer_size))
            container.mux(voice.encode(hum))
        container.mux(stream.encode(None))
        container.mux(voice.encode(None))
    packets = packets_of(film)
    first = next(packet for packet in packets if not packet.form.is_sound)
    streams = streams_of(first, next(one.form for one in packets if one.form.is_sound))
    assert streams.suffix == suffix
    path = tmp_path / f"segment{streams.suffix}"
    write(path, sorted(packets, key=lambda packet: packet.pts_ns)).close()
    with av.open(str(path)) as container:
        (kept,) = container.streams.audio
        assert kept.codec_context.codec.canonical_name == codec.removeprefix("lib")
        samples = sum(frame.samples for frame in container.decode(kept))
    assert samples / rate == pytest.approx(1.0, abs=0.15)


def test_pictures_that_came_together_are_all_kept(tmp_path: Path) -> None:
    film = make_video(tmp_path / "film.mkv", n=12, codec="mjpeg", pixels="yuvj420p")
    told = packets_of(film, with_dts=False)
    packets = [replace(packet, pts_ns=told[n - n % 3].pts_ns) for n, packet in enumerate(told)]
    write(tmp_path / "segment.mp4", packets).close()
    assert lumas(tmp_path / "segment.mp4") == lumas(film)


@pytest.mark.parametrize(
    ("lost", "end_frames"),
    [
        pytest.param(range(20, 33), 50, id="pictures go on afterwards"),
        pytest.param(range(20, 48), 50, id="two more pictures"),
        pytest.param(range(20, 49), 50, id="one more picture"),
        pytest.param(range(0), 50, id="none"),
        pytest.param(range(40, 50), 40, id="at the end"),
    ],
)
@pytest.mark.parametrize(
    ("codec", "pixels"),
    [
        pytest.param("libx264", "yuv420p", id="h264"),
        # Each picture is a fragment of its own.
        pytest.param("mjpeg", "yuvj420p", id="mjpeg"),
    ],
)
def test_after_lost_pictures_its_end_is_where_its_last_picture_ends(
    tmp_path: Path, codec: str, pixels: str, lost: range, end_frames: int
) -> None:
    film = make_video(tmp_path / "film.mkv", n=50, codec=codec, pixels=pixels)
    came = sorted(packets_of(film, with_dts=False), key=lambda packet: packet.pts_ns)
    packets = [replace(one, duration_ns=0) for n, one in enumerate(came) if n not in lost]
    path = tmp_path / "segment.mp4"
    file = write(path, packets)
    file.close()
    assert file.end_ns == pytest.approx(end_frames * SECOND_NS / 25, abs=2e6)
    assert readable_ns(path) == pytest.approx(file.end_ns, abs=2e6)


def test_what_was_written_before_the_end_can_be_played(tmp_path: Path) -> None:
    film = make_video(tmp_path / "film.mp4", n=150)
    path = tmp_path / "segment.mp4"
    file = write(path, packets_of(film))
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(path.read_bytes())
    file.close()
    readable = readable_ns(cut)
    assert readable is not None
    assert 4 * SECOND_NS <= readable <= 6 * SECOND_NS, "all but the last fragments of a second"
    assert lumas(cut) == lumas(film)[: len(lumas(cut))]
    cut.write_bytes(path.read_bytes()[:-200])
    assert readable_ns(cut) is not None
    cut.write_bytes(path.read_bytes()[:20])
    assert readable_ns(cut) is None


def test_wherever_a_file_is_cut_its_whole_fragments_can_be_played(tmp_path: Path) -> None:
    path = tmp_path / "segment.mp4"
    write(path, packets_of(make_video(tmp_path / "film.mp4", n=100))).close()
    content = path.read_bytes()
    places = [at for at in range(len(content)) if content[at : at + 4] == b"moof"]
    cut = tmp_path / "cut.mp4"
    for number, place in enumerate(places[1:], start=1):
        for beyond in (0, 3, 10, 40, 60, 100, 200):
            cut.write_bytes(content[: place + beyond])
            readable = readable_ns(cut)
            assert readable is not None, (number, beyond)
            assert readable >= number * 0.96e9, (number, beyond)


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        pytest.param(
            "vp8", "vp8 cannot be recorded; let the camera send H.264", id="another codec"
        ),
        pytest.param("h264", "h264 video", id="a key frame that is none"),
    ],
)
def test_video_that_cannot_be_kept_says_why(codec: str, said: str) -> None:
    broken = picture(0, True)
    broken = replace(broken, form=replace(broken.form, codec=codec, parameter_sets=b""))
    with pytest.raises(CodecError, match=said):
        streams_of(broken, None)
