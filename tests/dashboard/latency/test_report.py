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
    frames = ((at(0), at(90), True), (at(40), at(150), False))
    looks = ((at(0), "blurred"), (at(0), "counted"), (at(40), "counted"))
    return RaceLog(tags, frames, ((at(90), 1), (at(150), 2)), looks, ((at(150), 1),))


def test_stages_add_up() -> None:
    told = report(log(300, 500), [at(0)], 40, Machine(2, 0.25))
    assert told.tags == Figures(300, 500, 2)
    assert told.first_tags == Figures(300, 300, 1)
    assert told.named == Figures(260, 460, 2)
    assert (told.seen, told.told) == (Figures(100, 100, 2), Figures(150, 150, 2))
    assert told.painted == Figures(50, 250, 2)
    assert told.all_frames == Figures(90, 110, 2)
    assert (told.frames, told.dropped, told.left_out, told.uncertainty_ms) == (2, 3, 1, 2)
    assert list(told.looks.items()) == [("counted", 2), ("blurred", 1)]


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


@pytest.mark.parametrize(
    ("span", "tags", "frames", "dropped", "looks", "left_out"),
    [
        pytest.param((0, 200), 1, 2, 3, {"counted": 2, "blurred": 1}, 1, id="all of it"),
        pytest.param((1, 200), 0, 1, 3, {"counted": 1}, 1, id="the warm-up does not count"),
        pytest.param((91, 200), 0, 0, 2, {}, 1, id="nor what was dropped in it"),
        pytest.param((0, 40), 1, 1, 0, {"counted": 1, "blurred": 1}, 0, id="nor what comes after"),
        pytest.param((0, 150), 1, 2, 1, {"counted": 2, "blurred": 1}, 0, id="to the end itself"),
    ],
)
def test_only_the_measured_span_counts(
    span: tuple[int, int],
    tags: int,
    frames: int,
    dropped: int,
    looks: dict[str, int],
    left_out: int,
) -> None:
    told = report(log(300).within(at(span[0]), at(span[1])), [], 40, Machine(2, None))
    assert (0 if told.tags is None else told.tags.n) == tags
    assert (told.frames, told.dropped, told.looks, told.left_out) == (
        frames, dropped, looks, left_out,
    )  # fmt: skip


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
