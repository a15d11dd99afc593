"""How many processors are counted."""

from __future__ import annotations

import os

import pytest

from dashboard.processors import count_processors


def test_those_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 3, 5})
    assert count_processors() == 3


@pytest.mark.parametrize(("told", "n"), [(6, 6), (None, 1)])
def test_systems_that_tell_of_no_such_thing(
    told: int | None, n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: told)
    assert count_processors() == n
