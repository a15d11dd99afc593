from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from engines.load import EngineSettings, Runtime, open_session  # noqa: E402
from engines.train.network import DetectorNetwork  # noqa: E402
from engines.train.quantise import quantise  # noqa: E402
from tests.engines.train.test_network import TINY  # noqa: E402

RNG = np.random.default_rng(4)
SCENES = RNG.integers(0, 255, (4, 64, 96, 3), np.uint8)


def test_8_bits_answer_nearly_alike(tmp_path: Path) -> None:
    pytest.importorskip("nncf")
    file = quantise(DetectorNetwork(TINY), SCENES, tmp_path / "tiny.onnx")
    session = open_session(
        file, EngineSettings(Runtime.ONNXRUNTIME), static_shapes=False, bytes_in=True
    )
    found = session.run({"images": SCENES[:2]})
    assert found["detection_boxes"].shape[0] == 2
