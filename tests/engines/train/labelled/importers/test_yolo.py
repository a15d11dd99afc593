from pathlib import Path

import pytest

from engines.errors import LabelError
from engines.train.labelled.importers.reading import read_data_set
from engines.train.labelled.importers.yolo import label_files, names_files, names_from_yaml
from engines.types import Kind
from tests.engines.train.labelled.importers import draw, names, problems, rows, write

BOX = "1 0.25 0.25 0.2 0.1\n"
PLACE = (15, 16, 35, 24)


def data_set_of(root: Path, labels: str, **how: bool) -> Path:
    """The layout of Ultralytics: images/train, labels/train and data.yaml."""
    draw(root / "images" / "train" / "a.jpg")
    write(root / "labels" / "train" / "a.txt", labels, **how)
    write(root / "data.yaml", "names: [person, bib, face]\n", **how)
    return root


@pytest.mark.parametrize(
    ("situation", "yaml", "expected"),
    [
        ("a list", "names: [person, bib]", {0: "person", 1: "bib"}),
        ("quoted", "names: ['a, b', \"it's\"]  # two", {0: "a, b", 1: "it's"}),
        ("over lines", "nc: 2\nnames: [\n  person, # 0\n  bib\n]\nval: x", {0: "person", 1: "bib"}),
        ("dashes", "names:\n- person\n- race-bib\nnc: 2", {0: "person", 1: "race-bib"}),
        ("dashes set in", "names:\n  - person\n\n  - bib", {0: "person", 1: "bib"}),
        ("a mapping", "names:\n  0: person\n  2: 'bib'", {0: "person", 2: "bib"}),
        ("a mapping in braces", "names: {0: person, 3: bib}", {0: "person", 3: "bib"}),
        ("Windows line ends", "names:\r\n- person\r\n- bib\r\n", {0: "person", 1: "bib"}),
        ("none", "train: images\nclass_names: [a]", {}),
        ("not closed", "names: [person, bib", {}),
        ("a word", "names: person", {}),
        ("empty", "names: []", {}),
    ],
)
def test_names_in_yaml(situation: str, yaml: str, expected: dict[int, str]) -> None:
    assert names_from_yaml(yaml) == expected, situation


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("data.yaml", "names: [person, bib]"),
        ("dataset.yaml", "path: .\nnames:\n  0: person\n  1: bib\n"),
        ("my race.yml", "names: [person, bib]"),
        ("classes.txt", "person\nbib\n"),
        ("labels/classes.txt", "person\nbib\n"),
        ("obj.names", "person\nbib\n"),
    ],
)
@pytest.mark.parametrize("how", [{}, {"bom": True}, {"crlf": True}])
def test_files_of_names(tmp_path: Path, file: str, content: str, how: dict[str, bool]) -> None:
    (data_set_of(tmp_path, BOX, **how) / "data.yaml").unlink()
    write(tmp_path / file, content, **how)
    data_set = read_data_set(tmp_path)
    assert rows(data_set) == [("a.jpg", "bib", PLACE, None)]
    assert problems(data_set) == []
    assert data_set.pictures[0].boxes[0].where == "labels/train/a.txt:1"
    assert data_set.pictures[0].race == ""


@pytest.mark.parametrize(
    ("situation", "picture", "label"),
    [
        ("Roboflow", "train/images/a_jpg.rf.12.jpg", "train/labels/a_jpg.rf.12.txt"),
        ("LabelImg", "a.jpg", "a.txt"),
        ("Darknet", "obj_train_data/a.jpg", "obj_train_data/a.txt"),
        ("by race", "images/berlin/Läufer 1.JPG", "labels/berlin/Läufer 1.txt"),
        ("labels elsewhere", "photos/berlin/a.png", "labels/a.txt"),
    ],
)
def test_layouts(tmp_path: Path, situation: str, picture: str, label: str) -> None:
    draw(tmp_path / picture)
    write(tmp_path / label, BOX)
    write(tmp_path / "classes.txt", "person\nbib")
    data_set = read_data_set(tmp_path)
    assert rows(data_set) == [(Path(picture).name, "bib", PLACE, None)], situation
    assert problems(data_set) == []
    assert data_set.pictures[0].race == {"by race": "berlin", "labels elsewhere": "berlin"}.get(
        situation, "obj_train_data" if situation == "Darknet" else ""
    )


