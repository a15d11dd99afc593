from __future__ import annotations

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.bib_picture import BibPictureReader
from engines.errors import LabelError
from engines.evaluate.labels import Same, same_digits, same_text
from engines.evaluate.reader import evaluate_bib_pictures, evaluate_reader
from engines.types import ALPHABET, Detections, Kind, Reading
from tests.engines.tiny_models import FakeDetector, FakeReader, detections, reading

LINE = detections([(90, 90, 120, 100, 0.9, Kind.NUMBER)])
LARGE_LINE = detections([(130, 130, 160, 140, 0.9, Kind.NUMBER)])
"""The line of a picture on each ground."""
NONE = detections([])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(tmp_path / name), np.zeros((50, 80, 3), np.uint8))
    return tmp_path


def _labelled_box(sides: str) -> str:
    return f'[{{"file": "a.png", "bibs": [{{"number": 7, "digits_xyxy": [{sides}]}}]}}]'


@pytest.mark.parametrize(
    ("name", "text", "shapes"),
    [
        ("labels.csv", "file,text\na.png,12\nb.png,A7\n", [(80, 50), (80, 50)]),
        ("labels.csv", "file,text,x0,y0,x1,y1\na.png,12,1,2,31,12\nb.png,A7,0,0,9,9\n",
         [(30, 10), (9, 9)]),
        ("labels.csv", "\ufefffile, text\r\na.png, 12\r\n,\r\n\r\n b.png ,a7 \r\n",
         [(80, 50), (80, 50)]),
        ("labels.csv", "text,file,x0,y0,x1,y1\n12,a.png,,,,\na7,b.png,-1,-1,9,9\n",
         [(80, 50), (9, 9)]),
        ("labels.csv", "file,text,x0,y0,x1,y1\na.png,12\nb.png,A7\n", [(80, 50), (80, 50)]),
        ("labels.json", json.dumps([
            {"file": "a.png", "bibs": [{"number": 12, "digits_xyxy": [1, 2, 31, 12]}]},
            {"file": "b.png", "bibs": [{"number": " a7", "digits_xyxy": [0, 0, 9, 9]}]}]),
         [(30, 10), (9, 9)]),
    ],
)  # fmt: skip
def test_both_kinds_of_labels(
    folder: Path, name: str, text: str, shapes: list[tuple[int, int]]
) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    reader = FakeReader([reading("12"), reading("AT")])
    told: list[tuple[int, int]] = []
    report = evaluate_reader(folder / name, reader, lambda done, n: told.append((done, n)))
    assert reader.seen == shapes
    assert (report.n_crops, report.n_right, report.accuracy) == (2, 1, 0.5)
    [error] = report.errors
    assert (error.file, error.text, error.read, error.score) == ("b.png", "A7", "AT", 0.98)
    assert told == [(2, 2)]
    assert "AT" in str(report)
    assert json.loads(json.dumps(report.to_json()))["accuracy"] == 0.5


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("labels.csv", "file,text\n", "no labelled crop"),
        ("labels.csv", "name,text\na.png,1\n", r"labels\.csv: lacks the columns file; export"),
        ("labels.csv", "file;text\na.png;1\n", "with commas between the columns"),
        ("labels.csv", "file,text\nlost.png,1\n", r"lost\.png is no readable picture"),
        ("labels.json", '[{"bibs": []}]', "no list of labelled photos"),
        ("labels.json", "[", "cannot be read"),
        ("labels.json", _labelled_box("NaN, 0, 9, 9"), "the box nan 0 9 9 is not finite"),
        (
            "labels.json",
            _labelled_box("9, 0, 1, 9"),
            r"labels\.json: 7 in a\.png: .* no area; draw",
        ),
    ],
)
def test_unusable_labels(folder: Path, name: str, text: str, words: str) -> None:
    (folder / name).write_text(text)
    with pytest.raises(LabelError, match=words):
        evaluate_reader(folder / name, FakeReader([reading("1")]), lambda done, n: None)


