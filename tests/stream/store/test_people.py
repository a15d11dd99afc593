"""Enrolled people and pivots in a real race folder."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from engines.types import Floats
from stream.store import Store
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


def test_who_is_removed_is_gone_from_the_disk(tmp_path: Path) -> None:
    name = "Wilhelmina Unmistakable"
    template = np.asarray([0.6, 0.8, 0, 0], np.float32)
    with Store.open(tmp_path) as store:
        number = store.people.add(NewPerson(name, None, "a", 7), "dlib", template, 0.5, 1).number
        assert store.people.remove(number)
        assert not store.people.remove(number)
        assert store.people.list() == ()
        assert store.people.enrolled("dlib") == ()
    content = (tmp_path / "race.db").read_bytes()
    assert name.encode() not in content
    assert template.tobytes() not in content
    with sqlite3.connect(tmp_path / "race.db") as db:
        assert db.execute("SELECT count(*) FROM templates").fetchone() == (0,)


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
