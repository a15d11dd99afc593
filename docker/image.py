"""What a replay of a Dockerfile has made so far, and where the image's paths lead."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

ROOMS = ("app", "race", "home")
"""Folders at the image's root that are the image's own; all others are the machine's."""

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where the base image looks for programs."""

_ROOM = re.compile(rf"(?<![\w./-])/({'|'.join(ROOMS)})(?![\w-])")


class ReplayError(Exception):
    """A step failed."""


@dataclass
class Image:
    """What the steps have made so far.

    Attributes:
        root: the folder that stands for the image's root.
        folder: the working folder, as the image calls it.
        is_sealed: its processes write only where compose.yml lets them.
    """

    root: Path
    folder: str = "/"
    user: str = "0"
    variables: dict[str, str] = field(default_factory=dict)
    shell: list[str] = field(default_factory=lambda: ["/bin/sh", "-c"])
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    n_copied: int = 0
    is_sealed: bool = False

    @property
    def here(self) -> Path:
        """The working folder in `root`."""
        return self.root / self.folder.strip("/")


def mapped(text: str, root: Path) -> str:
    """A command with the image's own paths led into `root`. Pure."""
    return _ROOM.sub(lambda match: f"{root}/{match[1]}", text)


def settings(image: Image) -> dict[str, str]:
    """The environment of the image's processes. Where pip finds its packages is the machine's."""
    own = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return (
        own
        | {"PATH": PATH}
        | {name: mapped(value, image.root) for name, value in image.variables.items()}
    )
