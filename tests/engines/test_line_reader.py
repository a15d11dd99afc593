"""The project's own reader: what the network is shown, what comes of its output."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engines.errors import InferenceError
from engines.line_reader import HEIGHT, MAX_BATCH, WIDTHS, LineReader, fill, input_width, own_width
from engines.load import ON_PROCESSOR, EngineSettings, Runtime, open_session
from engines.types import ALPHABET, Floats, Image
from tests.engines.tiny_models import FakeSession, reading, write_line_reader


def picture(width: int = 90, height: int = 30, value: int = 255) -> Image:
    return np.full((height, width, 3), value, np.uint8)


def said(text: str) -> Floats:
    """What a network says that is sure of a text: ``[1, T, 38]``."""
    return reading(text).log_probs[None]


@pytest.mark.parametrize(
    ("situation", "size", "own", "width"),
    [
        ("as tall as the input", (60, 32), 60, 64),
        ("just too wide for the first width", (65, 32), 65, 96),
        ("large", (500, 100), 160, 160),
        ("a single 1, tall", (4, 64), 8, 64),
        ("wider than any input", (900, 32), 900, 224),
    ],
)
def test_crops_take_one_of_few_widths(
    situation: str, size: tuple[int, int], own: int, width: int
) -> None:
    assert own_width(picture(*size)) == own, situation
    assert input_width(picture(*size)) == width, situation
    assert width in WIDTHS


@pytest.mark.parametrize(("width", "filled"), [(16, 16), (60, 60), (300, 64)])
def test_a_crop_lies_at_the_left(width: int, filled: int) -> None:
    row = np.zeros((HEIGHT, 64, 3), np.uint8)
    crop = picture(width, HEIGHT)
    crop[..., 2] = 51
    fill(row, crop)
    assert (row[:, :filled] == (255, 255, 51)).all()
    assert not row[:, filled:].any()


def test_readings_come_in_the_order_of_the_crops() -> None:
    session = FakeSession({"log_probs": said("7-A")})
    reader = LineReader(session)
    crops = [picture(60), picture(400), *[picture(40)] * MAX_BATCH]
    readings = reader.read(crops)
    assert [one.text for one in readings] == ["7-A"] * len(crops)
    # Batches are filled up to a power of two; those of one width go together.
    assert [tensors["images"].shape for tensors in session.inputs] == [
        (16, 32, 64, 3),
        (1, 32, 64, 3),
        (1, 32, 224, 3),
    ]
    assert all(tensors["images"].dtype == np.uint8 for tensors in session.inputs)
    assert reader.read([]) == []
    reader.close()
    assert session.closed


def test_places_are_shares_of_the_crop() -> None:
    # Seven steps for 64 columns, of which the crop takes the first half.
    [found] = LineReader(FakeSession({"log_probs": said("123")})).read([picture(32, 32)])
    assert found.places == pytest.approx([min(step / 3.5, 1) for step in (1.5, 3.5, 5.5)])


@pytest.mark.parametrize(
    "outputs",
    [
        {"log_probs": np.zeros((1, 4, 97), np.float32)},
        {"log_probs": np.zeros((1, 38), np.float32)},
        {"scores": np.zeros((1, 4, 38), np.float32)},
    ],
)
def test_another_network_is_an_error(outputs: dict[str, Floats]) -> None:
    with pytest.raises(InferenceError, match=r"a line reader gives log_probs \[B, steps, 38\]"):
        LineReader(FakeSession(outputs)).read([picture()])


@pytest.mark.parametrize("runtime", ON_PROCESSOR)
def test_through_a_real_session(runtime: Runtime, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    file = write_line_reader(tmp_path / "r.onnx", "20Z")
    settings = EngineSettings(runtime, threads=1)
    reader = LineReader(open_session(file, settings, static_shapes=False, bytes_in=True))
    sizes = [(40, 20), (300, 30), (64, 32), (20, 80), (150, 40)]
    readings = reader.read([*(picture(*size) for size in sizes), picture(value=0)])
    assert [one.text for one in readings] == ["20Z"] * 5 + [""]
    for one in readings:
        assert one.log_probs.shape[1] == 1 + len(ALPHABET)
        assert np.exp(one.log_probs).sum(axis=1) == pytest.approx(1.0, abs=1e-3)
    reader.close()
    with pytest.raises(InferenceError, match="is closed"):
        reader.read([picture()])
