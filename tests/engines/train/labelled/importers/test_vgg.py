import csv
import io
import json
from pathlib import Path

import pytest

from engines.errors import LabelError
from engines.train.labelled.importers.reading import read_data_set
from tests.engines.train.labelled.importers import draw, names, problems, rows, write

HEAD = (
    "filename",
    "file_size",
    "file_attributes",
    "region_count",
    "region_id",
    "region_shape_attributes",
    "region_attributes",
)
RECT: dict[str, object] = {"name": "rect", "x": 10, "y": 20, "width": 30, "height": 10}
PLACE = (10, 20, 40, 30)


def region(
    shape: object = RECT, attributes: object = None, file: str = "a.png"
) -> tuple[str, str, str]:
    """File, shape and attributes; what is no text is written as JSON."""
    attributes = {"class": "bib"} if attributes is None else attributes
    shape, attributes = (v if isinstance(v, str) else json.dumps(v) for v in (shape, attributes))
    return file, shape, attributes


def table(folder: Path, *regions: tuple[str, str, str], head: str = "", **how: bool) -> Path:
    draw(folder / "a.png")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([head + HEAD[0], *HEAD[1:]])
    for n, (file, shape, attributes) in enumerate(regions):
        writer.writerow([file, 512, "{}", len(regions), n, shape, attributes])
    return write(folder / "via.csv", text.getvalue(), **how)


@pytest.mark.parametrize(
    ("situation", "attributes", "expected"),
    [
        ("a class", {"class": "Runner"}, ("person", None)),
        ("a label and a number", {"Label": "bib", "number": "0043"}, ("bib", "0043")),
        ("a type and text", {"text": "43", "type": "number"}, ("number", "43")),
        ("ticked", {"kind": {"bib": True, "face": False}}, ("bib", None)),
        ("a bib with its number", {"bib": "43"}, ("bib", "43")),
        ("a bib among others", {"blurred": "no", "bib": "43"}, ("bib", "43")),
        ("a face", {"face": ""}, ("face", None)),
        ("only a number", {"number": "43"}, ("number", "43")),
        ("no number", {"class": "bib", "number": ""}, ("bib", None)),
    ],
)
def test_regions(
    tmp_path: Path, situation: str, attributes: object, expected: tuple[str, str | None]
) -> None:
    data_set = read_data_set(table(tmp_path, region(attributes=attributes)))
    assert rows(data_set) == [("a.png", expected[0], PLACE, expected[1])], situation
    assert problems(data_set) == []
    assert data_set.pictures[0].boxes[0].where == "via.csv:2"


@pytest.mark.parametrize(
    ("situation", "bad", "problem"),
    [
        ("a polygon", region({"name": "polygon"}), "a polygon, not a rect; draw a rectangle"),
        ("a nameless shape", region({"x": 1}), "a shape without name, not a rect"),
        ("broken shape", region('{"name":'), "the region is broken JSON: "),
        ("broken attributes", region(attributes="{bib}"), "the region is broken JSON: "),
        ("a list", region("[]"), "the region is no JSON of names and values"),
        ("no class", region(attributes={}), "the box has no class; name it person, bib, face or"),
        ("an unknown class", region(attributes={"class": "boat"}), "the class 'boat' is unknown"),
        ("no width", region({"name": "rect", "x": 1, "y": 2}), "the box has no coordinates"),
        ("no area", region({**RECT, "width": 0}), "the box 10 20 10 30 has no area"),
        ("outside", region({**RECT, "y": 90}), "lies outside the picture of 100x80"),
        ("no picture", region(file=" "), "the row names no picture; correct the row"),
        ("missing", region(file="b.png"), "the picture 'b.png' is missing in "),
        ("broken", region(file="c.png"), "the picture c.png cannot be decoded"),
    ],
)
def test_a_bad_region_is_a_problem(
    tmp_path: Path, situation: str, bad: tuple[str, str, str], problem: str
) -> None:
    write(tmp_path / "c.png", "no picture")
    data_set = read_data_set(table(tmp_path, bad, region(attributes={"class": "face"})))
    assert rows(data_set) == [("a.png", "face", PLACE, None)], situation
    (found,) = problems(data_set)
    assert found.startswith("via.csv:2: ")
    assert problem in found


