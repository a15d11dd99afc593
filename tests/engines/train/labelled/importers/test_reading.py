import json
import os
from pathlib import Path

import pytest

from engines.errors import LabelError
from engines.train.labelled.importers.intake import CLASS_NAMES
from engines.train.labelled.importers.reading import FORMATS, read_data_set, read_data_sets
from engines.types import Kind
from tests.engines.train.labelled.importers import draw, problems, rows, write

YOLO = "1 0.25 0.25 0.2 0.1\n"
VOC = (
    "<annotation><filename>a.png</filename><object><name>bib</name><bndbox><xmin>15</xmin>"
    "<ymin>16</ymin><xmax>35</xmax><ymax>24</ymax></bndbox></object></annotation>"
)
VGG = (
    "filename,region_shape_attributes,region_attributes\n"
    'a.png,"{""name"":""rect"",""x"":15,""y"":16,""width"":20,""height"":8}","{""bib"":""""}"\n'
)
TURK = (
    "AssignmentStatus,Input.image_url,Answer.annotation_data\nApproved,a.png,"
    '"[{""left"":15,""top"":16,""width"":20,""height"":8,""label"":""43""}]"\n'
)


def coco(name: str = "bib") -> str:
    return json.dumps(
        {
            "images": [{"id": 1, "file_name": "a.png"}],
            "categories": [{"id": 1, "name": name}],
            "annotations": [{"image_id": 1, "category_id": 1, "bbox": [15, 16, 20, 8]}],
        }
    )


def lay(folder: Path, **files: str) -> Path:
    draw(folder / "a.png")
    for name, content in files.items():
        write(folder / name.replace("_", "."), content)
    return folder


@pytest.mark.parametrize(
    ("file", "content", "number"),
    [
        ("x_json", coco(), None),
        ("a_txt", YOLO, None),
        ("a_xml", VOC, None),
        ("x_csv", VGG, None),
        ("y_csv", TURK, "43"),
        ("X_JSON", coco(), None),
    ],
)
@pytest.mark.parametrize("folder", [True, False])
def test_formats_are_recognised(
    tmp_path: Path, file: str, content: str, number: str | None, folder: bool
) -> None:
    lay(tmp_path, **{file: content}, notes_md="# bib 43", empty_csv="", package_json="{}")
    names_file = write(tmp_path / "obj.names", "person\nbib") if file == "a_txt" else None
    path = tmp_path if folder else names_file or tmp_path / file.replace("_", ".")
    data_set = read_data_set(path)
    assert rows(data_set) == [("a.png", "bib", (15, 16, 35, 24), number)]
    assert problems(data_set) == []


@pytest.mark.parametrize("name", ["notes.md", "empty.csv", "a.png", ""])
def test_what_is_not_recognised_names_the_formats(tmp_path: Path, name: str) -> None:
    lay(tmp_path, notes_md="# bib 43", empty_csv="")
    with pytest.raises(LabelError, match="holds no labels of a known format") as caught:
        read_data_set(tmp_path / name)
    assert all(each.name in str(caught.value) for each in FORMATS)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"x_json": coco()}, {"a_xml": VOC}),
        ({"a_xml": VOC}, {"a_txt": YOLO}),
        ({"x_csv": VGG}, {"y_csv": TURK}),
    ],
)
def test_two_formats_in_one_folder_are_not_guessed(
    tmp_path: Path, first: dict[str, str], second: dict[str, str]
) -> None:
    lay(tmp_path, **first, **second)
    with pytest.raises(LabelError, match="name the file or folder of the one to read") as caught:
        read_data_set(tmp_path)
    assert sum(each.name in str(caught.value) for each in FORMATS) == 2


def test_one_of_two_data_sets_in_a_folder_is_read_by_name(tmp_path: Path) -> None:
    lay(tmp_path, x_csv=VGG, y_csv=TURK)
    assert [row[3] for row in rows(read_data_set(tmp_path / "x.csv"))] == [None]
    assert [row[3] for row in rows(read_data_set(tmp_path / "y.csv"))] == ["43"]


def test_hidden_files_are_no_labels(tmp_path: Path) -> None:
    lay(tmp_path, x_json=coco())
    write(tmp_path / "._x.json", '"images" "annotations"')
    assert len(rows(read_data_set(tmp_path))) == 1


@pytest.mark.parametrize(
    ("path", "pictures", "words"),
    [
        ("gone", None, "gone does not exist; check the path"),
        ("x.json", "gone", "gone does not exist; check the path"),
        ("x.json", "a.png", "a.png is no folder; name the folder that holds the pictures"),
    ],
)
def test_paths_are_checked(tmp_path: Path, path: str, pictures: str | None, words: str) -> None:
    lay(tmp_path, x_json=coco())
    with pytest.raises(LabelError, match=words):
        read_data_set(tmp_path / path, pictures=tmp_path / pictures if pictures else None)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("person", Kind.PERSON),
        ("Runners", Kind.PERSON),
        ("ATHLETE", Kind.PERSON),
        ("people", Kind.PERSON),
        ("Bib", Kind.BIB),
        ("dossards", Kind.BIB),
        ("race_bib", Kind.BIB),
        ("plate", Kind.BIB),
        ("faces", Kind.FACE),
        ("Number", Kind.NUMBER),
        ("digits", Kind.NUMBER),
        ("text", Kind.NUMBER),
    ],
)
def test_class_names(tmp_path: Path, name: str, kind: Kind) -> None:
    data_set = read_data_set(lay(tmp_path, x_json=coco(name)))
    assert [row[1] for row in rows(data_set)] == [kind.name.lower()]
    assert problems(data_set) == []


