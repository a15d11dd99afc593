"""`finishline run` with DeepStream asked for: on a machine that has none, and on stand-ins."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.engine_asked import EngineAsked
from dashboard.run import RunOptions, plan_run
from dashboard.running import RaceRun
from dashboard.video.feed import CAMERA
from engines.load import EngineSettings, PipelineName
from stream.config import CameraEntry, DashboardSettings, RaceFile, parse_race_file
from stream.deepstream import choose
from stream.deepstream.install import installation
from stream.recording import RecordingSettings
from stream.sources.port import Speed
from tests.stream.deepstream.fakes import fake_pyds, frame_values
from tests.stream.deepstream.test_install import install
from tests.stream.sources.footage import free_port, needs_gst, needs_rtsp_server
from tests.stream.sources.rtsp_server import rtsp_camera

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


@pytest.mark.parametrize(
    ("text", "option", "gpu"),
    [
        pytest.param(HEAD, None, 0, id="default"),
        pytest.param(ASKED + "gpu = 1\n", None, 1, id="race file"),
        pytest.param(ASKED + "gpu = 1\n", 0, 0, id="the option has the last word"),
    ],
)
def test_which_gpu_computes(text: str, option: int | None, gpu: int, tmp_path: Path) -> None:
    race = tmp_path / "race.toml"
    race.write_text(text, encoding="utf-8")
    planned, _ = plan_run(RunOptions((str(race),), engine=EngineAsked(gpu=option)))
    assert planned.engine.gpu == gpu


def test_another_word_is_refused() -> None:
    with pytest.raises(ValueError, match=r"pipeline: must be one of finishline, deepstream, not"):
        parse_race_file(HEAD + '[engine]\npipeline = "gpu"\n', "race.toml", Path("/r"))


@needs_gst
@needs_rtsp_server
def test_a_camera_is_recorded_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.stream.deepstream import stand_ins

    stand_ins.register()
    install(tmp_path / "root")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    pyds = fake_pyds(lambda address: frame_values(*stand_ins.PASSED[address], objects=()), [])
    monkeypatch.setattr(choose, "installation", lambda: installation(tmp_path / "root", {}))
    monkeypatch.setattr(choose, "real_pyds", lambda: pyds)
    port = free_port()
    race_file = RaceFile(
        "City",
        (CameraEntry("finish", f"rtsp://127.0.0.1:{port}/finish"),),
        engine=EngineSettings(pipeline=PipelineName.DEEPSTREAM),
        dashboard=DashboardSettings(port=0),
        recording=RecordingSettings(segment_s=1.0),
    )
    with rtsp_camera(port):
        race = RaceRun(race_file, tmp_path / "race", Speed.REAL_TIME, serve=True, told=print)
        threading.Timer(5, race.pipeline.stop).start()
        race.run()
        video, recording = race.video.status("finish"), race.recordings.status("finish")
        segments = race.store.segments()
        race.close()
    assert video is not None
    assert video.via == CAMERA, "its own video, not encoded anew"
    assert recording is not None
    assert recording.segments == len(segments) >= 2
    assert {row.segment.camera for row in segments} == {"finish"}
    assert all((tmp_path / "race" / row.segment.path).is_file() for row in segments)
