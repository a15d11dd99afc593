"""Whether each camera of a race file can be reached. Passwords are never shown."""

from __future__ import annotations

import http.client
import os
import ssl
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dashboard.doctor.findings import Finding, State
from dashboard.doctor.rtsp import LIMIT_S, Reply, SilentError, describe, video_codecs
from stream.config import CameraEntry
from stream.sources.address import Address, Place, address, check_file
from stream.sources.port import SourceError

KNOWN: Final = frozenset({"H264", "H265", "JPEG", "MP4V-ES", "VP8", "VP9", "AV1"})
NOT_CALLABLE: Final = (
    "cannot be called: write letters beyond a to z in its path as %C3%A4 for ä, and no part of "
    "its name longer than 63"
)
CABLE: Final = "check power, cable and address; is this machine in the same network?"


def check_camera(camera: CameraEntry) -> Finding:
    """Call one camera, or look at its file. Takes a few seconds at most."""
    name = f"camera {camera.name}"
    if not is_address(camera.source):
        # The address is not shown: what cannot be understood may be half of a password.
        mend = "write special characters of the password as %2F for /, %40 for @, %3A for :"
        return Finding(name, State.MISSING, "its address cannot be understood", mend)
    try:
        place = address(camera.source)
        return _look(name, place)
    except SourceError as error:
        return Finding(name, State.MISSING, str(error), "mend 'source' in the race file")


def is_address(source: str) -> bool:
    """Whether user, password, host and port can be told apart. Pure."""
    if "://" not in source:
        return True
    try:
        parts = urlsplit(source)
        has_port = parts.port is not None
    except ValueError:
        return False
    # rtsp://user:12/34@host: what stands before the slash is no host with a port.
    return not (has_port and parts.username is None and "@" in parts.path)


def _look(name: str, place: Address) -> Finding:
    match place.place:
        case Place.RTSP:
            try:
                return judge_rtsp(name, place.label, describe(place.target))
            except SilentError as error:
                return Finding(name, State.MISSING, f"{place.label}: {error}", CABLE)
        case Place.MJPEG | Place.HTTP_FILE:
            return judge_http(name, place.label, _http(place.target))
        case Place.DEVICE:
            return _device(name, Path(place.target))
        case Place.FILE:
            check_file(Path(place.target))
            return Finding(name, State.OK, f"{place.label}: a file")
    return Finding(name, State.OK, f"{place.label}: no camera, nothing to call")


def judge_rtsp(name: str, label: str, reply: Reply) -> Finding:
    """What a camera's answer to DESCRIBE means. Pure."""
    if reply.status == 401:
        mend = "write rtsp://user:password@... in the race file, with %40 for an @ in the password"
        return Finding(name, State.MISSING, f"{label}: refuses user or password", mend)
    if reply.status == 404:
        mend = "the camera's manual names the path of its stream"
        return Finding(name, State.MISSING, f"{label}: the camera knows no such stream", mend)
    if reply.status != 200:
        found = f"{label}: answers with {reply.status}"
        return Finding(name, State.MISSING, found, "look at the camera's own page; restart it")
    codecs = video_codecs(reply.body)
    if not codecs:
        found, mend = f"{label}: answers, but names no video", "turn its video stream on"
        return Finding(name, State.WARNING, found, mend)
    found = f"{label}: answers with {', '.join(codecs)} video"
    if not KNOWN.intersection(codecs):
        return Finding(name, State.WARNING, found, "set the camera to H.264")
    return Finding(name, State.OK, found)


def judge_http(name: str, label: str, answer: int | str) -> Finding:
    """What a web camera's status code, or what went wrong, means. Pure."""
    if isinstance(answer, str):
        return Finding(name, State.MISSING, f"{label}: {answer}", CABLE)
    if answer in (401, 403):
        mend = "write http://user:password@... in the race file"
        return Finding(name, State.MISSING, f"{label}: refuses user or password", mend)
    if answer >= 400:
        return Finding(name, State.MISSING, f"{label}: answers with {answer}", "check its address")
    return Finding(name, State.OK, f"{label}: answers")


def _http(url: str) -> int | str:
    """Status code of the head of the answer, or what went wrong. Nothing more is read.

    No password is sent; a camera that wants one is taken to have answered.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    line = kind(parts.hostname or "", parts.port, timeout=LIMIT_S)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        line.request("GET", path)
        status = line.getresponse().status
    except TimeoutError:
        return f"no answer within {LIMIT_S:g} s"
    except ssl.SSLError as error:
        return f"TLS failed: {error.reason}"
    except UnicodeError:
        return NOT_CALLABLE
    except (OSError, ValueError, http.client.HTTPException) as error:
        return str(getattr(error, "strerror", None) or error or type(error).__name__)
    finally:
        line.close()
    return 200 if status == 401 and parts.username is not None else status


def _device(name: str, device: Path) -> Finding:
    if not device.exists():
        mend = "plug the camera in; v4l2-ctl --list-devices names the devices"
        return Finding(name, State.MISSING, f"{device}: no such device", mend)
    if not os.access(device, os.R_OK | os.W_OK):
        mend = "sudo usermod -aG video $USER, then sign in again"
        return Finding(name, State.MISSING, f"{device}: no permission to open it", mend)
    return Finding(name, State.OK, f"{device}: there")
