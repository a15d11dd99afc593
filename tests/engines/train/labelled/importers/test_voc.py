from pathlib import Path

import pytest

from engines.errors import LabelError
from engines.train.labelled.importers.reading import read_data_set
from tests.engines.train.labelled.importers import draw, names, problems, rows, write

PLACE = (10, 20, 40, 30)
SIDES = "<xmin>10</xmin><ymin>20.0</ymin><xmax>40</xmax><ymax> 30 </ymax>"
SIZE = "<size><width>100</width><height>80</height><depth>3</depth></size>"


def one(name: str = "bib", sides: str = SIDES, more: str = "") -> str:
    return f"<object><name>{name}</name><bndbox>{sides}</bndbox>{more}</object>"


def xml(*content: str, file: str = "a.png", size: str = SIZE) -> str:
    return f"<annotation>\n<filename>{file}</filename>\n{size}\n{''.join(content)}\n</annotation>\n"


def data_set_of(root: Path, label: str, **how: bool) -> Path:
    """The layout of the original: JPEGImages and Annotations."""
    draw(root / "JPEGImages" / "a.png")
    write(root / "Annotations" / "a.xml", label, **how)
    return root


@pytest.mark.parametrize(
    ("situation", "labelled", "expected"),
    [
        ("a box", one(), ("bib", None, False)),
        ("difficult", one(more="<difficult>1</difficult>"), ("bib", None, True)),
        ("not difficult", one(more="<difficult>0</difficult>"), ("bib", None, False)),
        ("not difficult in words", one(more="<difficult>False</difficult>"), ("bib", None, False)),
        ("not said", one(more="<difficult/>"), ("bib", None, False)),
        ("a number", one(more="<number>0043</number>"), ("bib", "0043", False)),
        ("text", one("number", more="<text>a7</text>"), ("number", "A7", False)),
        (
            "an attribute",
            one(
                more="<attributes><attribute><name>rotation</name><value>9</value></attribute>"
                "<attribute><name>Number</name><value>43</value></attribute></attributes>"
            ),
            ("bib", "43", False),
        ),
    ],
)
def test_objects(
    tmp_path: Path, situation: str, labelled: str, expected: tuple[str, str | None, bool]
) -> None:
    data_set = read_data_set(data_set_of(tmp_path, xml(labelled)))
    assert problems(data_set) == []
    (picture,) = data_set.pictures
    (box,) = picture.boxes
    assert (box.kind.name.lower(), box.text, box.ignored) == expected, situation
    assert box.box == PLACE
    assert box.where == "Annotations/a.xml: object 1"


@pytest.mark.parametrize(
    ("situation", "labelled", "problem"),
    [
        ("no class", one(""), "the box has no class; name it person, bib, face or number"),
        ("an unknown class", one("boat"), "the class 'boat' is unknown"),
        ("no sides", one(sides=""), "the box has no coordinates"),
        ("no number", one(sides=SIDES.replace("20.0", "up")), "the box has no coordinates"),
        ("no area", one(sides=SIDES.replace("40", "10")), "the box 10 20 10 30 has no area"),
        ("outside", one(sides=SIDES.replace("40", "140")), "reaches 40 px out of 100x80"),
        ("turned", "<object><name>bib</name><robndbox/></object>", "the box has no coordinates"),
    ],
)
def test_a_bad_object_is_a_problem(
    tmp_path: Path, situation: str, labelled: str, problem: str
) -> None:
    data_set = read_data_set(data_set_of(tmp_path, xml(labelled, one("face"))))
    assert rows(data_set) == [("a.png", "face", PLACE, None)], situation
    (found,) = problems(data_set)
    assert found.startswith("Annotations/a.xml: object 1: ")
    assert problem in found


ENTITY = '<!DOCTYPE annotation [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>\n'
BROKEN = [
    ("cut off", "<annotation><filename>a.png", r"b\.xml: is broken XML: .*; export it again"),
    ("empty", "", r"b\.xml: is broken XML: no element found"),
    ("entities", ENTITY + xml(one("&b;")), r"b\.xml: declares a document type; delete the line"),
    ("outside", '<!DOCTYPE annotation SYSTEM "file:///etc/passwd">' + xml(one()), "declares a doc"),
    ("another root", f"<x>{xml(one())}</x>", r"b\.xml: begins with <x>, not with <annotation>"),
    ("another code", '<?xml version="1.0" encoding="odd"?>' + xml(), r"b\.xml: is broken XML"),
]


