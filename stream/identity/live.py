"""Matching while a race runs: now and then, on a thread of its own that gives way to all others."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from engines.appearance import AppearanceEmbedder
from engines.errors import EngineError
from stream.faces_consent import FacePermission
from stream.identity.assigning import MatchRules, match_race
from stream.identity.describing import Tried, describe_new, kept_in
from stream.identity.face_process import FaceProcess
from stream.identity.faces import FaceMemory, describe_faces, erase_faces
from stream.race import Race
from stream.store import Store
from stream.store.templates import Template
from stream.turns import give_way
from stream.types import Closed, Event, Frame

log = logging.getLogger(__name__)

PAUSE_S: Final = 10.0
"""At least so long between two rounds."""
_SHARE: Final = 20
"""A round is followed by a pause of so many times the processor time it took: matching takes a
twentieth of a core at most. The process that looks at faces gives way by its niceness."""
CLOSE_S: Final = 10.0
"""So long `close` waits. What takes longer waits for a full disk, and may wait for ever."""
FINISH_S: Final = 600.0
"""So long `finish` waits: Ctrl-C ends the last round sooner, but nobody need be there to do so."""


@dataclass(slots=True)
class LiveFaces:
    """Faces while a race runs.

    Attributes:
        permission: whose may be kept.
        process: looks at them; None once it has failed.
        memory: what it has seen.
        passing: templates of unknown runners, never written.
    """

    permission: FacePermission
    process: FaceProcess | None
    memory: FaceMemory = field(default_factory=dict)
    passing: Sequence[Template] = ()

    def close(self) -> None:
        """End the process."""
        process = self.process  # the thread that matches may give it up at any moment
        if process is not None:
            process.close()


class LiveMatching:
    """Listens to the pipeline; what closes is described and matched a little later.

    The race's thread only sets a flag. Who crosses last is matched by `finish`.

    Args:
        store: the race folder.
        embedder: of person crops.
        rules: what the race says; with `faces`, its calibrations name a model of them.
        faces: where the race allows them.
        pause_s: between two rounds.
        close_s: how long `close` waits for a round to end.
        finish_s: how long `finish` waits for the last one.
    """

    def __init__(
        self,
        store: Store,
        embedder: AppearanceEmbedder,
        rules: MatchRules,
        faces: LiveFaces | None = None,
        pause_s: float = PAUSE_S,
        close_s: float = CLOSE_S,
        finish_s: float = FINISH_S,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._rules = rules
        self._faces = faces
        self._pause_s = pause_s
        self._close_s = close_s
        self._finish_s = finish_s
        self._tried = Tried()
        self._grown = threading.Event()
        self._over = threading.Event()
        self._stop = threading.Event()
        self._hurry = threading.Event()
        """There is no pause any more."""
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

    def finish(self) -> None:
        """Match whoever is left, in one more round, and wait for it; `stop` shortens it.

        Call it when the race is over and all that was seen is on disk. A round that takes too
        long, as where the disk is full, is stopped, and `close` waits for it a moment more.
        """
        self._over.set()
        self._grown.set()
        self._hurry.set()
        self._thread.join(self._finish_s)
        if self._thread.is_alive():
            self.stop()
            log.warning(
                "matching whoever came last has not ended within %g s and is broken off; "
                "finishline match does the rest",
                self._finish_s,
            )

    def stop(self) -> None:
        """Let the round at hand end after the runner at hand, and begin no other."""
        self._stop.set()
        self._grown.set()
        self._hurry.set()

    def close(self) -> None:
        """End the thread; a round that has begun ends after the runner at hand.

        A thread that waits for something, as for room on a full disk, is left behind: the race
        ends without it.

        Raises:
            Exception: what had ended the thread before; tags and recording went on without it.
        """
        self.stop()
        self._thread.join(self._close_s)
        if self._faces is not None:
            self._faces.close()
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
                last = self._over.is_set()
                began_s = time.thread_time()
                self._round(last)
                if last:
                    return
                self._hurry.wait(max(self._pause_s, _SHARE * (time.thread_time() - began_s)))
        except Exception as failure:
            # The top of the thread: whatever went wrong, tags and recording go on, and `close`
            # hands it to whoever owns the race.
            log.error("matching has ended: %s; finishline match does it after the race", failure)
            self._failure = failure

    def _round(self, last: bool) -> None:
        described = describe_new(
            self._store,
            self._embedder,
            self._stop,
            _silent,
            _problem,
            kept_in(self._store),
            self._tried,
        )
        passing = self._look_at_faces()
        if last:
            self._store.flush()
        if self._stop.is_set():
            return
        if described.tracks or described.sightings:
            # They are not waited for: what is not on disk yet is matched in the next round.
            self._grown.set()
        matched = match_race(self._store, self._rules, passing=passing)
        if matched.made or matched.taken_back:
            log.info(
                "matching: %d described, %d new matches, %d taken back",
                described.tracks,
                matched.made,
                matched.taken_back,
            )

    def _look_at_faces(self) -> Sequence[Template]:
        """The faces of unknown runners as far as they are known; none where faces are off."""
        faces = self._faces
        if faces is None or self._stop.is_set():
            return ()
        if faces.process is None:
            erase_faces(self._store, faces.permission)
            return faces.passing
        try:
            looked = describe_faces(
                self._store,
                faces.process,
                faces.permission,
                self._stop,
                _silent,
                _problem,
                faces.memory,
            )
        except EngineError as error:
            log.error(
                "no more faces are looked at in this race: %s; finishline match does it after the "
                "race. Runners are matched by clothes, and by the faces seen so far",
                error,
            )
            faces.close()
            faces.process = None
        else:
            faces.passing = looked.passing
        return faces.passing


def _silent(done: int, total: int) -> None:
    """Nobody watches."""


def _problem(path: str, why: str) -> None:
    # Mostly a picture that is on its way to another folder.
    log.debug("%s %s", path, why)
