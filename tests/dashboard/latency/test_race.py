"""What a race that is measured notes."""

from __future__ import annotations

import numpy as np

from dashboard.latency.race import Growth, Witness
from engines.picture import RgbPicture
from stream.clock import now_ns
from stream.race import Race, RaceSettings
from stream.types import Clock, Frame, Judged, Look, LookKind, Opened, Reason
from tests.dashboard.fakes import BOX
from tests.dashboard.latency.tags import at


def frame(index: int, clock: Clock = Clock.RTCP) -> Frame:
    picture = RgbPicture(np.zeros((2, 2, 3), np.uint8))
    return Frame("camera", index, index, at(40 * index), clock, picture)


def judged(index: int, reason: Reason | None) -> Judged:
    moment = at(40 * index)
    look = Look("camera", 1, index, index, moment, LookKind.NUMBER, BOX, BOX, None, 1.0)
    return Judged(look, None, reason)


def test_a_growth_is_noted_when_it_is_seen_and_once() -> None:
    totals = iter([0, 2, 2, 5])
    growth = Growth(lambda: next(totals))
    for moment in (10, 20, 30, 40):
        growth.look(moment)
    assert growth.steps == [(20, 2), (40, 3)]


def test_frames_looks_and_growths_have_their_moments() -> None:
    dropped = [0]
    growth = Growth(lambda: dropped[0])
    witness, race = Witness(growths=(growth,)), Race(RaceSettings(), None)
    before = now_ns()
    witness.watch(frame(0), race)
    dropped[0] = 3
    witness.watch(frame(4, Clock.ARRIVAL), race)
    for event in (judged(0, None), judged(4, Reason.BLURRED), Opened("camera", 1, 0, at(0), BOX)):
        witness.tell(event, None)
    assert [(capture, own) for capture, _, own in witness.frames] == [
        (at(0), True), (at(160), False),
    ]  # fmt: skip
    assert witness.looks == [(at(0), "counted"), (at(160), Reason.BLURRED.value)]
    [(moment, n)] = growth.steps
    assert (moment, n) == (witness.frames[1][1], 3)
    assert before <= moment <= now_ns()
