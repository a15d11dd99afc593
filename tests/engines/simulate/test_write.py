"""The folder of a simulated race: what is in it, and what is never overwritten."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path

import av
import numpy as np
import pytest

from engines.simulate.errors import SimulationError
from engines.simulate.plan import plan
from engines.simulate.settings import SimulationSettings
from engines.simulate.truth import Truth
from engines.simulate.write import MARK, race_file, write

TINY = SimulationSettings(
    runners=2, minutes=0.05, seed=3, width=320, height=180, fps=10, neighbours=1, absent=1
)


@pytest.fixture(scope="module")
def race(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("race") / "new"
    return folder, write(plan(TINY), folder, lambda done, total: None)


def test_the_film_has_every_frame_and_says_its_colours(race: tuple[Path, Truth]) -> None:
    simulation = plan(TINY)
    with av.open(str(race[0] / "video.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.codec.name == "h264"
        assert stream.average_rate == 10
        frames = list(container.decode(stream))
        assert (stream.codec_context.colorspace, stream.codec_context.color_range) == (6, 1)
    assert len(frames) == simulation.frames == 30
    assert [frame.time for frame in frames[:3]] == pytest.approx([0.0, 0.1, 0.2])
    shown = frames[20].to_ndarray(format="rgb24").astype(int)
    off = np.abs(shown - simulation.render(20)).mean()
    assert off < 6, "the film shows other colours than were rendered"


def test_truth_and_start_list_are_complete(race: tuple[Path, Truth]) -> None:
    folder, truth = race
    document = json.loads((folder / "truth.json").read_text())
    assert {"fps", "width", "height", "frames", "line", "runners"} <= set(document)
    assert [runner["bib"] for runner in document["runners"]] == [r.bib for r in truth.runners]
    wanted = {"id", "bib", "bib_readable", "effect", "person", "t_enter", "t_exit",
              "t_cross_ground", "t_cross_torso", "boxes", "vis", "numbers", "faces"}  # fmt: skip
    assert set(document["runners"][0]) == wanted
    with (folder / "start_list.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["bib", "first_name", "last_name", "club", "category", "wave"]
    assert {r.bib for r in truth.runners} < {row["bib"] for row in rows}
    assert len(rows) == 4


def test_the_race_file_gives_the_line_in_shares_of_the_picture(race: tuple[Path, Truth]) -> None:
    folder, truth = race
    document = tomllib.loads((folder / "race.toml").read_text())
    assert set(document) == {"name", "start_list", "camera"}
    (camera,) = document["camera"]
    assert camera["source"] == "video.mp4"
    for (x, y), (px, py) in zip(camera["finish_line"], truth.line, strict=True):
        assert (x * 320, y * 180) == pytest.approx((px, py), abs=0.01)
        assert 0 <= x <= 1 and 0 <= y <= 1


def test_a_simulation_is_replaced_by_the_next(race: tuple[Path, Truth]) -> None:
    before = (race[0] / "video.mp4").read_bytes()
    calls: list[tuple[int, int]] = []
    write(plan(TINY), race[0], lambda done, total: calls.append((done, total)))
    assert calls == [(k, 30) for k in range(1, 31)]
    assert (race[0] / "video.mp4").read_bytes() == before
    assert not list(race[0].glob("*.part"))


@pytest.mark.parametrize("names", [("notes.txt",), ("video.mp4",), (MARK, "race.db")])
def test_a_folder_with_other_files_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (tmp_path / name).write_text("mine")
    with pytest.raises(SimulationError, match=r"--out, or add --force") as caught:
        write(plan(TINY), tmp_path, lambda done, total: None)
    assert str(tmp_path) in str(caught.value)
    assert all((tmp_path / name).read_text() == "mine" for name in names)


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    path = tmp_path / "race"
    path.write_text("mine")
    with pytest.raises(SimulationError, match="is a file; name another folder"):
        write(plan(TINY), path, lambda done, total: None)


def test_the_race_file_is_made_without_writing() -> None:
    assert tomllib.loads(race_file(plan(TINY)))["name"] == "Simulated race 3"
