"""Enrolled people and pivots in a real race folder."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from engines.types import Floats
from stream.store import Store, StoreError
from stream.store.folder import connect_to_read
from stream.store.people import NewPerson, PeopleReader
from stream.store.templates import Owner, Template, TemplateKind
from stream.types import Event, State
from tests.stream.store.builders import closed, messages, opened, tagged

ADA = NewPerson("Ada", "13", "operator", 7)


def pointing(n: int) -> Floats:
    vector = np.zeros(4, np.float32)
    vector[n] = 1
    return vector


def test_who_is_enrolled_outlives_the_process(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        first = store.people.add(ADA, "dlib", pointing(0), 0.5, 2)
        store.people.add(NewPerson("Bo", None, "operator", 8), "other", pointing(1), 0.6, 1)
        assert (first.number, first.pictures) == (1, 2)
    reader = PeopleReader(tmp_path)
    assert [(one.number, one.name, one.bib) for one in reader.list()] == [
        (1, "Ada", "13"), (2, "Bo", None),
    ]  # fmt: skip
    [known] = reader.enrolled("dlib")
    assert (known.person, known.name, known.bib, known.quality) == (1, "Ada", "13", 0.5)
    assert np.array_equal(known.vector, pointing(0))


NAME = "Wilhelmina Unmistakable"
FACE = np.asarray([0.6, 0.8, 0, 0], np.float32)


def telling(folder: Path) -> list[str]:
    """The files of the database in which the name or the face still stands."""
    return [
        file.name
        for file in sorted(folder.glob("race.db*"))
        if NAME.encode() in file.read_bytes() or FACE.tobytes() in file.read_bytes()
    ]


def test_who_is_removed_is_gone_from_the_disk_at_once(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        number = store.people.add(NewPerson(NAME, None, "a", 7), "dlib", FACE, 0.5, 1).number
        assert telling(tmp_path) == ["race.db-wal"]
        assert store.people.remove(number)
        assert telling(tmp_path) == [], "while the race is still open"
        assert not store.people.remove(number)
        assert store.people.list() == ()
        assert store.people.enrolled("dlib") == ()
    assert telling(tmp_path) == []
    with sqlite3.connect(tmp_path / "race.db") as db:
        assert db.execute("SELECT count(*) FROM templates").fetchone() == (0,)


def test_whoever_reads_delays_the_removal_which_is_told_and_done_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Store.open(tmp_path) as store:
        number = store.people.add(NewPerson(NAME, None, "a", 7), "dlib", FACE, 0.5, 1).number
        with closing(connect_to_read(tmp_path)) as reader:
            reader.execute("BEGIN")
            assert len(reader.execute("SELECT name FROM people").fetchall()) == 1
            assert store.people.remove(number)
            assert "is tried again every second" in caplog.text
            assert telling(tmp_path) == ["race.db-wal"]
        ends = time.monotonic() + 30
        while telling(tmp_path) and time.monotonic() < ends:
            time.sleep(0.05)
        assert telling(tmp_path) == []
        assert store.people.add(ADA, "dlib", pointing(0), 0.5, 2).name == "Ada"


@pytest.mark.parametrize(
    ("state", "bibs"),
    [
        pytest.param(State.CONFIRMED, ["12"], id="confirmed"),
        pytest.param(State.SEEN, [], id="only seen"),
    ],
)
def test_pivots(tmp_path: Path, state: State, bibs: list[str]) -> None:
    events: list[Event] = [opened(1), tagged(1, "12", state), opened(2)]
    with Store.open(tmp_path) as store:
        for message in messages(events):
            store.record(message)
        for track in (1, 2):
            for model in ("stripes", "older"):
                kind = TemplateKind.APPEARANCE
                template = Template(Owner(track_id=track), kind, model, pointing(track), 0.9, 3)
                store.templates.save(template, 5)
        store.flush()
        found = store.people.pivots(TemplateKind.APPEARANCE, "stripes")
        assert [(one.bib, one.person) for one in found] == [(bib, None) for bib in bibs]
        assert store.people.pivots(TemplateKind.FACE, "stripes") == ()


def test_a_bib_that_is_taken_away_is_no_pivot(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        events: list[Event] = [opened(1), tagged(1, "12"), tagged(1, None), closed(1)]
        for message in messages(events):
            store.record(message)
        kind = TemplateKind.APPEARANCE
        store.templates.save(Template(Owner(track_id=1), kind, "s", pointing(0), 0.9, 3), 5)
        store.flush()
        assert store.people.pivots(kind, "s") == ()


@pytest.mark.parametrize(
    ("blob", "says"),
    [
        pytest.param(b"abc", "3 bytes, not a row of 4-byte values", id="cut off"),
        pytest.param(np.full(4, np.nan, "<f4").tobytes(), "values that are no numbers", id="nan"),
    ],
)
def test_a_damaged_template_is_named_and_not_compared(
    blob: bytes, says: str, tmp_path: Path
) -> None:
    with Store.open(tmp_path) as store:
        store.people.add(ADA, "dlib", pointing(0), 0.5, 1)
    with closing(sqlite3.connect(tmp_path / "race.db")) as db, db:
        db.execute("UPDATE templates SET vector = ?", (blob,))
    with pytest.raises(StoreError, match=f"template 1 has {says}"):
        PeopleReader(tmp_path).enrolled("dlib")
