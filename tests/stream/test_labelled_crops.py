"""Crops for training, from a real race folder to the importer that training reads them with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from engines.looking import Line
from engines.train.labelled.importers.crop_table import crop_tables, read_crop_table
from engines.types import Box, Picture
from stream.hub import Message
from stream.labelled_crops import TABLE, export_crops
from stream.store import Store, StoreError
from stream.types import Correction, CorrectionKind, Event
from tests.stream.store.builders import closed, opened, picture, tagged

WIDTH, HEIGHT = 60, 120
NUMBER: Box = (10, 40, 50, 60)


class Finder:
    """Finds the same line in every picture."""

    def __init__(self, number: Box | None = NUMBER) -> None:
        self.number = number
        self.asked: list[Box] = []

    def find_lines(self, torsos: Sequence[tuple[Picture, Box]]) -> list[Line]:
        self.asked += [box for _, box in torsos]
        return [Line(self.number, None) for _ in torsos]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "race") as store:
        events: list[Event] = [
            *(opened(1), tagged(1, "12"), closed(1, "12")),
            *(opened(2), closed(2)),
            *(opened(3), closed(3)),
        ]
        for seq, event in enumerate(events, 1):
            store.record(Message(seq, event, None))
        shades = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
        for track_id in (1, 2, 3):
            for frame in (5, 6):
                store.save_image(picture(track_id, frame, image=shades))
        store.flush()
        yield store


def correct(store: Store, track_id: int, bib: str) -> None:
    store.correct(Correction(CorrectionKind.BIB, track_id, bib), "Ann", 1)


def test_the_crops_of_corrected_runners_are_what_training_reads(
    store: Store, tmp_path: Path
) -> None:
    correct(store, 2, "0077")
    finder = Finder()
    crops = export_crops(store, finder, tmp_path / "out")
    assert (crops.bibs, crops.pictures, crops.without) == (1, 2, 0)
    assert finder.asked == [(0, 0, WIDTH, HEIGHT)] * 2
    assert crop_tables(tmp_path / "out") == [crops.table]
    read = read_crop_table(crops.table)
    assert read.problems == ()
    labels = [label for labelled in read.pictures for label in labelled.boxes]
    assert [(label.kind.name, label.text) for label in labels] == [("NUMBER", "0077")] * 2
    assert [tuple(label.box) for label in labels] == [NUMBER] * 2
    # What is corrected later comes along; what was undone goes.
    correct(store, 3, "5")
    store.correct(Correction(CorrectionKind.UNDO, 0, undone=1), "Ann", 2)
    assert export_crops(store, finder, tmp_path / "out").pictures == 2
    assert {row.split(",")[1] for row in crops.table.read_text().splitlines()[1:]} == {"5"}


@pytest.mark.parametrize(
    ("situation", "number"),
    [
        ("no line", None),
        ("too small", (10, 40, 50, 49)),
        ("cut off on the left", (1, 40, 50, 60)),
        ("cut off on the right", (10, 40, 59, 60)),
    ],
)
def test_what_cannot_be_read_teaches_nothing(
    situation: str, number: Box | None, store: Store, tmp_path: Path
) -> None:
    correct(store, 2, "77")
    crops = export_crops(store, Finder(number), tmp_path / "out")
    assert (crops.pictures, crops.without) == (0, 2), situation
    assert crops.table.read_text().splitlines() == ["file,text,x0,y0,x1,y1"]


def test_other_peoples_files_are_left_alone(store: Store, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("dear")
    with pytest.raises(StoreError, match="is not empty; name a new folder"):
        export_crops(store, Finder(), tmp_path / "mine")
    with pytest.raises(StoreError, match="is a file"):
        export_crops(store, Finder(), tmp_path / "mine/letter.txt")
    assert not (tmp_path / "mine" / TABLE).exists()
