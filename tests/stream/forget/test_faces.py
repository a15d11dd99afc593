"""Face crops go with the runner, and with the days that faces may be kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from stream.forget.erase import forget
from stream.forget.old_templates import delete_old_faces
from stream.forget.planning import Asked, look
from stream.forget.receipt import outlook
from stream.hub import Message
from stream.store import Store
from stream.store.faces import FacesReader, NewFace
from stream.store.templates import Owner, Template, TemplateKind
from tests.stream.forget.folders import digest, receipt_of, rows
from tests.stream.store.builders import closed, messages, opened, picture, pixels, tagged

DAY_NS = 86_400 * 1_000_000_000
MADE_NS = 1_780_000_000 * 1_000_000_000


@pytest.fixture
def race(tmp_path: Path) -> Path:
    """Bibs 57 and 58 with a face each, and an unknown runner with one."""
    folder = tmp_path / "race"
    with Store.open(folder) as store:
        for track_id, bib in ((1, "57"), (2, "58"), (3, None)):
            tags = [] if bib is None else [tagged(track_id, bib)]
            for message in messages([opened(track_id), *tags, closed(track_id, bib)]):
                store.record(Message(store.last_seq() + 1, message.event, None))
                store.flush()
            store.save_image(picture(track_id))
            store.flush()
            _keep_face(store, track_id, bib)
    return folder


def _keep_face(store: Store, track_id: int, bib: str | None) -> None:
    vector = pixels(track_id)[0, 0].astype("float32")
    template = Template(Owner(track_id=track_id), TemplateKind.FACE, "m", vector, 0.5, 1)
    made_of = tuple(one.row_id for one in store.templates.pictures_of(track_id))
    face = NewFace(b"jpeg %d" % track_id, 0.5, f"{track_id}.jpg")
    store.faces.save(template, bib, (face,), MADE_NS, made_of)
    store.flush()


def lying(folder: Path) -> list[str]:
    return [path for path in digest(folder) if path.startswith("face_")]


def test_a_runner_who_is_forgotten_has_no_face_left(race: Path) -> None:
    assert lying(race) == [
        "face_pivot/57/1_face1.jpg", "face_pivot/58/2_face2.jpg", "face_unknown/3/3_face3.jpg"
    ]  # fmt: skip
    asked = Asked(race, "57", False, "Dora", MADE_NS)
    assert "rows of face crops: 1" in outlook(look(asked).work)
    forget(asked)
    assert lying(race) == ["face_pivot/58/2_face2.jpg", "face_unknown/3/3_face3.jpg"]
    assert rows(race, "SELECT track_id FROM face_crops ORDER BY id") == [(2,), (3,)]
    assert rows(race, "SELECT track_id FROM templates ORDER BY id") == [(2,), (3,)]
    erased = receipt_of(race)["erased"]
    assert isinstance(erased, dict)
    assert (erased["face_crops"], erased["templates"]) == (1, 1)


def test_crops_go_after_the_days_with_the_templates(race: Path) -> None:
    assert delete_old_faces(race, MADE_NS + 29 * DAY_NS, 30) == 0
    assert len(lying(race)) == 3
    assert delete_old_faces(race, MADE_NS + 30 * DAY_NS, 30) == 6
    assert lying(race) == []
    assert FacesReader(race).subjects() == frozenset()
    assert not (race / "face_pivot/57").exists()
    assert delete_old_faces(race, MADE_NS + 30 * DAY_NS, 30) == 0


def test_crops_whose_templates_are_gone_go_as_well(race: Path) -> None:
    with closing(sqlite3.connect(race / "race.db")) as db, db:
        db.execute("DELETE FROM templates")
    assert delete_old_faces(race, MADE_NS + 30 * DAY_NS, 30) == 3
    assert lying(race) == []
