from __future__ import annotations

import pytest

from stream.rulings import Ruling
from stream.runner import Runner, Sight
from stream.types import Look, LookKind, Reason, State
from stream.votes import Vote, VoteSettings
from stream.voting import Ballot
from tests.stream.readings import SECOND_NS, reading

BOX = (0.0, 0.0, 10.0, 20.0)


def runner(first_s: float = 0.0, last_s: float = 1.0) -> Runner:
    made = Runner("finish", 1, Sight(0, round(first_s * SECOND_NS), BOX), Ballot(VoteSettings()))
    made.last = Sight(9, round(last_s * SECOND_NS), BOX)
    made.moved = True
    return made


def look(number: int) -> Look:
    utc_ns = number * SECOND_NS // 5
    return Look("finish", 1, number, utc_ns, utc_ns, LookKind.NUMBER, BOX, BOX, None, 1.0)


def read(made: Runner, *texts: str, taken: str = "") -> list[tuple[str | None, State]]:
    """Let the runner learn; returns each change of its tag."""
    changes = []
    for text in texts:
        number = len(made.ballot)
        view = made.ballot.wanted_view()
        when_ns = look(number).capture_utc_ns
        made.ballot.add(Vote(number, when_ns, reading(text), 0.8, -2, -2, view))
        made.note_counted(look(number))
        if made.retag(VoteSettings(), lambda bib: bib == taken):
            changes.append((made.tag.bib, made.tag.state))
    return changes


SEEN, CONFIRMED = State.SEEN, State.CONFIRMED

COURSES = {
    "seen, then confirmed": (["12"] * 3, "", [("12", SEEN), ("12", CONFIRMED)]),
    "seen, then another": (
        ["120", "340", "340", "340", "340"], "", [("120", SEEN), ("340", SEEN), ("340", CONFIRMED)],
    ),
    "confirmed stays through one bad look": (
        ["12", "12", "12", "34", "12"], "", [("12", SEEN), ("12", CONFIRMED)],
    ),
    "confirmed gives way to overwhelming evidence": (
        ["12"] * 3 + ["34"] * 12, "", [("12", SEEN), ("12", CONFIRMED), ("34", SEEN),
                                      ("34", CONFIRMED)],
    ),
    "taken by another runner": (["12"] * 5, "12", [("12", SEEN)]),
}  # fmt: skip


@pytest.mark.parametrize(("texts", "taken", "changes"), COURSES.values(), ids=COURSES.keys())
def test_courses_of_a_tag(
    texts: list[str], taken: str, changes: list[tuple[str | None, State]]
) -> None:
    assert read(runner(), *texts, taken=taken) == changes


def test_who_stands_still_is_seen_and_confirmed_once_on_the_way() -> None:
    made = runner()
    made.moved = False
    assert read(made, *["12"] * 9) == [("12", SEEN)]
    made.moved = True
    assert read(made, "12") == [("12", CONFIRMED)]


@pytest.mark.parametrize(
    ("situation", "before", "meanwhile", "after"),
    [
        ("no look meanwhile", ["12"] * 3, [], ("12", CONFIRMED)),
        ("a look that would not have cost it", ["12"] * 3, ["34"], ("12", CONFIRMED)),
        ("another bib confirmed meanwhile", ["12"] * 3, ["34"] * 12, ("34", CONFIRMED)),
        ("never confirmed", ["12"], ["12"], ("12", SEEN)),
    ],
)
def test_a_word_that_is_taken_back_leaves_the_tag_as_it_would_be(
    situation: str, before: list[str], meanwhile: list[str], after: tuple[str, State]
) -> None:
    made = runner()
    read(made, *before)
    assert made.correct(Ruling(not_bibs=frozenset({"12"})))
    read(made, *meanwhile)
    made.correct(Ruling())
    assert (made.tag.bib, made.tag.state) == after, situation


def test_a_tag_brought_back_goes_where_the_vote_has_left_it() -> None:
    made = runner()
    read(made, *["12"] * 3)
    made.correct(Ruling(not_bibs=frozenset({"12"})))
    read(made, *["34"] * 2)
    made.correct(Ruling())
    assert read(made, *["34"] * 12)[-1] == ("34", CONFIRMED)


@pytest.mark.parametrize(
    ("other", "shared_s"),
    [((0.5, 3.0), 0.5), ((2.0, 3.0), -1.0), ((0.2, 0.6), 0.4)],
)
def test_time_in_view_together(other: tuple[float, float], shared_s: float) -> None:
    assert runner().shared_s(runner(*other)) == pytest.approx(shared_s)


def test_the_tag_names_its_evidence() -> None:
    made = runner()
    read(made, "12", "34", "34", "34")
    tagged = made.tagged(None, listed=True)
    assert (tagged.bib, tagged.votes, tagged.listed) == ("34", 3, True)
    assert tagged.evidence is not None
    assert tagged.evidence.frame_index in (1, 2, 3)
    assert (tagged.frame_index, tagged.person) == (9, BOX)


def test_a_runner_without_a_bib_closes_without() -> None:
    made = runner()
    made.reasons[Reason.BLURRED] += 2
    closed = made.closed()
    assert (closed.bib, closed.state, closed.looks) == (None, None, 0)
    assert closed.reasons == {Reason.BLURRED: 2}


def test_what_was_asked() -> None:
    made = runner()
    assert made.asked().last_utc_ns is None
    made.note_asked(7, 120.0)
    assert (made.asked().heights, made.asked().last_utc_ns) == ((120.0,), 7)
    made.note_dropped()
    assert (made.asked().heights, made.asked().last_utc_ns) == ((120.0,), None)
