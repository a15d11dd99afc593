"""Asks a network camera what it sends: RTSP's DESCRIBE (RFC 2326), and no more.

The password goes out only when the camera asks for it, as a digest where the camera takes one.
"""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import ssl
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from stream.clock import SECOND_NS, monotonic_ns

LIMIT_S: Final = 3.0
_MOST_BYTES: Final = 65_536
_FIELD: Final = re.compile(r'(\w+)="?([^",]*)"?')
_CODECS: Final = re.compile(r"^a=rtpmap:\d+ ([\w-]+)/90000", re.MULTILINE)


class SilentError(Exception):
    """The camera did not answer, or not as a camera does; the text says how."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the camera: status code, header fields (lower case) and body."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: str

    def all(self, name: str) -> list[str]:
        """The values of a header field that may be there more than once."""
        return [value for field, value in self.fields if field == name]


def describe(url: str, limit_s: float = LIMIT_S) -> Reply:
    """The camera's answer to DESCRIBE, signed in where `url` says how.

    Raises:
        SilentError: nobody answers at that address within `limit_s`.
    """
    parts = urlsplit(url)
    plain = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    try:
        with _connect(parts, limit_s) as line:
            talk = _Talk(line, plain, limit_s)
            reply = talk.ask("DESCRIBE")
            if reply.status == 401 and parts.username is not None:
                signed = authorization(parts, plain, reply.all("www-authenticate"))
                if signed is not None:
                    reply = talk.ask("DESCRIBE", signed)
            return reply
    except TimeoutError:
        raise SilentError(f"no answer within {limit_s:g} s") from None
    except ssl.SSLError as error:
        raise SilentError(f"TLS failed: {error.reason}") from error
    except ConnectionRefusedError:
        raise SilentError("the device is there, but nothing listens at this port") from None
    except (OSError, ValueError) as error:
        raise SilentError(str(getattr(error, "strerror", None) or error)) from error


def video_codecs(description: str) -> tuple[str, ...]:
    """Codecs of the video in an SDP, such as ``H264``. Pure.

    JPEG may come without an rtpmap: its payload type is 26.
    """
    told = tuple(name.upper() for name in _CODECS.findall(description))
    return told or (("JPEG",) if re.search(r"^m=video \d+ \S+ 26\b", description, re.M) else ())


def parsed(head: str) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Status code and fields of an answer's head. Pure. Raises SilentError for other protocols."""
    first, *rest = head.split("\r\n")
    version, _, after = first.partition(" ")
    code = after.partition(" ")[0]
    if not version.startswith("RTSP/") or not code.isdigit():
        raise SilentError("something answers there, but not a camera with RTSP")
    pairs = (line.partition(":") for line in rest if ":" in line)
    return int(code), tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)


def authorization(parts: SplitResult, uri: str, offers: list[str]) -> str | None:
    """The Authorization field for DESCRIBE: a digest where one is offered. Pure.

    None where the camera offers neither Digest with MD5 nor Basic.
    """
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    for offer in offers:
        scheme, _, rest = offer.partition(" ")
        fields = dict(_FIELD.findall(rest))
        if scheme.lower() == "digest" and fields.get("algorithm", "MD5").upper() == "MD5":
            realm, nonce = fields.get("realm", ""), fields.get("nonce", "")
            secret, asked = _md5(f"{user}:{realm}:{password}"), _md5(f"DESCRIBE:{uri}")
            return (
                f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
                f'response="{_md5(f"{secret}:{nonce}:{asked}")}"'
            )
    if any(offer.lower().startswith("basic") for offer in offers):
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    return None


def _md5(text: str) -> str:
    # RFC 2326 cameras know no better digest; it protects nothing else here.
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _connect(parts: SplitResult, limit_s: float) -> socket.socket:
    secure = parts.scheme.lower() == "rtsps"
    host, port = parts.hostname or "", parts.port or (322 if secure else 554)
    line = socket.create_connection((host, port), limit_s)
    if not secure:
        return line
    return ssl.create_default_context().wrap_socket(line, server_hostname=host)


class _Talk:
    """One conversation, within one time limit altogether."""

    def __init__(self, line: socket.socket, uri: str, limit_s: float) -> None:
        self._line, self._uri, self._number = line, uri, 0
        self._until_ns = monotonic_ns() + round(limit_s * SECOND_NS)
        self._pending = b""

    def ask(self, method: str, signed: str | None = None) -> Reply:
        self._number += 1
        fields = [f"CSeq: {self._number}", "Accept: application/sdp", "User-Agent: finishline"]
        fields += [] if signed is None else [f"Authorization: {signed}"]
        self._line.sendall(
            "\r\n".join([f"{method} {self._uri} RTSP/1.0", *fields, "", ""]).encode()
        )
        while b"\r\n\r\n" not in self._pending:
            self._more()
        head, _, self._pending = self._pending.partition(b"\r\n\r\n")
        status, told = parsed(head.decode("utf-8", "replace"))
        length = next((int(value) for name, value in told if name == "content-length"), 0)
        while len(self._pending) < length:
            self._more()
        body, self._pending = self._pending[:length], self._pending[length:]
        return Reply(status, told, body.decode("utf-8", "replace"))

    def _more(self) -> None:
        left_ns = self._until_ns - monotonic_ns()
        if left_ns <= 0:
            raise TimeoutError
        self._line.settimeout(left_ns / SECOND_NS)
        got = self._line.recv(4096)
        if not got:
            raise SilentError("the connection was closed before an answer came")
        self._pending += got
        if len(self._pending) > _MOST_BYTES:
            raise SilentError("something answers there, but not a camera with RTSP")
