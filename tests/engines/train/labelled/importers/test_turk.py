import csv
import io
import json
from pathlib import Path

import pytest

from engines.errors import LabelError
from engines.train.labelled.importers.reading import read_data_set
from engines.types import Kind
from tests.engines.train.labelled.importers import draw, names, problems, rows, write

HEAD = ("HITId", "AssignmentStatus", "Input.image_url", "Answer.annotation_data", "Reject")
URL = "https://bucket.example.com/race%20day/a.png?version=3"


def box(left: float = 10, label: object = "43", **changes: object) -> dict[str, object]:
    drawn = {"left": left, "top": 20, "width": 30, "height": 10, "label": label, **changes}
    return {name: value for name, value in drawn.items() if value is not None}


def answer(
    *boxes: object,
    status: str = "Approved",
    url: str = URL,
    raw: str | None = None,
    reject: str = "",
) -> list[str]:
    return ["3X", status, url, json.dumps(boxes) if raw is None else raw, reject]


def table(folder: Path, *answers: list[str], **how: bool) -> Path:
    draw(folder / "a.png")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEAD, *answers])
    return write(folder / "batch.csv", text.getvalue(), **how)


def bib(left: float = 10, text: str | None = "43") -> tuple[object, ...]:
    return "a.png", "bib", (left, 20, left + 30, 30), text


@pytest.mark.parametrize(
    ("situation", "answers", "expected"),
    [
        ("one worker", [answer(box())], [bib()]),
        ("not yet reviewed", [answer(box(), status="Submitted")], [bib()]),
        ("a number without quotes", [answer(box(label=43))], [bib()]),
        ("leading zeros and letters", [answer(box(label=" 0a7 "))], [bib(text="0A7")]),
        ("two runners", [answer(box(), box(60, "7"))], [bib(), bib(60, "7")]),
        ("all agree", [answer(box()), answer(box()), answer(box())], [bib()]),
        ("the median", [answer(box(9)), answer(box(10)), answer(box(14))], [bib()]),
        ("in another order", [answer(box(), box(60, "7")), answer(box(60, "7"), box())],
         [bib(), bib(60, "7")]),
        ("two close together", [answer(box(), box(22, "7")), answer(box(21, "7"), box(11))],
         [bib(10.5), bib(21.5, "7")]),
        ("one near two", [answer(box(), box(18, "7")), answer(box(17, "7")),
                          answer(box(), box(18, "7"))], [bib(), bib(18, "7")]),
        ("a rejected one", [answer(box()), answer(box(60), status="Rejected")], [bib()]),
        ("to be rejected", [answer(box()), answer(box(60), reject="no bib")], [bib()]),
        ("nobody saw a bib", [answer(), answer(), answer()], []),
        ("one of three saw none", [answer(box()), answer(), answer(box())], [bib()]),
    ],
)  # fmt: skip
def test_answers(
    tmp_path: Path, situation: str, answers: list[list[str]], expected: list[tuple[object, ...]]
) -> None:
    data_set = read_data_set(table(tmp_path, *answers))
    assert rows(data_set) == expected, situation
    assert names(data_set) == ["a.png"]
    assert problems(data_set) == []


