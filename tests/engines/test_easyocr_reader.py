"""EasyOCR's reader: what is folded, what the network is shown, what is said when it is absent."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from engines.easyocr_reader import (
    CHARACTERS,
    HEIGHT,
    WIDTHS,
    EasyOcrReader,
    fill,
    input_width,
    load_easyocr,
    new_network,
)
from engines.errors import InferenceError, MissingPackageError, ModelFileError
from engines.load import EngineSettings, load_reader
from engines.models import EASYOCR, ReaderName, listed_models, reader_file
from engines.models.files import DETECTOR, package_folder
from engines.types import ALPHABET, Floats, Image


def picture(width: int = 90, height: int = 30, value: int = 255) -> Image:
    return np.full((height, width, 3), value, np.uint8)


def scores(*steps: dict[str, float]) -> Floats:
    """``[1, T, C]``; "_" is blank, what is not named is far less likely."""
    table = np.full((1, len(steps), 1 + len(CHARACTERS)), -20.0, np.float32)
    for row, step in zip(table[0], steps, strict=True):
        for character, share in step.items():
            row[0 if character == "_" else CHARACTERS.index(character) + 1] = np.log(share)
    return table


class Scripted:
    """A network that says the same of every crop; remembers what it was shown."""

    def __init__(self, said: Floats) -> None:
        self.said = said
        self.shown: list[Floats] = []

    def __call__(self, tensor: Floats) -> Floats:
        self.shown.append(tensor)
        return np.repeat(self.said, len(tensor), axis=0)


@pytest.mark.parametrize(
    ("situation", "steps", "text"),
    [
        ("digits", ({"4": 0.9, "9": 0.1}, {"_": 1.0}, {"2": 0.7, "Z": 0.3}), "42"),
        ("lower case counts for capitals", ({"a": 0.35, "A": 0.25, "4": 0.4},), "A"),
        ("a dash", ({"A": 1.0}, {"-": 1.0}, {"7": 1.0}), "A-7"),
        ("what no bib carries is blank", ({"7": 0.2, "$": 0.7, "_": 0.1},), ""),
        ("a character said twice", ({"1": 1.0}, {"1": 1.0}, {" ": 1.0}, {"1": 1.0}), "11"),
    ],
)
def test_scores_become_readings(
    situation: str, steps: tuple[dict[str, float], ...], text: str
) -> None:
    [reading] = EasyOcrReader(Scripted(scores(*steps))).read([picture()])
    assert reading.text == text, situation
    assert reading.log_probs.shape == (len(steps), 1 + len(ALPHABET))
    assert np.exp(reading.log_probs).sum(axis=1) == pytest.approx(1.0)


def test_folded_probabilities_add_up() -> None:
    [reading] = EasyOcrReader(Scripted(scores({"a": 0.35, "A": 0.25, "4": 0.4}))).read([picture()])
    assert reading.scores == pytest.approx((0.6,), abs=1e-5)


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(10, 100, 128), (128, 64, 128), (129, 64, 192), (300, 100, 192), (999, 9, 512)],
)
def test_crops_take_one_of_few_widths(width: int, height: int, expected: int) -> None:
    assert input_width(picture(width, height)) == expected
    assert expected in WIDTHS


def test_a_crop_lies_at_the_left_and_its_last_column_goes_on() -> None:
    crop = picture(30, 32, 0)
    crop[:, 20:] = 255
    row = np.zeros((HEIGHT, 128), np.float32)
    fill(row, crop)
    assert row[:, :36] == pytest.approx(-1.0)
    assert row[:, 44:] == pytest.approx(1.0)


def test_places_are_shares_of_the_crop() -> None:
    steps = ({"4": 1.0}, {"_": 1.0}, {"2": 1.0}, *({"_": 1.0},) * 5)
    [reading] = EasyOcrReader(Scripted(scores(*steps))).read([picture(32, 32)])
    # The crop took half of the input: four of eight steps.
    assert reading.places == pytest.approx((0.5 / 4, 2.5 / 4))


def test_batches_are_of_one_width() -> None:
    network = Scripted(scores({"1": 1.0}))
    readings = EasyOcrReader(network).read([picture(40), picture(300), picture(50)])
    assert [reading.text for reading in readings] == ["1", "1", "1"]
    shapes = [tensor.shape for tensor in network.shown]
    assert shapes == [(2, 1, 64, 128), (1, 1, 64, 512)]


@pytest.mark.parametrize("shape", [(1, 4, 38), (1, 97)])
def test_another_network_is_an_error(shape: tuple[int, ...]) -> None:
    with pytest.raises(InferenceError, match="EasyOCR gives"):
        EasyOcrReader(Scripted(np.zeros(shape, np.float32))).read([picture()])


def test_a_closed_reader_says_so() -> None:
    reader = EasyOcrReader(Scripted(scores({"1": 1.0})))
    reader.close()
    with pytest.raises(InferenceError, match="is closed"):
        reader.read([picture()])


# The package: absent, broken, without its weights, whole.


def installed(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """As if the package were installed, its weights in `folder`; returns where they belong."""
    (folder / "easyocr").mkdir(exist_ok=True)
    (folder / "easyocr" / "__init__.py").touch()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("EASYOCR_MODULE_PATH", str(folder))
    return folder / "model" / "english_g2.pth"


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match=r"pip install 'finishline\[easyocr\]'"):
        reader_file(ReaderName.EASYOCR)
    monkeypatch.setitem(sys.modules, "easyocr", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'finishline\[easyocr\]'"):
        new_network()


def test_without_its_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    weights = installed(monkeypatch, tmp_path)
    with pytest.raises(ModelFileError) as raised:
        load_reader(EngineSettings(reader="easyocr"))
    told = str(raised.value)
    assert f"{weights} is absent" in told
    assert f"english_g2.zip and put english_g2.pth into {weights.parent}" in told
    assert "EASYOCR_MODULE_PATH" in told


def test_with_other_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    weights = installed(monkeypatch, tmp_path)
    weights.parent.mkdir()
    weights.write_bytes(b"half a download")
    with pytest.raises(ModelFileError, match="damaged or another file"):
        load_reader(EngineSettings(reader="easyocr"))
    [row] = [r for r in listed_models(DETECTOR, ReaderName.PP_OCR) if r.choose == "easyocr"]
    assert (row.file, row.verified, row.in_use) == (weights, False, False)


def test_a_package_that_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> ModuleType:
        raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr(importlib, "import_module", broken)
    with pytest.raises(InferenceError, match=r"torchvision::nms.* of one release"):
        new_network()


def network() -> Any:
    try:
        return new_network()
    except (MissingPackageError, InferenceError) as error:
        pytest.skip(str(error))


def test_its_characters_and_checksum_are_those_of_the_package() -> None:
    network()
    english = importlib.import_module("easyocr.config").recognition_models["gen2"]["english_g2"]
    assert english["characters"] == CHARACTERS
    assert (EASYOCR.md5, EASYOCR.url) == (english["md5sum"], english["url"])
    assert package_folder("easyocr", "").is_dir()


def test_its_network_reads(tmp_path: Path) -> None:
    import torch

    torch.manual_seed(1)
    made = network().eval()
    file = tmp_path / "english_g2.pth"
    torch.save({f"module.{name}": value for name, value in made.state_dict().items()}, file)
    reader = load_easyocr(file, threads=1)
    crops = [np.random.default_rng(n).integers(0, 256, (20, 44, 3), np.uint8) for n in range(3)]
    readings = reader.read([*crops, picture(300)])
    assert [len(reading.log_probs) for reading in readings] == [192 // 4 - 1] * 3 + [512 // 4 - 1]
    tensor = np.zeros((1, 1, HEIGHT, 192), np.float32)
    fill(tensor[0, 0], crops[1])
    shares = torch.softmax(made(torch.from_numpy(tensor), None), 2)[0].detach().numpy()
    seven = 1 + ALPHABET.index("7")
    column = 1 + CHARACTERS.index("7")
    assert np.exp(readings[1].log_probs[:, seven]) == pytest.approx(shares[:, column], rel=1e-3)
    both = shares[:, [1 + CHARACTERS.index(c) for c in "bB"]].sum(1)
    assert np.exp(readings[1].log_probs[:, 1 + ALPHABET.index("B")]) == pytest.approx(
        both, rel=1e-3
    )


@pytest.mark.parametrize("content", [b"", b"no weights", None])
def test_a_file_that_holds_no_such_weights(content: bytes | None, tmp_path: Path) -> None:
    network()
    import torch

    file = tmp_path / "english_g2.pth"
    torch.save({"module.x": torch.zeros(1)}, file) if content is None else file.write_bytes(content)
    with pytest.raises(ModelFileError, match="holds no weights of EasyOCR"):
        load_easyocr(file)
