from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.errors import LabelError
from engines.evaluate.labels import (
    LabelledNumber,
    LabelledPhoto,
    Same,
    read_photo_labels,
    same_digits,
    same_text,
    table,
)
from engines.evaluate.photos import (
    Verdict,
    Verdicts,
    evaluate_photos,
    is_found,
    judge,
    read_verdicts,
    summed,
    write_error_page,
)
from engines.looking import Looker
from engines.photo import PhotoRules, PhotoTag, PhotoTagger, TaggedPhoto
from engines.photo_race import KnownRace, PhotoLine
from engines.types import ALPHABET, Box, Kind, Picture
from tests.engines.tiny_models import FakeDetector, FakeReader, Row, detections, reading

NUMBER: Row = (30, 30, 70, 50, 0.9, Kind.NUMBER)
SHEET: Row = (20, 15, 80, 65, 0.9, Kind.BIB)
NOISE = np.random.default_rng(0).integers(0, 256, (100, 200, 3)).astype(np.uint8)
DIGITS: Box = (32, 32, 68, 48)
TRUE = LabelledNumber("12", DIGITS)


def tag(bib: str, number: Box = NUMBER[:4], sheet: Box | None = None) -> PhotoTag:
    return PhotoTag(bib, 0.9, number, sheet, 0.5)


@pytest.mark.parametrize(
    ("reported", "yes"),
    [
        (tag("12"), True),
        (tag("13"), False),
        (tag("12", (100, 30, 140, 50)), False),
        # The number box is off, but the bib holds the digits.
        (tag("12", (52, 30, 70, 50), (20, 20, 80, 60)), True),
        (tag("012"), False),
    ],
)
def test_found_is_the_same_text_in_its_place(reported: PhotoTag, yes: bool) -> None:
    assert is_found(TRUE, reported) is yes


@pytest.mark.parametrize(
    ("reported", "same", "yes"),
    [
        (tag("T0012"), same_text, False),
        (tag("T0012"), same_digits, True),
        (tag("12", (0, 0, 5, 5)), same_text, True),
        (tag("13"), same_digits, False),
    ],
)
def test_found_where_the_place_is_not_known(reported: PhotoTag, same: Same, yes: bool) -> None:
    assert is_found(LabelledNumber("12", None), reported, same) is yes


def test_a_table_of_photos(tmp_path: Path) -> None:
    table_file = tmp_path / "labels.csv"
    table_file.write_text(
        "file,text,by\na.jpg, t12 ,me\nsub/b.jpg,,me\na.jpg,7,me\n", encoding="utf-8"
    )
    assert read_photo_labels(table_file) == [
        LabelledPhoto(
            tmp_path / "a.jpg", "all", (LabelledNumber("T12", None), LabelledNumber("7", None))
        ),
        LabelledPhoto(tmp_path / "sub/b.jpg", "all", ()),
    ]


