import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from engines.errors import LabelError, MissingPackageError
from engines.train.labelled.importers.reading import read_data_set
from tests.engines.train.labelled.importers import draw, names, problems, rows

scipy_io = pytest.importorskip("scipy.io")

TAG, FACE = [21, 30, 11, 40], [1, 10, 61, 80]
NUMBER = ("a.JPG", "number", (10, 20, 40, 30), "43")


def data_set_of(
    folder: Path, matrices: Mapping[str, object] | None = None, file: str = "a.JPG"
) -> Path:
    """One picture and its matrices in the layout of the original: unsigned, named by picture."""
    draw(folder / file)
    layout = {
        "name": np.array(["IMG_2620.JPG"]),
        "tagp": np.array([TAG], np.uint16),
        "facep": np.array([FACE], np.uint8),
        "number": np.array([[43]], np.uint16),
    }
    kept = {
        name: value for name, value in {**layout, **(matrices or {})}.items() if value is not None
    }
    scipy_io.savemat(folder / f"{file}.mat", kept)
    return folder


def test_a_picture_of_the_set(tmp_path: Path) -> None:
    data_set = read_data_set(data_set_of(tmp_path / "set1_org"))
    assert rows(data_set) == [NUMBER, ("a.JPG", "face", (60, 0, 80, 10), None)]
    assert problems(data_set) == []
    (picture,) = data_set.pictures
    assert picture.race == "set1_org"
    assert [box.where for box in picture.boxes] == [
        "a.JPG.mat: tagp row 1",
        "a.JPG.mat: facep row 1",
    ]


@pytest.mark.parametrize("values", [[[43, 7]], [[43], [7]]])
def test_numbers_stand_in_a_row_or_a_column(tmp_path: Path, values: list[list[int]]) -> None:
    two = np.array([TAG, [50.25, 60.5, 11, 40.75]])
    other = two + np.array([0, 0, 50, 50])
    data_set_of(tmp_path, {"tagp": two, "facep": other, "number": np.array(values, np.int32)})
    assert rows(read_data_set(tmp_path))[:2] == [
        NUMBER,
        ("a.JPG", "number", (10, 49.2, 40.8, 60.5), "7"),
    ]


def test_every_set_is_a_race(tmp_path: Path) -> None:
    data_set_of(tmp_path / "datasets" / "set1_org")
    data_set_of(tmp_path / "datasets" / "set2_org", {"number": np.array([[7]], np.uint8)})
    data_set = read_data_set(tmp_path)
    assert [(p.race, p.boxes[0].text) for p in data_set.pictures] == [
        ("set1_org", "43"),
        ("set2_org", "7"),
    ]


@pytest.mark.parametrize(
    ("situation", "matrices", "left", "problem"),
    [
        (
            "too few numbers",
            {"number": np.zeros((1, 0))},
            ["number", "face"],
            "a.JPG.mat: number: 0 numbers for 1 rows of tagp, so none is taken",
        ),
        (
            "a number that is none",
            {"number": np.array([[4.5]])},
            ["number", "face"],
            "a.JPG.mat: tagp row 1: the number '4.5' has characters that no bib carries",
        ),
        (
            "a box outside",
            {"facep": np.array([[1, 10, 90, 120]])},
            ["number"],
            "a.JPG.mat: facep row 1: the box 89 0 120 10 reaches 20 px out of 100x80",
        ),
        (
            "no box",
            {"tagp": np.array([[1, 10, np.nan, 20]])},
            ["face"],
            "a.JPG.mat: tagp row 1: the box has no coordinates",
        ),
    ],
)
def test_a_bad_row_is_a_problem(
    tmp_path: Path, situation: str, matrices: dict[str, object], left: list[str], problem: str
) -> None:
    data_set = read_data_set(data_set_of(tmp_path, matrices))
    assert [row[1] for row in rows(data_set)] == left, situation
    (found,) = problems(data_set)
    assert found.startswith(problem)


def test_a_picture_without_faces(tmp_path: Path) -> None:
    data_set = read_data_set(data_set_of(tmp_path, {"facep": np.zeros((0, 0))}))
    assert rows(data_set) == [NUMBER]
    assert problems(data_set) == []


def test_a_picture_without_boxes_is_a_counterexample(tmp_path: Path) -> None:
    nothing = {name: np.zeros((0, 0)) for name in ("tagp", "facep", "number")}
    data_set = read_data_set(data_set_of(tmp_path, nothing))
    assert names(data_set) == ["a.JPG"]
    assert rows(data_set) == []


@pytest.mark.parametrize(
    ("matrices", "words"),
    [
        ({"tagp": None, "number": None}, r"a\.JPG\.mat: lacks tagp, number; take the file of the"),
        ({"tagp": np.array([[1, 2, 3]])}, "tagp is 1x3, not Nx4"),
        ({"facep": np.array(["left"])}, "facep is no matrix of numbers"),
    ],
)
def test_another_layout_is_an_error(
    tmp_path: Path, matrices: dict[str, object], words: str
) -> None:
    with pytest.raises(LabelError, match=words):
        read_data_set(data_set_of(tmp_path, matrices))


@pytest.mark.parametrize(
    ("situation", "damaged"),
    [
        ("empty", lambda packed: b""),
        ("no such file", lambda packed: b"no matrices"),
        ("cut off in the head", lambda packed: packed[:100]),
        ("cut off in a matrix", lambda packed: packed[:-7]),
        ("the format of version 7.3", lambda packed: packed[:124] + b"\x00\x02IM" + packed[128:]),
        ("an odd type", lambda packed: packed[:128] + b"\xff" + packed[129:]),
    ],
)
def test_a_broken_file_is_an_error_alone_and_else_a_problem(
    tmp_path: Path, situation: str, damaged: Callable[[bytes], bytes]
) -> None:
    mat = data_set_of(tmp_path) / "a.JPG.mat"
    mat.write_bytes(damaged(mat.read_bytes()))
    with pytest.raises(LabelError, match=r"a\.JPG\.mat: is no readable \.mat file"):
        read_data_set(tmp_path)
    data_set_of(tmp_path, file="b.JPG")
    data_set = read_data_set(tmp_path)
    assert names(data_set) == ["b.JPG"], situation
    (found,) = problems(data_set)
    assert found.startswith("a.JPG.mat: is no readable .mat file: ")


def test_a_missing_and_a_broken_picture_are_problems(tmp_path: Path) -> None:
    for file in ("a.JPG", "gone.JPG", "odd.JPG"):
        data_set_of(tmp_path, file=file)
    (tmp_path / "gone.JPG").unlink()
    (tmp_path / "odd.JPG").write_bytes(b"no picture")
    data_set = read_data_set(tmp_path)
    assert names(data_set) == ["a.JPG"]
    gone, odd = problems(data_set)
    assert gone.startswith("gone.JPG.mat: the picture 'gone.JPG' is missing in ")
    assert odd.startswith("odd.JPG.mat: the picture odd.JPG cannot be decoded")


def test_copies_of_the_pictures_elsewhere(tmp_path: Path) -> None:
    data_set_of(tmp_path / "set1_org", file="Läufer.JPG")
    draw(tmp_path / "copies" / "läufer.jpg")
    data_set = read_data_set(tmp_path / "set1_org", pictures=tmp_path / "copies")
    assert names(data_set) == ["läufer.jpg"]
    assert data_set.pictures[0].race == "set1_org"


def test_without_scipy_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_set_of(tmp_path)
    monkeypatch.setitem(sys.modules, "scipy.io", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'finishline\[train\]'"):
        read_data_set(tmp_path)
