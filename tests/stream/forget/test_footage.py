"""Recorded video is removed as a whole only where the video is damaged, never for a bad disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import av.error
import pytest

from stream.export.errors import ExportError
from stream.forget import footage
from stream.forget.errors import ForgetError
from stream.forget.footage import Filmed, Part, cut_out
from stream.forget.spans import Span
from stream.store.values import NewSegment
from stream.types import Clock
from tests.stream.export.filmed import Film, make_film, numbers

SECOND_NS = 1_000_000_000
NAME = "video/finish/1.mp4"
MIDDLE = (Span(1, "finish", 4 * SECOND_NS, 5 * SECOND_NS),)
REFUSALS = [
    pytest.param(code, id=errno.errorcode[code])
    for code in (errno.EIO, errno.EMFILE, errno.EACCES, errno.EROFS, errno.ENOSPC, errno.ENOMEM)
]


@pytest.fixture
def segment(tmp_path: Path) -> Filmed:
    """A file of 10 s, 25 frames a second."""
    make_film(tmp_path / NAME, Film(n=250))
    new = NewSegment(1, "finish", NAME, False, "h264", None, 160, 96, 0, Clock.RTCP)
    return Filmed(1, new, 10 * SECOND_NS)


def failing(code: int) -> Callable[..., NoReturn]:
    """What FFmpeg's refusal looks like by the time it gets here."""

    def fail(*_: object) -> NoReturn:
        try:
            av.error.err_check(-code)
        except av.error.FFmpegError as cause:
            raise ExportError("it cannot be done") from cause
        raise AssertionError("no such refusal")

    return fail


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in (folder / "video/finish").iterdir())


def test_what_is_left_lies_in_parts_beside_the_file(segment: Filmed, tmp_path: Path) -> None:
    told, parts = cut_out(tmp_path, segment, MIDDLE)
    assert not told.whole and len(parts) == 2
    assert files(tmp_path) == ["1-cut1.mp4", "1-cut2.mp4", "1.mp4"]
    assert [number for _, number in numbers(tmp_path / parts[0].new.path)][-1] < 100


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("step", ["look_into", "_keyframes", "cut"])
def test_a_system_that_refuses_costs_no_video(
    step: str, code: int, segment: Filmed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footage, step, failing(code))
    with pytest.raises(ForgetError, match=r"stays as it is .* run the same command again"):
        cut_out(tmp_path, segment, MIDDLE)
    assert files(tmp_path) == ["1.mp4"]


def test_the_parts_before_one_that_fails_go_too(
    segment: Filmed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = footage._written

    def second_fails(folder: Path, film: object, one: Filmed, number: int, *span: int) -> Part:
        part = written(folder, film, one, number, *span)  # type: ignore[arg-type]
        if number == 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return part

    monkeypatch.setattr(footage, "_written", second_fails)
    with pytest.raises(ForgetError, match="Input/output error"):
        cut_out(tmp_path, segment, MIDDLE)
    assert files(tmp_path) == ["1.mp4"]


def test_a_place_that_cannot_be_written_to_costs_no_video(segment: Filmed, tmp_path: Path) -> None:
    (tmp_path / "video/finish/1-cut2.mp4").mkdir()
    with pytest.raises(ForgetError, match=r"1\.mp4 cannot be cut and stays"):
        cut_out(tmp_path, segment, MIDDLE)
    assert files(tmp_path) == ["1-cut2.mp4", "1.mp4"]


def test_bytes_that_the_disk_does_not_give_are_no_end_of_the_video(
    segment: Filmed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> NoReturn:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(footage, "_read_through", fail)
    with pytest.raises(OSError, match="Input/output error"):
        cut_out(tmp_path, segment, MIDDLE)
    assert files(tmp_path) == ["1.mp4"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"no film at all", id="no video"),
        pytest.param(b"", id="empty"),
        pytest.param(b"\x00\x00\x00\x18ftypisom" + bytes(200), id="only its head"),
    ],
)
def test_a_video_that_is_damaged_goes_as_a_whole(
    content: bytes, segment: Filmed, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_bytes(content)
    told, parts = cut_out(tmp_path, segment, MIDDLE)
    assert told.whole and parts == [] and told.seconds == 10
    assert files(tmp_path) == ["1.mp4"]


def test_a_video_without_a_keyframe_goes_as_a_whole(
    segment: Filmed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footage, "_keyframes", lambda _: iter(()))
    assert cut_out(tmp_path, segment, MIDDLE)[0].whole
