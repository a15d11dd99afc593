"""What surrounds a measurement; measuring itself takes a minute and a quiet machine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.latency import bench
from dashboard.latency.browser import INSTALLED, watching
from dashboard.latency.errors import LatencyError
from engines.simulate import SimulationSettings
from tests.dashboard.stage import Stage, wait_for


def unwatched(done: int, total: int) -> None:
    del done, total


def test_the_film_is_drawn_once(tmp_path: Path) -> None:
    settings = SimulationSettings(runners=2, minutes=0.02, width=320, height=180, fps=5)
    drawn: list[int] = []
    paths = {
        bench.film(lambda done, total: drawn.append(done), tmp_path, settings) for _ in range(2)
    }
    assert [path.is_file() for path in paths] == [True]
    assert drawn == sorted(set(drawn)), "each frame once"


def test_without_playwright_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(LatencyError, match="pip install playwright"), watching("http://127.0.0.1"):
        pass


def test_a_page_is_watched_until_the_block_ends(stage: Stage) -> None:
    if not any(path.exists() for path in INSTALLED):
        pytest.skip("needs a browser: apt install chromium")
    with watching(stage.url):
        assert wait_for(lambda: stage.race.hub.wants_previews("finish")), "somebody watches"
    assert wait_for(lambda: not stage.race.hub.wants_previews("finish"))


def test_a_film_that_cannot_be_played_is_told_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing.mp4"
    assert main(["bench", "latency", "--video", str(missing)]) == 2
    assert f"finishline: {missing}: cannot be read" in capsys.readouterr().err


def test_a_process_that_does_not_begin_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(LatencyError, match="the camera did not begin"),
        bench._process("camera", [str(tmp_path / "missing.mp4"), str(tmp_path / "log")]),
    ):
        pass