@pytest.mark.parametrize(("situation", "content", "words"), BROKEN)
def test_a_broken_file_alone_is_an_error(
    tmp_path: Path, situation: str, content: str, words: str
) -> None:
    write(tmp_path / "b.xml", content)
    for path in (tmp_path, tmp_path / "b.xml"):
        with pytest.raises(LabelError, match=words):
            read_data_set(path)


@pytest.mark.parametrize(("situation", "content", "words"), BROKEN)
def test_a_broken_file_among_others_is_a_problem(
    tmp_path: Path, situation: str, content: str, words: str
) -> None:
    write(data_set_of(tmp_path, xml(one())) / "Annotations" / "b.xml", content)
    draw(tmp_path / "JPEGImages" / "b.png")
    data_set = read_data_set(tmp_path)
    assert rows(data_set) == [("a.png", "bib", PLACE, None)], situation
    (found,) = problems(data_set)
    assert found.startswith("Annotations/b.xml: ")


@pytest.mark.parametrize("how", [{"bom": True}, {"crlf": True}])
def test_files_of_other_machines(tmp_path: Path, how: dict[str, bool]) -> None:
    write(tmp_path / "Läufer.xml", xml(one("Dossard"), file="Läufer.JPG"), **how)
    draw(tmp_path / "Läufer.jpg")
    data_set = read_data_set(tmp_path)
    assert rows(data_set) == [("Läufer.jpg", "bib", PLACE, None)]
    assert problems(data_set) == []


def test_latin_letters_of_an_old_tool(tmp_path: Path) -> None:
    draw(tmp_path / "Läufer.png")
    head = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    (tmp_path / "x.xml").write_bytes((head + xml(one(), file="Läufer.png")).encode("latin-1"))
    assert names(read_data_set(tmp_path)) == ["Läufer.png"]


@pytest.mark.parametrize("file", ["", "renamed.png", "elsewhere/renamed.png"])
def test_the_name_of_the_file_helps_out(tmp_path: Path, file: str) -> None:
    data_set = read_data_set(data_set_of(tmp_path, xml(one(), file=file)))
    assert rows(data_set) == [("a.png", "bib", PLACE, None)]
    assert problems(data_set) == []


def test_a_missing_and_a_broken_picture_are_problems(tmp_path: Path) -> None:
    data_set_of(tmp_path, xml(one()))
    write(tmp_path / "Annotations" / "b.xml", xml(one(), file="b.png"))
    write(tmp_path / "Annotations" / "c.xml", xml(one(), file="c.png"))
    write(tmp_path / "JPEGImages" / "c.png", "no picture")
    data_set = read_data_set(tmp_path)
    assert names(data_set) == ["a.png"]
    missing, broken = problems(data_set)
    assert missing.startswith("Annotations/b.xml: the picture 'b.png' is missing in ")
    assert broken.startswith("Annotations/c.xml: the picture JPEGImages/c.png cannot be decoded")


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        (SIZE.replace("80", "60"), "drawn on 100x60, but JPEGImages/a.png is 100x80"),
        (SIZE.replace("80", "100").replace("100", "80", 1), "drawn on 80x100"),
        (SIZE.replace("100", "0").replace("80", "0"), None),
        ("", None),
    ],
)
def test_the_size_must_be_that_of_the_picture(
    tmp_path: Path, size: str, problem: str | None
) -> None:
    data_set = read_data_set(data_set_of(tmp_path, xml(one(), size=size)))
    if problem is None:
        assert names(data_set) == ["a.png"]
        assert problems(data_set) == []
    else:
        assert names(data_set) == []
        (found,) = problems(data_set)
        assert found.startswith(f"Annotations/a.xml: {problem}")


def test_a_picture_without_objects_is_a_counterexample(tmp_path: Path) -> None:
    data_set = read_data_set(data_set_of(tmp_path, xml()))
    assert names(data_set) == ["a.png"]
    assert rows(data_set) == []
    assert problems(data_set) == []


def test_equal_names_in_sub_folders(tmp_path: Path) -> None:
    for race, name in (("berlin", "person"), ("oslo", "bib")):
        draw(tmp_path / "JPEGImages" / race / "a.png")
        write(tmp_path / "Annotations" / race / "a.xml", xml(one(name)))
    data_set = read_data_set(tmp_path)
    assert [(p.race, p.boxes[0].kind.name) for p in data_set.pictures] == [
        ("berlin", "PERSON"),
        ("oslo", "BIB"),
    ]
    assert problems(data_set) == []


def test_the_folder_of_annotations_will_do(tmp_path: Path) -> None:
    data_set = read_data_set(data_set_of(tmp_path, xml(one())) / "Annotations")
    assert rows(data_set) == [("a.png", "bib", PLACE, None)]
