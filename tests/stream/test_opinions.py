from __future__ import annotations

import pytest

from stream.opinions import TRACKS_KEPT, TRACKS_NEEDED, Opinions


def told(*shares: float) -> Opinions:
    made = Opinions()
    for track, share in enumerate(shares):
        made.note(track, share)
    return made


@pytest.mark.parametrize(
    ("situation", "shares", "usual"),
    [
        ("nobody yet", [], None),
        ("a few runners", [0.9] * (TRACKS_NEEDED - 1), None),
        ("enough", [0.9] * TRACKS_NEEDED, 0.9),
        ("two that were misread", [0.9] * TRACKS_NEEDED + [0.0, 0.1], 0.9),
        ("a change of light", [0.9] * TRACKS_KEPT + [0.2] * TRACKS_KEPT, 0.2),
    ],
)
def test_what_is_usual(situation: str, shares: list[float], usual: float | None) -> None:
    assert told(*shares).usual() == usual, situation


def test_a_runner_counts_once_and_as_seen_last() -> None:
    opinions = told(*[0.2] * TRACKS_NEEDED)
    for track in range(TRACKS_NEEDED):
        opinions.note(track, 0.8)
        opinions.note(0, 0.8)
    assert opinions.usual() == 0.8
