"""What is cut of which file, and whether it is copied or encoded. Small films, real files."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from stream.export import ExportError, Piece
from stream.export.clips.cutting import Manner, codec_of, cut, parts, stretches
from stream.export.clips.takes import Shown, Take
from stream.export.films import look_into
from stream.store import NewSegment, SegmentRow
from stream.types import Clock
from tests.stream.export.filmed import (
    FPS,
    FRAME_NS,
    RECORDED,
    SECOND_NS,
    START_NS,
    Film,
    beep,
    make_film,
    needs_hevc,
    numbers,
)

needs_ffprobe = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="no ffprobe here")
COPY, EXACT, BROWSER = Manner(), Manner(exact=True), Manner(browser=True)


def at(time_s: float) -> int:
    return START_NS + round(time_s * SECOND_NS)


def piece(file: Path, at_s: float, long_s: float) -> Piece:
    segment = NewSegment(1, "finish", str(file), True, "h264", None, 1, 1, at(at_s), Clock.FILE)
    row = SegmentRow(1, segment, at(at_s + long_s), 1, False)
    return Piece(file, row, at(at_s), at(at_s + long_s))


def take_of(files: Sequence[tuple[Path, float, float]], from_s: float, to_s: float) -> Take:
    """A take of files that begin at a second and last some."""
    pieces = [(piece(*file), look_into(file[0])) for file in files]
    return Take(tuple(stretches(pieces, at(from_s), at(to_s))))


def one(tmp_path: Path, film: Film, from_s: float, to_s: float, ending: str = "mp4") -> Take:
    file = make_film(tmp_path / f"film.{ending}", film)
    return take_of([(file, film.first / FPS, film.n / FPS)], from_s, to_s)


def shown_numbers(file: Path) -> list[int]:
    return [n for _, n in numbers(file)]


def is_monotone(file: Path) -> bool:
    """Whether decode times rise and nothing is decoded after it is shown, in every stream."""
    last: dict[int, int] = {}
    with av.open(str(file)) as container:
        for packet in container.demux():
            if packet.dts is None or packet.pts is None:
                continue
            if packet.dts <= last.get(packet.stream_index, packet.dts - 1):
                return False
            if packet.pts < packet.dts:
                return False
            last[packet.stream_index] = packet.dts
    return True


def begins_with_keyframe(file: Path) -> bool:
    with av.open(str(file)) as container:
        return next(container.demux(video=0)).is_keyframe


def probe(file: Path) -> dict[str, Any]:
    told = subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(file)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stderr == ""
    report: dict[str, Any] = json.loads(told.stdout)
    return report


SOURCES = [
    pytest.param(Film(n=150), "mp4", id="H.264"),
    pytest.param(Film(n=150, sound="aac"), "mp4", id="H.264 with sound"),
    pytest.param(Film(n=150, b_frames=2), "mp4", id="B-frames"),
    pytest.param(Film(n=150, b_frames=2, sound="aac", movflags=RECORDED), "mp4", id="recorded"),
    pytest.param(Film(n=150, b_frames=2), "mkv", id="Matroska"),
    pytest.param(Film(n=150, b_frames=2, sound="aac"), "ts", id="transport stream"),
    pytest.param(Film(n=150, codec="libx265"), "mp4", id="HEVC", marks=needs_hevc),
    pytest.param(
        Film(n=150, codec="mjpeg", pixels="yuvj420p", gop=1, sound="pcm_alaw", sound_rate=8000),
        "mov",
        id="Motion JPEG with G.711",
    ),
]


@pytest.mark.parametrize(("film", "ending"), SOURCES)
def test_a_copy_begins_with_the_keyframe_before(film: Film, ending: str, tmp_path: Path) -> None:
    take = one(tmp_path, film, 1.6, 4.1, ending)
    clip = tmp_path / "clip.mp4"
    shown = cut([take], clip, COPY)
    found = numbers(clip)
    first = int(1.6 * FPS) // film.gop * film.gop
    last = found[-1][1]
    # Pictures that were needed to show earlier ones may stand behind the end.
    assert 102 <= last <= 102 + (4 if film.b_frames or film.codec == "libx265" else 0)
    assert [n for _, n in found] == list(range(first, last + 1))
    assert [t for t, _ in found] == pytest.approx([k / FPS for k in range(len(found))], abs=1e-3)
    assert abs(shown.first_utc_ns - (START_NS + first * FRAME_NS)) < SECOND_NS // 1000
    assert abs(shown.end_utc_ns - (START_NS + (last + 1) * FRAME_NS)) < SECOND_NS // 1000
    assert is_monotone(clip) and begins_with_keyframe(clip)
    assert codec_of([take], COPY) == {"libx264": "h264", "libx265": "hevc"}.get(film.codec, "mjpeg")


@pytest.mark.parametrize(("film", "ending"), SOURCES)
def test_an_exact_clip_begins_and_ends_with_the_frame(
    film: Film, ending: str, tmp_path: Path
) -> None:
    take = one(tmp_path, film, 1.6, 4.1, ending)
    clip = tmp_path / "clip.mp4"
    shown = cut([take], clip, EXACT)
    found = numbers(clip)
    assert [n for _, n in found] == list(range(40, 103))
    assert [t for t, _ in found] == pytest.approx([k / FPS for k in range(63)], abs=1e-3)
    assert abs(shown.first_utc_ns - at(1.6)) < SECOND_NS // 1000
    assert abs(shown.end_utc_ns - at(4.12)) < SECOND_NS // 1000
    assert is_monotone(clip) and begins_with_keyframe(clip)
    assert codec_of([take], EXACT) == "h264"


@needs_ffprobe
@pytest.mark.parametrize("manner", [COPY, EXACT, BROWSER], ids=["copy", "exact", "browser"])
@pytest.mark.parametrize(("film", "ending"), SOURCES)
def test_players_are_told_the_truth(
    film: Film, ending: str, manner: Manner, tmp_path: Path
) -> None:
    take = one(tmp_path, film, 1.6, 4.1, ending)
    clip = tmp_path / "clip.mp4"
    shown = cut([take], clip, manner)
    told = probe(clip)
    long_s = (shown.end_utc_ns - shown.first_utc_ns) / SECOND_NS
    streams = {stream["codec_type"]: stream for stream in told["streams"]}
    assert float(told["format"]["duration"]) == pytest.approx(long_s, abs=0.05)
    assert float(told["format"]["start_time"]) == pytest.approx(0, abs=0.001)
    video = streams["video"]
    assert int(video["nb_frames"]) == round(long_s * FPS)
    assert float(video["duration"]) == pytest.approx(long_s, abs=0.005)
    if manner.exact or manner.browser:
        assert (video["codec_name"], video["pix_fmt"]) == ("h264", "yuv420p")
    if video["codec_name"] == "hevc":
        assert video["codec_tag_string"] == "hvc1"
    assert ("audio" in streams) == (film.sound is not None)
    if "audio" in streams:
        assert streams["audio"]["codec_name"] == "aac"
        assert float(streams["audio"]["duration"]) == pytest.approx(long_s, abs=0.12)
    content = clip.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("manner", [COPY, EXACT, BROWSER], ids=["copy", "exact", "browser"])
@pytest.mark.parametrize(
    ("film", "ending"),
    [
        pytest.param(Film(n=150, sound="aac", beep_s=(3.0, 3.5)), "mp4", id="AAC"),
        pytest.param(
            Film(n=150, sound="aac", beep_s=(3.0, 3.5), movflags=RECORDED), "mp4", id="recorded"
        ),
        pytest.param(
            Film(n=150, sound="pcm_alaw", sound_rate=8000, beep_s=(3.0, 3.5)), "mov", id="G.711"
        ),
        pytest.param(Film(n=150, sound="pcm_s16le", beep_s=(3.0, 3.5)), "mov", id="PCM"),
    ],
)
def test_sound_stays_with_its_pictures(
    film: Film, ending: str, manner: Manner, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    shown = cut([one(tmp_path, film, 1.6, 4.1, ending)], clip, manner)
    heard = beep(clip)
    assert heard is not None
    since_s = (shown.first_utc_ns - START_NS) / SECOND_NS
    assert heard == pytest.approx((3.0 - since_s, 3.5 - since_s), abs=0.03)


class TestSeveralFiles:
    """Files that follow each other."""

    def files(
        self, tmp_path: Path, film: Film, starts: Sequence[float]
    ) -> list[tuple[Path, float, float]]:
        """Each begins at a second with the frame of that second."""
        return [
            (
                make_film(tmp_path / f"{n}.mp4", replace(film, first=round(start * FPS))),
                start,
                film.n / FPS,
            )
            for n, start in enumerate(starts)
        ]

    @pytest.mark.parametrize("manner", [COPY, EXACT], ids=["copy", "exact"])
    @pytest.mark.parametrize(
        "film",
        [
            pytest.param(Film(), id="H.264"),
            pytest.param(Film(b_frames=2, movflags=RECORDED, sound="aac"), id="recorded"),
            pytest.param(Film(b_frames=2), id="B-frames"),
            pytest.param(Film(codec="libx265"), id="HEVC", marks=needs_hevc),
            pytest.param(Film(codec="mjpeg", pixels="yuvj420p", gop=1), id="Motion JPEG"),
        ],
    )
    def test_they_are_joined_without_a_frame_lost_or_twice(
        self, film: Film, manner: Manner, tmp_path: Path
    ) -> None:
        take = take_of(self.files(tmp_path, film, [0, 2, 4, 6]), 1, 7)
        assert parts([take], manner) == [(take,)]
        clip = tmp_path / "clip.mp4"
        cut([take], clip, manner)
        found = numbers(clip)
        assert [n for n, _ in enumerate(found)] == [n - 25 for _, n in found]
        assert [time for time, _ in found] == pytest.approx([n / FPS for n in range(len(found))])
        assert 150 <= len(found) <= 154
        assert is_monotone(clip)

    def test_sound_is_joined(self, tmp_path: Path) -> None:
        film = Film(sound="aac", beep_s=(1.5, 2.5))
        clip = tmp_path / "clip.mp4"
        cut([take_of(self.files(tmp_path, film, [0, 2]), 1, 4)], clip, COPY)
        assert beep(clip) == pytest.approx((0.5, 1.5), abs=0.05)
        assert is_monotone(clip)

    @pytest.mark.parametrize("manner", [COPY, EXACT], ids=["copy", "exact"])
    def test_a_gap_stays_a_gap(self, manner: Manner, tmp_path: Path) -> None:
        film = Film(sound="aac", beep_s=(5.5, 6.0))
        clip = tmp_path / "clip.mp4"
        shown = cut([take_of(self.files(tmp_path, film, [0, 5]), 1, 7)], clip, manner)
        found = numbers(clip)
        assert [n for _, n in found] == [*range(25, 50), *range(125, 175)]
        assert [time for time, _ in found] == pytest.approx(
            [(n - 25) / FPS for _, n in found], abs=1e-3
        )
        assert beep(clip) == pytest.approx((4.5, 5.0), abs=0.03)
        assert (shown.first_utc_ns, shown.end_utc_ns) == (at(1), at(7))

    @pytest.mark.parametrize("manner", [COPY, EXACT], ids=["copy", "exact"])
    def test_what_two_files_show_is_shown_once(self, manner: Manner, tmp_path: Path) -> None:
        film = Film(sound="aac", beep_s=(1.7, 2.3))
        clip = tmp_path / "clip.mp4"
        cut([take_of(self.files(tmp_path, film, [0, 1.2]), 0, 3.2)], clip, manner)
        assert shown_numbers(clip) == list(range(80))
        assert beep(clip) == pytest.approx((1.7, 2.3), abs=0.03)
        assert is_monotone(clip)

    @pytest.mark.parametrize("off_s", [-0.011, 0.013])
    def test_clocks_that_are_a_little_off_lose_nothing(self, off_s: float, tmp_path: Path) -> None:
        files = self.files(tmp_path, Film(b_frames=2), [0, 2])
        files[1] = (files[1][0], 2 + off_s, 2.0)
        clip = tmp_path / "clip.mp4"
        cut([take_of(files, 0, 4 + off_s)], clip, COPY)
        assert shown_numbers(clip) == list(range(100))
        assert is_monotone(clip)

    def test_a_format_that_changes_begins_another_part(self, tmp_path: Path) -> None:
        small = self.files(tmp_path / "a", Film(), [0, 2])
        wide = self.files(tmp_path / "b", Film(size=(320, 96)), [4])
        take = take_of([*small, *wide], 1, 6)
        first, second = parts([take], COPY)
        assert [len(part[0].stretches) for part in (first, second)] == [2, 1]
        shown = [cut(part, tmp_path / f"{n}.mp4", COPY) for n, part in enumerate((first, second))]
        assert shown_numbers(tmp_path / "0.mp4") == list(range(25, 100))
        assert shown_numbers(tmp_path / "1.mp4") == list(range(100, 150))
        assert [one.first_utc_ns for one in shown] == [at(1), at(4)]

    @pytest.mark.parametrize("manner", [EXACT, BROWSER], ids=["exact", "browser"])
    def test_encoded_anew_formats_become_one(self, manner: Manner, tmp_path: Path) -> None:
        small = self.files(tmp_path / "a", Film(sound="aac", beep_s=(2.5, 3.5)), [0, 2])
        other = Film(size=(320, 96), sound="pcm_alaw", sound_rate=8000, beep_s=(4.5, 5))
        wide = make_film(tmp_path / "wide.mov", replace(other, first=100))
        take = take_of([*small, (wide, 4, 2.0)], 1, 6)
        assert parts([take], manner) == [(take,)]
        clip = tmp_path / "clip.mp4"
        cut([take], clip, manner)
        with av.open(str(clip)) as container:
            assert [stream.codec_context.name for stream in container.streams] == ["h264", "aac"]
            frames = [np.asarray(f.to_ndarray(format="gray")) for f in container.decode(video=0)]
        assert {frame.shape for frame in frames} == {(96, 160)}
        assert len(frames) == 125
        # Half as high as wide: above and below the wide picture it is black.
        assert frames[-1][:20].max() < 5 and frames[-1][-20:].max() < 5
        assert frames[-1][28:68].min() > 20
        heard = beep(clip)
        assert heard == pytest.approx((1.5, 4.0), abs=0.03)

    def test_sound_that_is_missing_in_one_file_is_no_other_format(self, tmp_path: Path) -> None:
        film = Film(sound="aac", beep_s=(4.2, 4.7))
        loud = self.files(tmp_path / "a", film, [0, 4])
        silent = self.files(tmp_path / "b", Film(), [2])
        take = take_of([loud[0], silent[0], loud[1]], 0, 6)
        assert parts([take], COPY) == [(take,)]
        clip = tmp_path / "clip.mp4"
        cut([take], clip, COPY)
        assert shown_numbers(clip) == list(range(150))
        assert beep(clip) == pytest.approx((4.2, 4.7), abs=0.03)


class TestTwoCameras:
    """One take after the other."""

    @pytest.mark.parametrize(
        ("situation", "second", "codec"),
        [
            ("the same format", Film(first=500), "h264"),
            ("another size", Film(first=500, size=(240, 144)), "h264"),
            ("another codec", Film(first=500, codec="mjpeg", pixels="yuvj420p", gop=1), "h264"),
        ],
    )
    def test_they_stand_one_after_the_other(
        self, situation: str, second: Film, codec: str, tmp_path: Path
    ) -> None:
        first = take_of([(make_film(tmp_path / "a.mp4", Film()), 0, 2.0)], 0.5, 1.5)
        ending = "mov" if second.codec == "mjpeg" else "mp4"
        other = take_of([(make_film(tmp_path / f"b.{ending}", second), 0.2, 2.0)], 0.2, 1.2)
        takes = [first, other]
        assert parts(takes, COPY) == [(first, other)]
        clip = tmp_path / "clip.mp4"
        shown = cut(takes, clip, COPY)
        found = numbers(clip)
        begin = 0 if situation == "the same format" else 13
        assert [n for _, n in found] == [*range(begin, 38), *range(500, 525)]
        assert [time for time, _ in found] == pytest.approx([n / FPS for n in range(len(found))])
        assert shown.first_utc_ns == at(min(begin / FPS, 0.2))
        assert codec_of(takes, COPY) == codec
        assert is_monotone(clip)

    def test_earlier_video_may_come_second(self, tmp_path: Path) -> None:
        late = take_of([(make_film(tmp_path / "a.mp4", Film()), 100, 2.0)], 100, 101)
        early = take_of([(make_film(tmp_path / "b.mp4", Film(first=500)), 0, 2.0)], 0, 1)
        clip = tmp_path / "clip.mp4"
        shown = cut([late, early], clip, COPY)
        assert shown_numbers(clip) == [*range(25), *range(500, 525)]
        assert shown == Shown(at(0), at(101))


@pytest.mark.parametrize(
    ("situation", "film", "manner", "copied"),
    [
        ("H.264 plays", Film(), BROWSER, True),
        ("Motion JPEG does not", Film(codec="mjpeg", pixels="yuvj420p"), BROWSER, False),
        ("colour that is too fine", Film(pixels="yuv444p"), BROWSER, False),
        ("nobody asked", Film(pixels="yuv444p"), COPY, True),
    ],
)
def test_only_what_must_be_is_encoded(
    situation: str, film: Film, manner: Manner, copied: bool, tmp_path: Path
) -> None:
    ending = "mov" if film.codec == "mjpeg" else "mp4"
    take = one(tmp_path, film, 1.5, 2, ending)
    clip = tmp_path / "clip.mp4"
    cut([take], clip, manner)
    with av.open(str(clip)) as container:
        video = container.streams.video[0].codec_context
        shown = (video.name, video.pix_fmt)
    source = (look_into(take.stretches[0].film.file).video.codec, film.pixels)
    assert shown == (source if copied else ("h264", "yuv420p")), situation
    begin = 37 if not copied else 25
    assert shown_numbers(clip)[0] in (begin, begin + 1), situation


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_film_that_is_cut_off_gives_what_is_there(share: float, tmp_path: Path) -> None:
    film = Film(n=100, movflags="+faststart", size=(320, 192), sound="aac")
    take = one(tmp_path, film, 0, 4)
    file = take.stretches[0].film.file
    content = file.read_bytes()
    begin = content.index(b"mdat")
    file.write_bytes(content[: begin + round((len(content) - begin) * share)])
    clip = tmp_path / "clip.mp4"
    shown = cut([take], clip, COPY)
    found = shown_numbers(clip)
    assert 10 < len(found) < 100 and found == list(range(len(found)))
    assert shown.end_utc_ns == START_NS + len(found) * FRAME_NS


def test_a_film_that_has_gone_is_told(tmp_path: Path) -> None:
    take = one(tmp_path, Film(), 0, 1)
    take.stretches[0].film.file.unlink()
    for manner in (COPY, EXACT):
        with pytest.raises(ExportError, match=r"film\.mp4 cannot be"):
            cut([take], tmp_path / "clip.mp4", manner)


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="check the space on the disk"):
        cut([one(tmp_path, Film(), 0, 1)], tmp_path / "nowhere" / "clip.mp4", COPY)
