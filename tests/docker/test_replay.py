"""The steps of the CPU image, taken without Docker."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from docker.dockerfile import parse_dockerfile
from docker.image import ReplayError, mapped, settings
from docker.replay import REPOSITORY, main, replay, tamed

CPU = (REPOSITORY / "docker/cpu.Dockerfile").read_text(encoding="utf-8")
ROOT = Path("/r")


@pytest.mark.parametrize(
    ("text", "there"),
    [
        pytest.param("/app/.venv/bin/pip", "/r/app/.venv/bin/pip", id="a program"),
        pytest.param("install -d /race /home/finishline", "install -d /r/race /r/home/finishline",
                     id="two folders"),
        pytest.param("apt-get /var/lib/apt", "apt-get /var/lib/apt", id="the machine's stay"),
        pytest.param("docker/app /apps x/race", "docker/app /apps x/race", id="look-alikes stay"),
    ],
)  # fmt: skip
def test_paths_of_the_image_lead_into_the_folder(text: str, there: str) -> None:
    assert mapped(text, ROOT) == there


@pytest.mark.parametrize(
    ("command", "is_root", "tame"),
    [
        pytest.param(
            "apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*", True,
            "true && apt-get install --simulate -q -y x && true", id="packages are only tried",
        ),
        pytest.param("install -d -o 1 -g 1 a", True, "install -d -o 1 -g 1 a", id="root may give"),
        pytest.param("install -d -o 1 -g 1 a", False, "install -d a", id="others may not"),
    ],
)  # fmt: skip
def test_nothing_changes_the_machine(command: str, is_root: bool, tame: str) -> None:
    assert tamed(command, is_root) == tame


def test_what_is_copied_lies_where_the_image_has_it(tmp_path: Path) -> None:
    image = replay(parse_dockerfile(CPU), tmp_path, full=False)
    for name in ("engines/weights/detector.onnx", "dashboard/static/index.html", "pyproject.toml"):
        assert (tmp_path / "app" / name).read_bytes() == (REPOSITORY / name).read_bytes()
    assert os.access(tmp_path / "app/docker/prepare.sh", os.X_OK)
    assert not list(tmp_path.rglob("*.pyc"))
    assert not (tmp_path / "app/tests").exists()
    assert (image.folder, image.user) == ("/race", "10001:10001")
    assert (tmp_path / "app" / image.health[1].removeprefix("/app/")).is_file()
    assert settings(image)["HOME"] == f"{tmp_path}/home/finishline"


def test_no_file_of_the_packages_is_left_out(tmp_path: Path) -> None:
    replay(parse_dockerfile(CPU), tmp_path, full=False)
    for room in ("engines", "stream", "dashboard"):
        there = {
            path.relative_to(tmp_path / "app") for path in (tmp_path / "app" / room).rglob("*")
        }
        here = {
            path.relative_to(REPOSITORY)
            for path in (REPOSITORY / room).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".jpg"
        }
        assert here <= there


@pytest.mark.parametrize(
    ("run", "fault"),
    [
        pytest.param("RUN echo gone >&2; exit 3", "line 2: RUN .*\nended with 3:\ngone", id="RUN"),
        pytest.param("COPY tests tests", "line 2: COPY tests: .dockerignore leaves", id="COPY"),
    ],
)
def test_a_step_that_fails_is_named(run: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match=fault):
        replay(parse_dockerfile(f"FROM a:1\n{run}\n"), tmp_path, full=True)


def test_the_quick_replay_leaves_nothing_behind(tmp_path: Path) -> None:
    assert main([], tmp_path) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(3600)
@pytest.mark.skipif(
    "FINISHLINE_REPLAY" not in os.environ, reason="installs anew: set FINISHLINE_REPLAY=1"
)
def test_the_whole_image_is_made_and_starts(tmp_path: Path) -> None:
    # The image's user must reach it, and pytest's own folders are closed to others.
    assert main(["--full"]) == 0
