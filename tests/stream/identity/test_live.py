"""Matching beside a race: the race only says that somebody went by."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engines.appearance import AppearanceEmbedder, load_appearance_embedder
from stream.identity import LiveMatching, MatchRules
from stream.store import Store
from stream.types import Closed
from tests.stream.identity.races import five_runners, passes

CLOSED = Closed("finish", 1, 1, 1, None, None, 0.0, 0, {})
PATIENCE_S = 60.0


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


def test_nothing_happens_while_nobody_goes_by(store: Store, embedder: AppearanceEmbedder) -> None:
    live = LiveMatching(store, embedder, MatchRules(), pause_s=0.1)
    live.close()
    assert store.assignments.not_undone() == ()


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
