from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engines.train.labelled.data_set import (
    PictureFolder,
    Problem,
    UnreadableError,
    as_box,
    as_box_from_size,
    below,
    bib_text,
    box_flaw,
    clipped,
    common_end,
    name_in,
    name_parts,
    numbers,
    picture_size,
    read_bytes,
    read_text,
)
from engines.types import Box
from tests.engines.train.labelled.importers import draw, write


def test_a_problem_is_one_line() -> None:
    problem = Problem("a.txt:3", "the row\n 'x' is odd", "correct it")
    assert str(problem) == "a.txt:3: the row 'x' is odd; correct it"


def test_an_unreadable_file_carries_its_problem() -> None:
    error = UnreadableError("a.xml", "is broken", "export it again")
    assert str(error) == "a.xml: is broken; export it again"
    assert error.problem == Problem("a.xml", "is broken", "export it again")


@pytest.mark.parametrize(
    ("situation", "box", "flaw"),
    [
        ("inside", (10, 10, 20, 20), None),
        ("the whole picture", (0, 0, 1000, 50), None),
        ("two pixels over a short side", (10, -2, 20, 52), None),
        ("two per cent over a long side", (-20, 10, 1020, 20), None),
        ("more than two pixels", (10, 10, 20, 52.5), "reaches 2 px out of 1000x50"),
        ("more than two per cent", (-21, 10, 20, 20), "reaches 21 px out of 1000x50"),
        ("no width", (10, 10, 10, 20), "the box 10 10 10 20 has no area"),
        ("no height", (10, 10, 20, 10), "has no area"),
        ("a pixel of it inside", (10, -5, 20, 1), "reaches 5 px out"),
        ("upside down", (10, 20, 20, 10), "has no area"),
        ("to the right", (1000, 10, 1001, 20), "lies outside the picture of 1000x50"),
        ("above", (10, -9, 20, 0), "lies outside"),
        ("below", (10, 50, 20, 51), "lies outside"),
        ("to the left", (-9, 10, 0, 20), "lies outside"),
    ],
)
def test_flaws_of_boxes(situation: str, box: Box, flaw: str | None) -> None:
    found = box_flaw(box, 1000, 50)
    if flaw is None:
        assert found is None, situation
    else:
        assert flaw in str(found), situation


def test_clipping_keeps_what_is_inside() -> None:
    assert clipped((-2, -1, 101, 82), 100, 80) == (0, 0, 100, 80)
    assert clipped((1.5, 2, 3, 4), 100, 80) == (1.5, 2, 3, 4)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0123", "0123"),
        (" f17-a ", "F17-A"),
        (43, "43"),
        (43.0, "43"),
        (float("nan"), None),
        (float("inf"), None),
        ("", None),
        ("  ", None),
        (None, None),
        (True, None),
    ],
)
def test_bib_numbers_are_text(value: object, text: str | None) -> None:
    assert bib_text(value) == text


@pytest.mark.parametrize("value", ["12?", "1 2", 4.5, ["12"], "１２", "12\n13"])
def test_no_bib_carries_that(value: object) -> None:
    with pytest.raises(ValueError, match="has characters that no bib carries"):
        bib_text(value)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (("1", 2, 3.5), (1, 2, 3.5)),
        ((), ()),
        (("1", "x"), None),
        ((1, None), None),
        ((True,), None),
        ((float("nan"),), None),
        (("inf",), None),
        ((10**400,), None),
        (([1],), None),
    ],
)
def test_numbers(values: tuple[object, ...], found: tuple[float, ...] | None) -> None:
    assert numbers(values) == found


def test_boxes_have_four_numbers() -> None:
    assert as_box((1, "2", 3, 4)) == (1, 2, 3, 4)
    assert as_box((0, 0, 0, 0)) == (0, 0, 0, 0)
    assert as_box_from_size((1, 2, 3, 4)) == (1, 2, 4, 6)
    assert as_box((1, 2, 3)) is None
    assert as_box((1, 2, 3, 4, 5)) is None
    assert as_box_from_size((1, 2, None, 4)) is None


def test_sizes_are_those_that_training_sees(tmp_path: Path) -> None:
    assert picture_size(draw(tmp_path / "a.png", 30, 20)) == (30, 20)
    assert picture_size(draw(tmp_path / "é ü.jpg", 30, 20)) == (30, 20)
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn by a quarter
    Image.new("RGB", (30, 20)).save(tmp_path / "turned.jpg", exif=exif)
    assert picture_size(tmp_path / "turned.jpg") == (20, 30)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0\x00\x10JFIF"])
