"""The shipped networks as real engines. Runs where TensorRT and a GPU are, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engines.errors import EngineError
from engines.models import DETECTOR, READER
from engines.runtimes.onnxruntime import OnnxRuntimeSession
from engines.runtimes.session import SessionOptions
from engines.runtimes.tensorrt.bindings import tensorrt
from engines.runtimes.tensorrt.build import Order, build_engine
from engines.runtimes.tensorrt.cache import BuiltPrecision
from engines.runtimes.tensorrt.cuda import Cuda
from engines.runtimes.tensorrt.serving import lanes_of
from engines.runtimes.tensorrt.session import TensorRtSession


def lacks() -> str:
    """Why nothing can be built here; empty where it can."""
    try:
        Cuda()
        tensorrt()
    except EngineError as error:
        return str(error)
    return ""


@pytest.mark.timeout(1800)
@pytest.mark.skipif(bool(lacks()), reason=lacks())
@pytest.mark.parametrize("fixed", [False, True], ids=["any batch", "CUDA graphs"])
@pytest.mark.parametrize(
    ("precision", "off"),
    [(BuiltPrecision.FP32, 0.01), (BuiltPrecision.TYPED, 0.05), (BuiltPrecision.FP16, 0.05)],
)
@pytest.mark.parametrize("model", [DETECTOR, READER], ids=["detector", "reader"])
def test_an_engine_computes_what_the_processor_does(
    model: Path, precision: BuiltPrecision, off: float, fixed: bool, tmp_path: Path
) -> None:
    lanes = lanes_of(model, 2, fixed=fixed)
    assert lanes is not None
    order = Order(model, lanes, precision)
    engine = build_engine(order, tmp_path, lambda _, __: None, lambda: False)
    [(name, range_)] = lanes[0].items()
    tensor = np.random.default_rng(1).random(range_.usual, np.float32)
    processor = OnnxRuntimeSession(model, SessionOptions())
    session = TensorRtSession(engine, SessionOptions())
    try:
        wanted = processor.run({name: tensor})
        # The second time as a graph, where one was captured.
        for found in (session.run({name: tensor}), session.run({name: tensor})):
            assert found.keys() == wanted.keys()
            for output, values in wanted.items():
                # Which of two boxes that are about as sure comes first is not to be compared.
                if output not in ("detection_boxes", "detection_classes"):
                    assert np.abs(found[output] - values).max() <= off, output
    finally:
        session.close()
        processor.close()