@pytest.mark.parametrize("name", ["bib number", "boat", "digit", "s"])
def test_an_unknown_class_is_not_guessed(tmp_path: Path, name: str) -> None:
    data_set = read_data_set(lay(tmp_path, x_json=coco(name)))
    assert rows(data_set) == []
    (found,) = problems(data_set)
    option = f"--class '{name}=bib'" if " " in name else f"--class {name}=bib"
    assert found == (
        f"x.json: annotations[0]: the class '{name}' is unknown, so its boxes are left out; "
        f"name it with {option}"
    )


@pytest.mark.parametrize("given", ["bib number", "Bib-Number", " bib_number "])
def test_given_classes_win(tmp_path: Path, given: str) -> None:
    lay(tmp_path, x_json=coco("Bib number"))
    data_set = read_data_set(tmp_path, classes={given: Kind.BIB})
    assert [row[1] for row in rows(data_set)] == ["bib"]
    lay(tmp_path, x_json=coco("face"))
    data_set = read_data_set(tmp_path, classes={"face": Kind.PERSON})
    assert [row[1] for row in rows(data_set)] == ["person"]


def test_every_kind_has_its_own_name() -> None:
    assert {CLASS_NAMES[kind.name.lower()] for kind in Kind} == set(Kind)


def test_a_folder_of_annotations_finds_the_pictures_beside_it(tmp_path: Path) -> None:
    lay(tmp_path / "train2017")
    file = write(tmp_path / "annotations" / "train.json", coco())
    for path in (tmp_path, file.parent, file):
        assert len(rows(read_data_set(path))) == 1, path


def test_given_pictures_come_before_those_beside_the_labels(tmp_path: Path) -> None:
    lay(tmp_path / "set", x_json=coco())
    original = draw(tmp_path / "originals" / "a.png", 200, 160)
    (picture,) = read_data_set(tmp_path / "set", pictures=tmp_path / "originals").pictures
    assert (picture.path, picture.width, picture.height) == (original, 200, 160)


def test_a_name_too_long_for_a_file_is_a_missing_picture(tmp_path: Path) -> None:
    name = "a" * 5000 + ".png"
    file = lay(tmp_path, x_json=coco().replace("a.png", name)) / "x.json"
    (found,) = problems(read_data_set(file))
    assert "is missing in" in found


def bib_reading(text: str, x: int = 15) -> str:
    """A table of VGG's with a bib of a.png that reads `text`."""
    return VGG.replace('""bib"":""""', f'""bib"":""{text}""').replace('""x"":15', f'""x"":{x}')


def two(folder: Path, first: str, second: str) -> list[Path]:
    """Two tables of one picture."""
    draw(folder / "pics" / "a.png")
    return [write(folder / name, text) for name, text in (("1.csv", first), ("2.csv", second))]


@pytest.mark.parametrize(
    ("situation", "second", "expected", "told"),
    [
        ("the same box", bib_reading("43"), ["43"], []),
        ("the same box, unread", bib_reading(""), ["43"], []),
        ("another bib", bib_reading("44", 60), ["43", "44"], []),
        ("the same box read otherwise", bib_reading("99"), ["43"],
         ["2.csv:2: the box reads 99, but 43 in 1.csv:2; correct the wrong one"]),
    ],
)  # fmt: skip
def test_a_picture_of_two_data_sets_is_one(
    situation: str, second: str, expected: list[str], told: list[str], tmp_path: Path
) -> None:
    data_set = read_data_sets(two(tmp_path, bib_reading("43"), second), tmp_path / "pics")
    assert len(data_set.pictures) == 1, situation
    assert [text for _, _, _, text in rows(data_set)] == expected, situation
    assert problems(data_set) == told, situation


def test_what_each_data_set_labels_is_known_of_its_pictures(tmp_path: Path) -> None:
    for name, content in (("bibs", coco()), ("people", coco("person")), ("both", coco())):
        lay(tmp_path / name, x_json=content)
    faces = write(tmp_path / "faces.json", coco("face"))
    bibs, people, both = (tmp_path / name for name in ("bibs", "people", "both"))
    known = [picture.known for picture in read_data_sets([bibs, people]).pictures]
    assert known == [{Kind.BIB}, {Kind.PERSON}]
    [picture] = read_data_sets([both, faces], both).pictures
    assert picture.known == {Kind.BIB, Kind.FACE}
    draw(tmp_path / "cars/a.png")
    write(tmp_path / "cars/a.txt", "")
    write(tmp_path / "cars/obj.names", "person\nbib")
    # Counterexamples: nothing is in them.
    [car] = read_data_sets([tmp_path / "cars"]).pictures
    assert car.known == set(Kind)


def test_a_picture_whose_name_is_no_text_is_said(tmp_path: Path) -> None:
    lay(tmp_path, a_xml=VOC)
    odd = tmp_path / os.fsdecode(b"l\xe4ufer.png")
    (tmp_path / "a.png").rename(odd)
    (tmp_path / "a.xml").rename(odd.with_suffix(".xml"))
    [told] = problems(read_data_set(tmp_path))
    assert "has a name that is no text; rename it" in told
