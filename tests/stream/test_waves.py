from __future__ import annotations

import pytest

from stream.waves import Starts

SECOND = 1_000_000_000
NINE = 1_777_798_800 * SECOND
"""2026-05-03T09:00:00Z."""
MINUTE = 60 * SECOND

ALL = Starts(NINE, {"A": NINE, "Wave 2": NINE + 10 * MINUTE})
WAVES = Starts(None, {"A": NINE})


@pytest.mark.parametrize(
    ("starts", "wave", "start"),
    [
        pytest.param(Starts(), "A", None, id="nothing was told"),
        pytest.param(Starts(NINE), "A", NINE, id="one gun for all"),
        pytest.param(Starts(NINE), None, NINE, id="somebody who is not listed"),
        pytest.param(ALL, "Wave 2", NINE + 10 * MINUTE, id="a wave of its own"),
        pytest.param(ALL, " wave 2 ", NINE + 10 * MINUTE, id="written otherwise"),
        pytest.param(ALL, "B", NINE, id="a wave without a start goes with the gun"),
        pytest.param(WAVES, "B", None, id="a wave without a start and no gun"),
        pytest.param(WAVES, "", None, id="no wave and no gun"),
    ],
)
def test_when_a_wave_started(starts: Starts, wave: str | None, start: int | None) -> None:
    assert starts.of(wave) == start


@pytest.mark.parametrize(
    ("starts", "wave", "utc_ns", "elapsed_ms"),
    [
        pytest.param(
            ALL, "A", NINE + 90 * MINUTE + SECOND // 2, 5_400_500, id="an hour and a half"
        ),
        pytest.param(ALL, "Wave 2", NINE + 90 * MINUTE, 4_800_000, id="its own wave"),
        pytest.param(ALL, "A", NINE + 1_999_999, 1, id="parts of a millisecond are cut off"),
        pytest.param(ALL, "A", NINE, 0, id="at the gun"),
        pytest.param(ALL, "Wave 2", NINE + MINUTE, None, id="before the start"),
        pytest.param(ALL, "A", 4000 * SECOND, None, id="footage without a date"),
        pytest.param(WAVES, "B", NINE + MINUTE, None, id="the start is not known"),
    ],
)
def test_how_long_somebody_was_on_the_way(
    starts: Starts, wave: str, utc_ns: int, elapsed_ms: int | None
) -> None:
    assert starts.elapsed_ms(wave, utc_ns) == elapsed_ms


@pytest.mark.parametrize(
    ("starts", "told"), [(Starts(), False), (Starts(NINE), True), (WAVES, True)]
)
def test_whether_anything_was_told(starts: Starts, told: bool) -> None:
    assert bool(starts) is told
