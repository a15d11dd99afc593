"""Recordings of observations: exact, compact, and clear about damage."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from engines.types import Detections
from stream.sources.replay import ReplayError, record, replay
from stream.types import Clock, Observation


def observations(n: int = 20, found: int = 15) -> list[Observation]:
    """Observations with awkward numbers."""
    rng = np.random.default_rng(5)
    return [
        Observation(
            camera="Ziel é",
            frame_index=k,
            pts_ns=k * 40_000_001,
            capture_utc_ns=1_779_000_000_123_456_789 + k,
            clock=Clock.RTCP if k % 2 else Clock.FITTED,
            width=1920,
            height=1080,
            detections=Detections(
                (rng.random((found * (k % 3), 4)) * 1920).astype(np.float32),
                rng.random(found * (k % 3)).astype(np.float32),
                rng.integers(0, 4, found * (k % 3)).astype(np.int8),
            ),
        )
        for k in range(n)
    ]


def recorded(path: Path, n: int = 20) -> Path:
    with record(path) as recording:
        for observation in observations(n):
            recording.write(observation)
    return path


def test_everything_comes_back_bit_for_bit(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.jsonl.gz")
    for before, after in zip(observations(), replay(path), strict=True):
        for name in ("camera", "frame_index", "pts_ns", "capture_utc_ns", "clock"):
            assert getattr(before, name) == getattr(after, name)
        assert (after.width, after.height) == (1920, 1080)
        assert after.clock is before.clock
        for name in ("boxes", "scores", "kinds"):
            left, right = getattr(before.detections, name), getattr(after.detections, name)
            assert left.dtype == right.dtype
            assert np.array_equal(left, right)


def test_extreme_numbers(tmp_path: Path) -> None:
    values = np.array([0.1, 1e-45, 3.4028235e38, -0.0, 16777217, 1 / 3, 8.5e-41, 5], np.float32)
    found = Detections(values.reshape(2, 4), values[:2], np.zeros(2, np.int8))
    with record(tmp_path / "a.gz") as recording:
        recording.write(Observation("a", 0, 0, 0, Clock.FILE, 9, 9, found))
    (back,) = replay(tmp_path / "a.gz")
    assert back.detections.boxes.tobytes() == values.tobytes()


def test_it_is_compact(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.jsonl.gz", n=300)
    n_rows = sum(len(observation.detections) for observation in observations(300))
    assert path.stat().st_size / n_rows < 32


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    found = Detections(
        np.full((1, 4), np.nan, np.float32), np.ones(1, np.float32), np.zeros(1, np.int8)
    )
    with record(tmp_path / "a.gz") as recording, pytest.raises(ValueError, match="JSON"):
        recording.write(Observation("a", 0, 0, 0, Clock.FILE, 9, 9, found))


HEADER = '{"format":"finishline observations","version":1}\n'
ROW = (
    '{"camera":"a","frame":0,"pts_ns":0,"utc_ns":0,"clock":"file","size":[9,9],'
    '"boxes":[1,2,3,4],"scores":[0.5],"kinds":[0]}\n'
)
DAMAGED = {
    "not a recording": ('{"a":1}\n', "line 1: is not a recording of observations", 0),
    "no JSON": ("hello\n", "line 1: is not a recording", 0),
    "nothing": ("", "is empty", 0),
    "newer": (HEADER.replace(":1}", ":2}"), "line 1: version 2, this program reads 1", 0),
    "a line of text": (HEADER + ROW + "hello\n", "line 3: is not an observation", 1),
    "a field is missing": (HEADER + ROW.replace('"frame":0,', ""), "line 2: .*'frame'", 0),
    "an unknown clock": (HEADER + ROW.replace('"file"', '"sun"'), "line 2: .*sun", 0),
    "columns differ": (HEADER + ROW + ROW.replace("[0.5]", "[0.5,1]"), "line 3: .*boxes", 1),
    "half a box": (HEADER + ROW.replace("[1,2,3,4]", "[1,2,3]"), "line 2: ", 0),
}


@pytest.mark.parametrize(("content", "why", "n"), DAMAGED.values(), ids=DAMAGED.keys())
def test_damage_names_its_line(content: str, why: str, n: int, tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(content.encode()))
    got = []
    with pytest.raises(ReplayError, match=why) as caught:
        for observation in replay(path):
            got.append(observation)
    assert str(path) in str(caught.value)
    assert len(got) == n


def test_a_file_cut_off_gives_what_it_has(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.gz", n=2000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    got = []
    with pytest.raises(ReplayError, match=r"after line \d+: damaged or cut off"):
        for observation in replay(path):
            got.append(observation)
    assert 500 < len(got) < 1500


def test_plain_text_and_missing_files(tmp_path: Path) -> None:
    plain = tmp_path / "a.jsonl"
    plain.write_text(HEADER)
    with pytest.raises(ReplayError, match="cannot be read"):
        list(replay(plain))
    with pytest.raises(ReplayError, match="no such recording"):
        list(replay(tmp_path / "none.gz"))
