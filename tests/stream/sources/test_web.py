"""Videos and cameras behind http."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from stream import clock
from stream.sources.choose import open_source
from stream.sources.port import Backend, SourceError, Speed
from stream.types import Clock
from tests.stream.sources.footage import BACKENDS, make_video
from tests.stream.sources.http_camera import web_server

backends = pytest.mark.parametrize("backend", BACKENDS)


@backends
def test_a_video_on_the_web_is_footage(backend: Backend, tmp_path: Path) -> None:
    make_video(tmp_path / "a.mp4", n=20)
    with web_server(tmp_path) as address:
        source = open_source("web", f"{address}/a.mp4", speed=Speed.MAXIMUM, backend=backend)
        frames = list(source.frames())
    assert len(frames) == 20
    assert not source.live
    assert frames[0].clock is Clock.FILE


@backends
def test_a_video_that_is_not_there(backend: Backend, tmp_path: Path) -> None:
    with web_server(tmp_path) as address:
        source = open_source("web", f"{address}/none.mp4", backend=backend)
        with pytest.raises(SourceError, match="not found; check the path or URL"):
            list(source.frames())


@backends
def test_a_camera_that_sends_jpeg(backend: Backend, tmp_path: Path) -> None:
    with web_server(tmp_path) as address:
        source = open_source("web", f"{address}/camera", backend=backend)
        assert source.live
        frames = list(islice(source.frames(), 15))
        source.close()
    picture = frames[-1].picture
    assert (picture.width, picture.height) == (160, 90)
    red = picture.resized(16, 9).reshape(-1, 3).mean(axis=0)
    assert np.abs(red - (200, 30, 30)).max() < 6, "JPEG is full range, BT.601"
    assert abs(clock.now_ns() - frames[-1].capture_utc_ns) < 20e9
    assert frames[-1].clock in (Clock.ARRIVAL, Clock.FITTED)
    assert [frame.index for frame in frames] == list(range(15))
