"""The decode rate of a small film."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.sources.decode_rate import measure_decode_fps
from stream.sources.port import Backend, SourceError
from tests.stream.sources.footage import BACKENDS, make_video


@pytest.mark.parametrize("backend", BACKENDS)
def test_faster_than_real_time(backend: Backend, tmp_path: Path) -> None:
    # The film has 25 frames a second; a busy machine needs long to open it.
    assert measure_decode_fps(str(make_video(tmp_path / "a.mp4", n=200)), backend) > 30


def test_a_missing_file_is_no_rate(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        measure_decode_fps(str(tmp_path / "none.mp4"))