@pytest.mark.parametrize("named", ["data.yaml", "labels"])
def test_a_file_or_folder_of_the_data_set_will_do(tmp_path: Path, named: str) -> None:
    data_set_of(tmp_path, BOX)
    write(tmp_path / "labels" / "classes.txt", "person\nbib")
    assert rows(read_data_set(tmp_path / named)) == [("a.jpg", "bib", PLACE, None)]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("1 0.5 0.5 0.2", "the row has 4 values, not class cx cy width height"),
        ("1 0.5 0.5 0.2 0.1 0.9", "the row has 6 values"),
        ("1 0.1 0.1 0.2 0.1 0.2 0.2", "export boxes, not outlines or predictions"),
        ("bib 0.5 0.5 0.2 0.1", "the row 'bib 0.5 0.5 0.2 0.1' is no five numbers"),
        ("-1 0.5 0.5 0.2 0.1", "is no five numbers; correct the row"),
        ("1 0.5 nan 0.2 0.1", "is no five numbers"),
        ("1 50 40 20 10", "the row '1 50 40 20 10' is not in shares of the picture"),
        ("1 50 0.5 0.2 0.1", "is not in shares of the picture"),
        ("1 0.5 0.5 0 0.1", "the box 50 36 50 44 has no area"),
        ("1 1.0 0.5 0.2 0.1", "reaches 10 px out of 100x80"),
        ("7 0.5 0.5 0.2 0.1", "the class '7' is unknown, so its boxes are left out"),
    ],
)
def test_a_bad_row_is_a_problem(tmp_path: Path, row: str, problem: str) -> None:
    data_set = read_data_set(data_set_of(tmp_path, f"{row}\n\n{BOX}"))
    assert rows(data_set) == [("a.jpg", "bib", PLACE, None)]
    (found,) = problems(data_set)
    assert found.startswith("labels/train/a.txt:1: ")
    assert problem in found


def test_rounding_over_the_edge_is_clipped(tmp_path: Path) -> None:
    data_set = read_data_set(data_set_of(tmp_path, "0 0.5 0.5 1.000001 1.02\n"))
    assert rows(data_set) == [("a.jpg", "person", (0, 0, 100, 80), None)]
    assert problems(data_set) == []


def test_an_unknown_class_is_one_problem(tmp_path: Path) -> None:
    data_set_of(tmp_path, BOX)
    write(tmp_path / "data.yaml", "names: [person, race number]")
    draw(tmp_path / "images" / "train" / "b.jpg")
    write(tmp_path / "labels" / "train" / "b.txt", BOX + "1 0.7 0.7 0.2 0.1\n0 0.5 0.5 0.9 0.9\n")
    data_set = read_data_set(tmp_path)
    assert [row[:2] for row in rows(data_set)] == [("b.jpg", "person")]
    assert names(data_set) == ["b.jpg"]  # the other shows something, though nobody knows what
    assert problems(data_set) == [
        "labels/train/a.txt:1: the class 'race number' is unknown, so its boxes are left out; "
        "name it with --class 'race number=bib'"
    ]
    named = read_data_set(tmp_path, classes={"Race_Number": Kind.NUMBER})
    assert [row[1] for row in rows(named)] == ["number", "number", "number", "person"]


def test_classes_without_names_are_named_by_number(tmp_path: Path) -> None:
    (data_set_of(tmp_path, BOX) / "data.yaml").unlink()
    assert "name it with --class 1=bib" in problems(read_data_set(tmp_path))[0]
    named = read_data_set(tmp_path, classes={"1": Kind.FACE})
    assert [row[1] for row in rows(named)] == ["face"]


def test_pictures_without_boxes_are_counterexamples(tmp_path: Path) -> None:
    data_set_of(tmp_path, BOX)
    draw(tmp_path / "images" / "train" / "b.jpg")
    write(tmp_path / "labels" / "train" / "b.txt", "")
    draw(tmp_path / "images" / "train" / "c.jpg")  # no file of labels at all
    draw(tmp_path / "images" / "roads" / "d.jpg")
    draw(tmp_path / "plots" / "losses.png")  # no picture of the data set
    data_set = read_data_set(tmp_path)
    assert [(p.path.name, len(p.boxes)) for p in data_set.pictures] == [
        ("a.jpg", 1),
        ("b.jpg", 0),
        ("d.jpg", 0),
        ("c.jpg", 0),
    ]
    assert problems(data_set) == []


@pytest.mark.parametrize(
    ("situation", "label", "problem"),
    [
        ("every row is bad", b"1 0.5 0.5 0.2\n", "labels/train/b.txt:1: the row has 4 values"),
        ("no text", b"\xff\xfe1\x00", "labels/train/b.txt: is no UTF-8 text; save it as UTF-8"),
    ],
)
def test_a_picture_whose_labels_are_lost_is_no_counterexample(
    tmp_path: Path, situation: str, label: bytes, problem: str
) -> None:
    data_set_of(tmp_path, BOX)
    draw(tmp_path / "images" / "train" / "b.jpg")
    (tmp_path / "labels" / "train" / "b.txt").write_bytes(label)
    data_set = read_data_set(tmp_path)
    assert names(data_set) == ["a.jpg"], situation
    (found,) = problems(data_set)
    assert found.startswith(problem)


