"""What people say against what the vote says, while the race is running."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from engines.types import Box, Finding
from stream.race import Race, RaceSettings
from stream.rulings import Ruling
from stream.types import Closed, Conflict, Crossed, Look, State, Tagged
from tests.stream.readings import reading
from tests.stream.scenes import Walker, bib_of, found, number_of, observed
from tests.stream.test_race import ONE, TWO, Answer, Played, play, read_bib

CORRECTED, CONFIRMED, SEEN = State.CORRECTED, State.CONFIRMED, State.SEEN


def go_on(
    played: Played,
    walkers: Mapping[str, Walker],
    begin: int,
    end: int,
    answer: Answer = read_bib,
) -> None:
    """The same race, some frames later."""
    for frame in range(begin, end):
        persons = {bib: walker.box(frame / 25) for bib, walker in walkers.items()}
        boxes = list(persons.values())
        seen = found(boxes, [bib_of(box) for box in boxes], [number_of(box) for box in boxes])
        looks, events = played.race.see(observed(frame, seen))
        played.events += events
        for look in looks:
            played.learn(look, answer(look, persons))


def all_read(text: str) -> Answer:
    """A reader that reads this from everybody."""

    def answer(look: Look, persons: Mapping[str, Box]) -> Finding | None:
        finding = read_bib(look, persons)
        return finding and replace(finding, reading=reading(text))

    return answer


def tags(played: Played, track_id: int = 1) -> list[tuple[str | None, State, int | None]]:
    mine = [tag for tag in played.of(Tagged) if tag.track_id == track_id]
    return [(tag.bib, tag.state, tag.correction) for tag in mine]


VOTED = [("1234", SEEN, None), ("1234", CONFIRMED, None)]

RULINGS = {
    "a bib stays against the vote": (
        [Ruling(bib="7")], [("7", CORRECTED, 1)], ("7", CORRECTED),
    ),
    "the vote's own bib": (
        [Ruling(bib="1234")], [("1234", CORRECTED, 1)], ("1234", CORRECTED),
    ),
    "not that bib, whatever the vote says": (
        [Ruling(not_bibs=frozenset({"1234"}))], [(None, SEEN, 1)], (None, None),
    ),
    "not a runner": ([Ruling(hidden=True)], [(None, SEEN, 1)], (None, None)),
    "undone": (
        [Ruling(bib="7"), Ruling()], [("7", CORRECTED, 1), ("1234", CONFIRMED, 2)],
        ("1234", CONFIRMED),
    ),
    "said and said anew": (
        [Ruling(bib="7"), Ruling(bib="8")], [("7", CORRECTED, 1), ("8", CORRECTED, 2)],
        ("8", CORRECTED),
    ),
    "nothing new": ([Ruling()], [], ("1234", CONFIRMED)),
    "given to another": (
        [Ruling(outdone=frozenset({"1234"}))], [("1234", SEEN, 1)], ("1234", SEEN),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rulings", "told", "final"), RULINGS.values(), ids=RULINGS.keys())
def test_what_people_say_of_a_confirmed_runner(
    rulings: list[Ruling],
    told: list[tuple[str | None, State, int | None]],
    final: tuple[str | None, State | None],
) -> None:
    played = play({"1234": ONE}, n=25)
    assert tags(played) == VOTED
    for number, ruling in enumerate(rulings, 1):
        played.events += played.race.correct({1: ruling}, number)
    go_on(played, {"1234": ONE}, 25, 80)
    played.events += played.race.end()
    assert tags(played) == VOTED + told
    [closed] = played.of(Closed)
    assert (closed.bib, closed.state) == final
    assert len(played.of(Crossed)) == 1


def test_a_barred_bib_gives_way_to_another() -> None:
    played = play({"1234": ONE}, n=20)
    assert tags(played) == VOTED
    played.events += played.race.correct({1: Ruling(not_bibs=frozenset({"1234"}))}, 1)
    go_on(played, {"1234": ONE}, 20, 75, all_read("9876"))
    assert tags(played)[2] == (None, SEEN, 1)
    assert tags(played)[-1] == ("9876", CONFIRMED, None)
    assert "1234" not in {bib for bib, _, _ in tags(played)[2:]}


def test_a_corrected_bib_is_taken_for_whoever_is_in_view() -> None:
    played = play({"1234": ONE, "1235": TWO}, n=8)
    track_of = {tag.bib: tag.track_id for tag in played.of(Tagged)}
    one, two = track_of["1234"], track_of["1235"]
    assert one != two
    played.events += played.race.correct({one: Ruling(bib="1235")}, 1)
    go_on(played, {"1234": ONE, "1235": TWO}, 8, 60)
    assert ("1235", CORRECTED, 1) in tags(played, one)
    assert ("1235", CONFIRMED, None) not in tags(played, two)
    assert {(c.track_id, c.other_track_id) for c in played.of(Conflict)} == {(two, one)}


def test_who_was_confirmed_loses_the_bib_to_the_corrected() -> None:
    played = play({"1234": ONE, "1235": TWO}, n=30)
    track_of = {tag.bib: tag.track_id for tag in played.of(Tagged)}
    one, two = track_of["1234"], track_of["1235"]
    told = played.race.correct(
        {one: Ruling(bib="1235"), two: Ruling(outdone=frozenset({"1235"}))}, 1
    )
    assert {(tag.track_id, tag.bib, tag.state) for tag in told} == {
        (one, "1235", CORRECTED), (two, "1235", SEEN),
    }  # fmt: skip
    back = played.race.correct({one: Ruling(), two: Ruling()}, 2)
    assert {(tag.track_id, tag.bib, tag.state) for tag in back} == {
        (one, "1234", CONFIRMED), (two, "1235", CONFIRMED),
    }  # fmt: skip


@pytest.mark.parametrize(("corrected", "crossings"), [(False, 1), (True, 2)])
def test_a_bib_taken_off_who_is_gone_no_longer_keeps_its_runner_from_crossing(
    corrected: bool, crossings: int
) -> None:
    first, second = Walker(cross_s=1.0), Walker(cross_s=5.5)
    played = play({"1234": first}, n=50)
    go_on(played, {}, 50, 105)
    assert played.of(Closed) and tags(played) == VOTED
    if corrected:
        told = played.race.correct({1: Ruling(bib="7")}, 1)
        assert [(tag.track_id, tag.bib) for tag in told] == [(1, "7")]
    go_on(played, {"1234": second}, 105, 165)
    assert tags(played, 2)[-1] == ("1234", CONFIRMED, None)
    assert len(played.of(Crossed)) == crossings


def test_nobody_draws_a_box_round_who_is_not_a_runner() -> None:
    played = play({"1234": ONE}, n=30)
    assert len(played.race.views("finish")) == 1
    played.race.correct({1: Ruling(hidden=True)}, 1)
    assert played.race.views("finish") == []


def test_a_track_that_is_not_known_is_left_out() -> None:
    assert Race(RaceSettings(), None).correct({7: Ruling(bib="1")}, 1) == []


def test_new_numbers_are_nobody_elses() -> None:
    race = Race(RaceSettings(), None, first_track_id=5)
    assert race.new_track_id() == 5
    played = play({"1234": ONE}, n=10, race=race)
    assert {event.track_id for event in played.of(Tagged)} == {6}
