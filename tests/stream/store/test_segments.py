"""What a race knows of its recorded video."""

from __future__ import annotations

from pathlib import Path

from stream.store import NewSegment, Store
from stream.types import Clock, Event, State
from tests.stream.store.builders import SECOND_NS, closed, crossed, messages, opened, tagged


def segment(footage_id: int, number: int, referenced: bool = False) -> NewSegment:
    path = f"video/finish/{number}.mp4"
    return NewSegment(
        footage_id, "finish", path, referenced, "h264", None, 64, 48, number * SECOND_NS, Clock.RTCP
    )


def test_segments_are_told_in_order_and_by_footage(tmp_path: Path) -> None:
    with Store.open(tmp_path / "race") as store:
        first = store.begin_footage("finish", "rtsp://a", None, None).id
        other = store.begin_footage("start", "rtsp://b", None, None).id
        late = store.begin_segment(segment(first, 8))
        early = store.begin_segment(segment(first, 2))
        elsewhere = store.begin_segment(segment(other, 1))
        store.end_segment(early, 8 * SECOND_NS, 1234)
        store.flush()
        rows = store.segments(first)
        assert [row.id for row in store.segments()] == [early, late, elsewhere]
    assert [row.id for row in rows] == [early, late]
    assert rows[0].segment == segment(first, 2)
    assert (rows[0].end_utc_ns, rows[0].n_bytes) == (8 * SECOND_NS, 1234)
    assert rows[1].end_utc_ns is None, "still being written"


def test_a_file_that_is_referred_to_again_keeps_its_row_and_is_never_deleted(
    tmp_path: Path,
) -> None:
    with Store.open(tmp_path / "race") as store:
        footage = store.begin_footage("finish", "film.mp4", "abc", None).id
        referred = store.begin_segment(segment(footage, 1, referenced=True))
        assert store.begin_segment(segment(footage, 1, referenced=True)) == referred
        recorded = store.begin_segment(segment(footage, 2))
        store.delete_segments([referred, recorded])
        deleted = {row.id: row.deleted for row in store.segments()}
    assert deleted == {referred: False, recorded: True}


def test_a_track_knows_the_footage_that_shows_it(tmp_path: Path) -> None:
    with Store.open(tmp_path / "race") as store:
        footage = store.begin_footage("finish", "rtsp://a", None, None).id
        events: list[Event] = [
            opened(1), tagged(1, "12"), crossed(1), closed(1, "12"),
            opened(2), tagged(2, "7", State.SEEN), opened(3), tagged(3, "12"),
        ]  # fmt: skip
        for message in messages(events):
            store.record(message)
        store.flush()
        assert [row.footage_id for row in store.runners_with("12")] == [footage, footage]
        assert store.tagged_bibs() == ("12",), "what is only seen is not tagged"
