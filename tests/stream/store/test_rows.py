"""Every kind of event becomes rows that say the same."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.types import ALPHABET, Finding, Reading
from stream.hub import Message
from stream.store import Store
from stream.store.folder import DATABASE
from stream.store.rows import body_of
from stream.types import Clock, Conflict, Event, Judged, Opened, Reason, State
from tests.stream.store.builders import BOX, closed, crossed, look, messages, opened, tagged

LOG_PROBS = np.zeros((4, len(ALPHABET) + 1), np.float32)
FINDING = Finding((1.0, 1.0, 2.0, 2.0), BOX, Reading("12", (0.9, 0.7), LOG_PROBS), 0.5)


def table(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(folder / DATABASE) as db:
        rows = db.execute(sql).fetchall()
    db.close()
    return rows


@pytest.mark.parametrize(
    ("event", "kind", "body"),
    [
        (opened(), "opened", {"camera": "finish", "person": [1, 2, 3, 4]}),
        (tagged(), "tagged", {"bib": "12", "state": "confirmed", "votes": 2, "listed": True}),
        (crossed(), "crossed", {"clock": "rtcp", "pts_ns": 11}),
        (closed(), "closed", {"bib": None, "reasons": {"blurred": 2}}),
        (Conflict("finish", 1, 2, 9, "12"), "conflict", {"other_track_id": 2, "bib": "12"}),
        (
            Judged(look(), FINDING, Reason.CUT_OFF),
            "judged",
            {"reason": "cut off", "text": "12", "score": 0.8, "sharpness": 0.5},
        ),
        (Judged(look(), None, None), "judged", {"reason": None, "text": None}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_event_is_kept_whole(
    event: Event, kind: str, body: dict[str, object], tmp_path: Path
) -> None:
    with Store.open(tmp_path) as store:
        store.record(Message(7, event, None))
    ((seq, found, camera, track_id, text),) = table(
        tmp_path, "SELECT seq, kind, camera, track_id, body FROM events"
    )
    assert (seq, found, camera, track_id) == (7, kind, "finish", 1)
    assert body.items() <= json.loads(text).items()


def test_numbers_of_numpy_are_written_too() -> None:
    box = tuple(np.float32(n) for n in (1, 2, 3, 4))
    event = Opened("finish", 1, 0, 0, box)  # type: ignore[arg-type]
    assert json.loads(body_of(event))["person"] == [1, 2, 3, 4]


def test_a_track_grows_with_its_events(tmp_path: Path) -> None:
    events: list[Event] = [
        opened(at_s=1),
        tagged(at_s=2),
        crossed(at_s=3),
        crossed(at_s=4),
        closed(at_s=5),
    ]
    with Store.open(tmp_path) as store:
        for message in messages(events):
            store.record(message)
        store.flush()
        row = store.runner(1)
    assert row is not None
    assert (row.first_seen_utc_ns, row.last_seen_utc_ns) == (1_000_000_000, 5_000_000_000)
    assert (row.crossing_utc_ns, row.clock) == (3_000_000_000, Clock.RTCP)
    assert (row.bib, row.state, row.votes, row.listed) == ("12", State.CONFIRMED, 2, True)
    assert row.closed and not row.interrupted
    assert table(tmp_path, "SELECT count(*) FROM crossings") == [(2,)]


@pytest.mark.parametrize(
    ("situation", "seqs", "bib", "state"),
    [
        ("in order", [1, 2], "13", State.CORRECTED),
        ("written in another order", [2, 1], "12", State.CONFIRMED),
    ],
)
def test_the_later_number_wins(
    situation: str, seqs: list[int], bib: str, state: State, tmp_path: Path
) -> None:
    tags = [tagged(), tagged(bib="13", state=State.CORRECTED)]
    with Store.open(tmp_path) as store:
        for seq, tag in zip(seqs, tags, strict=True):
            store.record(Message(seq, tag, None))
        store.flush()
        row = store.runner(1)
        assert row is not None and (row.bib, row.state) == (bib, state), situation


def test_a_tag_taken_back_leaves_an_unknown_runner_and_its_history(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        for message in messages([tagged(), tagged(bib=None, state=State.SEEN)]):
            store.record(message)
        store.flush()
        row = store.runner(1)
        assert row is not None and (row.bib, row.state) == (None, None)
    assert table(tmp_path, "SELECT seq, bib FROM tags ORDER BY seq") == [(1, "12"), (2, None)]


def test_a_look_is_kept_with_its_reason_and_boxes(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record_look(Judged(look(), FINDING, Reason.BLURRED))
        store.record_look(Judged(look(), None, Reason.DROPPED))
        store.record_look(Judged(look(), FINDING, None))
    rows = table(tmp_path, "SELECT reason, text, score, sharpness, number_box FROM looks")
    assert rows == [
        ("blurred", "12", 0.8, 0.5, "[1.0,1.0,2.0,2.0]"),
        ("dropped, queue full", None, None, None, None),
        (None, "12", 0.8, 0.5, "[1.0,1.0,2.0,2.0]"),
    ]
