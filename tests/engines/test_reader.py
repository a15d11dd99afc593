from __future__ import annotations

import json
from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from engines.errors import InferenceError, ModelFileError
from engines.evaluate.labels import read_image
from engines.load import ON_PROCESSOR, EngineSettings, Runtime, load_reader
from engines.models import ReaderName
from engines.picture import RgbPicture
from engines.reader import WIDTHS, PpOcrReader, fill, fold, folding, input_width
from engines.types import ALPHABET, Floats, Image
from tests.engines.tiny_models import SHARED, FakeSession

CHARACTERS = [*ALPHABET, "a", "Ａ", "②", "中", "–", "ab"]
"""After the alphabet: lower case, full width, circled, foreign, a dash, two at once."""


def probabilities(steps: Sequence[dict[str, float]]) -> Floats:
    """``[1, T, C]``; "_" is blank, the rest of every step goes to 中."""
    table = np.zeros((1, len(steps), len(CHARACTERS) + 1), np.float32)
    for row, step in zip(table[0], steps, strict=True):
        for character, share in step.items():
            row[0 if character == "_" else CHARACTERS.index(character) + 1] = share
        row[CHARACTERS.index("中") + 1] += 1 - sum(step.values())
    return table


def picture(width: int = 90, height: int = 30) -> Image:
    return np.full((height, width, 3), (255, 0, 51), np.uint8)


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(10, 100, 96), (96, 48, 96), (97, 48, 160), (300, 100, 160), (480, 48, 480), (999, 9, 480)],
)
def test_crops_take_one_of_few_widths(width: int, height: int, expected: int) -> None:
    assert input_width(width, height) == expected
    assert expected in WIDTHS


@pytest.mark.parametrize(("width", "filled"), [(48, 24), (10, 5), (400, 160), (1, 1)])
def test_a_crop_lies_at_the_left_in_bgr(width: int, filled: int) -> None:
    channels = np.zeros((3, 48, 160), np.float32)
    fill(channels, picture(width, 96))
    assert channels[:, 20, 0] == pytest.approx((-0.6, -1, 1))
    assert channels[:, 20, filled - 1] == pytest.approx((-0.6, -1, 1))
    assert not channels[:, :, filled:].any()


@pytest.mark.parametrize(
    ("step", "symbol", "share"),
    [
        ({"7": 0.9, "_": 0.1}, "7", 0.9),
        ({"A": 0.3, "a": 0.4, "Ａ": 0.2}, "A", 0.9),
        ({"②": 0.6, "2": 0.3}, "2", 0.9),
        ({"–": 0.7}, "-", 0.7),
        # Sure of something that no bib carries: that is blank, not the best of the rest.
        ({"7": 0.2}, "_", 0.8),
        ({"ab": 0.9}, "_", 1.0),
    ],
)
def test_folding_into_the_alphabet(step: dict[str, float], symbol: str, share: float) -> None:
    columns, starts = folding(CHARACTERS)
    log_probs = fold(probabilities([step])[:, :, columns], starts)
    assert np.exp(log_probs).sum(axis=2) == pytest.approx(1.0)
    column = 0 if symbol == "_" else ALPHABET.index(symbol) + 1
    assert np.exp(log_probs[0, 0, column]) == pytest.approx(share, abs=1e-5)


def test_a_network_without_a_character_of_ours_is_refused() -> None:
    with pytest.raises(ModelFileError, match="no '7Z'"):
        folding([c for c in ALPHABET if c not in "7Z"])


def test_readings_come_in_the_order_of_the_crops() -> None:
    session = FakeSession({"y": probabilities([{"1": 0.9}, {"_": 1.0}, {"a": 0.8}])})
    reader = PpOcrReader(session, CHARACTERS)
    readings = reader.read([picture(90), picture(300), picture(60)])
    assert [r.text for r in readings] == ["1A"] * 3
    assert readings[0].scores == pytest.approx((0.9, 0.8), abs=1e-4)
    assert [tensors["x"].shape for tensors in session.inputs] == [
        (1, 3, 48, 96),
        (1, 3, 48, 160),
        (1, 3, 48, 480),
    ]
    assert reader.read([]) == []
    reader.close()
    assert session.closed


def test_a_session_may_give_the_folded_columns_alone() -> None:
    every = probabilities([{"1": 0.9}, {"_": 1.0}, {"a": 0.8}, {"ab": 0.7, "2": 0.3}])
    columns, _ = folding(CHARACTERS)
    assert len(columns) < every.shape[2]
    [whole], [part] = (
        PpOcrReader(FakeSession({"y": given}), CHARACTERS).read([picture(90)])
        for given in (every, every[:, :, columns])
    )
    assert whole.text == part.text == "1A"
    assert np.array_equal(whole.log_probs, part.log_probs)


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        ({"y": np.ones((1, 4, 10), np.float32)}, r"gave \(1, 4, 10\)"),
        ({"y": np.ones((1, 99), np.float32)}, r"gave \(1, 99\)"),
        ({"y": np.ones((1, 4, 99), np.float32), "z": np.ones((1, 1), np.float32)}, "one output"),
    ],
)
def test_another_network_is_an_error(outputs: dict[str, Floats], words: str) -> None:
    with pytest.raises(InferenceError, match=words):
        PpOcrReader(FakeSession(outputs), CHARACTERS).read([picture()])


@pytest.mark.parametrize("runtime", ON_PROCESSOR)
@pytest.mark.parametrize("reader", [ReaderName.PP_OCR, ReaderName.PP_OCR_BIBS])
def test_drawn_numbers_are_read(reader: ReaderName, runtime: Runtime) -> None:
    texts = ("1495", "S0374", "72", "20058")
    crops = [np.full((56, 34 * len(text) + 16, 3), 255, np.uint8) for text in texts]
    for crop, text in zip(crops, texts, strict=True):
        cv2.putText(crop, text, (8, 46), cv2.FONT_HERSHEY_DUPLEX, 1.6, (0, 0, 0), 4, cv2.LINE_AA)
    read = load_reader(EngineSettings(runtime, threads=1, reader=reader))
    assert tuple(reading.text for reading in read.read(crops)) == texts
    read.close()


@pytest.mark.skipif(not SHARED.exists(), reason="needs the labelled photos")
@pytest.mark.parametrize("runtime", ON_PROCESSOR)
@pytest.mark.parametrize("reader", [ReaderName.PP_OCR, ReaderName.PP_OCR_BIBS])
def test_true_number_boxes_are_read(reader: ReaderName, runtime: Runtime) -> None:
    folder = SHARED / "data" / "rbnr"
    entries = json.loads((folder / "labels.json").read_text())[:20]
    crops, texts = [], []
    for entry in entries:
        whole = RgbPicture(read_image(folder / entry["file"]))
        for bib in entry["bibs"]:
            crops.append(whole.crop(bib["digits_xyxy"]))
            texts.append(bib["number"])
    readings = load_reader(EngineSettings(runtime, reader=reader)).read(crops)
    right = [r.text == text for r, text in zip(readings, texts, strict=True)]
    assert np.mean(right) >= 0.96