def test_an_undecodable_picture_has_no_size(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    assert picture_size(path) is None


@pytest.mark.parametrize(("share", "size"), [(1.0, (300, 200)), (0.98, None), (0.5, None)])
def test_a_picture_that_is_cut_off_has_no_size(
    share: float, size: tuple[int, int] | None, tmp_path: Path
) -> None:
    path = tmp_path / "a.JPG"
    noise = np.random.default_rng(1).integers(0, 256, (200, 300, 3), np.uint8)
    Image.fromarray(noise).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[: round(share * path.stat().st_size)])
    assert picture_size(path) == size


def test_a_missing_picture_has_no_size(tmp_path: Path) -> None:
    assert picture_size(tmp_path / "a.jpg") is None


@pytest.mark.parametrize(
    ("situation", "name", "label_folders", "found"),
    [
        ("by name", "only.jpg", (), ["x/only.jpg"]),
        ("in another case", "ONLY.JPG", (), ["x/only.jpg"]),
        ("by stem", "only", (), ["x/only.jpg"]),
        ("a stem with dots", "c_jpg.rf.12ab", (), ["x/c_jpg.rf.12ab.jpg"]),
        ("in folders of another machine", r"C:\old\x\only.jpg", (), ["x/only.jpg"]),
        ("accents in two characters", "e\u0301te\u0301.jpg", (), ["été.jpg"]),
        ("with its folder", "y/two.jpg", (), ["images/y/two.jpg"]),
        ("near its labels", "two.jpg", ("z",), ["images/z/two.jpg"]),
        ("the folder in the name wins", "y/two.jpg", ("z",), ["images/y/two.jpg"]),
        ("not clear", "two.jpg", (), ["images/y/two.jpg", "images/z/two.jpg"]),
        ("another suffix", "only.png", (), []),
        ("hidden", "_only.jpg", (), []),
        ("no picture", "note", (), []),
        ("nothing", "", (), []),
    ],
)
def test_pictures_are_found(
    tmp_path: Path, situation: str, name: str, label_folders: tuple[str, ...], found: list[str]
) -> None:
    for file in ("x/only.jpg", "x/._only.jpg", "x/c_jpg.rf.12ab.jpg", "été.jpg"):
        draw(tmp_path / file, 8, 8)
    for file in ("images/y/two.jpg", "images/z/two.jpg"):
        draw(tmp_path / file, 8, 8)
    write(tmp_path / "note.txt", "")
    matches = PictureFolder(tmp_path).matches(name, label_folders)
    assert [name_in(path, tmp_path) for path in matches] == found, situation


def test_folders_that_hold_a_sort_of_file_do_not_count() -> None:
    root = Path("set")
    assert below(root / "Labels" / "City", root) == below(root / "city" / "images", root)
    assert below(root, root) == ()
    assert below(Path("elsewhere") / "Berlin", root) == ("berlin",)


def test_names_are_taken_apart() -> None:
    assert name_parts("A\\b/./C.jpg") == ["a", "b", "c.jpg"]
    assert name_parts("") == [""]
    assert common_end(["a", "b", "c"], ["x", "b", "c"]) == 2
    assert common_end(["c"], ["b", "c"]) == 1
    assert common_end([], ["c"]) == 0


def test_files_are_read_or_named(tmp_path: Path) -> None:
    assert read_text(write(tmp_path / "a.txt", "é", bom=True), tmp_path) == "é"
    assert read_bytes(tmp_path / "a.txt", tmp_path, 3) == b"\xef\xbb\xbf"
    (tmp_path / "b.txt").write_bytes("é".encode("latin-1"))
    with pytest.raises(UnreadableError, match=r"^b\.txt: is no UTF-8 text; save it as UTF-8$"):
        read_text(tmp_path / "b.txt", tmp_path)
    with pytest.raises(UnreadableError, match=r"^c\.txt: cannot be read: No such file"):
        read_text(tmp_path / "c.txt", tmp_path)


def test_a_grey_picture_is_as_good(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((20, 30), np.uint8)).save(tmp_path / "a.png")
    assert picture_size(tmp_path / "a.png") == (30, 20)
