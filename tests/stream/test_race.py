from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pytest

from engines.number_range import NumberRange
from engines.types import Box, Finding
from stream.finish import Approach
from stream.race import CameraSettings, Race, RaceSettings, TrackView
from stream.start_list import Entry, StartList
from stream.types import (
    Closed,
    Conflict,
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
from tests.stream.readings import reading
from tests.stream.scenes import LINE, Walker, bib_of, found, number_of, observed

Some = TypeVar("Some")
Answer = Callable[[Look, Mapping[str, Box]], Finding | None]

SETTINGS = RaceSettings(cameras={"finish": CameraSettings(LINE, Approach.ABOVE)})
ONE = Walker(cross_s=2.0, lane_m=-1.0)
TWO = Walker(cross_s=2.3, lane_m=1.0)


@dataclass
class Played:
    """A race, what it told, and the looks it asked for."""

    race: Race
    events: list[Event] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)

    def of(self, kind: type[Some]) -> list[Some]:
        return [event for event in self.events if isinstance(event, kind)]

    def learn(self, look: Look, finding: Finding | None, reason: Reason | None = None) -> None:
        self.events += self.race.learn(look, finding, reason)


def read_bib(look: Look, persons: Mapping[str, Box]) -> Finding | None:
    """A reader that sees the bib of the person whose chest the crop shows."""
    middle = (look.crop[0] + look.crop[2]) / 2
    text = min(persons, key=lambda bib: abs((persons[bib][0] + persons[bib][2]) / 2 - middle))
    person = persons[text]
    return Finding(number_of(person), bib_of(person), reading(text), 0.7)


def play(
    walkers: Mapping[str, Walker],
    n: int = 80,
    answer: Answer = read_bib,
    start_list: StartList | None = None,
    settings: RaceSettings = SETTINGS,
    shown: Callable[[int, str], bool] = lambda frame, bib: True,
    late: int = 0,
    race: Race | None = None,
    camera: str = "finish",
) -> Played:
    """Show frames to a race and answer its looks, `late` frames later."""
    played = Played(race or Race(settings, start_list))
    waiting: list[tuple[int, Look, Finding | None]] = []
    for frame in range(n):
        persons = {bib: w.box(frame / 25) for bib, w in walkers.items() if shown(frame, bib)}
        boxes = list(persons.values())
        numbers = [number_of(box) for box in boxes]
        detections = found(boxes, [bib_of(box) for box in boxes], numbers)
        looks, events = played.race.see(observed(frame, detections, camera))
        played.events += events
        played.looks += looks
        waiting += [(frame + late, look, answer(look, persons)) for look in looks]
        for _, look, finding in [one for one in waiting if one[0] <= frame]:
            played.learn(look, finding)
        waiting = [one for one in waiting if one[0] > frame]
    return played


def finished(played: Played) -> Played:
    played.events += played.race.end()
    return played


def confirmed(played: Played) -> list[str | None]:
    return [tag.bib for tag in played.of(Tagged) if tag.state is State.CONFIRMED]


def test_one_runner_from_first_sight_to_last() -> None:
    played = finished(play({"1234": ONE}, start_list=StartList((Entry("1234"),))))
    (opened,) = played.of(Opened)
    assert (opened.track_id, opened.frame_index) == (1, 2)
    tags = played.of(Tagged)
    assert [(tag.bib, tag.state) for tag in tags] == [
        ("1234", State.SEEN),
        ("1234", State.CONFIRMED),
    ]
    assert (tags[1].votes, tags[1].listed) == (4, True)
    assert tags[1].evidence in played.looks
    (crossed,) = played.of(Crossed)
    assert crossed.pts_ns / 1e9 == pytest.approx(1.95, abs=0.04)
    (closed,) = played.of(Closed)
    assert (closed.bib, closed.state) == ("1234", State.CONFIRMED)
    assert closed.looks == len(played.looks)
    assert played.of(Conflict) == []


def test_who_stands_at_the_barrier_is_never_confirmed() -> None:
    played = finished(play({"1234": Walker(cross_s=2.0, speed=0.0)}, n=250))
    assert {tag.bib for tag in played.of(Tagged)} == {"1234"}
    assert confirmed(played) == []


