"""`finishline run` with DeepStream asked for, on a machine that has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.run import RunOptions, plan_run
from engines.load import PipelineName
from stream.config import parse_race_file

HEAD = 'name = "City"\n[[camera]]\nname = "finish"\nsource = "rtsp://cam/1"\n'
ASKED = HEAD + '[engine]\npipeline = "deepstream"\n'


@pytest.mark.parametrize(
    ("text", "options"),
    [pytest.param(HEAD, ["--deepstream"], id="option"), pytest.param(ASKED, [], id="race file")],
)
def test_it_says_what_is_missing_and_writes_nothing(
    text: str, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    race = tmp_path / "race.toml"
    race.write_text(text, encoding="utf-8")
    assert main(["run", str(race), "--no-dashboard", *options]) == 2
    told = capsys.readouterr().err
    assert "DeepStream cannot be used here" in told
    assert "leave out --deepstream" in told
    assert [path.name for path in tmp_path.iterdir()] == ["race.toml"]


@pytest.mark.parametrize(
    ("text", "option", "pipeline"),
    [
        pytest.param(HEAD, False, PipelineName.FINISHLINE, id="default"),
        pytest.param(HEAD, True, PipelineName.DEEPSTREAM, id="option"),
        pytest.param(ASKED, False, PipelineName.DEEPSTREAM, id="race file"),
    ],
)
def test_which_pipeline_runs(
    text: str, option: bool, pipeline: PipelineName, tmp_path: Path
) -> None:
    race = tmp_path / "race.toml"
    race.write_text(text, encoding="utf-8")
    planned, _ = plan_run(RunOptions((str(race),), deepstream=option))
    assert planned.engine.pipeline is pipeline


def test_another_word_is_refused() -> None:
    with pytest.raises(ValueError, match=r"pipeline: must be one of finishline, deepstream, not"):
        parse_race_file(HEAD + '[engine]\npipeline = "gpu"\n', "race.toml", Path("/r"))
