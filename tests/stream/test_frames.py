"""The best few frames of a track."""

from __future__ import annotations

import numpy as np
import pytest

from stream.frames import BestFrames, Kept


def crop(track_id: int, at_s: float, value: float, side: int = 10) -> Kept:
    image = np.zeros((side, side, 3), np.uint8)
    return Kept("finish", track_id, round(at_s * 25), 0, round(at_s * 1e9), image, value)


@pytest.mark.parametrize(
    ("situation", "offered", "kept"),
    [
        ("all fit", [(0.0, 1), (1.0, 2)], [0.0, 1.0]),
        ("the worst gives way", [(0.0, 2), (1.0, 1), (2.0, 3), (3.0, 2)], [0.0, 2.0, 3.0]),
        ("not good enough", [(0.0, 2), (1.0, 3), (2.0, 4), (3.0, 1)], [0.0, 1.0, 2.0]),
        ("too near and worse", [(0.0, 2), (0.2, 1)], [0.0]),
        ("too near and better", [(0.0, 1), (0.2, 2)], [0.2]),
        ("too near and hardly better", [(0.0, 1), (0.2, 1.05)], [0.0]),
        ("just far enough", [(0.0, 1), (0.3, 1)], [0.0, 0.3]),
        ("better than both neighbours", [(0.0, 1), (0.4, 2), (0.2, 3)], [0.2]),
        ("better than one neighbour only", [(0.0, 1), (0.4, 3), (0.2, 2)], [0.0, 0.4]),
        ("given in order of time", [(2.0, 1), (0.0, 1)], [0.0, 2.0]),
    ],
)
def test_what_is_kept(
    situation: str, offered: list[tuple[float, float]], kept: list[float]
) -> None:
    best = BestFrames(keep=3)
    for at_s, value in offered:
        best.offer(crop(7, at_s, value))
    assert [k.capture_utc_ns / 1e9 for k in best.take(7)] == kept, situation
    assert best.n_bytes == 0
    assert best.take(7) == ()


def test_wants_and_offer_agree() -> None:
    best = BestFrames(keep=2)
    for at_s, value in [(0.0, 1), (1.0, 2), (1.1, 1.5), (2.0, 0.5), (3.0, 3)]:
        wanted = best.wants(7, round(at_s * 1e9), value)
        assert best.offer(crop(7, at_s, value)) == wanted


def test_memory_is_bounded_and_every_runner_keeps_a_picture() -> None:
    best = BestFrames(keep=3, max_bytes=6 * 300)
    for track_id in range(5):
        for at_s in range(3):
            best.offer(crop(track_id, at_s, at_s))
            assert best.n_bytes <= 6 * 300
    assert best.n_evicted == 9
    assert all(best.take(track_id) for track_id in range(5))


def test_a_crop_does_not_keep_its_whole_frame_in_memory() -> None:
    frame = np.zeros((1000, 1000, 3), np.uint8)
    best = BestFrames()
    best.offer(Kept("finish", 7, 0, 0, 0, frame[:10, :10], 1.0))
    (kept,) = best.take(7)
    assert kept.image.base is None


@pytest.mark.parametrize(("keep", "gap_s", "max_bytes"), [(0, 0.3, 1), (1, -0.1, 1), (1, 0, 0)])
def test_senseless_sizes_are_refused(keep: int, gap_s: float, max_bytes: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        BestFrames(keep, gap_s, max_bytes)
