from __future__ import annotations

import pytest

from stream.matching.rules import Rules, TrackSpan, Travel, Why

ORDER = Rules(travels=(Travel("approach", "finish", 90, 210),))
LAPS = Rules(travels=(Travel("finish", "finish", 300, 900),))


def span(track: int, camera: str, last_s: float, seen_s: float = 3) -> TrackSpan:
    return TrackSpan(track, camera, round((last_s - seen_s) * 1e9), round(last_s * 1e9))


@pytest.mark.parametrize(
    ("rules", "known", "other", "why"),
    [
        pytest.param(Rules(), ("finish", 10.0), ("finish", 12.0), Why.SAME_MOMENT, id="both seen"),
        pytest.param(Rules(), ("finish", 10.0), ("finish", 13.0), Why.SAME_MOMENT, id="one frame"),
        pytest.param(Rules(), ("finish", 10.0), ("finish", 13.5), None, id="one after the other"),
        pytest.param(Rules(), ("approach", 10.0), ("finish", 10.0), None, id="other cameras"),
        pytest.param(ORDER, ("approach", 10.0), ("finish", 100.0), None, id="as fast as allowed"),
        pytest.param(ORDER, ("approach", 10.0), ("finish", 99.0), Why.OUT_OF_ORDER, id="too fast"),
        pytest.param(ORDER, ("approach", 10.0), ("finish", 220.0), None, id="as slow as allowed"),
        pytest.param(ORDER, ("approach", 10.0), ("finish", 221.0), Why.OUT_OF_ORDER, id="too slow"),
        pytest.param(ORDER, ("approach", 500.0), ("finish", 350.0), Why.OUT_OF_ORDER, id="back"),
        pytest.param(ORDER, ("approach", 10.0), ("start", 11.0), None, id="a camera without order"),
        pytest.param(LAPS, ("finish", 10.0), ("finish", 400.0), None, id="the next lap"),
        pytest.param(LAPS, ("finish", 10.0), ("finish", 100.0), Why.OUT_OF_ORDER, id="half a lap"),
    ],
)
def test_two_tracks_clash_or_not_whichever_is_asked_first(
    rules: Rules, known: tuple[str, float], other: tuple[str, float], why: Why | None
) -> None:
    one, two = span(1, *known), span(2, *other)
    assert rules.clash(one, two) is why
    assert rules.clash(two, one) is why


@pytest.mark.parametrize(
    ("known", "other", "why"),
    [
        pytest.param(
            TrackSpan(1, "", 5, 5, 7), TrackSpan(2, "", 5, 5, 7), Why.SAME_MOMENT, id="same photo"
        ),
        pytest.param(
            TrackSpan(1, "", 5, 5, 7), TrackSpan(2, "", 5, 5, 8), None, id="of the same second"
        ),
        pytest.param(
            TrackSpan(1, "finish", 0, 9), TrackSpan(2, "", 5, 5, 8), None, id="a track meanwhile"
        ),
    ],
)
def test_photos(known: TrackSpan, other: TrackSpan, why: Why | None) -> None:
    assert ORDER.clash(known, other) is why
    assert ORDER.clash(other, known) is why


def test_a_track_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="track 3 ends"):
        TrackSpan(3, "finish", 10, 9)


@pytest.mark.parametrize(
    ("least_s", "most_s"), [pytest.param(-1, 5, id="negative"), pytest.param(9, 5, id="reversed")]
)
def test_impossible_travel_times_are_refused(least_s: float, most_s: float) -> None:
    with pytest.raises(ValueError, match="travel a to b"):
        Travel("a", "b", least_s, most_s)


def test_two_cameras_have_one_order() -> None:
    with pytest.raises(ValueError, match="two travels"):
        Rules(travels=(Travel("a", "b", 1, 2), Travel("b", "a", 1, 2)))
