from __future__ import annotations

import pytest

from stream.rulings import Ruling
from stream.types import State, Tag

CONFIRMED = Tag("12", State.CONFIRMED, 0.98, 4)


@pytest.mark.parametrize(
    ("situation", "ruling", "own", "stands"),
    [
        ("nothing said", Ruling(), CONFIRMED, CONFIRMED),
        ("another bib", Ruling(bib="7"), CONFIRMED, Tag("7", State.CORRECTED, 1.0, 0)),
        ("the same bib", Ruling(bib="12"), CONFIRMED, Tag("12", State.CORRECTED, 1.0, 4)),
        ("a bib for the unread", Ruling(bib="7"), Tag(), Tag("7", State.CORRECTED, 1.0, 0)),
        ("wrong person", Ruling(not_bibs=frozenset({"12"})), CONFIRMED, Tag()),
        ("not another one", Ruling(not_bibs=frozenset({"7"})), CONFIRMED, CONFIRMED),
        ("given to another", Ruling(outdone=frozenset({"12"})), CONFIRMED,
         Tag("12", State.SEEN, 0.98, 4)),
        ("given to another, seen only", Ruling(outdone=frozenset({"12"})),
         Tag("12", State.SEEN, 0.5, 1), Tag("12", State.SEEN, 0.5, 1)),
        ("given to both", Ruling(bib="12", outdone=frozenset({"12"})), CONFIRMED,
         Tag("12", State.CORRECTED, 1.0, 4)),
        ("not a runner", Ruling(bib="7", hidden=True), CONFIRMED, Tag()),
    ],
)  # fmt: skip
def test_the_tag_that_stands(situation: str, ruling: Ruling, own: Tag, stands: Tag) -> None:
    assert ruling.applied(own) == stands, situation