def test_a_confirmed_runner_is_looked_at_less_often() -> None:
    played = play({"1234": ONE}, n=70)
    unread = play({"1234": ONE}, n=70, answer=lambda look, persons: None)
    assert len(played.looks) < 0.5 * len(unread.looks)
    assert all(judged.reason is Reason.NO_NUMBER for judged in unread.of(Judged))


def test_two_runners_get_a_bib_each() -> None:
    played = finished(play({"1234": ONE, "1235": TWO}))
    assert sorted(str(bib) for bib in confirmed(played)) == ["1234", "1235"]
    assert len(played.of(Crossed)) == 2
    first, second = sorted(played.of(Crossed), key=lambda crossed: crossed.capture_utc_ns)
    assert (second.capture_utc_ns - first.capture_utc_ns) / 1e9 == pytest.approx(0.3, abs=0.05)


def test_answers_that_come_late_reach_the_right_runner() -> None:
    played = finished(play({"1234": ONE, "1235": TWO}, late=12))
    by_track = {tag.track_id: tag.bib for tag in played.of(Closed)}
    assert sorted(str(bib) for bib in by_track.values()) == ["1234", "1235"]
    for judged in played.of(Judged):
        if judged.finding is not None and judged.finding.reading is not None:
            assert judged.finding.reading.text == by_track[judged.look.track_id]


def test_one_bib_on_two_runners_in_view_is_a_conflict_and_told_once() -> None:
    def all_1234(look: Look, persons: Mapping[str, Box]) -> Finding | None:
        finding = read_bib(look, persons)
        return None if finding is None else replace(finding, reading=reading("1234"))

    played = finished(play({"1234": ONE, "1235": TWO}, answer=all_1234))
    assert confirmed(played) == ["1234"]
    (conflict,) = played.of(Conflict)
    assert (conflict.bib, {conflict.track_id, conflict.other_track_id}) == ("1234", {1, 2})
    states = sorted(str(closed.state) for closed in played.of(Closed))
    assert states == ["confirmed", "seen"]


def test_a_runner_who_was_hidden_for_long_may_carry_the_bib_on() -> None:
    played = finished(play({"1234": ONE}, shown=lambda frame, bib: not 20 <= frame < 45))
    assert len(played.of(Opened)) == 2
    assert confirmed(played) == ["1234", "1234"]
    assert played.of(Conflict) == []
    assert len(played.of(Crossed)) == 1


def test_a_bib_that_hangs_on_another_runner_does_not_count() -> None:
    def other_bib(look: Look, persons: Mapping[str, Box]) -> Finding | None:
        person = max(persons.values(), key=lambda box: abs(box[0] - look.person[0]))
        return Finding(number_of(person), bib_of(person), reading("77"), 0.7)

    behind = Walker(cross_s=2.6, lane_m=-0.8)
    played = play({"1234": ONE, "55": behind}, n=60, answer=other_bib)
    judged = [event.reason for event in played.of(Judged)]
    assert Reason.CONFLICT in judged
    assert confirmed(played) == []


def test_a_bib_at_the_side_of_the_box_is_of_somebody_who_was_not_found() -> None:
    def beside(look: Look, persons: Mapping[str, Box]) -> Finding | None:
        person = look.person
        shift = 0.4 * (person[2] - person[0])
        x0, y0, x1, y1 = number_of(person)
        return Finding((x0 + shift, y0, x1 + shift, y1), None, reading("77"), 0.7)

    played = play({"1234": ONE}, n=60, answer=beside)
    assert {event.reason for event in played.of(Judged)} == {Reason.CONFLICT}
    assert confirmed(played) == []


def test_looks_that_were_dropped_are_asked_for_again() -> None:
    race = Race(SETTINGS, None)
    played = Played(race)
    for frame in range(4):
        person = ONE.box(frame / 25)
        looks, _ = race.see(observed(frame, found([person], [bib_of(person)])))
        for look in looks:
            played.looks.append(look)
            played.learn(look, None, Reason.DROPPED)
    assert [look.frame_index for look in played.looks] == [2, 3]
    assert [judged.reason for judged in played.of(Judged)] == [Reason.DROPPED] * 2


