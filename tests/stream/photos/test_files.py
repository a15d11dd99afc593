"""Photos as files: found, dated, turned, refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from stream.photos.files import (
    PassingPhotoError,
    PhotoError,
    file_of,
    find_photos,
    load_photo,
)
from stream.sources.port import SourceError
from tests.stream.photos.staged import Told, photo

BAD_DISK = Path("/proc/self/mem")
"""A file that is there and whose first bytes are an input/output error."""
NINE_UTC = 1_777_798_800_000_000_000
"""2026-05-03, nine in the morning, UTC."""


@pytest.fixture
def zurich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Zurich")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_photos_are_found_to_the_bottom_and_once(tmp_path: Path) -> None:
    for name in ("b/2.JPG", "a.png", "b/c/3.jpeg", ".hidden/4.jpg", "race/pivot/7/5.jpg"):
        photo(tmp_path / name, 50)
    (tmp_path / "notes.txt").write_text("no photo")
    places = [tmp_path, tmp_path / "a.png", tmp_path / "notes.txt"]
    found = find_photos(places, [tmp_path / "race/pivot"], Told())
    names = [path.relative_to(tmp_path).as_posix() for path in found]
    assert names == ["a.png", "b/2.JPG", "b/c/3.jpeg", "notes.txt"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(False, "no such photo or folder", id="nothing there"),
        pytest.param(True, "no photos here", id="an empty folder"),
    ],
)
def test_nothing_to_do_is_an_error(tmp_path: Path, make: bool, message: str) -> None:
    if make:
        (tmp_path / "in").mkdir()
    with pytest.raises(SourceError, match=message):
        find_photos([tmp_path / "in"], [], Told())


def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg", 50)
    (tmp_path / "caf\udce9.jpg").write_bytes(b"x")
    told = Told()
    assert len(find_photos([tmp_path], [], told)) == 1
    assert "rename it" in told.problems[0][1]


@pytest.mark.usefixtures("zurich")
@pytest.mark.parametrize(
    ("taken", "offset", "expected"),
    [
        pytest.param("2026:05:03 11:00:00", "+02:00", NINE_UTC, id="the camera tells its zone"),
        pytest.param("2026:05:03 11:00:00", "", NINE_UTC, id="this computer's, summer time"),
        pytest.param("2026:01:01 10:00:00", "", 1_767_258_000_000_000_000, id="and winter time"),
        pytest.param("0000:00:00 00:00:00", "", None, id="a clock that was never set"),
        pytest.param("", "", None, id="no time"),
    ],
)
def test_when_it_was_taken(tmp_path: Path, taken: str, offset: str, expected: int | None) -> None:
    path = photo(tmp_path / "a.jpg", 50, taken=taken, offset=offset)
    assert load_photo(path, lambda _: False).taken_utc_ns == expected


def test_a_zone_that_was_told_is_that_of_silent_cameras(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg", 50, taken="2026:05:03 09:00:00")
    assert load_photo(path, lambda _: False, UTC).taken_utc_ns == NINE_UTC


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK"])
def test_every_kind_of_colour_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    Image.new("RGB", (40, 20), (200, 30, 30)).convert(mode).save(path)
    picture = load_photo(path, lambda _: False).picture
    assert picture is not None
    assert picture.image.shape == (20, 40, 3)


needs_avif = pytest.mark.skipif(
    ".avif" not in Image.registered_extensions(), reason="this Pillow reads no AVIF"
)


@needs_avif
def test_an_avif_is_a_photo(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Phone"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:05:03 09:00:00"
    Image.new("RGB", (40, 20), (200, 30, 30)).save(tmp_path / "a.AVIF", "AVIF", exif=exif)
    [path] = find_photos([tmp_path], [], Told())
    loaded = load_photo(path, lambda _: False, UTC)
    assert loaded.picture is not None
    assert loaded.picture.image.shape == (40, 20, 3)
    assert abs(loaded.picture.image.mean((0, 1)) - (200, 30, 30)).max() < 8
    assert loaded.taken_utc_ns == NINE_UTC


@needs_avif
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_an_avif_cut_short_is_told(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.avif"
    Image.effect_noise((200, 100), 40).convert("RGB").save(path, "AVIF")
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(PhotoError, match=r"broken|no photo"):
        load_photo(path, lambda _: False)


def test_an_avif_that_cannot_be_read_here_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "registered_extensions", lambda: {".jpg": "JPEG"})
    path = tmp_path / "a.avif"
    path.write_bytes(b"\0\0\0\x20ftypavif")
    assert find_photos([tmp_path], [], Told()) == (path,)
    with pytest.raises(PhotoError, match="AVIF cannot be read here; convert it to JPEG"):
        load_photo(path, lambda _: False)


def test_a_known_content_is_not_decoded(tmp_path: Path) -> None:
    loaded = load_photo(photo(tmp_path / "a.jpg", 50), lambda sha256: len(sha256) == 64)
    assert loaded.picture is None


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="No such file"):
        file_of(tmp_path / "a.jpg")
    with pytest.raises(PhotoError, match="No such file"):
        load_photo(tmp_path / "a.jpg", lambda _: False)


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        pytest.param("disk.jpg", True, id="the disk fails"),
        pytest.param("gone.jpg", False, id="gone"),
        pytest.param("empty.jpg", False, id="empty"),
        pytest.param("broken.jpg", False, id="broken"),
    ],
)
def test_what_may_be_read_another_time(name: str, passes: bool, tmp_path: Path) -> None:
    if not BAD_DISK.exists():
        pytest.skip("needs Linux")
    (tmp_path / "disk.jpg").symlink_to(BAD_DISK)
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff no photo")
    with pytest.raises(PhotoError) as caught:
        load_photo(tmp_path / name, lambda _: False)
    assert isinstance(caught.value, PassingPhotoError) == passes


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        pytest.param(20_000, 20_000, "400.0", id="far"),
        pytest.param(17_920, 10_000, "179.2", id="a little"),
        pytest.param(13_378, 13_377, "179.0", id="some pixels"),
    ],
)
def test_a_photo_that_is_too_large_is_told_with_its_size(
    width: int, height: int, size: str, tmp_path: Path
) -> None:
    Image.new("1", (width, height)).save(tmp_path / "huge.png")
    with pytest.raises(PhotoError) as caught:
        load_photo(tmp_path / "huge.png", lambda _: False)
    assert str(caught.value) == (
        f"is too large with {size} megapixels: at most 178.9 can be read; "
        "shrink it, then tag it again"
    )
