from __future__ import annotations

from pathlib import Path

from stream.store import Store
from stream.types import Clock, Correction, CorrectionKind, Event, State
from tests.stream.store.builders import closed, crossed, messages, opened, tagged


def test_crossings_in_the_order_they_were_told_with_the_bib_of_now(tmp_path: Path) -> None:
    events: list[Event] = [
        opened(1),
        crossed(1, at_s=9),
        opened(2),
        crossed(2, at_s=8),
        tagged(1, "12"),
        tagged(2, "7", State.SEEN),
        tagged(2, None, State.SEEN),
    ]
    with Store.open(tmp_path) as store:
        for message in messages(events, first_seq=11):
            store.record(message)
        store.flush()
        first, second = store.crossings(0, 10)
        assert (first.seq, first.track_id, first.bib, first.state) == (12, 1, "12", State.CONFIRMED)
        assert (first.camera, first.capture_utc_ns, first.clock) == (
            "finish", 9_000_000_000, Clock.RTCP,
        )  # fmt: skip
        assert (second.seq, second.track_id, second.bib) == (14, 2, None)
        assert store.crossings(0, 1) == (first,)
        assert store.crossings(12, 10) == (second,)
        assert store.crossings(14, 10) == ()


def test_corrections_count(tmp_path: Path) -> None:
    events: list[Event] = [
        *(opened(1), tagged(1, "12"), crossed(1, at_s=9)),
        *(opened(2), tagged(2, "12"), crossed(2, at_s=8)),
        *(opened(3), tagged(3, "7"), crossed(3, at_s=7)),
        *(closed(1, "12"), closed(2, "12"), closed(3, "7")),
    ]
    with Store.open(tmp_path) as store:
        for message in messages(events):
            store.record(message)
        store.flush()

        def told() -> list[tuple[int, int, str | None]]:
            return [(row.seq, row.track_id, row.bib) for row in store.crossings(0, 10)]

        assert told() == [(3, 1, "12"), (6, 2, "12"), (9, 3, "7")]
        merged = Correction(CorrectionKind.MERGE, 1, other_track_id=2)
        store.correct(merged, "Ann", 77)
        assert len({bib for _, _, bib in told()}) == len(told()) == 2, "one runner crosses once"
        store.correct(Correction(CorrectionKind.NOT_A_RUNNER, 3), "Ann", 78)
        assert [bib for _, _, bib in told()] == ["12"]


def test_two_at_the_same_moment_and_a_page_of_nobody(tmp_path: Path) -> None:
    ids = range(1, 7)
    events: list[Event] = [crossed(track_id, at_s=9) for track_id in ids]
    with Store.open(tmp_path) as store:
        for message in messages([*map(opened, ids), *events, *map(closed, ids)]):
            store.record(message)
        store.flush()
        assert [row.track_id for row in store.crossings(0, 10)] == list(ids)
        for track_id in range(1, 5):
            store.correct(Correction(CorrectionKind.NOT_A_RUNNER, track_id), "Ann", 77)
        assert len(store.crossings(0, 1)) == 1, "the first page is not mistaken for the end"
