"""Where changes to what a camera looks at are taken: into the race file, and into the race.

What was changed is on disk before the race looks at it.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from stream.config import ConfigError, parse_race_file
from stream.pipeline import Pipeline
from stream.race_file_edit import NoSuchCamera, edited, read_view, write_view
from stream.settings import CameraSettings

NO_FILE = "none"
"""The version where there is no race file."""


@dataclass(frozen=True, slots=True)
class StandingView:
    """What a camera of the race that runs looks at.

    Attributes:
        version: of the race file, to say what a change is a change of.
        kept: there is a race file that keeps it; otherwise it is gone when the run ends.
        differs: why the file says something else; empty where it says the same.
    """

    view: CameraSettings
    version: str
    kept: bool = True
    differs: str = ""


class ViewDesk:
    """Takes changes one after the other, from any thread.

    Args:
        file: the race file; None where the race was begun without one.
        pipeline: of the race that runs.
        cameras: names of those that it has.
    """

    def __init__(self, file: Path | None, pipeline: Pipeline, cameras: Collection[str]) -> None:
        self._file = file
        self._pipeline = pipeline
        self._cameras = tuple(cameras)
        self._lock = threading.Lock()

    def read(self, camera: str) -> StandingView:
        """What the camera looks at now.

        Raises:
            NoSuchCamera: the race has no such camera.
        """
        self._check(camera)
        view = self._pipeline.race.view(camera)
        if self._file is None:
            return StandingView(view, NO_FILE, kept=False)
        try:
            written = read_view(self._file, camera)
        except (ConfigError, NoSuchCamera) as error:
            # What is half way through being edited by hand does not change what the race does.
            return StandingView(view, "", differs=str(error))
        other = "" if written.view == view else f"{self._file}: was changed since the race began"
        return StandingView(view, written.version, differs=other)

    def change(self, camera: str, view: CameraSettings, version: str) -> StandingView:
        """Change it. When this returns, it is on disk and the race looks at it.

        Raises:
            NoSuchCamera: the race or the race file has no such camera.
            RaceFileChanged: the race file is another one than at `version`.
            RaceFileError: it cannot be written.
            ConfigError: the view cannot be, or the race file cannot be used any more.
        """
        self._check(camera)
        with self._lock:
            if self._file is not None:
                written = write_view(self._file, camera, view, version)
                standing = StandingView(written.view, written.version)
            else:
                standing = StandingView(_checked(view), NO_FILE, kept=False)
            self._pipeline.between_frames(lambda race: race.change_view(camera, standing.view))
            return standing

    def _check(self, camera: str) -> None:
        if camera not in self._cameras:
            names = ", ".join(self._cameras)
            raise NoSuchCamera(f"the race has no camera {camera!r}. There are: {names}.")


def _checked(view: CameraSettings) -> CameraSettings:
    """The view as a race file would have it. Raises ConfigError as its parser does."""
    # Under a name of its own: cameras without a race file are called as their files are.
    text = edited('name = "-"\n[[camera]]\nname = "it"\nsource = "-"\n', "it", view, Path("view"))
    return parse_race_file(text, "view", Path()).cameras[0].view
