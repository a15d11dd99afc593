from __future__ import annotations

import pytest

from stream.search import HitKind, Known, folded, in_club, search, slips

LIST = (
    Known("101", "Anna Meier", "TV Nord"),
    Known("1", "Zoë Müller", "LG Süd"),
    Known("110", "Jürgen Weiß", ""),
    Known("1011", "Ørjan Ødegård", "Tromsø Løpeklubb", seen=True),
    Known("10", "Meinrad Amann", "TV Nord", seen=True),
    Known("2101", "Łukasz Nowak", "TV Süd"),
    Known("007", "Jo Li", "", seen=True),
    Known("A-12", "D'Arcy O'Neil", ""),
)


def found(query: str, limit: int = 20) -> list[tuple[str, str]]:
    return [(hit.known.bib, hit.match.word) for hit in search(query, LIST, limit)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param(
            "101",
            [("101", "exact"), ("10", "near"), ("1011", "near"), ("110", "near"), ("2101", "near")],
            id="exact, then one slip away, those seen first",
        ),
        pytest.param("  101 ", [("101", "exact")], id="blanks round it"),
        pytest.param("a-12", [("A-12", "exact")], id="small letters"),
        pytest.param("07", [("007", "near")], id="a digit missing"),
        pytest.param("0077", [("007", "near")], id="a digit too many"),
        pytest.param("070", [("007", "near")], id="two in the other order"),
        pytest.param("1", [("1", "exact"), ("10", "partial")], id="one digit is near to nothing"),
        pytest.param("99", [], id="two slips away is another runner"),
        pytest.param("12", [("10", "near"), ("1", "near"), ("A-12", "partial")], id="inside one"),
    ],
)
def test_bibs(query: str, expected: list[tuple[str, str]]) -> None:
    assert found(query)[: len(expected)] == expected
    if not expected:
        assert found(query) == []


@pytest.mark.parametrize(
    ("query", "max_slips", "expected"),
    [
        pytest.param("101", 0, [("101", 0), ("1011", 0), ("2101", 0)], id="none: inside only"),
        pytest.param(
            "2110", 2, [("110", 1), ("2101", 1), ("10", 2), ("101", 2)], id="fewer slips first"
        ),
        pytest.param("21", 3, [("1", 1), ("2101", 0)], id="not as many as there are digits"),
    ],
)
def test_how_far_a_bib_may_be_away(
    query: str, max_slips: int, expected: list[tuple[str, int]]
) -> None:
    hits = {(hit.known.bib, hit.slips) for hit in search(query, LIST, None, max_slips)}
    assert set(expected) <= hits
    assert all(slips <= max_slips for _, slips in hits)
    order = [hit.slips for hit in search(query, LIST, None, max_slips) if hit.match is HitKind.NEAR]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("wanted", "club", "inside"),
    [
        ("sud", "LG Süd", True),
        ("tv nord", "TV Nord", True),
        ("nord", "TV Süd", False),
        (" ", "TV", False),
    ],
)
def test_clubs(wanted: str, club: str, inside: bool) -> None:
    assert in_club(wanted, club) is inside


@pytest.mark.parametrize(
    ("query", "bibs"),
    [
        pytest.param("muller", ["1"], id="accent left out"),
        pytest.param("MUELLER", ["1"], id="accent written out, in capitals"),
        pytest.param("Zoe", ["1"], id="diaeresis left out"),
        pytest.param("weiss", ["110"], id="sharp s"),
        pytest.param("orjan", ["1011"], id="a letter with a stroke"),
        pytest.param("oedegaard", ["1011"], id="strokes and rings written out"),
        pytest.param("lukasz", ["2101"], id="Polish l"),
        pytest.param("meier anna", ["101"], id="words in any order"),
        pytest.param("mei", ["10", "101"], id="a beginning, those seen first"),
        pytest.param("man", ["10"], id="inside a word"),
        pytest.param("oneil", [], id="an apostrophe parts words"),
        pytest.param("o neil", ["A-12"], id="parted as it is written"),
        pytest.param("nord", ["10", "101"], id="a club"),
        pytest.param("meier nord", ["101"], id="name and club"),
        pytest.param("meier sud", [], id="name and another club"),
        pytest.param("j", ["007", "110"], id="one letter begins a word"),
        pytest.param("xyz", [], id="nobody"),
        pytest.param("", [], id="nothing"),
        pytest.param("  - ", [], id="no word"),
        pytest.param("%_*", [], id="wildcards are nothing special"),
    ],
)
def test_names_and_clubs(query: str, bibs: list[str]) -> None:
    assert [bib for bib, _ in found(query)] == bibs


def test_a_name_comes_before_a_club_and_a_beginning_before_the_inside() -> None:
    known = (
        Known("1", "Eva Berg", "Nordlicht"),
        Known("2", "Jan Nord", ""),
        Known("3", "Kai Lindnord", "", seen=True),
    )
    hits = search("nord", known)
    assert [(hit.known.bib, hit.match) for hit in hits] == [
        ("2", HitKind.NAME), ("3", HitKind.NAME), ("1", HitKind.CLUB),
    ]  # fmt: skip


@pytest.mark.parametrize(("limit", "n"), [(0, 0), (1, 1), (3, 3), (50, 5)])
def test_at_most_so_many(limit: int, n: int) -> None:
    assert len(found("101", limit)) == n


@pytest.mark.parametrize(
    ("typed", "meant", "n"),
    [
        ("1234", "1234", 0),
        ("1234", "1235", 1),
        ("1234", "124", 1),
        ("1234", "11234", 1),
        ("1234", "1324", 1),
        ("1234", "4321", 2),
        ("1234", "12", 2),
        ("", "1", 1),
        ("", "", 0),
        ("9999", "1234", 2),
    ],
)
def test_slips(typed: str, meant: str, n: int) -> None:
    assert slips(typed, meant) == slips(meant, typed) == n


def test_slips_are_counted_as_far_as_asked() -> None:
    assert [slips("abcdef", "badcfe", most) for most in (2, 3, 4)] == [2, 3, 3]


@pytest.mark.parametrize(
    ("text", "plain"), [("Müller", "muller"), ("WEIẞ", "weiss"), ("Łódź", "lodz"), ("é", "e")]
)
def test_folded(text: str, plain: str) -> None:
    assert folded(text) == plain
