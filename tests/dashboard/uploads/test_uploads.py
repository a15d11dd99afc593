"""A simulated photo comes in through a race that is really served, and is really read."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

import av
import pytest
from PIL import Image

from dashboard.uploads.uploads import open_uploads
from engines.simulate import SimulationSettings, plan, write
from stream.config import load_race_file
from stream.store import Store
from stream.store.folder import UPLOADS
from tests.dashboard.test_serve_operator import serving
from tests.dashboard.uploads.house import tagger
from tests.stream.forget.folders import make_folder
from tests.stream.photos.staged import photo

RUNNERS = SimulationSettings(runners=3, minutes=0.15, seed=5, width=1280, height=720, fps=10)
PATIENCE_S = 120.0


def simulated(folder: Path) -> tuple[Path, str]:
    """The frame of a simulated film in which the first runner crosses the line, and the bib."""
    write(plan(RUNNERS, None), folder, lambda done, total: None, force=True)
    runner = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["runners"][0]
    with av.open(str(folder / "video.mp4")) as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
    file = folder / "photo.jpg"
    Image.fromarray(frames[round(runner["t_cross_torso"] * RUNNERS.fps)]).save(file, quality=92)
    return file, runner["bib"]


def test_a_photo_is_read_by_the_shipped_networks(tmp_path: Path) -> None:
    file, bib = simulated(tmp_path / "film")
    race = tmp_path / "race"
    with Store.open(race, race_name="City run"):
        pass
    with serving(race, "--operator", "--no-recognition") as (url, _, _):
        headers = {"content-type": "image/jpeg", "x-file-name": "photo.jpg"}
        with urlopen(Request(f"{url}/api/photos", file.read_bytes(), headers)) as answer:
            assert answer.status == 202
        until = time.monotonic() + PATIENCE_S
        seen: set[str] = set()
        while not seen and time.monotonic() < until:
            time.sleep(0.5)
            with urlopen(f"{url}/api/gallery?filter=read") as answer:
                seen = {one["bib"] for one in json.load(answer)["sightings"]}
    assert bib in seen


def test_what_the_race_file_says(tmp_path: Path) -> None:
    (tmp_path / "race.toml").write_text(
        'name = "x"\n[recording]\nstop_below_free_gb = 2.5\n', encoding="utf-8"
    )
    with Store.open(tmp_path) as store:
        told = open_uploads(store, load_race_file(tmp_path / "race.toml"), live=True)
        assert told.shelf.keep_free_bytes == 2_500_000_000
        told.close()
        usual = open_uploads(store, None, live=False)
        assert usual.shelf.keep_free_bytes == 1_000_000_000
        usual.close()


def test_killed_while_a_runner_is_forgotten_nobody_tags_the_photos_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    race = make_folder(tmp_path / "race")
    sent = {"alone.jpg": 100, "two-places.jpg": 130, "both.jpg": 160, "waits.jpg": 190}
    for name, red in sent.items():
        photo(race / UPLOADS / name, red)
    command = [sys.executable, "-m", "tests.stream.forget.forgetting_process", str(race)]
    child = subprocess.run([*command, "rows erased, no file yet"], check=False, timeout=120)
    assert child.returncode == -signal.SIGKILL
    assert {file.name for file in (race / UPLOADS).glob("*.jpg")} == set(sent)
    staged = tagger()
    monkeypatch.setattr("dashboard.uploads.uploads.RaceTagger", lambda load: staged)
    with Store.open(race) as store:
        uploads = open_uploads(store, None, live=False)
        until = time.monotonic() + PATIENCE_S
        while uploads.news.newest.done < 2 and time.monotonic() < until:
            time.sleep(0.05)
        uploads.close()
    assert len(staged.seen) == 2
    assert {file.name for file in (race / UPLOADS).glob("*.jpg")} == {"both.jpg", "waits.jpg"}
