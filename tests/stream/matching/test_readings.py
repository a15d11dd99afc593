"""What was read of somebody speaks against a bib, or does not."""

from __future__ import annotations

import pytest

from stream.matching.readings import read_otherwise


@pytest.mark.parametrize(
    ("readings", "bib", "expected"),
    [
        pytest.param([], "337", False, id="nothing read"),
        pytest.param(["337"], "337", False, id="the bib itself"),
        pytest.param(["360C", "360", "3608"], "337", True, id="another number, read often"),
        pytest.param(["360C", "360", "3608"], "3608", False, id="the number with mistakes"),
        pytest.param(["16"], "1676", False, id="the left half"),
        pytest.param(["76"], "1676", False, id="the right half"),
        pytest.param(["67"], "1676", False, id="the middle"),
        pytest.param(["99"], "1676", True, id="no part of it"),
        pytest.param(["387"], "337", False, id="one digit misread"),
        pytest.param(["3376"], "337", False, id="one character too many"),
        pytest.param(["6", "1"], "337", False, id="single characters tell nothing"),
        pytest.param(["845", "337"], "337", False, id="one for and one against"),
        pytest.param(["845", "337", "845"], "337", True, id="more against than for"),
        pytest.param(["A12"], "12", False, id="a prefix that was seen too"),
    ],
)
def test_what_was_read(readings: list[str], bib: str, expected: bool) -> None:
    assert read_otherwise(readings, bib) is expected
