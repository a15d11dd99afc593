from __future__ import annotations

import pytest

from stream.found_runners import Search, everybody, find_runners
from stream.store.seen_runners import SeenRunner, Source, Standing
from stream.store.values import StartListRow

ENTRIES = (
    StartListRow("2419", "Zoë Müller", "LG Süd"),
    StartListRow("a12", "Bo Li", "TV Nord"),
    StartListRow("7", "Ann Ek", "LG Süd"),
)


def seen(number: int, bib: str | None, at_ns: int | None, n_pictures: int = 2) -> SeenRunner:
    standing = Standing.UNREAD if bib is None else Standing.READ
    last = None if at_ns is None else at_ns + 1
    return SeenRunner(
        Source.CAMERA, number, "finish", None, bib, standing, False, 0.9, at_ns, last, None,
        None, n_pictures,
    )  # fmt: skip


SEEN = (
    seen(1, "2419", 10), seen(2, "2410", 20), seen(3, None, 30), seen(4, "2419", 40),
    seen(5, "A12", None), seen(6, None, 60),
)  # fmt: skip
KNOWN = everybody(ENTRIES, ["2419", "2410", "A12"])


def test_everybody_once() -> None:
    assert [(one.bib, one.name, one.seen) for one in KNOWN] == [
        ("2419", "Zoë Müller", True), ("a12", "Bo Li", True), ("7", "Ann Ek", False),
        ("2410", "", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(
            Search(("2419", "241")),
            [("2419", "2419", "exact"), ("2419", "2410", "near"),
             ("241", "2410", "near"), ("241", "2419", "near")],
            id="query after query",
        ),
        pytest.param(Search(("2419",), max_slips=0), [("2419", "2419", "exact")], id="exact alone"),
        pytest.param(Search(("muller",)), [("muller", "2419", "name")], id="a name"),
        pytest.param(
            Search(("lg sud",)), [("lg sud", "2419", "club"), ("lg sud", "7", "club")], id="a club"
        ),
        pytest.param(
            Search(("lg sud",), seen_only=True), [("lg sud", "2419", "club")], id="seen ones"
        ),
        pytest.param(Search(("e",), club="sud"), [("e", "7", "name")], id="of one club"),
        pytest.param(
            Search(club="lg sud"),
            [(None, "7", "exact"), (None, "2419", "exact")],
            id="a whole club",
        ),
        pytest.param(
            Search(seen_only=True),
            [(None, "a12", "exact"), (None, "2410", "exact"), (None, "2419", "exact"),
             (None, None, None), (None, None, None)],
            id="all who were seen, those without a bib each alone",
        ),
        pytest.param(Search(("nobody",)), [], id="nobody"),
    ],
)  # fmt: skip
def test_who_is_found(
    asked: Search, expected: list[tuple[str | None, str | None, str | None]]
) -> None:
    found = find_runners(asked, KNOWN, SEEN)
    told = [(one.query, one.bib, None if one.hit is None else one.hit.match.word) for one in found]
    assert told == expected


def test_what_is_told_of_somebody() -> None:
    [zoe] = find_runners(Search(("2419",), max_slips=0), KNOWN, SEEN)
    assert [one.number for one in zoe.seen] == [1, 4]
    assert (zoe.n_pictures, zoe.first_utc_ns, zoe.last_utc_ns) == (4, 10, 41)
    [bo] = find_runners(Search(("bo li",)), KNOWN, SEEN)
    assert (bo.n_pictures, bo.first_utc_ns, bo.last_utc_ns) == (2, None, None)
    [ann] = find_runners(Search(("ann",)), KNOWN, SEEN)
    assert (ann.seen, ann.n_pictures) == ((), 0)