@pytest.mark.parametrize(
    ("situation", "answers", "expected", "problem"),
    [
        ("a box that one of three saw", [answer(box(), box(60)), answer(box()), answer(box())],
         [bib()],
         "batch.csv:2: the box at 60 20 of /race day/a.png was drawn by 1 of 3 workers, so it is "
         "left out; reject the assignments that are wrong"),
        ("half of them", [answer(box(), box(60)), answer(box())], [bib()],
         "batch.csv:2: the box at 60 20 of /race day/a.png was drawn by 1 of 2 workers"),
        ("one box over two", [answer(box(), box(10)), answer(box())], [bib()],
         "batch.csv:2: the box at 10 20 of /race day/a.png was drawn by 1 of 2 workers"),
        ("two against one", [answer(box()), answer(box(label="48")), answer(box())], [bib()],
         "batch.csv:2,3,4: the box at 10 20 of /race day/a.png was read as 43 by 2, 48 by 1; "
         "43 is taken; correct the wrong label"),
        ("one against one", [answer(box()), answer(box(label="48"))], [bib(text=None)],
         "batch.csv:2,3: the box at 10 20 of /race day/a.png was read as 43 by 1, 48 by 1; "
         "no number is taken"),
        ("an empty label", [answer(box(label=" ")), answer(box())], [bib()],
         "batch.csv:2: box 1 of the answer: has no number; write its number as label"),
        ("no label", [answer(box(label=None))], [bib(text=None)],
         "batch.csv:2: box 1 of the answer: has no number"),
        ("an odd label", [answer(box(label="4?")), answer(box())], [bib()],
         "batch.csv:2: box 1 of the answer: the number '4?' has characters that no bib carries"),
        ("broken JSON", [answer(raw="[{"), answer(box())], [bib()],
         "batch.csv:2: the answer is broken JSON: "),
        ("nothing", [answer(raw=""), answer(box())], [bib()],
         "batch.csv:2: the answer is broken JSON: "),
        ("no list", [answer(raw="{}"), answer(box())], [bib()],
         "batch.csv:2: the answer is no list of boxes; reject the assignment"),
        ("no width", [answer(box(width=None), box(60)), answer(box(60))], [bib(60)],
         "batch.csv:2: box 1 of the answer lacks left, top, width or height, or has no area"),
        ("no height", [answer(box(height=0), box(60))], [bib(60)],
         "batch.csv:2: box 1 of the answer lacks left, top, width or height, or has no area"),
        ("no box", [answer("odd", box())], [bib()], "batch.csv:2: box 1 of the answer lacks"),
        ("outside", [answer(box(200), box())], [bib()],
         "batch.csv:2: the box 200 20 230 30 lies outside the picture of 100x80"),
        ("no picture", [answer(box(), url=" "), answer(box())], [bib()],
         "batch.csv:2: the row names no picture; correct Input.image_url"),
        ("a host that is none", [answer(box(), url="https://[x/b.png"), answer(box())], [bib()],
         "batch.csv:2: the picture 'https://[x/b.png' is missing in "),
        ("a missing picture", [answer(box(), url="https://x.org/b.png"), answer(box())], [bib()],
         "batch.csv:2: the picture '/b.png' is missing in "),
        ("a broken picture", [answer(box(), url="https://x.org/c.png"), answer(box())], [bib()],
         "batch.csv:2: the picture c.png cannot be decoded"),
        ("a name of two pictures", [answer(box(), url="other/a.png"), answer(box())],
         [bib()],
         "batch.csv:3: race day/a.png and other/a.png both lead to a.png; keep the pictures in"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_a_problem(
    tmp_path: Path,
    situation: str,
    answers: list[list[str]],
    expected: list[tuple[object, ...]],
    problem: str,
) -> None:
    write(tmp_path / "c.png", "no picture")
    data_set = read_data_set(table(tmp_path, *answers))
    assert rows(data_set) == expected, situation
    (found,) = problems(data_set)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "bad", [answer(raw="["), answer(box(width=None)), answer(box(200)), answer(box(), url="b.png")]
)
def test_a_picture_that_lost_its_boxes_is_no_counterexample(tmp_path: Path, bad: list[str]) -> None:
    data_set = read_data_set(table(tmp_path, bad))
    assert names(data_set) == []
    assert len(problems(data_set)) == 1


def test_only_rejected_answers_label_no_picture(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="labels no picture"):
        read_data_set(table(tmp_path, answer(box(), status="Rejected")))


@pytest.mark.parametrize("how", [{"bom": True}, {"crlf": True}, {"bom": True, "crlf": True}])
def test_files_of_other_machines(tmp_path: Path, how: dict[str, bool]) -> None:
    draw(tmp_path / "Läufer 1.png")
    url = "https://x.org/L%C3%A4ufer%201.png"
    data_set = read_data_set(table(tmp_path, answer(box(), url=url), **how))
    assert rows(data_set) == [("Läufer 1.png", *bib()[1:])]
    assert problems(data_set) == []


def test_pictures_by_race_in_a_folder(tmp_path: Path) -> None:
    draw(tmp_path / "photos" / "berlin" / "a.png")
    draw(tmp_path / "photos" / "oslo" / "a.png")
    answers = [answer(box(), url=f"https://x.org/2024/{race}/a.png") for race in ("oslo", "berlin")]
    data_set = read_data_set(table(tmp_path, *answers), pictures=tmp_path / "photos")
    assert [(p.path.parent.name, p.race) for p in data_set.pictures] == [
        ("oslo", "oslo"),
        ("berlin", "berlin"),
    ]
    assert problems(data_set) == []


def test_boxes_round_the_digits(tmp_path: Path) -> None:
    data_set = read_data_set(table(tmp_path, answer(box())), classes={"bib": Kind.NUMBER})
    assert [row[1] for row in rows(data_set)] == ["number"]


def test_a_file_without_the_columns_is_an_error(tmp_path: Path) -> None:
    file = write(tmp_path / "batch.csv", "Input.image_url,Answer.annotation_data\n")
    with pytest.raises(LabelError, match=r"batch\.csv: lacks the columns AssignmentStatus"):
        read_data_set(file)
