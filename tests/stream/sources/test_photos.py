"""Photos as cameras hand them over: rotated, dated, broken, in folders."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from stream.sources.choose import open_source
from stream.sources.photos import PhotoSource
from stream.sources.port import SourceError
from stream.types import Clock


def make_photo(
    path: Path,
    red: int = 200,
    orientation: int = 1,
    taken: str = "",
    offset: str = "",
    fraction: str = "",
    mode: str = "RGB",
) -> Path:
    """A photo 40 x 20, its left half red."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20, 0] = red
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    details = exif.get_ifd(ExifTags.IFD.Exif)
    for tag, value in [
        (ExifTags.Base.DateTimeOriginal, taken),
        (ExifTags.Base.OffsetTimeOriginal, offset),
        (ExifTags.Base.SubsecTimeOriginal, fraction),
    ]:
        if value:
            details[tag] = value
    Image.fromarray(pixels).convert(mode).save(path, exif=exif, quality=95)
    return path


def test_a_folder_is_searched_to_the_bottom_in_order(tmp_path: Path) -> None:
    names = ["b/2.jpg", "a.png", "b/1.JPG", "c/d/e.jpeg", ".trash/x.jpg"]
    for name in names:
        make_photo(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no photo")
    source = open_source("ann", str(tmp_path))
    frames = list(source.frames())
    assert isinstance(source, PhotoSource)
    found = [source.path(frame.index).relative_to(tmp_path).as_posix() for frame in frames]
    assert found == ["a.png", "b/1.JPG", "b/2.jpg", "c/d/e.jpeg"]
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert not source.live
    assert source.status().state == "ended"


ORIENTATIONS = {
    "upright": (1, (40, 20), "left"),
    "mirrored": (2, (40, 20), "right"),
    "upside down": (3, (40, 20), "right"),
    "turned left": (6, (20, 40), "top"),
    "turned right": (8, (20, 40), "bottom"),
}


@pytest.mark.parametrize(
    ("orientation", "size", "side"), ORIENTATIONS.values(), ids=ORIENTATIONS.keys()
)
def test_orientation(orientation: int, size: tuple[int, int], side: str, tmp_path: Path) -> None:
    photo = make_photo(tmp_path / "a.jpg", orientation=orientation)
    picture = next(PhotoSource("ann", [photo]).frames()).picture
    assert (picture.width, picture.height) == size
    x, y = size
    boxes = {
        "left": (0, 0, x / 4, y),
        "right": (3 * x / 4, 0, x, y),
        "top": (0, 0, x, y / 4),
        "bottom": (0, 3 * y / 4, x, y),
    }
    reds = {name: picture.crop(box)[..., 0].mean() for name, box in boxes.items()}
    assert max(reds, key=lambda name: reds[name]) == side


TIMES = {
    "utc": ("2026:05:17 09:30:01", "+00:00", "", datetime(2026, 5, 17, 9, 30, 1, tzinfo=UTC)),
    "summer time": (
        "2026:05:17 11:30:01",
        "+02:00",
        "",
        datetime(2026, 5, 17, 9, 30, 1, tzinfo=UTC),
    ),
    "half an hour": (
        "2026:05:17 15:00:01",
        "+05:30",
        "",
        datetime(2026, 5, 17, 9, 30, 1, tzinfo=UTC),
    ),
    "no offset": ("2026:05:17 09:30:01", "", "", datetime(2026, 5, 17, 9, 30, 1, tzinfo=UTC)),
    "hundredths": (
        "2026:05:17 09:30:01",
        "",
        "25",
        datetime(2026, 5, 17, 9, 30, 1, 250_000, tzinfo=UTC),
    ),
    "none": ("", "", "", datetime(1970, 1, 1, 0, 0, 42, tzinfo=UTC)),
    "nonsense": ("0000:00:00 00:00:00", "", "", datetime(1970, 1, 1, 0, 0, 42, tzinfo=UTC)),
}


@pytest.mark.parametrize(
    ("taken", "offset", "fraction", "expected"), TIMES.values(), ids=TIMES.keys()
)
def test_capture_time(
    taken: str, offset: str, fraction: str, expected: datetime, tmp_path: Path
) -> None:
    photo = make_photo(tmp_path / "a.jpg", taken=taken, offset=offset, fraction=fraction)
    frame = next(PhotoSource("ann", [photo], start_utc_ns=42 * 10**9).frames())
    assert frame.capture_utc_ns == round(expected.timestamp() * 1000) * 1_000_000
    assert frame.clock is Clock.FILE


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_colour_modes_become_rgb(mode: str, tmp_path: Path) -> None:
    photo = make_photo(tmp_path / "a.jpg", mode=mode)
    image = next(PhotoSource("ann", [photo]).frames()).picture.resized(40, 20)
    assert image.shape == (20, 40, 3)


def test_a_broken_photo_is_told_and_skipped(tmp_path: Path) -> None:
    make_photo(tmp_path / "1.jpg")
    whole = make_photo(tmp_path / "2.jpg").read_bytes()
    (tmp_path / "2.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "3.jpg").write_text("not a photo")
    (tmp_path / "4.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    make_photo(tmp_path / "5.jpg")
    problems: list[tuple[str, str]] = []
    source = PhotoSource("ann", [tmp_path], lambda path, why: problems.append((path.name, why)))
    frames = list(source.frames())
    assert [source.path(frame.index).name for frame in frames] == ["1.jpg", "5.jpg"]
    assert [name for name, _ in problems] == ["2.jpg", "3.jpg", "4.heic"]
    broken, none, heic = (why for _, why in problems)
    assert broken.startswith("is broken: ")
    assert none == "is no photo that can be read here"
    assert heic.startswith("HEIC cannot be read here; convert it to JPEG")
    assert (source.status().frames, source.status().damaged) == (2, 3)


def test_a_list_of_photos(tmp_path: Path) -> None:
    photos = [make_photo(tmp_path / f"{k}.jpg") for k in (3, 1, 2)]
    source = PhotoSource("ann", [*photos, photos[0]])
    assert [path.name for path in source.photos] == ["1.jpg", "2.jpg", "3.jpg"]


def test_close_ends_the_folder(tmp_path: Path) -> None:
    for k in range(5):
        make_photo(tmp_path / f"{k}.jpg")
    source = PhotoSource("ann", [tmp_path])
    frames = source.frames()
    next(frames)
    source.close()
    assert list(frames) == []
    assert source.status().state == "closed"


def test_no_photos(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no photos here; known are \.avif, \.bmp"):
        PhotoSource("ann", [tmp_path])
    with pytest.raises(SourceError, match="no such photo or folder"):
        PhotoSource("ann", [tmp_path / "none"])
