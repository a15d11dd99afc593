import pytest

from engines.simulate.number_range import NumberRange


@pytest.mark.parametrize(
    ("written", "first", "last", "n"),
    [
        ("1-999", "1", "999", 999),
        ("0001-0500", "0001", "0500", 500),
        ("001-1200", "001", "1200", 1200),
        ("A1-A200", "A1", "A200", 200),
        ("A1-200", "A1", "A200", 200),
        ("a1 - a9", "A1", "A9", 9),
        ("10W-12W", "10W", "12W", 3),
        ("77", "77", "77", 1),
        ("0-0", "0", "0", 1),
    ],
)
def test_ranges_as_people_write_them(written: str, first: str, last: str, n: int) -> None:
    numbers = NumberRange.of(written)
    assert len(numbers) == n
    assert (numbers.text(0), numbers.text(n - 1)) == (first, last)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "no range of numbers"),
        ("1 to 9", "no range of numbers"),
        ("A-B", "no range of numbers"),
        ("1-2-3", "no range of numbers"),
        ("12345678", "no range of numbers"),
        ("9-1", "ends before it begins"),
        ("A1-B9", "other letters at its end"),
        ("1A-9B", "other letters at its end"),
    ],
)
def test_what_is_no_range(written: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        NumberRange.of(written)
