"""Nothing is processed twice, and an interrupted run is taken up where it stopped."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from stream.hub import Message
from stream.store import Footage, Store, StoreError, fingerprint
from stream.types import Closed, Opened, State, Tagged
from tests.stream.store.builders import SECOND_NS, closed, opened, picture, tagged


def test_a_fingerprint_is_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"race" * 1_000_000)
    (tmp_path / "b.mp4").write_bytes(b"race" * 1_000_000)
    (tmp_path / "c.mp4").write_bytes(b"race" * 1_000_000 + b"!")
    a, b, c = (fingerprint(tmp_path / name) for name in ("a.mp4", "b.mp4", "c.mp4"))
    assert a == b == hashlib.sha256(b"race" * 1_000_000).hexdigest() != c


@pytest.mark.parametrize(
    ("situation", "camera", "digest", "expected"),
    [
        ("the same footage, renamed file", "a", "abc", Footage(1, 90, True)),
        ("other footage", "a", "def", Footage(2, None, False)),
        ("the same footage as another camera", "b", "abc", Footage(2, None, False)),
        ("a live source is always new", "a", None, Footage(2, None, False)),
    ],
)
def test_a_second_run(
    situation: str, camera: str, digest: str | None, expected: Footage, tmp_path: Path
) -> None:
    with Store.open(tmp_path) as store:
        footage = store.begin_footage("a", "one.mp4", "abc", None)
        assert footage == Footage(1, None, False)
        store.progress_footage(footage.id, 90, 10)
        store.end_footage(footage.id, True)
    with Store.open(tmp_path) as store:
        assert store.begin_footage(camera, "two.mp4", digest, None) == expected, situation


def test_the_same_footage_twice_at_once_is_refused(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.begin_footage("a", "one.mp4", "abc", None)
        with pytest.raises(StoreError, match="give the second camera another name"):
            store.begin_footage("a", "one.mp4", "abc", None)
        store.begin_footage("b", "one.mp4", "abc", None)


def test_progress_never_goes_back(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        footage = store.begin_footage("a", "one.mp4", "abc", None)
        for pts_ns in (50, 40):
            store.progress_footage(footage.id, pts_ns, 7)
        store.end_footage(footage.id, False)
        assert store.begin_footage("a", "one.mp4", "abc", None) == Footage(1, 50, False)
        (row,) = store.footage()
        assert (row.camera, row.source, row.frames, row.complete) == ("a", "one.mp4", 7, False)


@pytest.mark.parametrize(
    ("situation", "done_s", "left"),
    [
        ("nobody was wholly done", None, {4}),
        ("one had been seen to the end", 1, {1, 4}),
        ("one was in view", 4, {1, 2, 4}),
        ("all had been seen", 9, {1, 2, 3, 4}),
    ],
)
@pytest.mark.parametrize("start_s", [None, 1000])
def test_whoever_will_be_seen_again_is_set_aside(
    situation: str, done_s: int | None, left: set[int], start_s: int | None, tmp_path: Path
) -> None:
    start_ns = None if start_s is None else start_s * SECOND_NS
    at = start_s or 0
    with Store.open(tmp_path) as store:
        footage = store.begin_footage("finish", "one.mp4", "abc", start_ns)
        events: list[Opened | Tagged | Closed] = [
            *(opened(1, at + 1), tagged(1, at_s=at + 1), closed(1, "12", at + 2)),
            *(opened(2, at + 3), tagged(2, "13", at_s=at + 4)),
            opened(3, at + 6),
            *(opened(4, at + 7), tagged(4, "14", State.CORRECTED, at + 8)),
        ]
        for seq, event in enumerate(events, 1):
            store.record(Message(seq, event, None))
            store.save_image(picture(event.track_id))
        if done_s is not None:
            store.progress_footage(footage.id, done_s * SECOND_NS, 1)
    with Store.open(tmp_path) as store:
        store.begin_footage("finish", "one.mp4", "abc", start_ns)
        runners = store.snapshot().runners
        assert {row.track_id for row in runners} == left, situation
        counts = store.counts()
        assert counts.tracks == len(left)
        assert counts.pivot_images + counts.unknown_images == len(left)
        assert {n for n in range(1, 5) if store.images_of_track(n)} == left
        assert store.next_track_id() == 5
        assert {row.track_id for row in runners if row.interrupted} == left - {1}


def test_tracks_left_in_view_are_closed_at_the_next_opening(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record(Message(1, opened(1), None))
        store.record(Message(2, tagged(1), None))
        row = store.runner(1)
        store.flush()
        row = store.runner(1)
        assert row is not None and not row.closed
    with Store.open(tmp_path) as store:
        row = store.runner(1)
        assert row is not None
        assert (row.closed, row.interrupted, row.bib) == (True, True, "12")
