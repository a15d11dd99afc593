import pytest

from engines.number_range import NumberRange


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
    assert str(numbers) == (first if n == 1 else f"{first}-{last}")
    assert NumberRange.of(str(numbers)) == numbers


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


@pytest.mark.parametrize(
    ("written", "bib", "is_in"),
    [
        ("1-999", "1", True),
        ("1-999", "999", True),
        ("1-999", "1000", False),
        ("1-999", "0", False),
        ("1-999", "007", False),
        ("1-999", "A7", False),
        ("1-999", "", False),
        ("1-999", "-7", False),
        ("001-999", "007", True),
        ("001-999", "7", False),
        ("A1-A200", "A77", True),
        ("A1-A200", "77", False),
        ("A1-A200", "AA7", False),
        ("10W-12W", "11W", True),
        ("10W-12W", "11", False),
        ("A1A-A9A", "A", False),
    ],
)
def test_a_bib_is_in_a_range_as_it_is_printed(written: str, bib: str, is_in: bool) -> None:
    assert (bib in NumberRange.of(written)) == is_in


@pytest.mark.parametrize(
    ("written", "longest"),
    [("1-999", 3), ("0-9", 1), ("98-1001", 4), ("001-99", 3), ("A8W-A11W", 4)],
)
def test_characters_of_the_longest_bib(written: str, longest: int) -> None:
    assert NumberRange.of(written).longest == longest
