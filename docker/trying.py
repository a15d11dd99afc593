"""Starts what a replay has made, as a container of compose.yml would: where it can, read-only."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from docker.image import Image, ReplayError, mapped, settings

_UP_S = 120.0

VOLUMES = ("/race",)
TMPFS = ("/tmp", "/home/finishline")
"""Where a container of compose.yml may write; all else is read-only."""

_SEAL = """
set -e
mount --bind "$0" "$0"
for volume in $VOLUMES; do mount --bind "$volume" "$volume"; done
for place in $TMPFS; do mount -t tmpfs -o mode=1777 tmpfs "$place"; done
mount -o remount,bind,ro "$0"
mount -o remount,bind,ro /
exec "$@"
"""
"""In mounts of its own, which end with the process. The folder that stands for the image's root
must not lie in one of them."""

_IS_SEALED = "! touch app/sealed 2>/dev/null && touch race/sealed home/finishline/sealed"


def sealed(root: Path, words: Sequence[str]) -> list[str]:
    """A command line that can write only where a container of compose.yml can. Root's alone.

    Args:
        root: the folder that stands for the image's root.
        words: the command, as this machine takes it.
    """
    lists = [
        f"{name}={' '.join(str(_place(root, path)) for path in paths)}"
        for name, paths in (("VOLUMES", VOLUMES), ("TMPFS", TMPFS))
    ]
    return ["unshare", "--mount", "env", *lists, "bash", "-c", _SEAL, str(root), *words]


def _place(root: Path, path: str) -> Path:
    """/tmp is the machine's, all else the image's."""
    return Path(path if path == "/tmp" else mapped(path, root))


def can_be_sealed(root: Path) -> bool:
    """Whether `sealed` works here: for root, where mounts are allowed. Else it tells why not.

    Raises:
        ReplayError: it is said to work, and more or less than compose.yml allows can be written.
    """
    if os.geteuid() != 0:
        print("not checked: the read-only root of compose.yml (only root can make it)")
        return False
    ran = subprocess.run(sealed(root, ["true"]), capture_output=True, text=True, check=False)
    if ran.returncode:
        print(f"not checked: the read-only root of compose.yml ({ran.stderr.strip()})")
        return False
    words = sealed(root, ["bash", "-c", f"cd {root} && {_IS_SEALED}"])
    if subprocess.run(words, check=False).returncode:
        raise ReplayError("what was sealed can be written, or the race folder cannot")
    (root / "race/sealed").unlink()
    return True


def started(image: Image, words: Sequence[str]) -> list[str]:
    """A command line of the image as this machine takes it, by the image's user."""
    user, _, group = image.user.partition(":")
    as_user = ["setpriv", "--reuid", user, "--regid", group or user, "--clear-groups"]
    line = [*(as_user if os.geteuid() == 0 else []), *(mapped(word, image.root) for word in words)]
    return sealed(image.root, line) if image.is_sealed else line


def try_out(image: Image) -> None:
    """Start what was made as a container would: version, doctor, a served race, its health.

    Raises:
        ReplayError: it does not start, or is not healthy.
    """
    image.is_sealed = can_be_sealed(image.root)
    _ask(image, [*image.entrypoint, "--version"])
    print(_ask(image, [*image.entrypoint, "doctor"], may_fail=True))
    simulate = ["simulate", "--runners", "8", "--minutes", "0.1", "--out", "/race/drawn"]
    _ask(image, [*image.entrypoint, *simulate])
    run = ["run", "/race/drawn/race.toml", "--speed", "maximum", "--no-dashboard", "--json"]
    events = _ask(image, [*image.entrypoint, *run]).splitlines()
    if not events:
        raise ReplayError("of 8 drawn runners nothing was told")
    print(f"8 drawn runners: {len(events)} events")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    race_file = image.root / "race/race.toml"
    race_file.write_text(
        f'name = "Replay"\n[[camera]]\nname = "finish"\nsource = "test://smpte?seconds=60"\n'
        f"[dashboard]\nport = {port}\n",
        encoding="utf-8",
    )
    if _health(image) == 0:
        raise ReplayError("the health check is content with nothing")
    words = started(image, [*image.entrypoint, *image.command])
    with subprocess.Popen(words, cwd=image.here, env=settings(image)) as process:
        try:
            _wait_up(f"http://127.0.0.1:{port}/healthz", process)
            if _health(image) != 0:
                raise ReplayError("the page answers, and the health check says that it does not")
        finally:
            process.terminate()
            process.wait(60)
    how = ", with a read-only root" if image.is_sealed else ""
    print(f"served, healthy{how}, ended with {process.returncode}")


def _health(image: Image) -> int:
    words = started(image, image.health)
    return subprocess.run(words, cwd=image.here, env=settings(image), check=False).returncode


def _ask(image: Image, words: Sequence[str], *, may_fail: bool = False) -> str:
    line = started(image, words)
    ran = subprocess.run(
        line, cwd=image.here, env=settings(image), capture_output=True, text=True, check=False
    )
    if ran.returncode and not may_fail:
        raise ReplayError(f"{' '.join(words)} ended with {ran.returncode}:\n{ran.stderr}")
    return ran.stdout


def _wait_up(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _UP_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise ReplayError(f"the image's command ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise ReplayError(f"nothing answers at {url} within {_UP_S:g} s")
