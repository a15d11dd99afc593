"""What URIs name, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.sources.address import Address, Place, address, check_file, hidden
from stream.sources.port import SourceError

SITUATIONS = {
    "a path": ("race.mp4", Place.FILE, "race.mp4"),
    "a file URL with a space": ("file:///tmp/my%20race.mp4", Place.FILE, "/tmp/my race.mp4"),
    "a network camera": ("rtsp://cam:554/1?x=2", Place.RTSP, "rtsp://cam:554/1?x=2"),
    "in capitals": ("RTSP://cam/1", Place.RTSP, "RTSP://cam/1"),
    "a video on the web": ("https://a.b/c.MP4?t=1", Place.HTTP_FILE, "https://a.b/c.MP4?t=1"),
    "a camera on the web": ("http://cam/video", Place.MJPEG, "http://cam/video"),
    "a device by its path": ("/dev/video2", Place.DEVICE, "/dev/video2"),
    "a device by its URL": ("v4l2:///dev/video0?width=640", Place.DEVICE, "/dev/video0"),
    "a test pattern": ("test://ball?seconds=3", Place.PATTERN, "ball"),
    "the usual pattern": ("test://", Place.PATTERN, "smpte"),
    "a simulation": ("sim://?runners=3", Place.SIMULATION, "sim://?runners=3"),
}


@pytest.mark.parametrize(("uri", "place", "target"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_places(uri: str, place: Place, target: str) -> None:
    found = address(uri)
    assert (found.place, found.target) == (place, target)


def test_a_folder_holds_photos(tmp_path: Path) -> None:
    assert address(str(tmp_path)).place is Place.PHOTOS


def test_an_unknown_scheme_names_the_known() -> None:
    with pytest.raises(SourceError, match="unknown scheme 'ftp'; known are a path, file, rtsp"):
        address("ftp://host/a.mp4")


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("rtsp://ann:secret@cam:554/1", "rtsp://ann:***@cam:554/1"),
        ("rtsp://ann@cam/1", "rtsp://ann@cam/1"),
        ("http://a:p%40ss@cam/x?y=1", "http://a:***@cam/x?y=1"),
    ],
)
def test_passwords_are_hidden(url: str, label: str) -> None:
    assert hidden(url) == label
    assert address(url).label == label
    assert address(url).target == url


def test_numbers_of_the_query() -> None:
    place = Address(Place.PATTERN, "smpte", "test://smpte", (("fps", "50"), ("width", "-3")))
    assert place.number("fps", 25) == 50
    assert place.number("height", 360) == 360
    with pytest.raises(SourceError, match=r"width=-3 is not a number from 0 up"):
        place.number("width", 640)


def test_unknown_settings_are_refused() -> None:
    place = address("test://smpte?second=3")
    with pytest.raises(SourceError, match="unknown setting second; known are seconds, fps"):
        place.allow("seconds", "fps")


def test_check_file(tmp_path: Path) -> None:
    empty, good = tmp_path / "empty.mp4", tmp_path / "good.mp4"
    empty.touch()
    good.write_bytes(b"x")
    check_file(good)
    for path, why in [
        (tmp_path / "none.mp4", "no such file"),
        (tmp_path, "is a folder"),
        (empty, "is empty"),
    ]:
        with pytest.raises(SourceError, match=why) as caught:
            check_file(path)
        assert str(caught.value).startswith(str(path))
