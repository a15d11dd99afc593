from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

from engines.number_range import NumberRange
from engines.patterns import Patterns
from engines.types import Reading, View
from stream.opinions import Opinions
from stream.start_list import Entry, StartList
from stream.votes import Standing, Vote, VoteSettings, is_bib
from stream.voting import HIDDEN, OTHER, Ballot
from tests.stream.readings import SECOND_NS, reading

Shown = str | Reading
CENTRED = (-2.0, -2.0)
"""Log ratios of a number in the middle of its bib: nothing is hidden on the left, the right."""


def listed(*bibs: str) -> StartList:
    return StartList(tuple(Entry(bib) for bib in bibs))


def known(*bibs: str) -> Patterns:
    patterns = Patterns()
    for bib in bibs:
        patterns.note(bib)
    return patterns


def opinions_of(usual: float) -> Opinions:
    made = Opinions()
    for track in range(9):
        made.note(track, usual)
    return made


DOUBTFUL = ["1070", "1979", "107", "1076"]
FOUR = known(*(str(number) for number in range(1000, 1030)))
TOLD = Patterns([NumberRange.of("1000-2999")])


def ballot(
    looks: Sequence[Shown],
    runners: StartList | None = None,
    hidden: tuple[float, float] = CENTRED,
    gap_s: float = 0.2,
    views: Sequence[View] = (View.TIGHT, View.WIDE),
    patterns: Patterns | None = None,
    second: Sequence[str] = (),
    opinions: Opinions | None = None,
) -> Ballot:
    """A ballot of looks that take the views in turn."""
    made = Ballot(VoteSettings(), runners, patterns, opinions)
    for number, shown in enumerate(looks):
        what = reading(shown) if isinstance(shown, str) else shown
        view = views[number % len(views)]
        other = reading(second[number % len(second)]) if second else None
        made.add(Vote(number, round(number * gap_s * SECOND_NS), what, 0.8, *hidden, view, other))
    return made


def standing(made: Ballot) -> Standing:
    found = made.standing()
    assert found is not None
    return found


def unsure(text: str, place: int, other: str, share: float) -> Reading:
    return reading(text, doubts={place: {other: share}})


