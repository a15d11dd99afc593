"""Known bibs are hidden and found again."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engines.appearance import load_appearance_embedder
from stream.evaluate_hidden import HiddenReport, evaluate_hidden, hide
from stream.identity import MatchRules, describe_race
from stream.store import StoreError
from stream.store.subjects import Seen, Subject
from tests.stream.identity.races import five_runners, passes


def seen(track_id: int, bib: str | None) -> Seen:
    return Seen(Subject(track_id), bib, "a", 0, 1)


def test_of_a_bib_with_several_half_are_hidden() -> None:
    everybody = [seen(n, "7") for n in range(1, 5)] + [seen(5, None)]
    shown, truth = hide(everybody, 0)
    assert len(truth) == 2
    assert set(truth.values()) == {"7"}
    assert [one.bib for one in shown].count(None) == 3
    assert hide(everybody, 0) == (shown, truth)


def test_of_other_bibs_half_are_hidden() -> None:
    everybody = [seen(n, str(n)) for n in range(1, 201)]
    _, truth = hide(everybody, 0)
    assert 70 < len(truth) < 130


def test_who_was_hidden_is_found_and_the_folder_stays(tmp_path: Path) -> None:
    with five_runners(tmp_path / "race") as store:
        with pytest.raises(StoreError, match="nobody is described; run finishline match"):
            evaluate_hidden(tmp_path / "race", MatchRules())
        for n in (1, 2, 3):
            passes(store, 10 + n, 300.0 + 10 * n, str(10 + n), of=n - 1)
        embedder = load_appearance_embedder()
        describe_race(store, embedder, threading.Event(), lambda a, b: None, lambda a, b: None)
        report = evaluate_hidden(tmp_path / "race", MatchRules(), draws=2)
        assert report == HiddenReport(2, 6, 6, 6, 0, 6, 4)
        assert "right        6" in str(report)
        assert store.assignments.not_undone() == ()


def test_a_folder_without_a_race(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="holds no race"):
        evaluate_hidden(tmp_path, MatchRules())
