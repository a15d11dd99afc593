"""What matching costs while a race runs: `finishline bench matching --live`."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from engines.appearance import load_appearance_embedder
from engines.load import EngineSettings
from engines.simulate.sightings import PersonCrop, SightingSettings, draw_sightings
from engines.types import Image
from stream.clock import SECOND_NS, monotonic_ns, now_ns, sleep_s
from stream.evaluate_matching import TRAVEL
from stream.faces_consent import FacePermission
from stream.frames import CROP_PAD
from stream.hub import Message
from stream.identity import LiveMatching, MatchRules
from stream.identity.face_process import FaceProcess, load_sight
from stream.identity.live import LiveFaces
from stream.matching.calibrated import FACE, shipped
from stream.start_list import Entry, StartList
from stream.store import ImageKind, NewImage, Store
from stream.types import (
    Clock,
    Closed,
    Crossed,
    Event,
    Judged,
    Look,
    LookKind,
    Opened,
    Reason,
    State,
    Tagged,
)

_SEED: Final = 11
_PICTURES: Final = 3
"""Kept of each track."""
_WAY_NS: Final = 150 * SECOND_NS
"""From the first camera to the second."""
_BOX: Final = (0.0, 0.0, 100.0, 200.0)


@dataclass(frozen=True, slots=True)
class LiveMatchingCost:
    """Processor time in shares of one core, that of the process for faces in it.

    Attributes:
        runners: how many came by, each once with a bib and once without.
        seconds: in which they came.
        faces: whether faces were compared, too.
        without: what keeping their rows and pictures took.
        matched: the same with live matching, its last round at the end left out; of the process
            for faces its beginning and last round are in it.
        cost: the difference of the two.
        last_round_s: how long the race's end waited for the last round, seconds.
        right, wrong: assignments that stand then.
    """

    runners: int
    seconds: float
    faces: bool
    without: float
    matched: float
    cost: float
    last_round_s: float
    right: int
    wrong: int

    def to_json(self) -> dict[str, object]:
        """The figures as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        compared = "clothes and faces" if self.faces else "clothes"
        return (
            f"{self.runners} runners in {self.seconds:.0f} s, once with a bib and once without, "
            f"matched live by {compared}: {self.cost:.1%} of a core ({self.matched:.1%} with and "
            f"{self.without:.1%} without matching)\n"
            f"  right {self.right}, wrong {self.wrong}; last round {self.last_round_s:.1f} s"
        )


def measure_live_matching(
    runners: int, seconds: float, faces: bool, told: Callable[[int, int], None]
) -> LiveMatchingCost:
    """Let drawn runners come by twice over, first without live matching and then with it.

    Args:
        runners: how many.
        seconds: in which they come, each time.
        faces: compare faces, too; all agree.
        told: called with the runners done, and how many there are in all.

    Raises:
        EngineError, StoreError: see there.
    """
    settings = SightingSettings(runners=runners, seed=_SEED, frames=_PICTURES)
    drawn = draw_sightings(settings)
    tracks = [list(some) for _, some in groupby(drawn, key=lambda one: (one.runner, one.camera))]
    with _race() as store:
        before = time.process_time()
        _come_by(store, tracks, seconds, None, lambda done: told(done, 2 * runners))
        without = (time.process_time() - before) / seconds
    with _race() as store:
        live = _live(store, runners, faces)
        try:
            before, children = time.process_time(), _children_s()
            _come_by(store, tracks, seconds, live, lambda done: told(runners + done, 2 * runners))
            spent = time.process_time() - before
            began_ns = monotonic_ns()
            live.finish()
            last_round_s = (monotonic_ns() - began_ns) / SECOND_NS
        finally:
            live.close()
        # What the process for faces took is known when it has ended, with the last round.
        matched = (spent + _children_s() - children) / seconds
        rows = store.assignments.standing()
    right = sum(row.track_id == _track(int(row.bib), 1) for row in rows)
    return LiveMatchingCost(
        runners,
        seconds,
        faces,
        round(without, 4),
        round(matched, 4),
        round(matched - without, 4),
        round(last_round_s, 2),
        right,
        len(rows) - right,
    )


@contextmanager
def _race() -> Iterator[Store]:
    with (
        tempfile.TemporaryDirectory(prefix="finishline-matching-") as folder,
        Store.open(Path(folder)) as store,
    ):
        yield store


def _live(store: Store, runners: int, faces: bool) -> LiveMatching:
    agreed = StartList(tuple(Entry(str(bib), consent=True) for bib in range(runners)))
    load = partial(load_sight, FACE.model, EngineSettings(threads=1), print)
    looked = LiveFaces(FacePermission(True, False, agreed), FaceProcess(FACE.model, load))
    rules = MatchRules((TRAVEL,), shipped(faces=faces))
    return LiveMatching(store, load_appearance_embedder(), rules, looked if faces else None)


def _come_by(
    store: Store,
    tracks: Sequence[Sequence[PersonCrop]],
    seconds: float,
    live: LiveMatching | None,
    done: Callable[[int], None],
) -> None:
    """Runner `n` has the bib `n` at the first camera and none at the second."""
    began_ns = monotonic_ns()
    for number, crops in enumerate(tracks):
        due_s = seconds * number / len(tracks)
        sleep_s(max(0.0, due_s - (monotonic_ns() - began_ns) / SECOND_NS))
        runner, camera = crops[0].runner, crops[0].camera
        closed = _pass(store, runner, camera, crops)
        if live is not None:
            live.tell(closed, None)
        done(runner + 1)
    store.flush()


def _pass(store: Store, runner: int, camera: int, crops: Sequence[PersonCrop]) -> Closed:
    """Records what a race would of a runner; the looks tell where the bib is."""
    name, track_id = (TRAVEL.before, TRAVEL.after)[camera], _track(runner, camera)
    bib = None if camera else str(runner)
    end_ns = now_ns() - (0 if camera else _WAY_NS)
    begin_ns = end_ns - 3 * SECOND_NS
    closed = Closed(
        name, track_id, 9, end_ns, bib, None if bib is None else State.CONFIRMED, 0.0, 0, {}
    )
    events: list[Event] = [Opened(name, track_id, 0, begin_ns, _BOX)]
    if bib is not None:
        events.append(
            Tagged(name, track_id, 3, begin_ns, _BOX, bib, State.CONFIRMED, 0.99, 3, None, True)
        )
    events += [Crossed(name, track_id, 4, begin_ns, end_ns, Clock.FILE), closed]
    for place, event in enumerate(events):
        store.record(Message(4 * track_id + place, event, None))
    for place, crop in enumerate(crops):
        at_ns = begin_ns + place
        height, width = crop.image.shape[:2]
        person = (0.0, 0.0, float(width), float(height))
        look = Look(
            name, track_id, place, at_ns, at_ns, LookKind.TORSO, person, person, crop.bib, 0.0
        )
        store.record_look(Judged(look, None, Reason.UNREAD))
        store.save_image(
            NewImage(name, track_id, place, at_ns, at_ns, ImageKind.FRAME, _kept(crop.image), None)
        )
    return closed


def _kept(crop: Image) -> Image:
    """A person with something round it, as pictures are kept."""
    across, along = round(crop.shape[1] * CROP_PAD), round(crop.shape[0] * CROP_PAD)
    wide = cv2.copyMakeBorder(crop, along, along, across, across, cv2.BORDER_REPLICATE)
    return np.asarray(wide, np.uint8)


def _track(runner: int, camera: int) -> int:
    return 2 * runner + camera + 1


def _children_s() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime
