"""Which footage is the same, and how a run is told to stop."""

from pathlib import Path

import pytest

from dashboard.running import footage_key, live_videos
from dashboard.video.feed import ENCODER
from stream.config import CameraEntry, DashboardSettings, RaceFile
from stream.sources.port import Speed


def test_footage_is_the_same_by_content_and_not_by_name(tmp_path: Path) -> None:
    for name, content in (("a.mp4", b"1"), ("b.mp4", b"1"), ("c.mp4", b"2")):
        (tmp_path / name).write_bytes(content)
    a, b, c = (footage_key(str(tmp_path / name)) for name in ("a.mp4", "b.mp4", "c.mp4"))
    assert a == b != c


def test_a_folder_of_photos_changes_with_its_photos(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"1")
    before = footage_key(str(tmp_path))
    (tmp_path / "b.jpg").write_bytes(b"2")
    assert before is not None
    assert footage_key(str(tmp_path)) != before


@pytest.mark.parametrize(
    ("source", "has_key"),
    [
        ("rtsp://10.0.0.7/s1", False),
        ("/dev/video0", False),
        ("test://smpte", False),
        ("sim://?runners=4&seed=1", True),
    ],
)
def test_what_is_live_is_always_new(source: str, has_key: bool) -> None:
    assert (footage_key(source) is not None) is has_key


@pytest.mark.parametrize(
    ("source", "most", "via"),
    [
        pytest.param("rtsp://10.0.0.7/s1", 8, [None], id="a camera: as it sends"),
        pytest.param("/dev/video0", 8, [None], id="a camera on this machine"),
        pytest.param("clip.mp4", 8, [ENCODER], id="a file"),
        pytest.param("sim://?runners=4&seed=1", 8, [ENCODER], id="a simulation"),
        pytest.param("photos", 8, [], id="photos"),
        pytest.param("rtsp://10.0.0.7/s1", 0, [], id="turned off"),
    ],
)
def test_which_cameras_have_live_video(
    tmp_path: Path, source: str, most: int, via: list[str | None]
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "clip.mp4").write_bytes(b"1")
    path = tmp_path / source
    camera = CameraEntry("finish", str(path) if path.exists() else source)
    settings = DashboardSettings(video_viewers=most)
    videos = live_videos(RaceFile("City", (camera,), dashboard=settings), Speed.REAL_TIME)
    assert [video.status().via for video in videos.values()] == via
