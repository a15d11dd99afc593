"""Who may use the page from other machines: roles, and the tokens kept in a race folder.

A token is 192 random bits. The race folder keeps its SHA-256 in ``access.json``, which only
its owner can read; the token itself is told once, when it is made. The same file holds the
key that signs sessions, so that a tablet stays signed in when the server starts anew.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path

from dashboard.server import ServerError
from stream.clock import SECOND_NS, now_ns

ACCESS_FILE = "access.json"

_TOKEN_BYTES = 24
_LONGEST_NAME = 40


class AccessError(ServerError):
    """Tokens cannot be read, made or removed; the text names the file and the mend."""


class Role(IntEnum):
    """What somebody may do; each may do what those before it may."""

    FEED = 0
    """Read the scoreboard for graphics, and nothing else."""
    VIEWER = 1
    """See everything."""
    OPERATOR = 2
    """Correct tags."""
    ADMIN = 3
    """Change how the race is watched."""

    @property
    def word(self) -> str:
        """As people and files write it."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Role:
        """The role of that name. Raises ValueError."""
        for role in cls:
            if role.word == word:
                return role
        raise ValueError(f"{word!r} is no role; write one of {', '.join(r.word for r in cls)}")


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token. `made` is ISO 8601, UTC."""

    name: str
    role: Role
    sha256: str
    made: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """The content of the file. `key` signs sessions, hexadecimal."""

    key: str
    tokens: tuple[Token, ...] = ()


class Tokens:
    """The tokens of one race folder. Safe from any thread; notices what other processes change.

    Args:
        folder: the race folder; the file is made with the first token.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / ACCESS_FILE
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._kept = _Kept(key="")

    def list(self) -> tuple[Token, ...]:
        """All, in the order they were made. Raises AccessError."""
        return self._read().tokens

    def add(self, name: str, role: Role) -> str:
        """Make a token and return it: the only time that it is known.

        Raises:
            AccessError: the name is taken or unusable, or the file cannot be written.
        """
        if not (name.isprintable() and name.strip() == name and 0 < len(name) <= _LONGEST_NAME):
            raise AccessError(
                f"{name!r} cannot name a token: write 1 to {_LONGEST_NAME} characters"
            )
        kept = self._read()
        if self.find_name(name) is not None:
            raise AccessError(f"{self.file} has a token {name!r}; remove it or choose another name")
        secret = secrets.token_urlsafe(_TOKEN_BYTES)
        made = datetime.fromtimestamp(now_ns() // SECOND_NS, UTC).isoformat()
        token = Token(name, role, _digest(secret), made)
        self._write(_Kept(kept.key or secrets.token_hex(32), (*kept.tokens, token)))
        return secret

    def remove(self, name: str) -> None:
        """Forget a token; its sessions end at once. Raises AccessError where there is none."""
        kept = self._read()
        left = tuple(token for token in kept.tokens if token.name != name)
        if len(left) == len(kept.tokens):
            names = ", ".join(token.name for token in kept.tokens) or "none"
            raise AccessError(f"{self.file} has no token {name!r}; there are: {names}")
        self._write(_Kept(kept.key, left))

    def find(self, secret: str) -> Token | None:
        """The token that `secret` is. Takes the same time whichever it is, or none."""
        digest = _digest(secret)
        found = None
        for token in self.list():
            if hmac.compare_digest(token.sha256, digest):
                found = token
        return found

    def find_name(self, name: str) -> Token | None:
        """The token of that name."""
        return next((token for token in self.list() if token.name == name), None)

    def sign(self, text: str) -> str:
        """A signature of `text` that only who reads the file can make, hexadecimal."""
        key = bytes.fromhex(self._read().key)
        # Without a file there is no key, and what a guessed key signs must not count.
        return hmac.digest(key or secrets.token_bytes(32), text.encode(), "sha256").hex()

    def _read(self) -> _Kept:
        with self._lock:
            try:
                found = self.file.stat()
            except FileNotFoundError:
                self._stamp, self._kept = None, _Kept(key="")
                return self._kept
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp != self._stamp:
                self._kept = _parsed(self.file)
                self._stamp = stamp
                if found.st_mode & 0o077:
                    # A copied or unzipped folder: mend it where we may.
                    with suppress(OSError):
                        self.file.chmod(0o600)
            return self._kept

    def _write(self, kept: _Kept) -> None:
        """Replace the file in one step; nobody else can read it, not even for a moment."""
        rows = [{**asdict(token), "role": token.role.word} for token in kept.tokens]
        text = json.dumps({"version": 1, "key": kept.key, "tokens": rows}, indent=1) + "\n"
        coming = self.file.with_name(f".{ACCESS_FILE}.{secrets.token_hex(4)}")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(coming, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as to:
                to.write(text)
            coming.replace(self.file)
        except OSError as error:
            coming.unlink(missing_ok=True)
            raise AccessError(f"{self.file} cannot be written ({error}); check the disk") from error


def _digest(secret: str) -> str:
    # A slow hash would protect nothing more: there are 2^192 tokens to try.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _parsed(file: Path) -> _Kept:
    try:
        told = json.loads(file.read_text("utf-8"))
        tokens = tuple(
            Token(str(row["name"]), Role.of(row["role"]), str(row["sha256"]), str(row["made"]))
            for row in told["tokens"]
        )
        bytes.fromhex(told["key"])
        return _Kept(told["key"], tokens)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AccessError(
            f"{file} cannot be used ({error}); mend it, or delete it and make new tokens"
        ) from error