@pytest.mark.parametrize(
    ("situation", "row", "words"),
    [
        ("no picture", ",7", "the row names no picture; write its file"),
        ("no text", "a.png,", "the row has no text; write the number"),
        ("blanks for a text", "a.png, ,0,0,9,9", "the row has no text; write the number"),
        ("a short row", "a.png", "the row has no text; write the number"),
        ("what no bib carries", "a.png,7_1", "the number '7_1' has .*; write digits"),
        ("half a box", "a.png,7,0,0,9", "the box has no coordinates; write four numbers"),
        ("a box of words", "a.png,7,0,0,x,9", "the box has no coordinates; write four numbers"),
        ("NaN", "a.png,7,nan,0,9,9", "the box has no coordinates; write four numbers"),
        ("a box outside", "a.png,7,500,500,600,600", "lies outside the picture of 80x50; draw"),
        ("far out of it", "a.png,7,0,0,90,9", "reaches 10 px out of 80x50; draw"),
        ("a box inside out", "a.png,7,9,9,1,1", "the box 9 9 1 1 has no area; draw"),
        ("a lost picture", "lost.png,7", "lost.png is no readable picture; copy"),
    ],
)
def test_a_bad_row_is_named(folder: Path, situation: str, row: str, words: str) -> None:
    path = folder / "labels.csv"
    path.write_text(f"file,text,x0,y0,x1,y1\nb.png,1\n\n{row}\n")
    with pytest.raises(LabelError, match=rf"{re.escape(str(path))}:4: .*{words}"):
        evaluate_reader(path, FakeReader([reading("1")] * 2), lambda done, n: None)


@pytest.mark.parametrize(
    ("situation", "n_rows", "words"),
    [
        ("more than a field can hold", 20_000, "line .* is no CSV: field larger"),
        ("the next rows are its text", 1, "labels.csv:.* characters that no bib carries"),
    ],
)
def test_a_quote_that_is_not_closed(folder: Path, situation: str, n_rows: int, words: str) -> None:
    (folder / "labels.csv").write_text('file,text\na.png,"12\n' + "a.png,12\n" * n_rows)
    with pytest.raises(LabelError, match=words):
        evaluate_reader(folder / "labels.csv", FakeReader([]), lambda done, n: None)


def test_absent_labels(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"none\.csv: cannot be read: No such file"):
        evaluate_reader(tmp_path / "none.csv", FakeReader([]), lambda done, n: None)


@pytest.mark.parametrize(
    ("read", "text", "is_text", "are_digits"),
    [
        ("S0374", "S0374", True, True),
        ("0374", "374", False, True),
        ("S0374", "374", False, True),
        ("S0374", "T0374", False, True),
        ("12-B", "12", False, True),
        ("80374", "S0374", False, False),
        ("3740", "374", False, False),
        ("374", "437", False, False),
        ("", "7", False, False),
        # Zeros alone are as good as nothing: no bib has the number 0.
        ("0", "", False, True),
        ("000", "0", False, True),
        ("", "", True, True),
        ("", "ELITE", False, False),
        ("0", "VIP", False, False),
        ("ELITE", "ELITE", True, True),
    ],
)
def test_what_counts_as_the_same(read: str, text: str, is_text: bool, are_digits: bool) -> None:
    for one, other in ((read, text), (text, read)):
        assert same_text(one, other) is is_text
        assert same_digits(one, other) is are_digits


@pytest.mark.parametrize(("same", "n_right"), [(same_text, 1), (same_digits, 2)])
def test_lines_are_counted_as_asked(folder: Path, same: Same, n_right: int) -> None:
    (folder / "labels.csv").write_text("file,text\na.png,12\nb.png,A07\n")
    reader = FakeReader([reading("12"), reading("7")])
    report = evaluate_reader(folder / "labels.csv", reader, lambda done, n: None, same)
    assert (report.n_right, len(report.errors)) == (n_right, 2 - n_right)


@pytest.mark.parametrize(("same", "n_right"), [(same_text, 1), (same_digits, 2)])
def test_pictures_of_bibs(folder: Path, same: Same, n_right: int) -> None:
    (folder / "labels.csv").write_text("file,text\na.png,412\nb.png,A437\n")
    detector = FakeDetector([LINE, LARGE_LINE, LINE, NONE])
    reader = FakeReader([reading(t, 0.9999) for t in ("412",) * 4 + ("437",) * 2])
    told: list[tuple[int, int]] = []
    report = evaluate_bib_pictures(
        folder / "labels.csv",
        BibPictureReader(detector, reader),
        lambda done, n: told.append((done, n)),
        same,
    )
    assert not reader.answers
    assert (report.n_crops, report.n_right) == (2, n_right)
    assert [(e.file, e.text, e.read) for e in report.errors] == [("b.png", "A437", "437")][
        : 2 - n_right
    ]
    assert told == [(1, 2), (2, 2)]
    assert report.ms_per_crop > 0


