"""A view is changed while a race runs, and after it: in the race file and in the race."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engines.looking import Looker
from stream.config import ConfigError, load_race_file
from stream.pipeline import Pipeline
from stream.race import Race, RaceSettings
from stream.race_file_edit import NoSuchCamera, RaceFileChanged
from stream.settings import CameraSettings
from stream.view_desk import NO_FILE, ViewDesk
from tests.stream.scripted import ScriptedDetector, ScriptedReader, ScriptedSource

LINE = CameraSettings(((0.1, 0.8), (0.9, 0.8)))
TEXT = '# Ours.\nname = "City"\n[[camera]]\nname = "finish"\nsource = "a.mp4"\n'


@contextmanager
def racing(file: Path | None, runs: bool = True) -> Iterator[tuple[ViewDesk, Pipeline]]:
    source = ScriptedSource(endless=True, pause_s=0.05)
    looker = Looker(ScriptedDetector(), ScriptedReader(), (192, 192))
    race = Race(RaceSettings(), None)
    pipeline = Pipeline([source], ScriptedDetector(), looker, race, [], in_step=True)
    thread = threading.Thread(target=pipeline.run, name="race")
    if runs:
        thread.start()
    ends = time.monotonic() + 60
    try:
        while runs and not pipeline.counts()[source.camera].frames:
            assert time.monotonic() < ends
            time.sleep(0.01)
        yield ViewDesk(file, pipeline, ["finish", 'a "b" \\']), pipeline
    finally:
        pipeline.stop()
        if runs:
            thread.join()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "race.toml"
    file.write_text(TEXT)
    return file


@pytest.mark.parametrize("runs", [True, False], ids=["while it runs", "before or after"])
def test_a_change_reaches_the_file_and_the_race(file: Path, runs: bool) -> None:
    with racing(file, runs) as (desk, pipeline):
        before = desk.read("finish")
        assert (before.view, before.kept, before.differs) == (CameraSettings(), True, "")
        after = desk.change("finish", LINE, before.version)
        assert desk.read("finish") == after
        assert (after.view, pipeline.race.view("finish")) == (LINE, LINE)
        assert load_race_file(file).cameras[0].view == LINE
        assert file.read_text().startswith("# Ours.\n")


def test_of_two_who_draw_at_once_the_second_is_told(file: Path) -> None:
    with racing(file) as (desk, pipeline):
        version = desk.read("finish").version
        desk.change("finish", LINE, version)
        with pytest.raises(RaceFileChanged):
            desk.change("finish", CameraSettings(), version)
        assert pipeline.race.view("finish") == LINE


def test_without_a_race_file_it_holds_until_the_end() -> None:
    with racing(None) as (desk, pipeline):
        assert desk.read("finish").version == NO_FILE
        assert desk.change("finish", LINE, NO_FILE).kept is False
        assert pipeline.race.view("finish") == LINE
        with pytest.raises(ConfigError, match="is empty"):
            desk.change("finish", CameraSettings(region=(1.0, 0.0, 0.0, 1.0)), NO_FILE)
        assert pipeline.race.view("finish") == LINE


def test_a_camera_may_be_called_as_files_are() -> None:
    name = 'a "b" \\'
    with racing(None) as (desk, pipeline):
        desk.change(name, LINE, NO_FILE)
        assert pipeline.race.view(name) == LINE


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (TEXT + "region = [0.0, 0.0, 0.5, 1.0]\n", "was changed since the race began"),
        (TEXT.replace('"finish"', '"gate"'), "no [[camera]] is called 'finish'"),
        ("name = ", "not TOML"),
        (None, "no such file"),
    ],
)
def test_a_file_that_says_something_else_is_told_of(file: Path, text: str | None, why: str) -> None:
    with racing(file) as (desk, _):
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
        told = desk.read("finish")
        assert told.view == CameraSettings()
        assert why in told.differs


def test_a_camera_that_is_not_there(file: Path) -> None:
    with racing(file, runs=False) as (desk, _):
        for act in (desk.read, lambda name: desk.change(name, LINE, "")):
            with pytest.raises(NoSuchCamera, match="There are: finish"):
                act("gate")
