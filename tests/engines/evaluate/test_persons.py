"""Pairs of pictures as persons."""

import pytest

from engines.evaluate.persons import persons


@pytest.mark.parametrize(
    ("same", "groups"),
    [
        pytest.param([], set(), id="no pairs"),
        pytest.param(["ab"], {"ab"}, id="one pair"),
        pytest.param(["ab", "cd"], {"ab", "cd"}, id="two persons"),
        pytest.param(["ab", "bc", "ac"], {"abc"}, id="three pictures, every pair told"),
        pytest.param(["ab", "cd", "ef", "db", "fa"], {"abcdef"}, id="a chain, in any order"),
        pytest.param(["ab", "ba"], {"ab"}, id="told twice"),
    ],
)
def test_persons(same: list[str], groups: set[str]) -> None:
    found = persons((pair[0], pair[1]) for pair in same)
    assert {"".join(sorted(group)) for group in found.values()} == groups
    assert set(found) == set("".join(same))
    assert all(picture in group for picture, group in found.items())
