"""Matching beside a race: the race only says that somebody went by."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engines.appearance import Appearance, AppearanceEmbedder, load_appearance_embedder
from engines.types import Box, Image
from stream.identity import LiveMatching, MatchRules
from stream.store import Store
from stream.store.templates import TemplateKind
from stream.types import Closed
from tests.stream.identity.races import five_runners, passes
from tests.stream.store.builders import picture

CLOSED = Closed("finish", 1, 1, 1, None, None, 0.0, 0, {})
PATIENCE_S = 60.0
KIND = TemplateKind.APPEARANCE


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
