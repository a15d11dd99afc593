"""Crop tables: what a row means, and what is said of a bad one."""

from pathlib import Path

import pytest

from engines.errors import LabelError
from engines.train.labelled.importers.crop_table import crop_tables, read_labelled_texts
from tests.engines.train.labelled.importers import draw, problems, rows, write

WHOLE = (0.0, 0.0, 100.0, 80.0)


@pytest.mark.parametrize(
    ("situation", "text", "expected"),
    [
        ("whole pictures", "file,text\na.png,12\n", [("a.png", "number", WHOLE, "12")]),
        ("columns in another order", "text,file\n7b,a.png\n", [("a.png", "number", WHOLE, "7B")]),
        (
            "boxes, one of them left out",
            "file,text,x0,y0,x1,y1\na.png,12,10,20,50.5,40\nsub/b.png,0012,,,,\n",
            [("a.png", "number", (10, 20, 50.5, 40), "12"), ("b.png", "number", WHOLE, "0012")],
        ),
        (
            "two in one picture",
            "file,text,x0,y0,x1,y1\na.png,1,0,0,9,9\na.png,2,50,50,70,60\n",
            [("a.png", "number", (0, 0, 9, 9), "1"), ("a.png", "number", (50, 50, 70, 60), "2")],
        ),
    ],
)
def test_rows(situation: str, text: str, expected: list[object], tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    draw(tmp_path / "sub" / "b.png")
    table = write(tmp_path / "crops.csv", text, bom=True, crlf=True)
    for path in (table, tmp_path):
        data = read_labelled_texts([path])
        assert rows(data) == expected, situation
        assert problems(data) == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("none.png,12,,,,", "crops.csv:2: the picture 'none.png' is missing"),
        (",12,,,,", "crops.csv:2: the row names no picture"),
        ("a.png,,,,,", "crops.csv:2: the row has no text; write the number"),
        ("a.png,1_2,,,,", "crops.csv:2: the number '1_2' has characters that no bib carries"),
        ("a.png,12,10,20,,", "crops.csv:2: the box has no coordinates"),
        ("a.png,12,10,20,900,40", "crops.csv:2: the box 10 20 900 40 reaches 800 px out"),
        ("a.png,12,10,20,5,40", "crops.csv:2: the box 10 20 5 40 has no area"),
    ],
)
def test_bad_rows_are_named(row: str, words: str, tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    table = write(tmp_path / "crops.csv", f"file,text,x0,y0,x1,y1\n{row}\n")
    [told] = problems(read_labelled_texts([table]))
    assert told.startswith(words)


def test_other_formats_are_read_as_ever(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    vgg = write(tmp_path / "vgg.csv", "filename,region_shape_attributes,region_attributes\n")
    assert crop_tables(vgg) == []
    with pytest.raises(LabelError, match="labels no picture"):
        read_labelled_texts([vgg])
    with pytest.raises(LabelError, match="does not exist"):
        read_labelled_texts([tmp_path / "none.csv"])


def test_semicolons_are_said(tmp_path: Path) -> None:
    table = write(tmp_path / "crops.csv", "file;text\na.png;12\n")
    with pytest.raises(LabelError, match=r"crops\.csv: has semicolons .*; save it with commas"):
        read_labelled_texts([table])


def test_tables_and_other_data_sets_together(tmp_path: Path) -> None:
    draw(tmp_path / "one" / "a.png")
    draw(tmp_path / "two" / "b.png")
    first = write(tmp_path / "one" / "x.csv", "file,text\na.png,1\n")
    voc = (
        "<annotation><filename>b.png</filename><object><name>bib</name><bndbox><xmin>1</xmin>"
        "<ymin>1</ymin><xmax>50</xmax><ymax>40</ymax></bndbox></object></annotation>"
    )
    write(tmp_path / "two" / "b.xml", voc)
    data = read_labelled_texts([first, tmp_path / "two"])
    assert [row[:2] for row in rows(data)] == [("a.png", "number"), ("b.png", "bib")]
