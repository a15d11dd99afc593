"""The main job whole: a simulated race through the command line, killed, resumed and repeated."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.simulate import SimulationSettings, plan, write
from stream.store import Store
from stream.truth import read_truth

ROOT = Path(__file__).parents[1]
RUNNERS = SimulationSettings(runners=6, minutes=14 / 60, seed=11, neighbours=4, absent=4)


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("footage")
    write(plan(RUNNERS), folder, lambda done, total: None, force=True)
    return folder


def finishline(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, env=environment(), check=False
    )


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "dashboard.cli", *map(str, arguments)]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def confirmed(lines: Iterator[str] | list[str]) -> set[str]:
    events = [json.loads(line) for line in lines]
    return {e["bib"] for e in events if e["type"] == "tagged" and e["state"] == "confirmed"}


def test_a_race_is_tagged_once_and_only_once(footage: Path, tmp_path: Path) -> None:
    race = tmp_path / "race"
    run = ("run", footage / "race.toml", "--race", race, "--no-dashboard", "--speed", "maximum")
    first = finishline(*run, "--json")
    assert first.returncode == 0, first.stderr
    bibs = confirmed(first.stdout.splitlines())
    truth = {runner.bib for runner in read_truth(footage / "truth.json").runners}
    assert bibs <= truth, "a wrong bib was confirmed"
    assert len(bibs) >= len(truth) / 2
    with Store.open(race) as store:
        before = store.counts()
        for bib in bibs:
            assert store.images_of_bib(bib), bib
    assert before.confirmed >= len(bibs)
    assert before.crossings >= len(truth) / 2

    second = finishline(*run)
    assert second.returncode == 0, second.stderr
    assert "in this race already" in second.stderr
    with Store.open(race) as store:
        assert store.counts() == before

    exported = finishline("export", "all", "--race", race)
    assert exported.returncode == 0, exported.stderr
    for bib in bibs:
        (clip,) = (race / "export/clips").glob(f"{bib}_*.mp4")
        assert list((race / "export/stills").glob(f"{clip.stem}-*.jpg")), bib
    assert (race / "export/index.html").is_file()
    checked = finishline(
        "evaluate", "export", "--race", race, "--truth", footage / "truth.json", "--json"
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert json.loads(checked.stdout)["whole"] == len(bibs)


def test_a_killed_run_loses_nothing_confirmed_and_is_finished_by_the_next(
    footage: Path, tmp_path: Path
) -> None:
    race = tmp_path / "race"
    run = ("run", footage / "race.toml", "--race", race, "--no-dashboard", "--speed", "maximum")
    with subprocess.Popen(
        command(*run, "--json"), stdout=subprocess.PIPE, text=True, env=environment()
    ) as child:
        assert child.stdout is not None
        told: list[str] = []
        for line in child.stdout:
            told.append(line)
            # What was told more than a moment ago is on disk: see `Store`.
            if len(confirmed(told)) >= 2:
                break
        child.send_signal(signal.SIGKILL)
    sure = confirmed(told[:-1])
    with Store.open(race) as store:
        assert sure <= {row.bib for row in store.snapshot().runners}
        assert not store.footage()[0].complete

    assert finishline(*run).returncode == 0
    with Store.open(race) as store:
        assert store.footage()[0].complete
        assert sure <= {row.bib for row in store.snapshot().runners}


def test_an_evaluation_says_what_was_right(footage: Path) -> None:
    done = finishline(
        "evaluate", "clip", footage / "video.mp4", "--truth", footage / "truth.json",
        "--start-list", footage / "start_list.csv", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["runners"] == RUNNERS.runners
    assert report["right"] + report["missed"] >= report["readable"]
    assert report["right"] >= RUNNERS.runners / 2
    assert report["wrong"] == 0
    assert report["frames"] == round(RUNNERS.minutes * 60 * RUNNERS.fps)
    assert report["fps"] > 0
    assert report["decode_fps"] > 0


def test_a_demo_ends_by_itself_with_a_summary(tmp_path: Path) -> None:
    done = finishline(
        "demo", "--seconds", "8", "--runners", "3", "--port", "0", "--out", tmp_path / "demo"
    )
    assert "The dashboard: http://127.0.0.1:" in done.stdout
    assert "runners crossed" in done.stdout
    right = int(re.search(r"right  (\d+)", done.stdout)[1])  # type: ignore[index]
    assert done.returncode == (0 if right >= 2 else 1), done.stderr
