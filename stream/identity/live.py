"""Matching while a race runs: now and then, on a thread of its own that gives way to all others."""

from __future__ import annotations

import logging
import threading
from typing import Final

from engines.appearance import AppearanceEmbedder
from stream.clock import SECOND_NS, monotonic_ns
from stream.identity.assigning import MatchRules, match_race
from stream.identity.describing import Tried, describe_new
from stream.race import Race
from stream.store import Store
from stream.turns import give_way
from stream.types import Closed, Event, Frame

log = logging.getLogger(__name__)

PAUSE_S: Final = 10.0
"""At least so long between two rounds."""
_SHARE: Final = 20
"""A round is followed by a pause of so many times its own length: matching takes a twentieth of a
core at most."""
CLOSE_S: Final = 10.0
"""So long `close` waits. What takes longer waits for a full disk, and may wait for ever."""


class LiveMatching:
    """Listens to the pipeline; what closes is described and matched a little later.

    The race's thread only sets a flag. What is left when the race ends, `finishline match` does.
    Faces are not compared here: with each of them dlib's network lets no other thread compute for a
    quarter of a second.

    Args:
        store: the race folder.
        embedder: of person crops.
        rules: what the race says.
        pause_s: between two rounds.
        close_s: how long `close` waits for a round to end.
    """

    def __init__(
        self,
        store: Store,
        embedder: AppearanceEmbedder,
        rules: MatchRules,
        pause_s: float = PAUSE_S,
        close_s: float = CLOSE_S,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._rules = rules
        self._pause_s = pause_s
        self._close_s = close_s
        self._tried = Tried()
        self._grown = threading.Event()
        self._stop = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="matching", daemon=True)
        self._thread.start()

    def begin(self, camera: str) -> None:
        """Nothing to prepare."""

    def watch(self, frame: Frame, race: Race) -> None:
        """Frames change nothing."""

    def tell(self, event: Event, frame: Frame | None) -> None:
        """Note that somebody has gone by."""
        if isinstance(event, Closed):
            self._grown.set()

    def over(self, camera: str, error: Exception | None) -> None:
        """Nothing to do: the tracks of the camera have closed."""

    def close(self) -> None:
        """End the thread; a round that has begun ends after the runner at hand.

        A thread that waits for something, as for room on a full disk, is left behind: the race
        ends without it.

        Raises:
            Exception: what had ended the thread before; tags and recording went on without it.
        """
        self._stop.set()
        self._grown.set()
        self._thread.join(self._close_s)
        if self._thread.is_alive():
            log.warning(
                "matching has not ended within %g s, as where the disk is full, and is left "
                "behind; finishline match does the rest after the race",
                self._close_s,
            )
            return
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        try:
            give_way()
            while not self._stop.is_set():
                self._grown.wait()
                self._grown.clear()
                began_ns = monotonic_ns()
                self._round()
                took_s = (monotonic_ns() - began_ns) / SECOND_NS
                self._stop.wait(max(self._pause_s, _SHARE * took_s))
        except Exception as failure:  # the top of the thread: handed to whoever closes it
            log.error("matching has ended: %s; finishline match does it after the race", failure)
            self._failure = failure

    def _round(self) -> None:
        described = describe_new(
            self._store, self._embedder, self._stop, _silent, _problem, self._tried
        )
        if self._stop.is_set():
            return
        if described.tracks or described.sightings:
            # They are not waited for: what is not on disk yet is matched in the next round.
            self._grown.set()
        matched = match_race(self._store, self._rules)
        if matched.made or matched.taken_back:
            log.info(
                "matching: %d described, %d new matches, %d taken back",
                described.tracks,
                matched.made,
                matched.taken_back,
            )


def _silent(done: int, total: int) -> None:
    """Nobody watches."""


def _problem(path: str, why: str) -> None:
    # Mostly a picture that is on its way to another folder.
    log.debug("%s %s", path, why)
