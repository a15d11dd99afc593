import json
from pathlib import Path

import pytest

from engines.errors import LabelError
from engines.train.labelled.importers.reading import read_data_set
from engines.types import Kind
from tests.engines.train.labelled.importers import draw, names, problems, rows, write

Entry = dict[str, object]

A = {"id": 1, "file_name": "a.png", "width": 100, "height": 80}
CATEGORIES = [{"id": n, "name": name} for n, name in enumerate(("person", "bib", "face"))]


def note(**changes: object) -> Entry:
    """An annotation: a bib in picture 1."""
    return {"id": 7, "image_id": 1, "category_id": 1, "bbox": [10, 20, 30, 10], **changes}


def pack(
    folder: Path, annotations: list[object], images: list[object] | None = None, **how: bool
) -> Path:
    draw(folder / "a.png")
    content = {"images": images or [A], "categories": CATEGORIES, "annotations": annotations}
    return write(folder / "labels.json", json.dumps(content, indent=1), **how)


@pytest.mark.parametrize(
    ("situation", "annotation", "expected"),
    [
        ("a box", note(), ("bib", None, False)),
        ("category 0", note(category_id=0), ("person", None, False)),
        ("quoted ids", note(image_id="1", category_id="2"), ("face", None, False)),
        ("ignored", note(ignore=1), ("bib", None, True)),
        ("a crowd", note(iscrowd=1), ("bib", None, True)),
        ("flags at rest", note(iscrowd=0, ignore=False), ("bib", None, False)),
        ("text", note(text="0043"), ("bib", "0043", False)),
        ("an attribute", note(attributes={"number": 43, "occluded": False}), ("bib", "43", False)),
        ("text as attribute", note(attributes={"text": "a7"}), ("bib", "A7", False)),
        ("an empty number", note(number="", attributes={"number": ""}), ("bib", None, False)),
        ("attributes of another sort", note(attributes=["43"]), ("bib", None, False)),
    ],
)
def test_annotations(
    tmp_path: Path, situation: str, annotation: Entry, expected: tuple[str, str | None, bool]
) -> None:
    data_set = read_data_set(pack(tmp_path, [annotation]))
    assert problems(data_set) == []
    (picture,) = data_set.pictures
    (box,) = picture.boxes
    assert (picture.width, picture.height, picture.race) == (100, 80, "")
    assert (box.kind.name.lower(), box.text, box.ignored) == expected, situation
    assert box.box == (10, 20, 40, 30)
    assert box.where == "labels.json: annotations[0]"


@pytest.mark.parametrize(
    ("situation", "annotation", "problem"),
    [
        ("no box", note(bbox=None), "the box has no coordinates; draw the box again"),
        ("three numbers", note(bbox=[1, 2, 3]), "the box has no coordinates"),
        ("a word", note(bbox=[1, 2, "x", 4]), "the box has no coordinates"),
        ("no area", note(bbox=[10, 20, 0, 10]), "the box 10 20 10 30 has no area"),
        ("outside", note(bbox=[200, 20, 10, 10]), "lies outside the picture of 100x80"),
        ("half outside", note(bbox=[90, 20, 30, 10]), "reaches 20 px out of 100x80"),
        ("another picture", note(image_id=9), "image_id 9 is not listed in images"),
        ("no picture", note(image_id=None), "image_id (none) is not listed in images"),
        ("another category", note(category_id=8), "category_id 8 is not listed in categories"),
        ("no entry", "odd", "image_id (none) is not listed in images"),
    ],
)
def test_a_bad_annotation_is_a_problem(
    tmp_path: Path, situation: str, annotation: object, problem: str
) -> None:
    data_set = read_data_set(pack(tmp_path, [annotation, note(category_id=0, text="5")]))
    assert rows(data_set) == [("a.png", "person", (10, 20, 40, 30), "5")], situation
    (found,) = problems(data_set)
    assert found.startswith("labels.json: annotations[0]: ")
    assert problem in found


def test_an_odd_number_leaves_the_box(tmp_path: Path) -> None:
    data_set = read_data_set(pack(tmp_path, [note(text="4?")]))
    assert rows(data_set) == [("a.png", "bib", (10, 20, 40, 30), None)]
    (found,) = problems(data_set)
    assert "the number '4?' has characters that no bib carries" in found


def test_a_box_a_little_outside_is_clipped(tmp_path: Path) -> None:
    data_set = read_data_set(pack(tmp_path, [note(bbox=[-1.5, 70, 30, 12])]))
    assert rows(data_set) == [("a.png", "bib", (0, 70, 28.5, 80), None)]
    assert problems(data_set) == []


