"""Takes the steps of cpu.Dockerfile in a throw-away folder, where no Docker engine runs.

    python docker/replay.py          COPY and what can be checked without installing
    python docker/replay.py --full   RUN too: installs, then starts it as the image would

The folder stands for the image's root: absolute paths of the image are mapped into it. Packages of
the distribution are only tried (``apt-get --simulate``); they must be on this machine already.
Where root runs it, finishline itself runs as the image's user, and with compose.yml's read-only
root where mounts are allowed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from docker.dockerfile import (
    DockerfileError,
    Step,
    environment,
    ignore_rules,
    left_by,
    parse_dockerfile,
)
from docker.image import Image, ReplayError, mapped, settings
from docker.trying import try_out

REPOSITORY = Path(__file__).resolve().parent.parent


def tamed(command: str, is_root: bool) -> str:
    """A command without what would change the machine. Pure.

    Packages are only tried, the archive's lists stay, and who is not root gives no file away.
    """
    command = command.replace("apt-get update", "true")
    command = command.replace("apt-get install", "apt-get install --simulate -q")
    command = command.replace("rm -rf /var/lib/apt/lists/*", "true")
    return command if is_root else re.sub(r" -[og] \d+", "", command)


def replay(steps: Sequence[Step], root: Path, *, full: bool) -> Image:
    """Take the steps.

    Raises:
        ReplayError: one failed; its line and its last words are told.
        DockerfileError: one is not known.
    """
    image = Image(root)
    rules = ignore_rules((REPOSITORY / ".dockerignore").read_text(encoding="utf-8"))
    for step in steps:
        _take(step, image, rules, full)
    return image


def _take(step: Step, image: Image, rules: Sequence[str], full: bool) -> None:
    match step.name:
        case "WORKDIR":
            image.folder = step.text
            image.here.mkdir(parents=True, exist_ok=True)
        case "ENV":
            image.variables |= environment(step.text)
        case "SHELL":
            image.shell = step.words
        case "USER":
            image.user = step.text
        case "ENTRYPOINT":
            image.entrypoint = step.words
        case "CMD":
            image.command = step.words
        case "HEALTHCHECK":
            image.health = Step(step.line, "CMD", step.text.partition("CMD")[2]).words
        case "COPY":
            _copy(step, image, rules)
        case "RUN" if full:
            _run(step, image)


def _copy(step: Step, image: Image, rules: Sequence[str]) -> None:
    *sources, target = (word for word in step.words if not word.startswith("--"))
    for source in sources:
        files = left_by(rules, REPOSITORY, source)
        if not files:
            raise ReplayError(
                f"line {step.line}: COPY {source}: .dockerignore leaves nothing of it"
            )
        for file in files:
            # A file goes into a folder that is named with a slash; of a folder the content goes.
            inner = file.name if (REPOSITORY / source).is_file() else file.relative_to(source)
            place = image.here / target / inner
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / file, place)
            image.n_copied += 1


def _run(step: Step, image: Image) -> None:
    is_root = os.geteuid() == 0
    command = mapped(tamed(step.text, is_root), image.root)
    began = time.monotonic()
    ran = subprocess.run(
        [*image.shell, command],
        cwd=image.here,
        env=settings(image),
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        last = "\n".join((ran.stdout + ran.stderr).splitlines()[-15:])
        raise ReplayError(
            f"line {step.line}: RUN {step.text}\nended with {ran.returncode}:\n{last}"
        )
    print(f"line {step.line}: RUN, {time.monotonic() - began:.0f} s: {step.text[:70]}...")


def main(arguments: Sequence[str] | None = None, folder: Path | None = None) -> int:
    """Replay; ends with 1 where a step fails."""
    parser = argparse.ArgumentParser(description="Take the steps of a Dockerfile without Docker.")
    parser.add_argument(
        "dockerfile", nargs="?", type=Path, default=REPOSITORY / "docker/cpu.Dockerfile"
    )
    parser.add_argument("--full", action="store_true", help="install and start, too (minutes)")
    options = parser.parse_args(arguments)
    # Not in /tmp, which the image's processes get anew.
    root = Path(tempfile.mkdtemp(prefix="finishline-image-", dir=folder or "/var/tmp"))
    # The image's user must get in.
    root.chmod(0o755)
    try:
        steps = parse_dockerfile(options.dockerfile.read_text(encoding="utf-8"))
        image = replay(steps, root, full=options.full)
        print(f"{len(steps)} steps, {image.n_copied} files copied")
        if options.full:
            try_out(image)
    except (ReplayError, DockerfileError) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
