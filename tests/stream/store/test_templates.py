"""Templates come back as they were kept; damaged ones are told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from stream.store import Store, StoreError
from stream.store.folder import DATABASE
from stream.store.templates import Owner, Template, TemplateKind, TemplatesReader

KIND = TemplateKind.APPEARANCE
VECTOR = np.array([0.6, -0.8, 0.0], np.float32)


def template(owner: Owner, vector: object = VECTOR, kind: TemplateKind = KIND) -> Template:
    return Template(owner, kind, "m", np.asarray(vector), 0.5, 2)


def test_a_template_comes_back_and_gives_way_to_a_newer_one(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        for owner in (Owner(track_id=1), Owner(track_id=2), Owner(person=1)):
            store.templates.save(template(owner), 5)
        store.templates.save(template(Owner(track_id=1), kind=TemplateKind.FACE), 5)
        store.templates.save(template(Owner(track_id=1), -VECTOR), 6)
        store.flush()
        found = TemplatesReader(tmp_path).load(KIND, "m")
    assert [one.owner for one in found] == [Owner(track_id=2), Owner(person=1), Owner(track_id=1)]
    np.testing.assert_array_equal(found[0].vector, VECTOR)
    np.testing.assert_array_equal(found[2].vector, -VECTOR)
    assert (found[0].quality, found[0].pictures) == (0.5, 2)
    assert found[0].vector.dtype == np.float32


def test_what_was_made_of_other_pictures_or_of_nobody_is_not_kept(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.templates.save(template(Owner(track_id=1)), 5, made_of=(1, 2))
        store.templates.save(template(Owner(sighting=7)), 5)
        store.flush()
        assert store.templates.load(KIND, "m") == ()


@pytest.mark.parametrize(
    ("vector", "message"),
    [
        pytest.param(np.zeros((1, 3), np.float32), r"\[1, 3\]", id="two axes"),
        pytest.param(np.zeros(3), "float64", id="doubles"),
        pytest.param(np.zeros(0, np.float32), r"\[0\]", id="empty"),
        pytest.param(np.array([np.nan], np.float32), "finite", id="not a number"),
    ],
)
def test_what_is_no_template(vector: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        template(Owner(track_id=1), vector)


@pytest.mark.parametrize("whose", [{}, {"track_id": 1, "person": 1}], ids=["nobody", "two"])
def test_a_template_has_one_owner(whose: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="one of track, sighting and person"):
        Owner(**whose)


@pytest.mark.parametrize(
    ("blob", "message"),
    [
        pytest.param(b"\0\0\0", "3 bytes", id="cut short"),
        pytest.param(b"", "0 bytes", id="empty"),
        pytest.param(b"\0\0\0\0" * 2, "2 values, others have 3", id="another length"),
        pytest.param(b"\0\0\xc0\x7f" * 3, "values that are no numbers", id="not a number"),
    ],
)
def test_a_damaged_template_is_told(blob: bytes, message: str, tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.templates.save(template(Owner(track_id=1)), 5)
        store.templates.save(template(Owner(track_id=2)), 5)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as db, db:
        db.execute("UPDATE templates SET vector = ? WHERE id = 2", (blob,))
    with pytest.raises(StoreError, match=f"template 2 has {message}.*made anew"):
        TemplatesReader(tmp_path).load(KIND, "m")
