"""Units of H.264 and H.265 from files into byte streams."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from stream.sources.nal import (
    START_CODE,
    NalError,
    byte_stream,
    is_byte_stream,
    length_bytes,
    parameter_sets,
)
from tests.stream.sources.footage import make_video

AVCC = bytes.fromhex("01 64 00 0c ff e1 0003 67aabb 01 0002 68cc")
HVCC = bytes(21) + bytes.fromhex("03 02 a0 0001 0002 4001 a1 0001 0001 42")


def test_a_record_of_h264() -> None:
    wanted = START_CODE + bytes.fromhex("67aabb") + START_CODE + bytes.fromhex("68cc")
    assert parameter_sets(AVCC, "h264") == wanted
    assert length_bytes(AVCC, "h264") == 4


def test_a_record_of_h265() -> None:
    wanted = START_CODE + bytes.fromhex("4001") + START_CODE + bytes.fromhex("42")
    assert parameter_sets(HVCC, "hevc") == wanted
    assert length_bytes(HVCC, "hevc") == 4


@pytest.mark.parametrize(
    ("codec", "record"),
    [(codec, whole[:n]) for codec, whole in (("h264", AVCC), ("hevc", HVCC)) for n in (0, 3, -1)],
)
def test_a_record_cut_short_is_refused(codec: str, record: bytes) -> None:
    with pytest.raises(NalError, match="cut short"):
        parameter_sets(record, codec)


@pytest.mark.parametrize(
    ("n_length", "data", "wanted"),
    [
        pytest.param(4, "00000002 6511 00000001 41", ["6511", "41"], id="four bytes"),
        pytest.param(2, "0002 6511 0001 41", ["6511", "41"], id="two bytes"),
        pytest.param(4, "", [], id="nothing"),
    ],
)
def test_lengths_become_start_codes(n_length: int, data: str, wanted: list[str]) -> None:
    made = byte_stream(bytes.fromhex(data), n_length)
    assert made == b"".join(START_CODE + bytes.fromhex(unit) for unit in wanted)


def test_a_unit_longer_than_its_picture_is_refused() -> None:
    with pytest.raises(NalError, match="longer"):
        byte_stream(bytes.fromhex("00000009 65"), 4)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_ffmpeg_decodes_what_comes_out(tmp_path: Path, codec: str) -> None:
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg has no {codec}")
    film = make_video(tmp_path / "film.mp4", n=5, codec=codec)
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        name = stream.codec_context.codec.canonical_name
        record = bytes(stream.codec_context.extradata or b"")
        pictures = [bytes(packet) for packet in container.demux(stream) if packet.size]
    assert not is_byte_stream(record)
    decoder = av.CodecContext.create(name, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    stream_bytes = parameter_sets(record, name)
    stream_bytes += b"".join(byte_stream(one, length_bytes(record, name)) for one in pictures)
    assert is_byte_stream(stream_bytes)
    frames = [frame for packet in decoder.parse(stream_bytes) for frame in decoder.decode(packet)]
    for packet in decoder.parse(None):
        frames += decoder.decode(packet)
    frames += decoder.decode(None)
    assert len(frames) == 5
