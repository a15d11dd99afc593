"""The fixed races: that they are still the same, and the report. Films are drawn elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engines.load import EngineSettings
from engines.number_range import NumberRange
from engines.simulate import SimulationError, SimulationSettings, plan
from stream import evaluate_races as races
from stream.evaluate import ClipReport, evaluate_clip
from stream.evaluate_races import RACES, ChangedRaceError, FixedRace, RacesReport, Told, fingerprint
from stream.race import RaceSettings
from stream.start_list import load_start_list
from stream.truth import Score


@pytest.mark.parametrize("fixed", RACES, ids=lambda fixed: str(fixed.settings.seed))
def test_the_races_are_those_that_were_fixed(fixed: FixedRace) -> None:
    planned = plan(fixed.settings)
    assert fingerprint(planned) == fixed.fingerprint
    spoilt = sum(runner.effect is not None for runner in planned.runners)
    assert 0.6 <= 1 - spoilt / len(planned.runners) <= 0.95
    assert len(planned.start_list) >= 2 * len(planned.runners)


def test_another_seed_has_another_fingerprint() -> None:
    settings = RACES[0].settings
    assert fingerprint(plan(replace(settings, seed=1))) != RACES[0].fingerprint


def report(right: int, wrong: int, tags: tuple[tuple[float, bool], ...]) -> ClipReport:
    result = Score(10, 8, right, wrong, 8 - right, 0, (), 0, (), (), ())
    return ClipReport("c.mp4", True, result, 100, 50.0, 200.0, {}, {}, tags)


def test_the_report_sums_up_all_races() -> None:
    both = RacesReport(
        Told.LIST,
        (report(7, 0, ((0.99, True),) * 7), report(6, 1, ((0.97, True),) * 6 + ((0.97, False),))),
    )
    told = json.loads(json.dumps(both.to_json()))
    assert (told["right"], told["wrong"], told["missed"], told["readable"]) == (13, 1, 3, 16)
    assert told["wrong_share"] == pytest.approx(1 / 14, abs=1e-4)
    assert [one["tags"] for one in told["reliability"]] == [7, 7]
    assert told["reliability"][0]["right_share"] == pytest.approx(6 / 7, abs=1e-3)
    shown = str(both)
    assert "wrong 1 (7.14 % of the confirmed)" in shown
    assert "0.95 to 0.99" in shown


def test_a_changed_race_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = FixedRace(SimulationSettings(2, 0.02), "0123456789abcdef")
    monkeypatch.setattr(races, "RACES", (other,))
    with pytest.raises(ChangedRaceError, match="the simulator has changed"):
        races.evaluate_races(
            tmp_path,
            1,
            told=Told.LIST,
            engine=EngineSettings(),
            race_settings=RaceSettings(),
            progress=lambda name: lambda done, total: None,
        )
    assert not list(tmp_path.iterdir())


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "films"
    file.touch()
    with pytest.raises(SimulationError, match=r"films is a file; name another folder"):
        races.evaluate_races(
            file,
            1,
            told=Told.LIST,
            engine=EngineSettings(),
            race_settings=RaceSettings(),
            progress=lambda name: lambda done, total: None,
        )


def test_a_race_is_drawn_once_and_tagged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = SimulationSettings(2, 0.05, width=640, height=360, neighbours=1, absent=0)
    monkeypatch.setattr(races, "RACES", (FixedRace(settings, fingerprint(plan(settings))),))
    named: list[str] = []
    given: list[object] = []

    def noted(*values: Any) -> ClipReport:
        given.append(values[-1])
        return evaluate_clip(*values)

    monkeypatch.setattr(races, "evaluate_clip", noted)

    def progress(name: str) -> races.Progress:
        named.append(name)
        return lambda done, total: None

    for told in Told:
        report = races.evaluate_races(
            tmp_path,
            1,
            told=told,
            engine=EngineSettings(threads=1),
            race_settings=RaceSettings(),
            progress=progress,
        )
        assert report.races[0].score.runners == 2
        assert report.races[0].with_start_list is (told is Told.LIST)
        assert str(report).startswith("race 7 ")
    assert named == ["drawing race 7", *["race 1 of 1"] * 3]
    bibs = [int(row.bib) for row in load_start_list(tmp_path / "7/start_list.csv").entries]
    assert given == [(), (NumberRange("", 1, max(bibs)),), ()]
