"""Reads a Dockerfile and a .dockerignore, as far as ours go. Pure, but for `left_by`."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

KNOWN = frozenset(
    {"FROM", "SHELL", "ENV", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE"}
    | {"HEALTHCHECK", "ENTRYPOINT", "CMD"}
)
"""Instructions that a replay knows."""


class DockerfileError(ValueError):
    """The file says what a replay does not know; the text names the line."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction.

    Attributes:
        line: where it begins, from 1.
        name: ``RUN``, ``COPY`` and so on.
        text: the rest, continued lines joined and comments left out.
    """

    line: int
    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """The arguments: of a JSON array, else what blanks part."""
        told = self.text.strip()
        if told.startswith("["):
            words = json.loads(told)
            if not all(isinstance(word, str) for word in words):
                raise DockerfileError(f"line {self.line}: {self.name} takes words only")
            return list(words)
        return told.split()


def parse_dockerfile(text: str, file: str = "Dockerfile") -> list[Step]:
    """The instructions of a Dockerfile, in order.

    Raises:
        DockerfileError: an instruction is not one of `KNOWN`, or FROM is not first.
    """
    steps = list(_steps(text))
    for step in steps:
        if step.name not in KNOWN:
            raise DockerfileError(f"{file}: line {step.line}: cannot replay {step.name}")
    if not steps or steps[0].name != "FROM":
        raise DockerfileError(f"{file}: FROM must be first")
    return steps


def _steps(text: str) -> Iterator[Step]:
    began, parts = 0, list[str]()
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        # A comment may stand between continued lines.
        if line.startswith("#") or not line:
            continue
        began = began or number
        parts.append(line.removesuffix("\\").rstrip())
        if not line.endswith("\\"):
            name, _, rest = " ".join(parts).partition(" ")
            yield Step(began, name.upper(), rest.strip())
            began, parts = 0, []


def environment(text: str) -> dict[str, str]:
    """The variables of an ENV instruction, written as ``A=b C=d``."""
    return dict(re.findall(r"(\w+)=(\S*)", text))


def ignore_rules(text: str) -> list[str]:
    """The lines of a .dockerignore that say something."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def is_ignored(path: str, rules: Sequence[str]) -> bool:
    """Whether a .dockerignore leaves a file out; the last rule that fits it decides.

    Args:
        path: with ``/``, from the folder of the .dockerignore.
    """
    ignored = False
    for rule in rules:
        wanted = rule.removeprefix("!")
        if _fits(path, wanted.strip("/")):
            ignored = not rule.startswith("!")
    return ignored


def _fits(path: str, pattern: str) -> bool:
    parts = path.split("/")
    return any(_part_fits(parts[:end], pattern.split("/")) for end in range(1, len(parts) + 1))


def _part_fits(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether names fit patterns one by one; ``**`` stands for any number of names."""
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return any(_part_fits(parts[start:], wanted[1:]) for start in range(len(parts) + 1))
    return (
        bool(parts)
        and fnmatch.fnmatchcase(parts[0], wanted[0])
        and _part_fits(parts[1:], wanted[1:])
    )


def left_by(rules: Sequence[str], root: Path, source: str) -> list[Path]:
    """The files of a COPY's source that the .dockerignore leaves, relative to `root`."""
    start = root / source
    files = [start] if start.is_file() else sorted(p for p in start.rglob("*") if p.is_file())
    relative = (path.relative_to(root) for path in files)
    return [path for path in relative if not is_ignored(path.as_posix(), rules)]