def test_an_odd_number_leaves_the_box(tmp_path: Path) -> None:
    data_set = read_data_set(table(tmp_path, region(attributes={"bib": "4 3"})))
    assert rows(data_set) == [("a.png", "bib", PLACE, None)]
    (found,) = problems(data_set)
    assert found.startswith("via.csv:2: the number '4 3' has characters that no bib carries")


@pytest.mark.parametrize("how", [{"bom": True}, {"crlf": True}, {"bom": True, "crlf": True}])
@pytest.mark.parametrize("head", ["", "#"])
def test_files_of_other_machines(tmp_path: Path, how: dict[str, bool], head: str) -> None:
    draw(tmp_path / "Läufer 1.png")
    file = table(tmp_path, region(file="Läufer 1.png"), head=head, **how)
    data_set = read_data_set(file)
    assert rows(data_set) == [("Läufer 1.png", "bib", PLACE, None)]
    assert problems(data_set) == []


def test_a_picture_without_regions_is_a_counterexample(tmp_path: Path) -> None:
    data_set = read_data_set(table(tmp_path, region("{}", "{}")))
    assert names(data_set) == ["a.png"]
    assert rows(data_set) == []
    assert problems(data_set) == []


def test_a_picture_that_lost_its_regions_is_no_counterexample(tmp_path: Path) -> None:
    data_set = read_data_set(table(tmp_path, region({"name": "circle"})))
    assert names(data_set) == []
    assert len(problems(data_set)) == 1


def test_several_regions_and_pictures(tmp_path: Path) -> None:
    draw(tmp_path / "b.png")
    data_set = read_data_set(
        table(
            tmp_path,
            region(attributes={"class": "person"}),
            region(file="b.png"),
            region({**RECT, "x": 60}, {"class": "bib", "number": "7"}),
        )
    )
    assert rows(data_set) == [
        ("a.png", "person", PLACE, None),
        ("a.png", "bib", (60, 20, 90, 30), "7"),
        ("b.png", "bib", PLACE, None),
    ]


def test_equal_names_in_sub_folders(tmp_path: Path) -> None:
    draw(tmp_path / "photos" / "berlin" / "b.png")
    draw(tmp_path / "photos" / "oslo" / "b.png")
    file = table(tmp_path, region(file="oslo/b.png"), region(file="b.png"))
    data_set = read_data_set(file, pictures=tmp_path / "photos")
    assert [(p.path.parent.name, p.race) for p in data_set.pictures] == [("oslo", "oslo")]
    (found,) = problems(data_set)
    assert "b.png may be photos/berlin/b.png or photos/oslo/b.png; name the sub-folder" in found


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("filename,region_shape_attributes\na.png,{}\n", "lacks the columns region_attributes"),
        (";".join(HEAD) + "\n", "lacks the columns .*; export it again, with commas"),
        (",".join(HEAD) + "\na," + "x" * 200_000 + "\n", r"via\.csv: line 2 is no CSV: field larg"),
        (",".join(HEAD) + "\n", "labels no picture"),
    ],
)
def test_another_file_is_an_error(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(LabelError, match=words):
        read_data_set(write(tmp_path / "via.csv", content))


def test_two_files_about_one_picture_are_joined(tmp_path: Path) -> None:
    table(tmp_path, region()).rename(tmp_path / "first.csv")
    table(tmp_path, region(attributes={"class": "person"}))
    data_set = read_data_set(tmp_path)
    assert [row[1] for row in rows(data_set)] == ["bib", "person"]
    assert len(data_set.pictures) == 1


def test_a_short_row_is_a_counterexample_at_most(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    file = write(tmp_path / "via.csv", ",".join(HEAD) + "\na.png,512\n\n")
    assert names(read_data_set(file)) == ["a.png"]
