"""What is written is what is read back, and nothing of anybody else's is replaced."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.errors import LabelError
from engines.train.labelled.coco_out import PARTS, check_out, write_coco, write_json, write_parts
from engines.train.labelled.data_set import LabelledBox, LabelledPicture
from engines.train.labelled.importers.reading import read_data_set
from engines.types import Kind

Known = tuple[Kind, list[float], str | None, bool]


def picture(path: Path, *boxes: LabelledBox) -> LabelledPicture:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.zeros((60, 80, 3), np.uint8))
    return LabelledPicture(path, 80, 60, boxes, "")


def known(made: LabelledPicture) -> list[Known]:
    return [
        (box.kind, [round(side, 9) for side in box.box], box.text, box.ignored)
        for box in made.boxes
    ]


BOXES = (
    LabelledBox(Kind.PERSON, (0.0, 0.1, 79.7, 60.0), None),
    LabelledBox(Kind.BIB, (10.3, 20.7, 40.1, 50.9), "A-101"),
    LabelledBox(Kind.FACE, (30, 2, 40, 12), None, ignored=True),
    LabelledBox(Kind.NUMBER, (12, 25, 38, 45), "101"),
)


@pytest.mark.parametrize(
    ("situation", "where", "file_name"),
    [
        ("beside the file", "out/a.png", "a.png"),
        ("in a folder below", "out/pictures/city/a.png", "pictures/city/a.png"),
        ("elsewhere", "photos/a.png", None),
        ("in a folder with a like name", "outside/a.png", None),
        ("with blanks and an umlaut", "out/Läufe 1/a b.png", "Läufe 1/a b.png"),
    ],
)
def test_pictures_are_found_again(
    situation: str, where: str, file_name: str | None, tmp_path: Path
) -> None:
    made = picture(tmp_path / where, *BOXES)
    (tmp_path / "out").mkdir(exist_ok=True)
    path = tmp_path / "out/train.json"
    write_coco(path, [made])
    written = json.loads(path.read_text(encoding="utf-8"))["images"][0]["file_name"]
    assert written == (file_name or (tmp_path / where).as_posix()), situation
    read = read_data_set(path)
    assert read.problems == ()
    assert [each.path for each in read.pictures] == [made.path]
    assert known(read.pictures[0]) == known(made)


def test_what_is_labelled_in_each_picture_is_known_again(tmp_path: Path) -> None:
    labelled: list[frozenset[Kind]] = [
        frozenset({Kind.BIB, Kind.NUMBER}), frozenset({Kind.PERSON}), frozenset(),
    ]  # fmt: skip
    made = [
        replace(picture(tmp_path / f"{n}.png", *BOXES[n : n + 1]), known=known)
        for n, known in enumerate(labelled)
    ]
    write_coco(tmp_path / "train.json", made)
    assert [each.known for each in read_data_set(tmp_path / "train.json").pictures] == labelled


def test_a_relative_folder_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = [picture(Path("photos/a.png"), *BOXES), picture(Path("out/b.png"), *BOXES)]
    write_coco(Path("out/train.json"), made)
    monkeypatch.chdir("/")
    read = read_data_set(tmp_path / "out/train.json")
    assert [known(each) for each in read.pictures] == [known(each) for each in made]


def test_a_picture_without_boxes_stays_a_counterexample(tmp_path: Path) -> None:
    write_coco(tmp_path / "train.json", [picture(tmp_path / "a.png")])
    [read] = read_data_set(tmp_path / "train.json").pictures
    assert read.boxes == ()


def test_what_other_tools_look_for(tmp_path: Path) -> None:
    write_coco(tmp_path / "train.json", [picture(tmp_path / "a.png", *BOXES)])
    pack = json.loads((tmp_path / "train.json").read_text())
    names = [(each["id"], each["name"]) for each in pack["categories"]]
    assert names == [(1, "person"), (2, "bib"), (3, "face"), (4, "number")]
    bib, face = pack["annotations"][1:3]
    assert bib["bbox"] == pytest.approx([10.3, 20.7, 29.8, 30.2])
    assert bib["area"] == pytest.approx(29.8 * 30.2)
    assert bib["attributes"] == {"number": "A-101"}
    assert (bib["iscrowd"], bib["ignore"]) == (0, 0)
    assert (face["iscrowd"], face["ignore"]) == (1, 1)
    assert (face["category_id"], face["attributes"]) == (3, {})
    assert len({each["id"] for each in pack["annotations"]}) == 4


def test_a_file_is_never_half_written(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"old": 1})
    with pytest.raises(TypeError):
        write_json(path, {"new": 2, "broken": object()})
    assert json.loads(path.read_text()) == {"old": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_the_parts_without_what_was_rejected(tmp_path: Path) -> None:
    made = [
        picture(tmp_path / f"{n:02}.png", LabelledBox(Kind.BIB, (9, 9, 40, 40), f"{n}"), *BOXES[:1])
        for n in range(40)
    ]
    empty = picture(tmp_path / "empty.png")
    written = write_parts(tmp_path, [*made, empty], {3: {0}, 5: {0, 1}})
    read = {name: read_data_set(tmp_path / name).pictures for name in PARTS}
    assert written.files == tuple((tmp_path / name, len(read[name])) for name in PARTS)
    assert [len(read[name]) for name in PARTS] == [34, 4, 2]
    assert (written.n_rejected, written.n_emptied) == (3, 1)
    boxes = {each.path.name: known(each) for part in read.values() for each in part}
    assert boxes["03.png"] == known(made[3])[1:]
    assert boxes["04.png"] == known(made[4])
    assert boxes["empty.png"] == []
    assert "05.png" not in boxes
    assert "rejected annotations, left out: 3" in str(written)


def test_a_part_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "validation.json").mkdir()
    with pytest.raises(LabelError, match=r"validation\.json cannot be written"):
        write_parts(tmp_path, [picture(tmp_path / "a.png")], {})


@pytest.mark.parametrize(
    ("situation", "out", "data", "message"),
    [
        ("a folder beside", "review", "set", None),
        ("a new folder", "set-review", "set", None),
        ("in the data set", "set/review", "set", "lies in the data set"),
        ("the data set itself", "set", "set", "lies in the data set"),
        ("a folder round the data set", ".", "set", None),
        ("beside a file of labels", "set", "set/labels.json", None),
        ("in place of the labels", "set", "set/train.json", "would replace"),
        ("where somebody's labels are", "other", "set", "was not written by a review"),
        ("where a review has written", "earlier", "set", None),
    ],
)
def test_where_parts_may_be_written(
    situation: str, out: str, data: str, message: str | None, tmp_path: Path
) -> None:
    for name in ("set", "other", "earlier"):
        (tmp_path / name).mkdir()
    (tmp_path / "other/test.json").write_text("{}")
    write_parts(tmp_path / "earlier", [], {})
    if message is None:
        check_out(tmp_path / out, [tmp_path / data])
        return
    with pytest.raises(LabelError, match=message):
        check_out(tmp_path / out, [tmp_path / data])
