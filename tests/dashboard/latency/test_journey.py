"""Which frame brought a tag about."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from dashboard.latency.journey import FRAMES_KEPT, Journey, Journeys
from engines.picture import RgbPicture
from stream.hub import Message
from stream.race import Race, RaceSettings
from stream.types import (
    Clock,
    Closed,
    Frame,
    Judged,
    Look,
    LookKind,
    Opened,
    Reason,
    State,
    Tagged,
)
from tests.dashboard.fakes import BOX
from tests.dashboard.latency.tags import at

PICTURE = RgbPicture(np.zeros((2, 2, 3), np.uint8))


class Told:
    """A race told by hand: frames every 40 ms, each seen 30 ms after its capture."""

    def __init__(self, clock: Clock = Clock.RTCP) -> None:
        self.found: list[Journey] = []
        self._clock = clock
        self._now_ms = 0.0
        self._seqs = itertools.count(1)
        self._race = Race(RaceSettings(), None)
        self.journeys = Journeys(self.found.append, clock=lambda: at(self._now_ms))

    def frame(self, index: int) -> None:
        self._now_ms = 40 * index + 30
        self.journeys.watch(
            Frame("finish", index, index, at(40 * index), self._clock, PICTURE), self._race
        )

    def judged(self, index: int, track_id: int = 1, reason: Reason | None = None) -> None:
        look = Look(
            "finish", track_id, index, index, at(40 * index), LookKind.NUMBER, BOX, BOX, None, 1.0
        )
        self.journeys.tell(Judged(look, None, reason), None)

    def tagged(
        self,
        index: int,
        bib: str | None = "101",
        track_id: int = 1,
        correction: int | None = None,
        state: State = State.SEEN,
    ) -> None:
        tag = Tagged(
            "finish", track_id, index, at(40 * index), BOX, bib, state, 0.9, 1, None, None,
            correction,
        )  # fmt: skip
        self.journeys.tell(tag, None)
        self.journeys.told(Message(next(self._seqs), tag, None))


def test_the_frame_of_the_look_judged_last_counts_not_the_newest() -> None:
    told = Told()
    for index in range(5):
        told.frame(index)
    told.judged(0)
    told.judged(2)
    told.tagged(4)
    [found] = told.found
    assert (found.look_utc_ns, found.seen_utc_ns) == (at(80), at(110))
    assert (found.named_utc_ns, found.published_utc_ns) == (at(160), at(190))
    assert (found.seq, found.camera, found.track_id, found.bib) == (1, "finish", 1, "101")


@pytest.mark.parametrize(
    ("bibs", "firsts"),
    [
        pytest.param(["101", "101"], [True, False], id="seen, then confirmed"),
        pytest.param(["101", "107", "101"], [True, True, False], id="another in between"),
        pytest.param(["101", None, "101"], [True, False], id="taken back, and back again"),
    ],
)
def test_the_first_time_that_a_track_has_a_bib(bibs: list[str | None], firsts: list[bool]) -> None:
    told = Told()
    told.frame(0)
    for bib in bibs:
        told.judged(0)
        told.tagged(0, bib)
    assert [one.is_first for one in told.found] == firsts


def test_a_track_that_is_over_is_forgotten() -> None:
    told = Told()
    told.frame(0)
    for _ in range(2):
        told.judged(0)
        told.tagged(0)
        told.journeys.tell(Closed("finish", 1, 0, at(0), "101", State.SEEN, 0.9, 1, {}), None)
    assert [one.is_first for one in told.found] == [True, True]


def test_tags_without_a_journey() -> None:
    told = Told()
    told.frame(0)
    told.tagged(0)
    told.judged(0, track_id=2)
    told.tagged(0)
    told.judged(0)
    told.tagged(0, correction=3, state=State.CORRECTED)
    told.tagged(0, bib=None)
    told.journeys.told(Message(9, Opened("finish", 1, 0, at(0), BOX), None))
    assert told.found == []


def test_footage_has_no_latency() -> None:
    told = Told(Clock.FILE)
    told.frame(0)
    told.judged(0)
    told.tagged(0)
    assert told.found == []


def test_a_frame_of_long_ago_is_forgotten_and_the_rest_still_told() -> None:
    told = Told()
    for index in range(FRAMES_KEPT + 1):
        told.frame(index)
    told.judged(0)
    told.tagged(FRAMES_KEPT)
    [found] = told.found
    assert (found.look_utc_ns, found.seen_utc_ns) == (at(0), None)
