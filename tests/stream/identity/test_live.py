"""Matching beside a race: the race only says that somebody went by."""

from __future__ import annotations

import logging
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from engines.appearance import Appearance, AppearanceEmbedder, load_appearance_embedder
from engines.types import Box, Image
from stream.faces_consent import FacePermission
from stream.identity import FaceSight, LiveMatching, MatchRules
from stream.identity.face_process import FaceProcess
from stream.identity.face_sight import SeenFace
from stream.identity.live import LiveFaces
from stream.matching import Calibrations
from stream.matching.calibrated import APPEARANCE, FACE
from stream.start_list import Entry, StartList
from stream.store import Store
from stream.store.templates import TemplateKind
from stream.types import Closed
from tests.stream.identity import face_fakes
from tests.stream.identity.races import five_runners, passes
from tests.stream.store.builders import picture

CLOSED = Closed("finish", 1, 1, 1, None, None, 0.0, 0, {})
PATIENCE_S = 60.0
KIND = TemplateKind.APPEARANCE
FACE_RULES = MatchRules(calibrations=Calibrations(APPEARANCE, FACE))


@pytest.fixture(scope="module")
def embedder() -> AppearanceEmbedder:
    return load_appearance_embedder()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with five_runners(tmp_path / "race") as opened:
        yield opened


def wait_until(is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end_s
        time.sleep(0.05)


def test_who_goes_by_is_matched_soon(store: Store, embedder: AppearanceEmbedder) -> None:
    live = LiveMatching(store, embedder, MatchRules(), pause_s=0.1)
    live.tell(CLOSED, None)
    wait_until(lambda: len(store.assignments.standing()) == 2)
    passes(store, 4, 60.0, "14")
    live.tell(CLOSED, None)
    wait_until(lambda: len(store.assignments.standing()) == 3)
    live.close()
    assert "matching" not in {thread.name for thread in threading.enumerate()}


def test_who_crosses_last_is_matched(store: Store, embedder: AppearanceEmbedder) -> None:
    """The pause is long; the end of the race is not waited for."""
    live = LiveMatching(store, embedder, MatchRules(), pause_s=3600)
    live.tell(CLOSED, None)
    wait_until(lambda: store.templates.tracks_without(KIND, embedder.name) == ())
    passes(store, 4, 60.0, "14")
    live.tell(CLOSED, None)
    live.finish()
    assert len(store.assignments.standing()) == 3
    live.close()


def test_a_race_without_anybody_ends(tmp_path: Path, embedder: AppearanceEmbedder) -> None:
    with Store.open(tmp_path / "empty") as empty:
        live = LiveMatching(empty, embedder, MatchRules())
        live.finish()
        live.close()
        assert empty.assignments.standing() == ()


def test_the_last_round_can_be_cut_short(store: Store, embedder: AppearanceEmbedder) -> None:
    counting = Counting(embedder)
    counting.gate.clear()
    live = LiveMatching(store, counting, MatchRules())
    finishing = threading.Thread(target=live.finish)
    finishing.start()
    assert counting.began.wait(PATIENCE_S)
    live.stop()
    counting.gate.set()
    finishing.join(PATIENCE_S)
    assert not finishing.is_alive()
    assert counting.crops <= 4, "the runner at hand"
    assert store.assignments.standing() == ()
    live.close()


def with_faces(load: Callable[[], FaceSight]) -> LiveFaces:
    listed = StartList((Entry("11", consent=True), Entry("12", consent=False)))
    return LiveFaces(FacePermission(True, False, listed), FaceProcess(face_fakes.MODEL, load))


def test_faces_count_where_the_race_allows_them(store: Store, embedder: AppearanceEmbedder) -> None:
    """They are kept of whoever agreed, and compared of whoever has no bib."""
    live = LiveMatching(store, embedder, FACE_RULES, with_faces(face_fakes.load_sight), 0.1)
    live.tell(CLOSED, None)
    live.finish()
    live.close()
    evidence = {row.bib: row.evidence for row in store.assignments.standing()}
    assert evidence["11"].face == pytest.approx(1.0, abs=1e-5)
    assert evidence["12"].face is None
    assert [one.bib for one in store.faces.crops()] == ["11", "11"]
    assert not any(child.name == "faces" for child in multiprocessing.active_children())


def test_an_unknown_runner_is_looked_at_once(
    store: Store, embedder: AppearanceEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = with_faces(face_fakes.load_sight)
    assert faces.process is not None
    asked: list[int] = []
    look = faces.process.look

    def counted(pictures: Sequence[tuple[Image, Box]]) -> list[SeenFace | None]:
        asked.append(len(pictures))
        return look(pictures)

    monkeypatch.setattr(faces.process, "look", counted)
    live = LiveMatching(store, embedder, FACE_RULES, faces, 0.1)
    live.tell(CLOSED, None)
    wait_until(lambda: len(store.assignments.standing()) == 2)
    passes(store, 4, 60.0, "14")
    live.tell(CLOSED, None)
    live.finish()
    live.close()
    assert asked == [2, 2, 2, 2], "bib 11 and three unknown runners"
    assert {row.evidence.face is None for row in store.assignments.standing()} == {True, False}


@pytest.mark.parametrize(
    ("load", "why"),
    [
        pytest.param(face_fakes.load_nothing, "pip install", id="dlib is not installed"),
        pytest.param(face_fakes.load_killed, "exit code -9", id="killed"),
    ],
)
def test_without_faces_clothes_go_on(
    load: Callable[[], FaceSight],
    why: str,
    store: Store,
    embedder: AppearanceEmbedder,
    caplog: pytest.LogCaptureFixture,
) -> None:
    live = LiveMatching(store, embedder, FACE_RULES, with_faces(load), 0.1)
    live.tell(CLOSED, None)
    live.finish()
    live.close()
    assert len(store.assignments.standing()) == 2
    [told] = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    assert "no more faces are looked at in this race" in told
    assert why in told


class Counting(AppearanceEmbedder):
    """Counts the crops it is shown, and waits for `gate`."""

    def __init__(self, embedder: AppearanceEmbedder) -> None:
        self.name = embedder.name
        self.crops = 0
        self.began = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self._embedder = embedder

    def embed(self, crop: Image, bib: Box | None = None) -> Appearance:
        self.crops += 1
        self.began.set()
        assert self.gate.wait(PATIENCE_S)
        return self._embedder.embed(crop, bib)


def test_nothing_happens_while_nobody_goes_by(store: Store, embedder: AppearanceEmbedder) -> None:
    counting = Counting(embedder)
    live = LiveMatching(store, counting, MatchRules(), pause_s=0.01)
    assert not counting.began.wait(0.5), "five runners wait to be described"
    live.tell(CLOSED, None)
    assert counting.began.wait(PATIENCE_S)
    live.close()


def test_who_cannot_be_described_is_looked_at_once(
    store: Store, embedder: AppearanceEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    """Until the pictures are others; everybody else is looked at once as well."""
    caplog.set_level(logging.DEBUG, "stream.identity.live")
    for one in store.templates.pictures_of(102):
        (store.folder / one.path).write_bytes(b"no picture")
    counting = Counting(embedder)
    live = LiveMatching(store, counting, MatchRules(), pause_s=0.01)
    for crops in (10, 12):
        live.tell(CLOSED, None)
        wait_until(lambda crops=crops: counting.crops == crops)  # type: ignore[misc]
        wait_until(lambda: store.templates.tracks_without(KIND, embedder.name) == (102,))
        if crops == 10:
            passes(store, 4, 60.0, "14")
    store.save_image(picture(102, 77))
    store.flush()
    live.tell(CLOSED, None)
    wait_until(lambda: 102 not in store.templates.tracks_without(KIND, embedder.name))
    live.close()
    assert counting.crops == 13
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.DEBUG]
    assert sum("is not a picture any more" in line for line in told) == 4, "twice two pictures"


def test_a_round_that_does_not_end_holds_nobody_up(
    store: Store, embedder: AppearanceEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    counting = Counting(embedder)
    counting.gate.clear()
    live = LiveMatching(store, counting, MatchRules(), pause_s=0.01, close_s=0.1)
    live.tell(CLOSED, None)
    assert counting.began.wait(PATIENCE_S)
    live.close()
    assert "matching has not ended within 0.1 s" in caplog.text
    [left] = [one for one in threading.enumerate() if one.name == "matching"]
    assert left.daemon
    counting.gate.set()
    left.join(PATIENCE_S)
    assert not left.is_alive()


def test_a_last_round_that_does_not_end_holds_nobody_up(
    store: Store, embedder: AppearanceEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    counting = Counting(embedder)
    counting.gate.clear()
    live = LiveMatching(store, counting, MatchRules(), close_s=0.1, finish_s=0.1)
    live.finish()
    assert "matching whoever came last has not ended within 0.1 s" in caplog.text
    live.close()
    assert "matching has not ended within 0.1 s" in caplog.text
    [left] = [one for one in threading.enumerate() if one.name == "matching"]
    counting.gate.set()
    left.join(PATIENCE_S)
    assert not left.is_alive()
    assert counting.crops <= 4, "the runner at hand"
    assert store.assignments.standing() == ()


def test_a_failure_keeps_nobody_up_and_is_told_at_the_end(
    store: Store, embedder: AppearanceEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(AppearanceEmbedder):
        def __init__(self) -> None:
            self.name = embedder.name

        def embed(self, crop: object, bib: object = None) -> None:  # type: ignore[override]
            raise RuntimeError("out of order")

    live = LiveMatching(store, Broken(), MatchRules(), pause_s=0.1)
    live.tell(CLOSED, None)
    wait_until(lambda: "matching has ended: out of order" in caplog.text)
    live.tell(CLOSED, None)
    with pytest.raises(RuntimeError, match="out of order"):
        live.close()
