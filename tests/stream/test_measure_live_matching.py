"""Drawn runners come by a real store while they are matched."""

from __future__ import annotations

from stream.measure_live_matching import measure_live_matching


def test_who_comes_by_is_matched_and_what_it_costs_is_told() -> None:
    told: list[tuple[int, int]] = []
    cost = measure_live_matching(8, 2.0, False, lambda done, total: told.append((done, total)))
    assert told[-1] == (16, 16)
    assert cost.right >= 4
    assert cost.wrong == 0
    assert cost.matched > 0
    assert cost.last_round_s > 0
    assert f"right {cost.right}, wrong 0" in str(cost)
