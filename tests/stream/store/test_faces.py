"""Face crops lie where they belong, and go with their templates, whatever happens."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from stream.store import Store
from stream.store.faces import NewFace
from stream.store.folder import DATABASE
from stream.store.subjects import Subject
from stream.store.templates import Owner, Template, TemplateKind
from stream.types import Correction, CorrectionKind
from tests.stream.store.builders import closed, messages, opened, picture, tagged

TRACK = Subject(track_id=1)
VECTOR = np.array([0.6, -0.8, 0.0], np.float32)
TEMPLATE = Template(Owner(track_id=1), TemplateKind.FACE, "m", VECTOR, 0.5, 2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Somebody with bib 57 has gone by, with one picture."""
    with Store.open(tmp_path / "race") as race:
        for message in messages([opened(1), tagged(1, "57"), closed(1, "57")]):
            race.record(message)
        race.save_image(picture(1))
        race.flush()
        yield race


def save(store: Store, bib: str | None = "57", n: int = 2) -> None:
    made_of = tuple(one.row_id for one in store.templates.pictures_of(1))
    faces = tuple(NewFace(b"jpeg %d" % k, 0.5, f"pivot/57/a{k}.jpg") for k in range(n))
    store.faces.save(TEMPLATE, bib, faces, 5, made_of)
    store.flush()


def templates(store: Store) -> int:
    store.flush()
    return len(store.templates.load(TemplateKind.FACE, "m"))


def lying(folder: Path) -> list[str]:
    found = [*(folder / ".incoming").iterdir(), *folder.glob("face_*/*/*")]
    return sorted(file.relative_to(folder).as_posix() for file in found)


def test_crops_lie_with_the_bib_and_give_way_to_newer_ones(store: Store) -> None:
    save(store)
    assert lying(store.folder) == ["face_pivot/57/a0_face1.jpg", "face_pivot/57/a1_face2.jpg"]
    assert (store.folder / "face_pivot/57/a1_face2.jpg").read_bytes() == b"jpeg 1"
    assert [one.path for one in store.faces.crops()] == lying(store.folder)
    assert store.faces.subjects() == {TRACK}
    save(store, n=1)
    assert lying(store.folder) == ["face_pivot/57/a0_face3.jpg"]
    assert templates(store) == 1


@pytest.mark.parametrize("bib", ["58", None], ids=["another", "nobody"])
def test_who_is_somebody_else_by_now_is_not_kept(bib: str | None, store: Store) -> None:
    save(store, bib)
    assert (templates(store), lying(store.folder), store.faces.subjects()) == (0, [], frozenset())


@pytest.mark.parametrize(
    "happens",
    [
        pytest.param(
            lambda store: store.correct(Correction(CorrectionKind.BIB, 1, "58"), "Ann", 5),
            id="another bib",
        ),
        pytest.param(
            lambda store: store.correct(Correction(CorrectionKind.NOT_A_RUNNER, 1), "Ann", 5),
            id="not a runner",
        ),
        pytest.param(lambda store: store.save_image(picture(1, 77)), id="another picture"),
        pytest.param(lambda store: store.faces.erase([TRACK]), id="erased"),
    ],
)
def test_a_face_goes_with_template_row_and_file(
    happens: Callable[[Store], object], store: Store
) -> None:
    save(store)
    happens(store)
    store.flush()
    assert (templates(store), store.faces.crops(), lying(store.folder)) == (0, (), [])
    assert not (store.folder / "face_pivot/57").exists()
    with closing(sqlite3.connect(store.folder / DATABASE)) as db:
        assert db.execute("SELECT count(*) FROM face_crops").fetchone() == (0,)


def test_a_bib_that_is_said_again_changes_nothing(store: Store) -> None:
    save(store)
    store.correct(Correction(CorrectionKind.BIB, 1, "57"), "Ann", 5)
    store.flush()
    assert len(lying(store.folder)) == 2
    assert templates(store) == 1


def test_a_vector_that_went_is_in_no_free_page(store: Store) -> None:
    save(store)
    store.correct(Correction(CorrectionKind.BIB, 1, "58"), "Ann", 5)
    store.close()
    assert VECTOR.tobytes() not in (store.folder / DATABASE).read_bytes()


def test_what_a_run_that_died_left_is_put_right(store: Store) -> None:
    """A file on its way arrives, and one that was about to go is gone."""
    save(store)
    store.close()
    moving, going = lying(store.folder)
    with closing(sqlite3.connect(store.folder / DATABASE)) as db, db:
        db.execute("UPDATE face_crops SET removed = 1 WHERE path = ?", (going,))
        db.execute("UPDATE face_crops SET moved_from = '.incoming/a' WHERE path = ?", (moving,))
    (store.folder / moving).rename(store.folder / ".incoming/a")
    with Store.open(store.folder) as again:
        assert [one.path for one in again.faces.crops()] == [moving]
        assert lying(store.folder) == [moving]
