"""The figures of a measurement."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from dashboard.latency.camera import JITTER_NS
from dashboard.latency.race import RaceLog
from dashboard.latency.report import Figures, Machine, agreement, report
from tests.dashboard.latency.tags import MS, at, journey, painted


def log(*ms: float) -> RaceLog:
    """A race whose tags took so long, every second one the first of its runner."""
    tags = tuple(
        painted(journey(seq, is_first=seq % 2 == 1), each, uncertainty=seq)
        for seq, each in enumerate(ms, 1)
    )
    return RaceLog(tags, ((at(0), at(90), True), (at(40), at(150), False)), 3, {"counted": 7}, 1)


def test_stages_add_up() -> None:
    told = report(log(300, 500), [at(0)], 40, Machine(2, 0.25))
    assert told.tags == Figures(300, 500, 2)
    assert told.first_tags == Figures(300, 300, 1)
    assert told.named == Figures(260, 460, 2)
    assert (told.seen, told.told) == (Figures(100, 100, 2), Figures(150, 150, 2))
    assert told.painted == Figures(50, 250, 2)
    assert told.all_frames == Figures(90, 110, 2)
    assert (told.frames, told.dropped, told.left_out, told.uncertainty_ms) == (2, 3, 1, 2)


@pytest.mark.parametrize(
    ("ms", "reached"),
    [
        pytest.param([400, 400, 800], True, id="just"),
        pytest.param([401, 401, 700], False, id="the median is too slow"),
        pytest.param([300, 300, 801], False, id="the slowest are too slow"),
        pytest.param([], False, id="nothing was painted"),
    ],
)
def test_targets(ms: list[float], reached: bool) -> None:
    told = report(log(*ms), [], 40, Machine(2, None))
    assert told.reached is reached
    assert told.to_json()["reached"] is reached
    assert ("NOT reached" in str(told)) is not reached


def test_a_race_log_survives_its_file(tmp_path: Path) -> None:
    before = log(300, 500)
    before.write(tmp_path / "log.json")
    assert RaceLog.read(tmp_path / "log.json") == before


SENT = [at(40 * n) + random.Random(n).randrange(JITTER_NS) for n in range(200)]


@pytest.mark.parametrize(
    ("off_ms", "seen"),
    [
        pytest.param(0.1, range(10, 190), id="nearly right"),
        pytest.param(-55.0, range(10, 190), id="more than a frame too old"),
        pytest.param(400.0, range(10, 190), id="ten frames too young"),
        pytest.param(0.0, [*range(10, 60), *range(75, 190, 2)], id="frames are missing"),
    ],
)
def test_capture_times_are_held_against_the_right_frames(
    off_ms: float, seen: list[int] | range
) -> None:
    found = agreement([SENT[n] + round(off_ms * MS) for n in seen], SENT, 40)
    assert found is not None
    assert (found.median_ms, found.spread_ms) == pytest.approx((off_ms, 0.0))
    assert found.frames == len(seen)


@pytest.mark.parametrize(("captured", "sent"), [([], SENT), (SENT, [])])
def test_nothing_agrees_with_nothing(captured: list[int], sent: list[int]) -> None:
    assert agreement(captured, sent, 40) is None
