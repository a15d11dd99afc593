"""What a URI names. Pure, but for the look at the file that `check_file` takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from stream.sources.port import SourceError

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts"}
    | {".mpg", ".mpeg", ".flv", ".ogv", ".3gp", ".wmv"}
)
"""Endings by which a video behind http is told from a camera that sends JPEG pictures."""


class Place(StrEnum):
    """Where frames come from."""

    FILE = "file"
    HTTP_FILE = "http file"
    MJPEG = "mjpeg"
    RTSP = "rtsp"
    DEVICE = "device"
    PATTERN = "pattern"
    SIMULATION = "simulation"
    PHOTOS = "photos"


@dataclass(frozen=True, slots=True)
class Address:
    """A URI taken apart.

    Attributes:
        target: path of the file, folder or device, else the URL, or the name of the pattern.
        label: how messages call it; passwords are hidden.
        query: the settings after the question mark, of pattern, simulation and device.
    """

    place: Place
    target: str
    label: str
    query: tuple[tuple[str, str], ...] = ()

    def number(self, name: str, default: float) -> float:
        """A setting of the query as a number. Raises SourceError where it is none, or negative."""
        value = dict(self.query).get(name)
        if value is None:
            return default
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number < 1e9:
            raise SourceError(f"{self.label}: {name}={value} is not a number from 0 up")
        return number

    def allow(self, *names: str) -> None:
        """Refuse settings that are none of `names`. Raises SourceError."""
        wrong = sorted({name for name, _ in self.query} - set(names))
        if wrong:
            raise SourceError(
                f"{self.label}: unknown setting {', '.join(wrong)}; known are {', '.join(names)}"
            )


def address(uri: str) -> Address:
    """What `uri` names. Raises SourceError for a scheme that is not known."""
    scheme, separator, _ = uri.partition("://")
    if not separator:
        return _path(uri)
    parts = urlsplit(uri)
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    scheme = scheme.lower()
    if scheme == "file":
        return _path(unquote(parts.path))
    if scheme == "v4l2":
        return Address(Place.DEVICE, parts.path, parts.path, query)
    if scheme == "test":
        return Address(Place.PATTERN, parts.netloc or "smpte", uri, query)
    ending = Path(parts.path).suffix.lower()
    web = Place.HTTP_FILE if ending in VIDEO_SUFFIXES else Place.MJPEG
    places = {"rtsp": Place.RTSP, "rtsps": Place.RTSP, "http": web, "https": web}
    places["sim"] = Place.SIMULATION
    if scheme in places:
        return Address(places[scheme], uri, hidden(uri), query)
    raise SourceError(
        f"{hidden(uri)}: unknown scheme {scheme!r}; known are a path, file, rtsp, rtsps, http, "
        "https, v4l2, test and sim"
    )


def hidden(url: str) -> str:
    """The URL without its password, for messages and logs."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}:***@{host}"))


def check_file(path: Path) -> None:
    """Raise SourceError, saying what to do, unless `path` is a file that can be read."""
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file; check the path") from None
    except IsADirectoryError:
        raise SourceError(f"{path}: is a folder, not a video file") from None
    except PermissionError:
        raise SourceError(f"{path}: no permission to read it; try chmod a+r") from None
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
    if empty:
        raise SourceError(f"{path}: the file is empty; copy it again")


def _path(path: str) -> Address:
    if path.startswith("/dev/video"):
        return Address(Place.DEVICE, path, path)
    place = Place.PHOTOS if Path(path).is_dir() else Place.FILE
    return Address(place, path, path)