@pytest.mark.parametrize(
    ("situation", "image", "problem"),
    [
        ("missing", {"id": 2, "file_name": "b.png"}, "the picture 'b.png' is missing in "),
        ("no picture", {"id": 2, "file_name": "c.png"}, "c.png cannot be decoded; copy it again"),
        ("no name", {"id": 2}, "the picture has no id or no file_name"),
        ("no id", {"file_name": "a.png"}, "the picture has no id or no file_name"),
        ("no entry", None, "the picture has no id or no file_name"),
        ("twice", A, "the picture has the id 1 of labels.json: images[0]"),
        (
            "another size",
            {"id": 2, "file_name": "d.png", "width": 200, "height": 160},
            "drawn on 200x160, but d.png is 100x80; take the picture that the boxes were drawn on",
        ),
        (
            "turned",
            {"id": 2, "file_name": "d.png", "width": 80, "height": 100},
            "drawn on 80x100, but d.png is 100x80; turn the picture as its EXIF says",
        ),
    ],
)
def test_a_bad_picture_is_a_problem(
    tmp_path: Path, situation: str, image: object, problem: str
) -> None:
    draw(tmp_path / "d.png")
    write(tmp_path / "c.png", "no picture")
    data_set = read_data_set(pack(tmp_path, [note()], [A, image]))
    assert rows(data_set) == [("a.png", "bib", (10, 20, 40, 30), None)], situation
    (found,) = problems(data_set)
    assert found.startswith("labels.json: images[1]: ")
    assert problem in found


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", r"labels\.json: is broken JSON: .*; export it again"),
        ("[" * 100_000, r"labels\.json: is broken JSON"),
        ("[]", r"labels\.json: is no COCO detection file, it needs the lists"),
        ('{"images": [], "annotations": []}', "is no COCO detection file"),
        ('{"images": {}, "annotations": [], "categories": []}', "is no COCO detection file"),
        ('{"images": [], "annotations": [], "categories": []}', "labels no picture"),
    ],
)
def test_another_file_is_an_error(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(LabelError, match=words):
        read_data_set(write(tmp_path / "labels.json", content))


@pytest.mark.parametrize("how", [{"bom": True}, {"crlf": True}])
def test_files_of_other_machines(tmp_path: Path, how: dict[str, bool]) -> None:
    images: list[object] = [{"id": 1, "file_name": "Zürich\\Läufer 1.png"}]
    draw(tmp_path / "Zürich" / "Läufer 1.png")
    data_set = read_data_set(pack(tmp_path, [note()], images, **how))
    assert rows(data_set) == [("Läufer 1.png", "bib", (10, 20, 40, 30), None)]
    assert data_set.pictures[0].race == "zürich"
    assert problems(data_set) == []


@pytest.mark.parametrize(
    ("said", "known"),
    [
        (None, {Kind.BIB}),
        (["bib", "person"], {Kind.BIB, Kind.PERSON}),
        ([], set()),
        (["bib", "sponsor"], {Kind.BIB}),
        ("all", {Kind.BIB}),
        ([{}], {Kind.BIB}),
    ],
)
def test_what_is_labelled_in_a_picture(said: object, known: set[Kind], tmp_path: Path) -> None:
    [picture] = read_data_set(pack(tmp_path, [note()], [{**A, "labelled_kinds": said}])).pictures
    assert picture.known == known


def test_a_picture_without_boxes_is_a_counterexample(tmp_path: Path) -> None:
    draw(tmp_path / "b.png")
    data_set = read_data_set(pack(tmp_path, [note()], [A, {"id": 2, "file_name": "b.png"}]))
    assert [len(picture.boxes) for picture in data_set.pictures] == [1, 0]


@pytest.mark.parametrize("annotation", [note(bbox=[0, 0, 0, 0]), note(category_id=8)])
def test_a_picture_that_lost_its_boxes_is_no_counterexample(
    tmp_path: Path, annotation: Entry
) -> None:
    data_set = read_data_set(pack(tmp_path, [annotation]))
    assert names(data_set) == []
    assert len(problems(data_set)) == 1


def test_two_files_about_one_picture_are_joined(tmp_path: Path) -> None:
    pack(tmp_path, [note(), note(category_id=0, bbox=[0, 0, 90, 70])])
    second = {"images": [A], "categories": CATEGORIES, "annotations": [note(text="43")]}
    write(tmp_path / "numbers.json", json.dumps(second))
    data_set = read_data_set(tmp_path)
    assert rows(data_set) == [
        ("a.png", "bib", (10, 20, 40, 30), "43"),
        ("a.png", "person", (0, 0, 90, 70), None),
    ]
    assert problems(data_set) == []


def test_two_numbers_for_one_box_are_a_problem(tmp_path: Path) -> None:
    data_set = read_data_set(pack(tmp_path, [note(text="43"), note(text="48")]))
    assert rows(data_set) == [("a.png", "bib", (10, 20, 40, 30), "43")]
    assert problems(data_set) == [
        "labels.json: annotations[1]: the box reads 48, but 43 in labels.json: annotations[0]; "
        "correct the wrong one"
    ]


def test_equal_names_in_sub_folders(tmp_path: Path) -> None:
    images: list[object] = [
        {"id": 1, "file_name": "spring/a.png"},
        {"id": 2, "file_name": "autumn/a.png"},
    ]
    draw(tmp_path / "images" / "spring" / "a.png")
    draw(tmp_path / "images" / "autumn" / "a.png")
    file = pack(tmp_path / "x", [note(), note(image_id=2, category_id=2)], images)
    (tmp_path / "x" / "a.png").unlink()
    data_set = read_data_set(file, pictures=tmp_path / "images")
    assert [(p.path.parent.name, p.race) for p in data_set.pictures] == [
        ("spring", "spring"),
        ("autumn", "autumn"),
    ]
    assert problems(data_set) == []


def test_two_names_must_not_lead_to_one_picture(tmp_path: Path) -> None:
    images: list[object] = [
        {"id": 1, "file_name": "spring/a.png"},
        {"id": 2, "file_name": "autumn/a.png"},
    ]
    data_set = read_data_set(pack(tmp_path, [note(), note(image_id=2, category_id=2)], images))
    assert rows(data_set) == [("a.png", "bib", (10, 20, 40, 30), None)]
    assert problems(data_set) == [
        "labels.json: images[1]: autumn/a.png and spring/a.png both lead to a.png; "
        "keep the pictures in their own sub-folders"
    ]


def test_a_picture_in_a_folder_beside_the_data_set(tmp_path: Path) -> None:
    draw(tmp_path / "berlin" / "b.png")
    file = pack(tmp_path / "set", [note()], [{"id": 1, "file_name": "../berlin/b.png"}])
    (picture,) = read_data_set(file).pictures
    assert (picture.path, picture.race) == (tmp_path / "berlin" / "b.png", "berlin")