def test_a_list_of_photos(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    bibs = [{"number": " t12 ", "digits_xyxy": DIGITS}, {"number": 7, "digits_xyxy": DIGITS}]
    path.write_text(json.dumps([{"file": "a.jpg", "set": "road", "bibs": bibs}]))
    numbers = (LabelledNumber("T12", DIGITS), LabelledNumber("7", DIGITS))
    assert read_photo_labels(path) == [LabelledPhoto(tmp_path / "a.jpg", "road", numbers)]


@pytest.mark.parametrize(
    ("situation", "content", "words"),
    [
        ("another column", b"file,numbers\na.jpg,12\n", "row 2: needs the columns file and text"),
        ("a short row", b"file,text\na.jpg,7\nb.jpg\n", "row 3: needs"),
        ("no text", b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_a_table_that_cannot_be_used(
    situation: str, content: bytes, words: str, tmp_path: Path
) -> None:
    table_file = tmp_path / "labels.csv"
    table_file.write_bytes(content)
    with pytest.raises(LabelError, match=words):
        read_photo_labels(table_file)


def test_judging_one_photo() -> None:
    missed = LabelledNumber("99", (132, 32, 168, 48))
    photo = LabelledPhoto(Path("a.jpg"), "road", (TRUE, missed))
    row, error = judge(photo, [tag("12"), tag("5", (200, 0, 220, 10))], 7.0, {})
    assert (row.n_labels, row.n_found, row.n_tags, row.n_right) == (2, 1, 2, 1)
    assert (row.n_seen_right, row.n_unjudged) == (0, 1)
    assert (row.recall, row.precision, row.ms_per_photo) == (0.5, 0.5, 7.0)
    assert error.missed == (missed,)
    assert [t.bib for t in error.unlabelled] == ["5"]


RIGHT, WRONG = Verdict(True), Verdict(False)


@pytest.mark.parametrize(
    ("situation", "verdicts", "true_precision", "n_unjudged"),
    [
        ("nobody looked", {}, 1 / 3, 2),
        ("a bib that nobody labelled", {("a.jpg", "5"): RIGHT}, 2 / 3, 1),
        ("one right, one wrong", {("a.jpg", "5"): RIGHT, ("a.jpg", "6"): WRONG}, 2 / 3, 0),
        ("said of another photo", {("b.jpg", "5"): RIGHT}, 1 / 3, 2),
    ],
)
def test_verdicts_on_tags_without_a_label(
    situation: str, verdicts: Verdicts, true_precision: float, n_unjudged: int
) -> None:
    photo = LabelledPhoto(Path("a.jpg"), "road", (TRUE,))
    tags = [tag("12"), tag("5", (200, 0, 220, 10)), tag("6", (230, 0, 250, 10))]
    row, _ = judge(photo, tags, 7.0, verdicts)
    assert row.true_precision == pytest.approx(true_precision), situation
    assert row.precision == pytest.approx(1 / 3)
    assert row.n_unjudged == n_unjudged


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,bib,verdict\na.jpg,5,maybe\n", "row 2"),
        ("file,bib\na.jpg,5\n", "verdict"),
        ("file,bib,verdict,instead_of\na.jpg,5,wrong,55\n", "row 2: a wrong tag"),
        (None, "no table"),
    ],
)
def test_a_faulty_table_of_verdicts(text: str | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "verdicts.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(LabelError, match=message):
        read_verdicts(path)


def test_verdicts_are_read(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.csv"
    path.write_text("file,bib,verdict\na.jpg,05,right\na.jpg,6,wrong\n")
    assert read_verdicts(path) == {("a.jpg", "05"): RIGHT, ("a.jpg", "6"): WRONG}
    path.write_text("file,bib,verdict,instead_of\na.jpg,3594,right,359\na.jpg,6,wrong,\n")
    assert read_verdicts(path) == {("a.jpg", "3594"): Verdict(True, "359"), ("a.jpg", "6"): WRONG}


def test_a_wrong_label_is_mended_by_the_tag_instead_of_it() -> None:
    wrong = LabelledNumber("359", DIGITS)
    tags = [tag("3594", DIGITS), tag("5", (200, 0, 220, 10))]
    verdicts = {("a.jpg", "3594"): Verdict(True, "359"), ("a.jpg", "5"): RIGHT}
    row, error = judge(LabelledPhoto(Path("a.jpg"), "road", (wrong, TRUE)), tags, 7.0, verdicts)
    assert (row.n_found, row.n_mended, row.recall, row.mended_recall) == (0, 1, 0.0, 0.5)
    assert error.missed == (wrong, TRUE)


def test_shares_of_nothing_are_none() -> None:
    row, _ = judge(LabelledPhoto(Path("a.jpg"), "road", ()), [], 7.0, {})
    assert (row.recall, row.precision, row.true_precision) == (None, None, None)
    assert summed("all", [row, row]).n_photos == 2


def labelled(bib: str) -> dict[str, object]:
    return {"number": bib, "digits_xyxy": [32, 32, 68, 48]}


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    entries = []
    for name, group in (("a.png", "road"), ("b.png", "track")):
        cv2.imwrite(str(tmp_path / name), NOISE)
        entries.append({"file": name, "set": group, "bibs": [labelled("412")]})
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(entries))
    return path


def test_a_report_and_its_page(labels: Path, tmp_path: Path) -> None:
    detector = FakeDetector([detections([NUMBER]), detections([NUMBER])])
    looker = Looker(
        FakeDetector([]),
        FakeReader([reading(text, 0.9999) for text in ("412", "412", "417", "417")]),
        (192, 192),
    )
    told: list[tuple[int, int]] = []
    tagger = PhotoTagger(detector, looker, PhotoRules(long_sides=(960,)))
    report = evaluate_photos(labels, [tagger], lambda done, n: told.append((done, n)), together=1)
    assert [(r.group, r.n_photos, r.recall, r.precision) for r in report.rows] == [
        ("road", 1, 1.0, 1.0),
        ("track", 1, 0.0, 0.0),
        ("all", 2, 0.5, 0.5),
    ]
    assert [e.path.name for e in report.errors] == ["b.png"]
    assert told == [(1, 2), (2, 2)]
    assert "precision" in str(report)
    shown = json.loads(json.dumps(report.to_json()))
    assert shown["errors"][0]["missed"][0]["text"] == "412"
    page = write_error_page(report, tmp_path / "new" / "folder")
    text = page.read_text()
    assert "b.png: missed 412; without a label 417" in text
    assert 'src="0000.jpg"' in text
    picture = cv2.imread(str(page.parent / "0000.jpg"))
    assert picture is not None
    assert picture.shape == (480, 960, 3)
    assert picture[:, :, 2].max() > 150  # red round the missed one


def test_the_photos_of_a_set_are_one_race(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), NOISE)
    unsure = reading("80374", 0.9999)
    unsure.log_probs[1] = np.log(1e-6)
    for symbol, probability in (("8", 0.6), ("S", 0.39)):
        unsure.log_probs[1, ALPHABET.index(symbol) + 1] = np.log(probability)
    entries, readings = [], []
    # The doubtful photos come first: what a set looks like is known when all of it was read.
    for group, bib in (("letters", "S0374"), ("numbers", "80374")):
        entries.append({"file": "a.png", "set": group, "bibs": [labelled(bib)]})
        readings += [unsure] * 2
    for n in range(1000, 1012):
        for group, first in (("letters", "S"), ("numbers", "1")):
            entries.append({"file": "a.png", "set": group, "bibs": [labelled(f"{first}{n}")]})
            readings += [reading(f"{first}{n}", 0.9999)] * 2
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(entries))
    detector = FakeDetector([detections([NUMBER, SHEET])] * len(entries))
    looker = Looker(FakeDetector([]), FakeReader(readings), (192, 192))
    tagger = PhotoTagger(detector, looker, PhotoRules(long_sides=(960,), least_probability=0.0))
    report = evaluate_photos(path, [tagger], lambda done, n: None, together=1)
    assert [(r.group, r.n_labels, r.n_right) for r in report.rows] == [
        ("letters", 13, 13),
        ("numbers", 13, 13),
        ("all", 26, 26),
    ]
    assert report.errors == ()


class _Meeting(PhotoTagger):
    """Waits in each of its first calls until another one is at work as well."""

    def __init__(self, there: threading.Barrier, bib: str) -> None:
        looker = Looker(FakeDetector([]), FakeReader([]), (192, 192))
        super().__init__(FakeDetector([]), looker, PhotoRules())
        self._there = there
        self._line = PhotoLine(NUMBER[:4], SHEET[:4], 0.5, {bib: 0.99}, {bib: 3})
        self.asked: list[int] = []

    def tag_all(
        self, pictures: Sequence[Picture], race: KnownRace | None = None
    ) -> list[TaggedPhoto]:
        self._there.wait(timeout=20)
        self.asked.append(len(pictures))
        return [TaggedPhoto((), (self._line,), detections([])) for _ in pictures]


def test_several_taggers_work_at_the_same_time(tmp_path: Path) -> None:
    names = [f"{n}.png" for n in range(8)]
    for name in names:
        cv2.imwrite(str(tmp_path / name), NOISE)
    entries = [{"file": name, "bibs": [labelled("412")]} for name in names]
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(entries))
    there = threading.Barrier(2)
    taggers = [_Meeting(there, "412") for _ in range(2)]
    told: list[int] = []
    report = evaluate_photos(path, taggers, lambda done, n: told.append(done), together=2)
    assert [tagger.asked for tagger in taggers] == [[2, 2], [2, 2]]
    assert told == [*range(1, 9)]
    assert report.rows[-1].n_photos == 8


