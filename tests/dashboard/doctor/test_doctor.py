"""The command, on the machine that runs the tests."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.doctor.examine import asked_once, checks, gather
from dashboard.doctor.findings import Check, Finding, Group, State
from dashboard.doctor.needs import Needs, needs_of
from stream.config import load_race_file

RACE = 'name = "City Run"\nstart_list = "list.csv"\n[[camera]]\nname = "finish"\nsource = "v.mp4"\n'


def report(capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[str, str]]:
    told = json.loads(capsys.readouterr().out)
    return {row["name"]: (row["state"], row["found"]) for row in told["findings"]}


@pytest.mark.parametrize(
    ("files", "lost"),
    [
        pytest.param({"list.csv": "bib\n1\n", "v.mp4": "x"}, set(), id="all is there"),
        pytest.param({"list.csv": "bib\n1\n"}, {"camera finish"}, id="no video"),
        pytest.param({"list.csv": "bib\n1\n\n1\n", "v.mp4": "x"}, {"start list"}, id="bad list"),
    ],
)
def test_a_race_file(
    files: dict[str, str], lost: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in {"race.toml": RACE, **files}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    code = main(["doctor", str(tmp_path / "race.toml"), "--json"])
    found = report(capsys)
    missing = {name for name, (state, _) in found.items() if state == "missing"}
    # The disk of a machine that runs tests may be anything.
    assert missing - {"disk space", "disk speed"} == lost
    assert code == (1 if missing else 0)
    assert found["race file"] == ("ok", "City Run, 1 camera")
    assert found["CUDA"][0] in {"ok", "not needed"}
    assert {path.name for path in tmp_path.iterdir()} == {"race.toml", *files}


def test_a_race_file_that_cannot_be_read_is_one_of_the_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "race.toml").write_text("name = 3\n", encoding="utf-8")
    assert main(["doctor", str(tmp_path / "race.toml"), "--disk", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert "✗ race file" in told
    assert "Python" in told


def test_deepstream_is_missed_only_where_it_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "race.toml").write_text(RACE, encoding="utf-8")
    race = load_race_file(tmp_path / "race.toml")
    for wanted in (False, True):
        needs = needs_of(race, wanted)
        [check] = [one for one in checks(needs, race) if one.group is Group.NVIDIA]
        told = [one.finding for one in gather([check])]
        # These are for engines of our own; DeepStream builds its with what it brings.
        ours = ("TensorRT", "cuda-bindings, onnx")
        states = {one.state for one in told if one.name not in ours}
        assert (State.NOT_NEEDED if wanted else State.MISSING) not in states


def test_checks_are_told_in_their_order() -> None:
    def two() -> list[Finding]:
        return [Finding("b", State.OK, ""), Finding("c", State.OK, "")]

    wanted = [
        Check(Group.VIDEO, "a", lambda: Finding("a", State.OK, "")),
        Check(Group.RACE, "two", two),
    ]
    told = [(one.group, one.finding.name) for one in gather(wanted)]
    assert told == [(Group.VIDEO, "a"), (Group.RACE, "b"), (Group.RACE, "c")]
    assert gather([]) == []


def test_what_two_checks_want_to_know_is_asked_once() -> None:
    """Both want it at the same time, as checks do that run side by side."""
    both = threading.Barrier(2)
    calls: list[str] = []

    def ask() -> str:
        calls.append(threading.current_thread().name)
        # Long enough for the other to ask as well, were it let.
        time.sleep(0.2)
        return "what GStreamer has"

    asked = asked_once(ask)

    def check() -> str:
        both.wait(30)
        return asked()

    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(check) for _ in range(2)]
        assert [one.result() for one in answers] == ["what GStreamer has"] * 2
    assert len(calls) == 1


def test_every_camera_has_its_check(tmp_path: Path) -> None:
    (tmp_path / "race.toml").write_text(RACE, encoding="utf-8")
    race = load_race_file(tmp_path / "race.toml")
    names = [check.name for check in checks(needs_of(race, False), race)]
    assert names[-2:] == ["start list", "camera finish"]
    assert "camera finish" not in [check.name for check in checks(Needs(), None)]
