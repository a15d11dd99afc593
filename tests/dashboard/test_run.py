"""What `finishline run` makes of its arguments, and what it prints at the end."""

from pathlib import Path

import pytest

from dashboard.engine_asked import EngineAsked
from dashboard.run import DashboardPlace, RunOptions, parse_line, plan_run, summary
from engines.load import Runtime
from stream.config import ConfigError, DashboardSettings
from stream.store import Counts
from stream.types import Reason


@pytest.mark.parametrize(
    ("situation", "sources", "names", "folder"),
    [
        ("a video", ("a/finish.mp4",), ["finish"], "finish-race"),
        ("two of one name", ("a/x.mp4", "b/x.mp4"), ["x", "x-2"], "x-race"),
        ("a camera", ("rtsp://u:p@10.0.0.7:554/s1",), ["10-0-0-7"], "10-0-0-7-race"),
        ("a device", ("/dev/video0",), ["video0"], "video0-race"),
        ("letters that folders do not like", ("Zieleinlauf ü.mp4",), ["Zieleinlauf"],
         "Zieleinlauf-race"),
    ],
)  # fmt: skip
def test_sources_without_a_race_file(
    situation: str, sources: tuple[str, ...], names: list[str], folder: str
) -> None:
    race_file, chosen = plan_run(RunOptions(sources))
    assert [camera.name for camera in race_file.cameras] == names, situation
    assert chosen == Path(folder), situation


def test_a_race_file_runs_in_its_own_folder_and_options_win(tmp_path: Path) -> None:
    text = 'name = "R"\nstart_list = "a.csv"\n[[camera]]\nname = "c"\nsource = "v.mp4"\n'
    (tmp_path / "race.toml").write_text(text)
    options = RunOptions(
        (str(tmp_path / "race.toml"),),
        start_list=Path("b.csv"),
        dashboard=DashboardPlace(port=9000),
        engine=EngineAsked(Runtime.ONNXRUNTIME, 3, reader="finishline"),
    )
    race_file, folder = plan_run(options)
    assert folder == tmp_path
    assert race_file.start_list == Path("b.csv")
    assert race_file.dashboard == DashboardSettings("127.0.0.1", 9000)
    engine = race_file.engine
    assert (engine.runtime, engine.threads, engine.reader) == ("onnxruntime", 3, "finishline")


def test_a_race_of_photos_alone_cannot_be_run(tmp_path: Path) -> None:
    (tmp_path / "race.toml").write_text('name = "Photos"\n')
    told = r"race\.toml: camera: missing\. Add .* finishline tag PHOTOS --race"
    with pytest.raises(ConfigError, match=told):
        plan_run(RunOptions((str(tmp_path / "race.toml"),)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "write four fractions"),
        ("a,b,c,d", "write four fractions"),
        ("0,0,1280,720", "divide pixels"),
        ("0.5,0.5,0.5,0.5", "both ends are the same point"),
    ],
)
def test_a_line_that_is_none(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_line(text)


def test_a_line() -> None:
    assert parse_line("0.05, 0.85, 0.95,0.8") == ((0.05, 0.85), (0.95, 0.8))


def test_the_summary_names_the_commonest_reason_first() -> None:
    counts = Counts(
        tracks=9, confirmed=4, corrected=1, seen=1, unknown=3, bibs=5, crossings=7, looks=30,
        looks_counted=12, pivot_images=0, unknown_images=0, frames=250,
        reasons={Reason.BLURRED: 3, Reason.NO_NUMBER: 15},
    )  # fmt: skip
    assert summary(counts) == [
        "9 runners seen: 5 with a bib, 1 unsure, 3 unknown; 7 crossed the line",
        "30 looks, 12 counted; the others: no number line 15, blurred 3",
    ]
