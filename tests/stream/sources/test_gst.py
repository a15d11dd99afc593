"""What only GStreamer can do, and what is said when it lacks something."""

from __future__ import annotations

import numpy as np
import pytest

from engines.picture import I420Picture
from stream.graph import SINK, Element, Graph, Link
from stream.sources.choose import open_source
from stream.sources.port import SourceError, Speed
from stream.types import Clock
from tests.stream.sources.footage import needs_gst

pytestmark = needs_gst


@pytest.mark.parametrize("size", [(640, 360), (641, 361), (322, 181), (638, 358)])
def test_a_pattern_of_any_size(size: tuple[int, int]) -> None:
    width, height = size
    uri = f"test://red?seconds=0.2&fps=25&width={width}&height={height}"
    source = open_source("test", uri, speed=Speed.MAXIMUM)
    frames = list(source.frames())
    assert [frame.pts_ns for frame in frames] == [k * 40_000_000 for k in range(5)]
    assert {frame.clock for frame in frames} == {Clock.FILE}
    picture = frames[-1].picture
    assert isinstance(picture, I420Picture)
    assert (picture.width, picture.height) == size
    rgb = picture.crop((0, 0, width, height)).reshape(-1, 3)
    assert np.abs(rgb.astype(int) - (255, 0, 0)).max() < 12


def test_pictures_outlive_their_source() -> None:
    source = open_source("test", "test://ball?seconds=0.4", speed=Speed.MAXIMUM)
    frames = list(source.frames())
    seen = {bytes(frame.picture.resized(64, 36)) for frame in frames}
    assert len(seen) == len(frames), "no buffer was used twice"


def test_pixels_can_be_written() -> None:
    source = open_source("test", "test://smpte?seconds=0.1", speed=Speed.MAXIMUM)
    frame = next(source.frames())
    source.close()
    assert isinstance(frame.picture, I420Picture)
    frame.picture.y[0, 0] = 7


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("test://smpte?second=3", "unknown setting second"),
        ("test://smpte?width=0", "at least 1 pixel"),
        ("test://smpte?fps=fast", "fps=fast is not a number"),
        ("v4l2:///dev/video0?size=3", "unknown setting size"),
    ],
)
def test_wrong_settings(uri: str, why: str) -> None:
    with pytest.raises(SourceError, match=why):
        open_source("test", uri)


def test_a_device_that_is_not_there() -> None:
    source = open_source("test", "/dev/video93", attempts=0)
    with pytest.raises(SourceError, match="/dev/video93: "):
        list(source.frames())


def test_padded_rows() -> None:
    """A width that is no multiple of four is padded by GStreamer; the pixels are not moved."""
    uri = "test://gradient?seconds=0.04&width=30&height=18"
    picture = next(open_source("test", uri, speed=Speed.MAXIMUM).frames()).picture
    assert isinstance(picture, I420Picture)
    assert picture.y.strides[0] == 32
    assert (picture.y == picture.y[:, :1]).all(), "every row of the gradient has one grey"
    assert len(np.unique(picture.y[:, 0])) > 10


def test_footage_that_gives_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    from stream.sources import gst

    monkeypatch.setattr(gst, "FOOTAGE_S", 0.3)
    silent = Graph((Element("source", "appsrc"), Element(SINK, "appsink")), (Link("source", SINK),))
    source = gst.GstSource("finish", gst.GstPlan(silent, "a.mp4", live=False, camera=False))
    with pytest.raises(SourceError, match=r"a\.mp4: no frame for 0\.3 s"):
        next(source.frames())