@pytest.mark.parametrize(
    ("situation", "found", "readings"),
    [
        ("no line found", [NONE, NONE], []),
        ("nothing on the line", [LINE, NONE], [reading(""), reading("")]),
        ("a word", [LINE, NONE], [reading("ADIDAS"), reading("ADIDAS")]),
        ("too unsure to be told", [LINE, NONE], [reading("431", 0.6), reading("431", 0.6)]),
    ],
)
def test_a_picture_without_a_bib_that_is_told(
    folder: Path, situation: str, found: list[Detections], readings: list[Reading]
) -> None:
    (folder / "labels.csv").write_text("file,text\na.png,431\n")
    nowhere_turned = [NONE] * 4
    reader = BibPictureReader(FakeDetector([*found, *nowhere_turned]), FakeReader(readings))
    report = evaluate_bib_pictures(folder / "labels.csv", reader, lambda done, n: None)
    [error] = report.errors
    assert (report.n_right, error.read) == (0, ""), situation
    assert error.score < 0.1, situation


@pytest.mark.parametrize(
    ("situation", "turned", "read"),
    [
        ("turned one way", [("431", 0.999), None], "431"),
        ("the other way", [None, ("431", 0.999)], "431"),
        ("the surer way", [("7", 0.98), ("431", 0.999)], "431"),
        ("no way surely", [("0", 0.8), ("431", 0.8)], ""),
    ],
)
def test_a_picture_that_lies_on_its_side(
    folder: Path, situation: str, turned: list[tuple[str, float] | None], read: str
) -> None:
    (folder / "labels.csv").write_text("file,text\na.png,431\n")
    found = [NONE, NONE, *(one for told in turned for one in (LINE if told else NONE, NONE))]
    readings = [reading(*told) for told in turned if told for _view in range(2)]
    reader = BibPictureReader(FakeDetector(found), FakeReader(readings))
    report = evaluate_bib_pictures(folder / "labels.csv", reader, lambda done, n: None)
    assert [error.read for error in report.errors] == ([] if read else [""]), situation


@pytest.mark.parametrize(
    ("situation", "letter", "read"), [("a race of S####", "S", "S0374"), ("of #####", "1", "80374")]
)
def test_pictures_of_bibs_are_one_race(
    folder: Path, situation: str, letter: str, read: str
) -> None:
    bibs = [f"{letter}{number}" for number in range(1000, 1012)]
    rows = "".join(f"a.png,{bib}\n" for bib in bibs)
    (folder / "labels.csv").write_text(f"file,text\nb.png,{read}\n{rows}")
    log_probs = reading("80374", 0.9999).log_probs.copy()
    log_probs[1] = np.log(1e-6)
    for symbol, probability in (("8", 0.65), ("S", 0.33)):
        log_probs[1, ALPHABET.index(symbol) + 1] = np.log(probability)
    unsure = Reading("80374", (0.6, 1.0, 1.0, 1.0, 1.0), log_probs)
    readings = [unsure] * 2 + [reading(bib, 0.9999) for bib in bibs for _ in range(2)]
    reader = BibPictureReader(FakeDetector([LINE, NONE] * 13), FakeReader(readings))
    report = evaluate_bib_pictures(folder / "labels.csv", reader, lambda done, n: None)
    assert report.errors == (), situation


@pytest.mark.parametrize(
    ("text", "words"),
    [("file,text\n", "no labelled crop"), ("file,text\nlost.png,1\n", "no readable picture")],
)
def test_unusable_labels_of_bibs(folder: Path, text: str, words: str) -> None:
    (folder / "labels.csv").write_text(text)
    reader = BibPictureReader(FakeDetector([]), FakeReader([]))
    with pytest.raises(LabelError, match=words):
        evaluate_bib_pictures(folder / "labels.csv", reader, lambda done, n: None)
