"""How the tagging of photos that were sent goes, for the live line."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final, Literal

from dashboard import messages

EVERY_S: Final = 0.25
"""A viewer is told at most so often."""
MOST_FAILED: Final = 20
"""Failures that are told by name, the newest ones."""
MOST_TAGGED: Final = 20
"""Photos of which it is told what was read, the newest ones."""

At = Literal["idle", "tagging", "judging", "stopped"]


@dataclass(frozen=True, slots=True)
class FailedPhoto:
    """A photo that cannot be read: its name, and why; `again`: it is tried at the next start."""

    name: str
    why: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class PhotoBibs:
    """A photo that was tagged: its name, the bibs that are confirmed in it, and unsure ones."""

    name: str
    bibs: tuple[str, ...]
    unsure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How it stands.

    Attributes:
        at: what is being done. Stopped: `problem` says why; it goes on with the next photo sent.
        waiting: photos to be tagged, the one being tagged too.
        done: photos since nothing waited, those that failed too.
        failed: the newest `MOST_FAILED` of them.
        n_failed: of `done`.
        last: None before the first.
        tagged: the newest `MOST_TAGGED` since nothing waited, the newest first; what judging all
            photos has changed of them is told when it is done.
        problem: what a person must mend: models, or the disk.
    """

    at: At = "idle"
    waiting: int = 0
    done: int = 0
    failed: tuple[FailedPhoto, ...] = ()
    n_failed: int = 0
    last: PhotoBibs | None = None
    tagged: tuple[PhotoBibs, ...] = ()
    problem: str | None = None

    def to_json(self) -> messages.JsonObject:
        """The message of the live protocol."""
        told = asdict(self)
        return {"type": "photos", "state": told.pop("at"), **told}


class PhotoNews:
    """The newest progress. Written by one thread, read by any."""

    def __init__(self) -> None:
        self._told = (0, Progress())
        self._rings: tuple[Callable[[], None], ...] = ()

    @property
    def newest(self) -> Progress:
        """How it stands now."""
        return self._told[1]

    def listen(self, ring: Callable[[], None]) -> None:
        """Have `ring` called after every change, on the thread that makes it."""
        self._rings += (ring,)

    def tell(self, progress: Progress) -> None:
        """Replace it."""
        self._told = (self._told[0] + 1, progress)
        for ring in self._rings:
            # The server's event loop is closed: nobody listens any more.
            with contextlib.suppress(RuntimeError):
                ring()

    def numbered(self) -> tuple[int, Progress]:
        """The newest progress with its number, so that a reader tells old from new."""
        return self._told


class Teller:
    """What one viewer is told: first how it stands, then every change, not too often."""

    def __init__(self, news: PhotoNews | None) -> None:
        self._news = news
        self._number = -1
        self._from_s = 0.0

    def next(self, now_s: float) -> str | None:
        """The message to send now, if there is one."""
        if self._news is None or now_s < self._from_s:
            return None
        number, progress = self._news.numbered()
        if number == self._number:
            return None
        self._number, self._from_s = number, now_s + EVERY_S
        return messages.encode(progress.to_json())

    def due_s(self) -> float:
        """When something that is held back may be told; never where nothing is."""
        if self._news is None or self._news.numbered()[0] == self._number:
            return float("inf")
        return self._from_s