def test_an_answer_after_the_end_has_no_track() -> None:
    played = finished(play({"1234": ONE}, n=20))
    count = len(played.events)
    played.learn(played.looks[-1], None)
    assert [type(event) for event in played.events[count:]] == [Judged]
    (judged,) = played.events[count:]
    assert isinstance(judged, Judged)
    assert judged.reason is Reason.NO_TRACK


def test_every_look_that_does_not_count_keeps_its_reason() -> None:
    def blurred_then_sponsor(look: Look, persons: Mapping[str, Box]) -> Finding | None:
        finding = read_bib(look, persons)
        if finding is None or look.frame_index % 2:
            return finding and replace(finding, sharpness=0.01)
        return replace(finding, reading=reading("C00D"))

    played = finished(play({"1234": ONE}, n=60, answer=blurred_then_sponsor))
    (closed,) = played.of(Closed)
    assert (closed.bib, closed.state, closed.looks) == (None, None, 0)
    assert closed.reasons.keys() == {Reason.BLURRED, Reason.NOT_A_BIB}
    assert sum(closed.reasons.values()) == len(played.looks)


def test_a_tag_that_the_vote_no_longer_supports_is_taken_back() -> None:
    def first_1234_then_9876(look: Look, persons: Mapping[str, Box]) -> Finding | None:
        finding = read_bib(look, persons)
        text = "1234" if look.frame_index < 6 else "9876"
        return finding and replace(finding, reading=reading(text))

    played = finished(play({"1234": ONE}, answer=first_1234_then_9876))
    assert confirmed(played) in (["9876"], [])
    assert played.of(Closed)[0].bib == "9876"


def test_ids_are_unique_over_cameras_and_cameras_do_not_mix() -> None:
    race = Race(SETTINGS, None, first_track_id=40)
    first = play({"1234": ONE}, n=30, race=race)
    second = play({"1234": TWO}, n=30, race=race, camera="side")
    ids = [opened.track_id for opened in (*first.of(Opened), *second.of(Opened))]
    assert ids == [40, 41]
    assert (confirmed(first), confirmed(second)) == (["1234"], ["1234"])
    assert [event for event in second.events if isinstance(event, Conflict | Crossed)] == []
    closed = [event.camera for event in race.end("side") if isinstance(event, Closed)]
    assert closed == ["side"]
    assert [event.camera for event in race.end() if isinstance(event, Closed)] == ["finish"]


def test_views_show_who_is_in_the_picture() -> None:
    played = play({"1234": ONE}, n=30)
    (view,) = played.race.views("finish")
    assert (view.track_id, view.bib, view.state) == (1, "1234", State.CONFIRMED)
    assert view.box == pytest.approx(ONE.box(29 / 25), abs=15)
    unread = play({"1234": ONE}, n=30, answer=lambda look, persons: None)
    assert unread.race.views("finish") == [
        TrackView(1, unread.race.views("finish")[0].box, None, None)
    ]
    assert unread.race.views("nowhere") == []


def test_a_source_that_begins_anew_closes_its_tracks() -> None:
    race = Race(SETTINGS, None)
    first = play({"1234": ONE}, n=30, race=race)
    again = play({"1234": ONE}, n=30, race=race)
    assert first.of(Closed) == []
    assert [closed.track_id for closed in again.of(Closed)] == [1]
    assert [opened.track_id for opened in again.of(Opened)] == [2]


def test_who_stands_outside_the_region_is_not_followed() -> None:
    settings = replace(SETTINGS, cameras={"finish": CameraSettings(region=(0.5, 0.0, 1.0, 1.0))})
    played = play({"1234": ONE, "1235": TWO}, n=40, settings=settings)
    assert len(played.of(Opened)) == 1
    assert confirmed(played) == ["1235"]


def test_the_same_input_gives_the_same_events() -> None:
    walkers = {"1234": ONE, "1235": TWO}
    first, second = finished(play(walkers, late=3)), finished(play(walkers, late=3))
    told = [[e for e in p.events if not isinstance(e, Judged)] for p in (first, second)]
    assert told[0] == told[1]
    assert first.looks == second.looks