@pytest.mark.parametrize(
    ("situation", "n_photos", "n_taggers", "pixels", "asked"),
    [
        ("small photos", 16, 1, 10**9, [8, 8]),
        ("as many for each tagger", 6, 2, 10**9, [3, 3]),
        ("in whole rounds", 24, 2, 10**9, [6, 6, 6, 6]),
        ("fewer than taggers", 1, 4, 10**9, [1]),
        ("large photos", 3, 1, 100 * 200, [1, 1, 1]),
    ],
)
def test_how_many_photos_are_tagged_together(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    situation: str,
    n_photos: int,
    n_taggers: int,
    pixels: int,
    asked: list[int],
) -> None:
    monkeypatch.setattr("engines.evaluate.photos.TOGETHER_PIXELS", pixels)
    cv2.imwrite(str(tmp_path / "a.png"), NOISE)
    path = tmp_path / "labels.json"
    path.write_text(json.dumps([{"file": "a.png", "bibs": [labelled("412")]}] * n_photos))
    taggers = [_Meeting(threading.Barrier(1), "412") for _ in range(n_taggers)]
    report = evaluate_photos(path, taggers, lambda done, n: None)
    assert sorted((n for tagger in taggers for n in tagger.asked), reverse=True) == asked, situation
    assert report.rows[-1].n_photos == n_photos


@pytest.mark.parametrize(
    ("text", "words"), [("[]", "no photo"), ("{}", "no photo"), ("[1]", "no list"), ("", "cannot")]
)
def test_unusable_labels(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "labels.json"
    path.write_text(text)
    looker = Looker(FakeDetector([]), FakeReader([]), (192, 192))
    tagger = PhotoTagger(FakeDetector([]), looker, PhotoRules(long_sides=(960,)))
    with pytest.raises(LabelError, match=words):
        evaluate_photos(path, [tagger], lambda done, n: None)


def test_tables_line_up() -> None:
    assert table(["set", "n"], [["road", "1"], ["a", "100"]]) == "set     n\nroad    1\na     100"