SITUATIONS: dict[str, tuple[Ballot, str, bool]] = {
    "three clear looks": (ballot(["1234"] * 3), "1234", True),
    "a second reader sees the same": (ballot(["1070"] * 8, second=["1070"]), "1070", True),
    "a second reader sees another": (ballot(["1070"] * 8, second=["1979"]), "1070", False),
    "a second reader sees nothing": (ballot(["1070"] * 8, second=[""]), "1070", False),
    "a second reader sees the same at times": (
        ballot(["1070"] * 8, second=DOUBTFUL), "1070", True,
    ),
    "a second reader sees the same at times, as with other runners": (
        ballot(["1070"] * 8, second=DOUBTFUL, opinions=opinions_of(0.4)), "1070", False,
    ),
    "a second reader sees the same at times, and mostly with other runners": (
        ballot(["1070"] * 8, second=DOUBTFUL, opinions=opinions_of(0.8)), "1070", True,
    ),
    "a second reader sees the same, not so with other runners": (
        ballot(["1070"] * 8, second=["1070"], opinions=opinions_of(0.4)), "1070", True,
    ),
    "a second reader sees a part, and at times the same": (
        ballot(["1070"] * 8, second=["107", "070", "107", "1070"]), "1070", True,
    ),
    "a second reader sees only a part": (ballot(["1070"] * 8, second=["107"]), "1070", False),
    "a second reader sees the same when the first does not": (
        ballot(["1070", "107"] * 6, second=["1979", "1070"]), "1070", False,
    ),
    "two clear looks": (ballot(["1234"] * 2), "1234", False),
    "three clear looks, all tight": (
        ballot(["1234"] * 9, views=[View.TIGHT]), "1234", False,
    ),
    "the wide views see a 1 before it, or the edge of the bib": (
        ballot(["495", "1495"] * 4), "1495", False,
    ),
    "the wide views see a 1 before it, and one tight view": (
        ballot(["495", "1495", "495", "1495", "1495", "1495"]), "1495", True,
    ),
    "a bib as long as the others": (
        ballot(["2693"] * 3, patterns=known("1234", "4321", "1111", "4040")), "2693", True,
    ),
    "shorter than all others": (
        ballot(["26"] * 9, hidden=(0.0, 0.0), patterns=FOUR),
        "26", False,
    ),
    "in the ranges": (ballot(["2693"] * 3, patterns=TOLD), "2693", True),
    "a digit of the ranges and another": (
        ballot([unsure("8693", 0, "2", 0.3)] * 4, patterns=TOLD), "2693", False,
    ),
    "what is left of one in the ranges": (
        ballot(["26"] * 4, hidden=(0.0, 0.0), patterns=TOLD), "26", False,
    ),
    "clear, and in no range": (ballot(["8693"] * 6, patterns=TOLD), "8693", True),
    "single look only": (ballot(["1234"]), "1234", False),
    "single look at a listed bib": (ballot(["1234"], listed("1234")), "1234", False),
    "two looks in one frame": (ballot(["1234"] * 2, gap_s=0), "1234", False),
    "neighbours on the list, one read": (
        ballot(["1234"] * 3, listed("1234", "1235")), "1234", True,
    ),
    "neighbours on the list, looks divided": (
        ballot(["1234", "1235"] * 3, listed("1234", "1235")), "1235", False,
    ),
    "neighbours on the list, every look in doubt": (
        ballot([unsure("1234", 3, "5", 0.4)] * 20, listed("1234", "1235")), "1234", False,
    ),
    "a thumb on the first digit in half of the looks": (
        ballot(["1234", "234", "234", "1234", "1234", "234", "1234"]), "1234", False,
    ),
    "the same, and the bib is listed": (
        ballot(["1234", "234", "234", "1234", "1234", "234", "1234"], listed("1234")), "1234", True,
    ),
    "a thumb on the last digit in most looks": (
        ballot(["418", "418", "4183", "418", "418", "4183", "418", "418"]), "418", False,
    ),
    "noise at either end, each time another": (
        ballot(["1634"] * 6 + ["11634", "16345", "1634"] + ["16348", "1634"]), "1634", True,
    ),
    "the same noise at one end": (
        ballot(["1634"] * 6 + ["16345", "16345", "1634"] + ["16345", "1634"]), "1634", False,
    ),
    "two characters that may be half a listed bib": (
        ballot(["26"] * 3, listed("26", "2693"), hidden=(0.1, 0.1)), "26", False,
    ),
    "three characters that may be three quarters of one": (
        ballot(["269"] * 3, listed("269", "2693"), hidden=(0.1, 0.1)), "269", True,
    ),
    "two characters that may be half a bib": (
        ballot(["26"] * 6, hidden=(-0.8, -0.8)), "26", False,
    ),
    "three characters in the same place": (
        ballot(["263"] * 6, hidden=(-0.8, -0.8)), "263", True,
    ),
    "one wrong look of five": (
        ballot(["1234", "1235", "1234", "1234", "1234"], listed("1234", "1235")), "1234", True,
    ),
    "the last look is at another bib: two runners crossed": (
        ballot(["1234"] * 8 + ["358"], listed("1234", "358")), "1234", False,
    ),
    "the look before the last is at another bib": (
        ballot(["1234"] * 8 + ["358", "1234"], listed("1234", "358")), "1234", True,
    ),
    "the last look sees a part": (
        ballot(["1234"] * 8 + ["23"], listed("1234", "358")), "1234", True,
    ),
    "unlisted, clearly read": (ballot(["9876"] * 3, listed("1234", "9875")), "9876", True),
    "unlisted neighbour is not rewritten": (
        ballot(["1235"] * 4, listed("1234")), "1235", True,
    ),
    "number off the middle: its right may be covered": (
        ballot(["43"] * 10, hidden=(-2.0, 2.0)), "43", False,
    ),
    "number off the middle: its left may be covered": (
        ballot(["43"] * 10, hidden=(2.0, -2.0)), "43", False,
    ),
    "covered, and the list has its continuation": (
        ballot(["437"] * 10, listed("4375", "12"), hidden=(-2.0, 2.0)), "437", False,
    ),
    "covered only in some looks": (
        ballot(["437", "4375", "4375", "4375"], listed("4375")), "4375", True,
    ),
    "no bib box: nothing known about its place": (
        ballot(["43"] * 5, hidden=(0.0, 0.0)), "43", False,
    ),
    "leading zeros stay": (ballot(["007"] * 3, listed("007", "7")), "007", True),
    "leading zeros are not added": (ballot(["071"] * 4, listed("0071")), "071", True),
    "1": (ballot(["1"] * 4, listed("1", "11", "111")), "1", True),
    "1 after three looks": (ballot(["1"] * 3, listed("1", "11", "111")), "1", False),
    "11": (ballot(["11"] * 3, listed("1", "11", "111")), "11", True),
    "111": (ballot(["111"] * 3, listed("1", "11", "111")), "111", True),
    "1 off the middle": (
        ballot(["1"] * 9, listed("1", "11", "111"), hidden=(-2.0, 2.0)), "1", False,
    ),
    "letter before": (ballot(["A123"] * 3, listed("A123", "B123")), "A123", True),
    "letter behind": (ballot(["123F"] * 3), "123F", True),
    "blurred looks that agree": (
        ballot([reading("1234", 0.6)] * 8, listed("1234", "1284")), "1234", True,
    ),
    "a few blurred looks that agree": (
        ballot([reading("1234", 0.6)] * 6, listed("1234", "1284")), "1234", False,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("made", "bib", "ready"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_situations(made: Ballot, bib: str, ready: bool) -> None:
    found = standing(made)
    assert (found.bib, found.ready) == (bib, ready), found


@pytest.mark.parametrize(
    ("situation", "made", "ready", "likely"),
    [
        ("too few looks", ballot(["123"] * 2), False, False),
        (
            "longer ones are likelier",
            ballot(["123"] * 6, hidden=(-0.8, -0.8), patterns=FOUR),
            False,
            True,
        ),
        ("another reading is as good", ballot(["123", "128"] * 4, patterns=FOUR), False, False),
        ("on the list", ballot(["123"] * 6, listed("123")), True, True),
        ("short: mostly a part", ballot(["12"] * 9, listed("12")), True, False),
    ],
)
def test_what_would_be_enough_on_a_list(
    situation: str, made: Ballot, ready: bool, likely: bool
) -> None:
    found = standing(made)
    assert (found.ready, found.likely) == (ready, likely), situation


def test_how_sure_listed_bibs_must_be_is_nothing_to_others() -> None:
    made = Ballot(VoteSettings(confirm_posterior=0.9999))
    for number in range(6):
        view = (View.TIGHT, View.WIDE)[number % 2]
        made.add(Vote(number, number * SECOND_NS // 5, reading("1234"), 0.8, *CENTRED, view))
    found = standing(made)
    assert 0.98 < found.posterior < 0.9999
    assert (found.ready, found.likely) == (True, False)


def test_a_half_hidden_character_is_not_left_out() -> None:
    """It is read as this and that, and more often not at all."""
    looks: list[Shown] = [
        "360",
        "360",
        unsure("360C", 3, "U", 0.4),
        "360",
        unsure("360U", 3, "C", 0.4),
    ]
    assert not standing(ballot(looks * 2)).ready
    assert standing(ballot(["360"] * 4)).ready


@pytest.mark.parametrize(
    ("text", "runners", "counts"),
    [
        ("C00D", None, False),
        ("C00D", listed("C00D"), True),
        ("BANK", None, False),
        ("1234567", None, False),
        ("B-12", None, True),
        ("12-2", None, True),
        ("A12B", None, False),
        ("12A", None, True),
        ("0", None, False),
        ("00", None, False),
        ("0-0", None, False),
        ("0", listed("0"), True),
        ("0-0", listed("0-0"), True),
        ("0-1", None, True),
        ("007", None, True),
        ("100", None, True),
        ("S00", None, True),
    ],
)
def test_what_can_be_a_bib(text: str, runners: StartList | None, counts: bool) -> None:
    assert is_bib(text, runners) is counts
    assert Ballot(VoteSettings(), runners).add(Vote(0, 0, reading(text))) is counts


def test_a_look_without_a_bib_leaves_no_trace() -> None:
    made = ballot(["C00D"])
    assert (len(made), made.standing(), made.posterior()) == (0, None, {})


@pytest.mark.parametrize(("made", "bib", "ready"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_the_posterior_sums_to_one(made: Ballot, bib: str, ready: bool) -> None:
    posterior = made.posterior()
    assert sum(posterior.values()) == pytest.approx(1.0)
    assert {bib, bib + HIDDEN, HIDDEN + bib, OTHER} <= posterior.keys()


def test_the_order_of_looks_does_not_matter() -> None:
    votes = [
        Vote(k, k * SECOND_NS // 10, what, weight)
        for k, (what, weight) in enumerate(
            [
                (reading("1234"), 1.0),
                (reading("1235", 0.7), 0.5),
                (unsure("1234", 0, "7", 0.3), 0.9),
                (reading("234"), 0.4),
            ]
        )
    ]
    results = []
    for order in itertools.permutations(votes):
        made = Ballot(VoteSettings(), listed("1234", "1235", "7234"))
        for vote in order:
            made.add(vote)
        results.append(made.posterior())
    for posterior in results[1:]:
        assert posterior == pytest.approx(results[0], abs=1e-9)


@pytest.mark.parametrize("late", range(6))
def test_a_look_that_comes_late_is_not_the_newest(late: int) -> None:
    """Live, an older look may come after the one at the runner who crossed this one's way."""
    looks = ["1234"] * 5 + ["358"]
    votes = [
        Vote(k, k * SECOND_NS // 5, reading(text), 0.8, *CENTRED, list(View)[k % 2])
        for k, text in enumerate(looks)
    ]
    made = Ballot(VoteSettings(), listed("1234", "358"))
    for vote in [*votes[:late], *votes[late + 1 :], votes[late]]:
        made.add(vote)
    assert (standing(made).bib, standing(made).ready) == ("1234", False)


def test_the_list_raises_but_does_not_decide() -> None:
    doubt = unsure("1234", 3, "5", 0.45)
    plain = ballot([doubt]).posterior()
    with_list = ballot([doubt], listed("1235")).posterior()
    assert plain["1234"] > plain["1235"]
    assert with_list["1235"] > plain["1235"]
    clear = ballot(["1234"] * 2, listed("1235")).posterior()
    assert clear["1234"] > 0.9
    assert clear.get("1235", 0.0) < 0.01


def test_looks_in_quick_succession_say_less() -> None:
    quick = ballot([reading("1234", 0.6)] * 4, gap_s=0.02).posterior()
    spread = ballot([reading("1234", 0.6)] * 4, gap_s=0.3).posterior()
    assert quick["1234"] < spread["1234"]


def test_many_looks_do_not_add_up_without_limit() -> None:
    ten = ballot([unsure("1234", 3, "5", 0.3)] * 10).posterior()
    fifty = ballot([unsure("1234", 3, "5", 0.3)] * 50).posterior()
    assert ten["1235"] == pytest.approx(fifty["1235"], rel=0.01)
    assert fifty["1235"] > 0.01


def test_the_evidence_is_the_clearest_look() -> None:
    made = ballot([reading("1234", 0.7), reading("1234", 0.98), reading("1235"), "1234"])
    assert standing(made).evidence == 1
    assert (made.votes("1234"), made.votes("1235"), made.votes("7")) == (3, 1, 0)
