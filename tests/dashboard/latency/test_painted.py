"""What browsers may say of painted tags, and what is made of it."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from dashboard.latency.painted import MOST_REPORTERS, Painted, Report, quantile
from tests.dashboard.latency.tags import at, journey, report

Said = list[tuple[int, Report]]
"""Which viewer, and what it says."""


class Ledger(ExitStack):
    """A ledger with viewers, at a moment that can be set."""

    def __init__(self, most: int = 500, window_s: float = 300.0) -> None:
        super().__init__()
        self.now_ms = 10_000.0
        self.painted = Painted(most, window_s, clock=lambda: at(self.now_ms))

    def hear(self, said: Said) -> None:
        viewers = {
            number: self.enter_context(self.painted.reporter())
            for number in sorted({number for number, _ in said})
        }
        for number, told in said:
            assert viewers[number].may_report()
            viewers[number].report(told)


@pytest.mark.parametrize(
    ("said", "median_ms", "left_out"),
    [
        pytest.param([(1, report(ms=300))], 300, 0, id="one viewer"),
        pytest.param([(1, report(ms=300)), (2, report(ms=9000))], 300, 0, id="a slow second one"),
        pytest.param(
            [(1, report(ms=310)), (2, report(ms=250)), (3, report(ms=9000))], 310, 0,
            id="of three the one in the middle",
        ),
        pytest.param(
            [(1, report(ms=300)), (1, report(ms=260)), (1, report(ms=260))], 300, 2,
            id="each viewer once",
        ),
        pytest.param([(1, report(ms=240, uncertainty=15))], 240, 0, id="before, within the doubt"),
        pytest.param([(1, report(ms=240))], None, 1, id="before it was told"),
        pytest.param([(1, report(ms=11_000))], None, 1, id="in the future"),
        pytest.param([(1, report(seq=2))], None, 1, id="a tag that was never told"),
        pytest.param([(1, report(uncertainty=300))], None, 1, id="its clock is anybody's guess"),
        pytest.param([(1, report(uncertainty=-1))], None, 1, id="an uncertainty below nothing"),
    ],
)  # fmt: skip
def test_what_is_believed(said: Said, median_ms: int | None, left_out: int) -> None:
    with Ledger() as ledger:
        ledger.painted.send(journey())
        ledger.hear(said)
        summary = ledger.painted.summary()
    assert ledger.painted.left_out == left_out
    assert (summary and summary["median_ms"]) == median_ms


@pytest.mark.parametrize(
    ("look", "left_out"),
    [
        pytest.param(-59_000, 0, id="very late"),
        pytest.param(-61_000, 1, id="the camera's clock is a minute slow"),
        pytest.param(500, 1, id="the camera's clock is ahead"),
    ],
)
def test_capture_times_that_cannot_be(look: float, left_out: int) -> None:
    with Ledger() as ledger:
        ledger.painted.send(journey(look=look))
        ledger.hear([(1, report())])
    assert ledger.painted.left_out == left_out


def test_the_summary_is_of_tags_however_many_watch() -> None:
    with Ledger() as ledger:
        for seq in range(1, 21):
            ledger.painted.send(journey(seq))
        said = [(viewer, report(seq, 250 + 10 * seq)) for viewer in (1, 2) for seq in range(1, 21)]
        ledger.hear(said)
        assert ledger.painted.summary() == {
            "median_ms": 350, "p95_ms": 440, "tags": 20,
            "target_median_ms": 400, "target_p95_ms": 800,
        }  # fmt: skip


def test_tags_that_nobody_painted_do_not_count() -> None:
    ledger = Ledger()
    ledger.painted.send(journey())
    assert ledger.painted.summary() is None
    assert ledger.painted.tags() == []


def test_only_the_newest_tags_are_kept() -> None:
    with Ledger(most=2) as ledger:
        for seq in (1, 2, 3):
            ledger.painted.send(journey(seq))
        ledger.hear([(1, report(1)), (1, report(2)), (1, report(3))])
    assert [tag.journey.seq for tag in ledger.painted.tags()] == [2, 3]
    assert ledger.painted.left_out == 1


def test_what_is_minutes_old_says_nothing_of_now() -> None:
    with Ledger(window_s=60) as ledger:
        ledger.painted.send(journey())
        ledger.hear([(1, report())])
        assert ledger.painted.summary() is not None
        ledger.now_ms += 60_000
        assert ledger.painted.summary() is None


def test_a_crowd_is_not_asked_and_room_is_made_by_who_leaves() -> None:
    with Ledger() as ledger:
        first = ledger.enter_context(ledger.painted.reporter())
        assert first.may_report()
        with ExitStack() as others:
            for _ in range(MOST_REPORTERS - 1):
                assert others.enter_context(ledger.painted.reporter()).may_report()
            late = ledger.enter_context(ledger.painted.reporter())
            assert not late.may_report()
            assert first.may_report(), "who reports goes on"
            ledger.painted.send(journey())
            late.report(report())
            assert ledger.painted.left_out == 1
        assert late.may_report()


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.95, 95), (1.0, 100), (0.0, 1), (0.001, 1)]
)
def test_quantiles_are_values_that_were_measured(share: float, expected: float) -> None:
    assert quantile([float(n) for n in range(100, 0, -1)], share) == expected


def test_no_values_have_no_quantile() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)
