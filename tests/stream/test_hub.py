"""The hub: order, cursors, what a slow or returning viewer gets."""

from __future__ import annotations

import threading

import pytest

from stream.hub import Batch, Hub, Preview
from stream.types import Event, Opened


def opened(track_id: int) -> Event:
    return Opened("finish", track_id, 0, 0, (0.0, 0.0, 1.0, 1.0))


def preview(camera: str, frame_index: int) -> Preview:
    return Preview(camera, frame_index, 0, 4, 3, b"jpeg", ())


def seqs(batch: Batch) -> list[int]:
    return [message.seq for message in batch.messages]


def quiet() -> None:
    pass


def test_messages_are_numbered_from_the_first_number_on() -> None:
    hub = Hub(first_seq=41)
    assert hub.last_seq == 40
    assert [hub.publish(opened(1), "a.jpg").seq, hub.publish(opened(2)).seq] == [41, 42]
    assert hub.last_seq == 42


@pytest.mark.parametrize(
    ("situation", "first_seq", "published", "after", "missed", "expected"),
    [
        ("new viewer starts with what comes next", 1, 3, None, False, []),
        ("viewer of all", 1, 3, 0, False, [1, 2, 3]),
        ("returning viewer", 1, 3, 2, False, [3]),
        ("viewer that has all", 1, 3, 3, False, []),
        ("ring just full, nothing lost", 1, 4, 0, False, [1, 2, 3, 4]),
        ("one lost", 1, 5, 0, True, []),
        ("the oldest kept is next", 1, 5, 1, False, [2, 3, 4, 5]),
        ("restart, viewer has all", 8, 0, 7, False, []),
        ("restart, viewer has all, then two", 8, 2, 7, False, [8, 9]),
        ("restart, viewer lacks one", 8, 0, 6, True, []),
        ("viewer from before a restart that lost messages", 8, 1, 12, True, []),
    ],
)
def test_what_a_cursor_gets(
    situation: str,
    first_seq: int,
    published: int,
    after: int | None,
    missed: bool,
    expected: list[int],
) -> None:
    hub = Hub(first_seq, keep=4)
    for track_id in range(published):
        hub.publish(opened(track_id))
    batch = hub.subscribe(quiet, after).take()
    assert (batch.missed, seqs(batch)) == (missed, expected), situation


def test_a_limit_takes_the_oldest_and_leaves_the_rest() -> None:
    hub = Hub()
    viewer = hub.subscribe(quiet)
    for track_id in range(5):
        hub.publish(opened(track_id))
    assert [seqs(viewer.take(2)) for _ in range(4)] == [[1, 2], [3, 4], [5], []]


def test_a_slow_viewer_is_told_and_goes_on_after_its_snapshot() -> None:
    hub = Hub(keep=3)
    viewer = hub.subscribe(quiet)
    for track_id in range(10):
        hub.publish(opened(track_id))
    assert viewer.take().missed
    viewer.resume(9)
    batch = viewer.take()
    assert (batch.missed, seqs(batch)) == (False, [10])


def test_without_resume_nothing_newer_than_a_snapshot_is_lost() -> None:
    hub = Hub(keep=3)
    viewer = hub.subscribe(quiet, 0)
    for track_id in range(10):
        hub.publish(opened(track_id))
    assert viewer.take().missed
    assert seqs(viewer.take()) == [8, 9, 10]


def test_only_the_newest_preview_of_each_camera_is_kept() -> None:
    hub = Hub()
    viewer = hub.subscribe(quiet)
    for shown in (preview("b", 1), preview("a", 1), preview("b", 2)):
        hub.show(shown)
    assert [(p.camera, p.frame_index) for p in viewer.take().previews] == [("a", 1), ("b", 2)]
    assert viewer.take().previews == ()
    hub.show(preview("a", 2))
    assert [(p.camera, p.frame_index) for p in viewer.take().previews] == [("a", 2)]


def test_previews_are_wanted_only_while_someone_watches_them() -> None:
    hub = Hub()
    reader = hub.subscribe(quiet, previews=False)
    assert not hub.wants_previews("a")
    watcher = hub.subscribe(quiet)
    assert hub.wants_previews("a")
    hub.show(preview("a", 1))
    assert reader.take().previews == ()
    watcher.close()
    assert not hub.wants_previews("a")


def test_a_viewer_may_leave_out_cameras() -> None:
    hub = Hub()
    woken: list[int] = []
    viewer = hub.subscribe(lambda: woken.append(1))
    viewer.without = frozenset({"a"})
    assert (hub.wants_previews("a"), hub.wants_previews("b")) == (False, True)
    hub.show(preview("a", 1))
    assert (woken, viewer.take().previews) == ([], ())
    hub.show(preview("b", 2))
    assert len(woken) == 1
    assert [p.camera for p in viewer.take().previews] == ["b"]
    viewer.without = frozenset()
    hub.show(preview("a", 3))
    assert [(p.camera, p.frame_index) for p in viewer.take().previews] == [("a", 3)]


def test_every_arrival_wakes_outside_the_lock() -> None:
    hub = Hub()
    woken: list[int] = []
    with_pictures = hub.subscribe(lambda: woken.append(hub.last_seq))
    hub.subscribe(lambda: woken.append(-1), previews=False)
    hub.publish(opened(1))
    hub.show(preview("a", 1))
    assert woken == [1, -1, 1]
    with_pictures.close()
    hub.publish(opened(2))
    assert woken == [1, -1, 1, -1]
    assert with_pictures.take() == Batch((), (), False)


def test_a_viewer_whose_loop_is_gone_leaves_the_others_alone() -> None:
    def gone() -> None:
        raise RuntimeError("Event loop is closed")

    hub = Hub()
    broken = hub.subscribe(gone)
    woken: list[int] = []
    hub.subscribe(lambda: woken.append(1))
    hub.publish(opened(1))
    assert broken.closed and woken == [1]


def test_many_threads_publish_and_a_viewer_sees_all_in_order() -> None:
    hub = Hub()
    viewer = hub.subscribe(quiet, 0)
    threads = [
        threading.Thread(target=lambda: [hub.publish(opened(1)) for _ in range(500)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    while len(seen) < 2000:
        seen += seqs(viewer.take())
    for thread in threads:
        thread.join()
    assert seen == list(range(1, 2001))


@pytest.mark.parametrize(("first_seq", "keep"), [(0, 10), (1, 0)])
def test_senseless_sizes_are_refused(first_seq: int, keep: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Hub(first_seq, keep)


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="limit must be at least 1"):
        Hub().subscribe(quiet).take(0)
