import json
from pathlib import Path

import pytest

from engines.train.number_lines import Line, pick_line, read_lines, tight

TITLE: Line = ("CITY RUN 2024", 0.99, 0, 0, 100, 20)
TEN_K: Line = ("10KM", 0.99, 0, 0, 40, 60)
NUMBER: Line = ("417", 0.98, 10, 30, 90, 80)
SMALL: Line = ("2024", 0.98, 10, 82, 50, 92)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ([], None),
        ([TITLE], None),
        ([TEN_K], None),
        ([NUMBER], "417"),
        ([SMALL, TITLE, NUMBER], "417"),
        ([("417", 0.3, 10, 30, 90, 80)], None),
        ([("A17", 0.9, 10, 30, 90, 80)], "A17"),
        ([("RUN", 0.9, 10, 30, 90, 80)], None),
    ],
)
def test_the_number_is_the_tallest_line_with_digits(lines: list[Line], text: str | None) -> None:
    line = pick_line(lines)
    assert (line[0] if line else None) == text
    if line is not None:
        box = tight(line)
        assert line[2] < box[0] < box[2] < line[4]
        assert line[3] < box[1] < box[3] < line[5]


def test_files_are_read_by_annotation(tmp_path: Path) -> None:
    file = tmp_path / "lines.json"
    file.write_text(json.dumps({"12": [NUMBER], "13": [TITLE], "14": []}))
    assert list(read_lines([file])) == [12]