def test_a_torso_is_looked_at_where_no_number_line_was_found() -> None:
    race = Race(SETTINGS, None)
    looks: list[Look] = []
    for frame in range(20):
        asked, _ = race.see(observed(frame, found([ONE.box(frame / 25)])))
        looks += asked
    assert {look.kind for look in looks} == {LookKind.TORSO}
    assert looks[0].bib is None


@pytest.mark.parametrize(
    ("numbers", "bibs"),
    [
        pytest.param((), set(), id="nobody said which were given out"),
        pytest.param((NumberRange("", 1000, 2999),), {"2412"}, id="only one of both was"),
        pytest.param((NumberRange("", 1000, 8999),), set(), id="both were"),
    ],
)
def test_which_bibs_were_given_out_decides_a_doubt(
    numbers: tuple[NumberRange, ...], bibs: set[str]
) -> None:
    looks = itertools.count()

    def in_doubt(look: Look, persons: Mapping[str, Box]) -> Finding | None:
        [person] = persons.values()
        share = 0.3 if next(looks) % 5 == 0 else 0.75
        said = reading("8412", doubts={0: {"2": share}})
        return Finding(number_of(person), bib_of(person), said, 0.7)

    race = Race(SETTINGS, None, numbers=numbers)
    played = play({"2412": ONE}, answer=in_doubt, race=race)
    told = [event for event in played.of(Tagged) if event.state is State.CONFIRMED]
    assert {event.bib for event in told} == bibs


def centres_of(number: Box, text: str) -> tuple[float, ...]:
    """The characters spread over the number's box."""
    pitch = (number[2] - number[0]) / len(text)
    return tuple(number[0] + pitch * (place + 0.5) for place in range(len(text)))


@pytest.mark.parametrize(
    ("shown", "bibs"), [(1.0, {"26"}), (0.6, set())], ids=["as wide as the others", "narrower"]
)
def test_half_a_bib_is_narrower_than_the_others(shown: float, bibs: set[str]) -> None:
    def half(look: Look, persons: Mapping[str, Box]) -> Finding | None:
        [person] = persons.values()
        x0, y0, x1, y1 = bib_of(person)
        bib = x0, y0, x0 + shown * (x1 - x0), y1
        inner = 0.15 * (bib[2] - x0)
        number = x0 + inner, y0 + 0.25 * (y1 - y0), bib[2] - inner, y0 + 0.8 * (y1 - y0)
        return Finding(number, bib, reading("26"), 0.7, centres_of(number, "26"))

    race = Race(SETTINGS, StartList((Entry("26"),)))
    for number in range(3):
        play({f"26{number}0": ONE, f"26{number}1": TWO}, race=race)
    told = [e for e in play({"26": ONE}, answer=half, race=race).of(Tagged) if e.bib == "26"]
    assert {event.bib for event in told if event.state is State.CONFIRMED} == bibs


@pytest.mark.parametrize("share", [0.0, 1.0], ids=["others are not borne out", "others are"])
def test_two_readers_that_seldom_agree_are_believed_less(share: float) -> None:
    """Of the looks at the last runner the second reader bears out every third."""
    looks = itertools.count()

    def by_two(look: Look, persons: Mapping[str, Box]) -> Finding | None:
        first = read_bib(look, persons)
        assert first is not None
        [bib] = persons
        agrees = next(looks) % 3 == 0 if bib == "1070" else share == 1.0
        return replace(first, second=reading(bib if agrees else "5555"))

    race = Race(SETTINGS, None)
    for number in range(10):
        play({f"26{number + 10}": ONE}, answer=by_two, race=race)
    agreement = race.agreement("finish")
    assert agreement is not None and (agreement > 0.6) == (share == 1.0)
    assert race.agreement("elsewhere") is None
    told = play({"1070": ONE}, answer=by_two, race=race).of(Tagged)
    assert (State.CONFIRMED in {event.state for event in told}) == (share == 1.0)


def test_bibs_of_a_kind_make_each_other_surer() -> None:
    """None of them would be sure enough by itself where all others have four digits."""
    race = Race(SETTINGS, None)
    for number in range(20):
        play({f"26{number + 10}": ONE}, race=race)
    states = [
        {event.state for event in play({bib: ONE}, n=40, race=race).of(Tagged)}
        for bib in ("123", "124")
    ]
    assert states == [{State.SEEN}, {State.SEEN, State.CONFIRMED}]
