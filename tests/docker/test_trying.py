"""What a container of compose.yml may write, on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from docker.image import Image
from docker.replay import REPOSITORY
from docker.trying import TMPFS, VOLUMES, can_be_sealed, sealed, started


@pytest.fixture
def root() -> Iterator[Path]:
    """An image's root; not in /tmp, which a sealed process gets anew."""
    folder = Path(tempfile.mkdtemp(prefix="finishline-image-", dir="/var/tmp"))
    folder.chmod(0o755)
    for name in ("app", "race", "home/finishline"):
        (folder / name).mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


def test_the_same_may_be_written_as_in_compose() -> None:
    compose = yaml.safe_load((REPOSITORY / "docker/compose.yml").read_text(encoding="utf-8"))
    service = compose["services"]["finishline"]
    assert service["read_only"]
    assert tuple(place.partition(":")[0] for place in service["tmpfs"]) == TMPFS
    assert tuple(volume.rpartition(":")[2] for volume in service["volumes"]) == VOLUMES


def test_who_is_not_root_is_told_what_is_not_checked(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 10001)
    assert not can_be_sealed(root)
    assert "not checked: the read-only root" in capsys.readouterr().out
    assert started(Image(root), ["/app/x"]) == [f"{root}/app/x"]


@pytest.mark.parametrize(
    ("place", "may"),
    [
        pytest.param("race/x", True, id="the race folder"),
        pytest.param("home/finishline/x", True, id="its home"),
        pytest.param("app/x", False, id="the program"),
        pytest.param("/tmp/x", True, id="tmp"),
        pytest.param("/usr/local/x", False, id="the system"),
    ],
)
def test_what_a_sealed_process_may_write(root: Path, place: str, may: bool) -> None:
    if not can_be_sealed(root):
        pytest.skip("mounts are not allowed here")
    words = sealed(root, ["touch", str(root / place)])
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (ran.returncode == 0) is may, ran.stderr
    assert may or "Read-only file system" in ran.stderr
    assert (root / "race/x").exists() is (place == "race/x"), "a volume keeps it"
    assert not (root / "home/finishline/x").exists()
    assert not Path("/usr/local/x").exists()
