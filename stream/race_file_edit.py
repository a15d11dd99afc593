"""Changes what a camera looks at in a race file, and nothing else in it.

Comments, order, spaces and line ends stay. What comes out is read by the parser of race files
before it is written, and takes the old file's place in one step.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import tomlkit
from tomlkit.exceptions import ParseError
from tomlkit.items import Array, InlineTable, Table

from engines.whole_files import sync_folder
from stream.config import ConfigError, RaceFile, parse_race_file
from stream.finish import Approach
from stream.settings import CameraSettings

DIGITS = 4
"""Digits behind the point of what is written: a fifth of a pixel of a 1080p picture."""

_KEYS = ("name", "source", "finish_line", "approach", "region")
"""In this order keys stand in a camera's table; a new one comes after the nearest before it."""


class RaceFileError(Exception):
    """A race file cannot be changed; the message names the file and the mend."""


class RaceFileChanged(RaceFileError):  # noqa: N818 - reads as what happened
    """Somebody else has changed the file since it was read."""


class NoSuchCamera(RaceFileError):  # noqa: N818 - reads as what happened
    """The race has no camera of that name."""


@dataclass(frozen=True, slots=True)
class WrittenView:
    """What a race file says of a camera. `version` is another one after any change to the file."""

    view: CameraSettings
    version: str


def read_view(path: Path, camera: str) -> WrittenView:
    """What the race file says now.

    Raises:
        ConfigError: the file is missing or cannot be used.
        NoSuchCamera: it has no such camera.
    """
    content = _content(path)
    return WrittenView(_view(_parsed(_text(content, path), path), camera, path), _version(content))


def write_view(path: Path, camera: str, view: CameraSettings, version: str) -> WrittenView:
    """Change the race file; on disk when this returns.

    Args:
        path: the race file. A link stays one, and what it leads to is changed.
        view: no line takes ``finish_line`` and ``approach`` out, no region takes ``region`` out.
        version: as it was read; see `WrittenView`.

    Raises:
        RaceFileChanged: the file is another one by now.
        RaceFileError: it cannot be written.
        ConfigError: the view cannot be, or the file cannot be used any more.
        NoSuchCamera: it has no such camera.
    """
    path = path.resolve()
    content = _content(path)
    if _version(content) != version:
        raise RaceFileChanged(
            f"{path}: has been changed since it was read. Cancel, and draw anew over what it says "
            "now."
        )
    changed = edited(_text(content, path), camera, view, path)
    _replace(path, changed.encode())
    return WrittenView(_view(_parsed(changed, path), camera, path), _version(changed.encode()))


def edited(text: str, camera: str, view: CameraSettings, path: Path) -> str:
    """The text of a race file with another view of one camera.

    Args:
        text: TOML, with the line ends that it has on disk.
        path: where it lies, for messages and the paths in it.

    Raises:
        ConfigError, NoSuchCamera, RaceFileError: see `write_view`.
    """
    before = _parsed(text, path)
    _view(before, camera, path)
    view = _rounded(view)
    document = tomlkit.parse(text)
    for table in document["camera"]:
        if table["name"] == camera:
            _edit(table, view, "\r\n" if "\r\n" in text else "\n")
    changed = tomlkit.dumps(document)
    after = _parsed(changed, path)
    if after != _with_view(before, camera, view):
        raise RaceFileError(
            f"{path}: the view of {camera} cannot be changed without changing more. Write "
            f"finish_line, approach and region into its [[camera]] by hand."
        )
    return changed


def _edit(table: Table | InlineTable, view: CameraSettings, line_end: str) -> None:
    line, region = view.finish_line, view.region
    _put(table, "finish_line", None if line is None else [list(end) for end in line], line_end)
    said = view.approach is not Approach.AUTO or "approach" in table
    _put(table, "approach", view.approach.value if said and line is not None else None, line_end)
    _put(table, "region", None if region is None else list(region), line_end)


def _put(
    table: Table | InlineTable, key: str, value: str | Sequence[object] | None, line_end: str
) -> None:
    """Set, add or (None) take out one key."""
    if value is None:
        if key in table:
            table.remove(key)
    elif key in table:
        old = table[key]
        if not (isinstance(old, Array) and not isinstance(value, str) and _refill(old, value)):
            table[key] = value
    else:
        item = tomlkit.item(value)
        if isinstance(table, Table):
            item.trivia.trail = line_end
        before = [one for one in _KEYS[: _KEYS.index(key)] if one in table]
        # At the end of the table a comment may stand that is the next table's.
        table.value._insert_after(before[-1], key, item)


def _refill(array: Array, values: Sequence[object]) -> bool:
    """Change numbers where they stand, so that comments between them stay; whether it could."""
    if len(array) != len(values):
        return False
    for index, value in enumerate(values):
        inner = array[index]
        if not isinstance(value, list):
            if inner != value:
                array[index] = value
        elif not (isinstance(inner, Array) and _refill(inner, value)):
            array[index] = value
    return True


def _rounded(view: CameraSettings) -> CameraSettings:
    line, region = view.finish_line, view.region
    if line is not None:
        (ax, ay), (bx, by) = line
        line = (
            (round(ax, DIGITS), round(ay, DIGITS)),
            (round(bx, DIGITS), round(by, DIGITS)),
        )
    if region is not None:
        x0, y0, x1, y1 = region
        region = (round(x0, DIGITS), round(y0, DIGITS), round(x1, DIGITS), round(y1, DIGITS))
    approach = Approach.AUTO if line is None else view.approach
    return CameraSettings(line, approach, region)


def _with_view(race: RaceFile, camera: str, view: CameraSettings) -> RaceFile:
    cameras = tuple(replace(c, view=view) if c.name == camera else c for c in race.cameras)
    views = {**race.race.cameras, camera: view}
    return replace(race, cameras=cameras, race=replace(race.race, cameras=views))


def _view(race: RaceFile, camera: str, path: Path) -> CameraSettings:
    for entry in race.cameras:
        if entry.name == camera:
            return entry.view
    names = ", ".join(entry.name for entry in race.cameras)
    raise NoSuchCamera(f"{path}: no [[camera]] is called {camera!r}. There are: {names}.")


def _parsed(text: str, path: Path) -> RaceFile:
    race = parse_race_file(text, str(path), path.parent)
    try:
        tomlkit.parse(text)
    except ParseError as error:
        raise ConfigError(f"{path}: not TOML: {error}.") from None
    return race


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file. Put it back to change it.") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error}.") from error


def _text(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: cannot be read: {error}. Save it as UTF-8 text.") from error


def _version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Write a file in one step; it keeps its mode."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK):
        raise RaceFileError(f"{path}: is read-only. Make it writable: chmod u+w {path.name}")
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            written = Path(file.name)
            try:
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
                written.replace(path)
            except BaseException:
                written.unlink(missing_ok=True)
                raise
        sync_folder(path.parent)
    except OSError as error:
        raise RaceFileError(
            f"{path}: cannot be written: {error}. Make room, or make its folder writable."
        ) from error