def test_a_missing_and_a_broken_picture_are_problems(tmp_path: Path) -> None:
    data_set_of(tmp_path, BOX)
    write(tmp_path / "labels" / "train" / "gone.txt", BOX)
    write(tmp_path / "labels" / "train" / "odd.txt", BOX)
    write(tmp_path / "images" / "train" / "odd.jpg", "no picture")
    data_set = read_data_set(tmp_path)
    assert names(data_set) == ["a.jpg"]
    gone, odd = problems(data_set)
    assert gone.startswith("labels/train/gone.txt: the picture 'gone' is missing in ")
    assert odd.startswith("labels/train/odd.txt: the picture images/train/odd.jpg cannot be decode")


def test_equal_names_in_sub_folders(tmp_path: Path) -> None:
    for race, box in (("berlin", "0 0.5 0.5 0.9 0.9"), ("oslo", BOX)):
        draw(tmp_path / "images" / race / "a.jpg")
        write(tmp_path / "labels" / race / "a.txt", box)
    write(tmp_path / "classes.txt", "person\nbib")
    data_set = read_data_set(tmp_path)
    assert [(p.race, p.boxes[0].kind.name) for p in data_set.pictures] == [
        ("berlin", "PERSON"),
        ("oslo", "BIB"),
    ]
    assert problems(data_set) == []


def test_two_pictures_of_one_name_are_not_guessed(tmp_path: Path) -> None:
    data_set_of(tmp_path, BOX)
    draw(tmp_path / "images" / "train" / "a.png")
    data_set = read_data_set(tmp_path)
    assert names(data_set) == []  # nor is either a counterexample
    assert problems(data_set) == [
        "labels/train/a.txt: a may be images/train/a.jpg or images/train/a.png; "
        "name the sub-folder in the labels, or rename one of them"
    ]


def test_labels_of_two_folders_must_not_lead_to_one_picture(tmp_path: Path) -> None:
    draw(tmp_path / "images" / "a.jpg")
    write(tmp_path / "labels" / "berlin" / "a.txt", BOX)
    write(tmp_path / "labels" / "oslo" / "a.txt", "0 0.5 0.5 0.9 0.9")
    write(tmp_path / "classes.txt", "person\nbib")
    data_set = read_data_set(tmp_path)
    assert rows(data_set) == [("a.jpg", "bib", PLACE, None)]
    (found,) = problems(data_set)
    assert found.startswith("labels/oslo/a.txt: oslo/a and berlin/a both lead to images/a.jpg")


def test_two_data_sets_in_one_folder_keep_their_names(tmp_path: Path) -> None:
    data_set_of(tmp_path / "one", BOX)
    write(data_set_of(tmp_path / "two", BOX) / "data.yaml", "names: [bib, face]")
    data_set = read_data_set(tmp_path)
    assert [(p.race, p.boxes[0].kind.name) for p in data_set.pictures] == [
        ("one", "BIB"),
        ("two", "FACE"),
    ]
    assert problems(data_set) == []


def test_pictures_elsewhere(tmp_path: Path) -> None:
    data_set_of(tmp_path / "labelled", BOX)
    (tmp_path / "labelled" / "images").rename(tmp_path / "originals")
    data_set = read_data_set(tmp_path / "labelled", pictures=tmp_path / "originals")
    assert rows(data_set) == [("a.jpg", "bib", PLACE, None)]
    assert problems(data_set) == []


def test_names_that_are_not_understood_are_an_error(tmp_path: Path) -> None:
    write(data_set_of(tmp_path, BOX) / "data.yaml", "names: person\n")
    with pytest.raises(LabelError, match=r"data\.yaml: its key 'names' is not understood; write"):
        read_data_set(tmp_path)


def test_a_data_set_without_pictures_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "data.yaml", "names: [bib]\n")
    with pytest.raises(LabelError, match="labels no picture; check that it is the right one"):
        read_data_set(tmp_path)


def test_which_files_are_labels(tmp_path: Path) -> None:
    draw(tmp_path / "a.jpg")
    for name, content in {
        "a.txt": "odd",  # beside its picture
        "gone.txt": BOX,  # looks like a box
        "train.txt": "images/a.jpg\n",
        "README.txt": "5 runners",
        "labels/odd.txt": "odd",
        "labels/classes.txt": "bib",
        "settings.yaml": "epochs: 3",
        "data.yaml": "names: [bib]",
    }.items():
        write(tmp_path / name, content)
    found = [path.relative_to(tmp_path).as_posix() for path in label_files(tmp_path)]
    assert found == ["a.txt", "gone.txt", "labels/odd.txt"]
    assert [path.name for path in names_files(tmp_path)] == ["classes.txt", "data.yaml"]
