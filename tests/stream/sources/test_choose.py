"""Which backend plays what."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from stream.sources import choose
from stream.sources.choose import open_source
from stream.sources.port import SourceError
from tests.stream.sources.footage import make_video, needs_gst


@needs_gst
def test_gstreamer_comes_first(tmp_path: Path) -> None:
    source = open_source("a", str(make_video(tmp_path / "a.mp4", n=2)))
    assert type(source).__name__ == "GstSource"


def test_without_gstreamer_pyav_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "gst_is_installed", lambda: False)
    path = str(make_video(tmp_path / "a.mp4", n=2))
    source = open_source("a", path)
    assert type(source).__name__ == "AvSource"
    assert len(list(source.frames())) == 2
    with pytest.raises(SourceError, match=r"apt install python3-gi .* or backend av"):
        open_source("a", path, backend="gst")
    with pytest.raises(SourceError, match="test patterns need GStreamer"):
        open_source("a", "test://smpte")


def test_without_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(make_video(tmp_path / "a.mp4", n=2))
    monkeypatch.setattr(choose, "gst_is_installed", lambda: False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        SourceError, match="neither GStreamer nor PyAV is here; try: pip install av"
    ):
        open_source("a", path)


def test_a_missing_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        open_source("a", str(tmp_path / "none.mp4"))
