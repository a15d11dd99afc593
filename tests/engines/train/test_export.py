from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from engines.load import ON_PROCESSOR, EngineSettings, Runtime, open_session  # noqa: E402
from engines.runtimes.session import Precision  # noqa: E402
from engines.train.export import write_onnx  # noqa: E402
from engines.train.network import DetectorNetwork  # noqa: E402
from tests.engines.train.test_network import TINY  # noqa: E402

N_KEPT = 20
NAMES = ["detection_boxes", "detection_scores", "detection_classes"]
Outputs = list[NDArray[np.float32]]


@pytest.fixture(scope="module")
def network() -> DetectorNetwork:
    torch.manual_seed(3)
    made = DetectorNetwork(TINY)
    for name, weight in made.named_parameters():
        # Untrained heads answer alike everywhere, and the order of equal scores is free.
        if name.endswith("to_score.weight"):
            torch.nn.init.normal_(weight, std=30.0)
        elif name.endswith("to_box.weight"):
            torch.nn.init.normal_(weight, std=5.0)
    return made.eval()


@pytest.fixture(scope="module")
def file(network: DetectorNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_onnx(network, tmp_path_factory.mktemp("onnx") / "tiny.onnx", N_KEPT)


def _run(runtime: Runtime, file: Path, images: NDArray[np.float32]) -> Outputs:
    settings = EngineSettings(runtime, precision=Precision.F32)
    session = open_session(file, settings, static_shapes=False)
    found = session.run({"images": images})
    return [found[name] for name in NAMES]


@pytest.mark.parametrize("shape", [(1, 64, 96), (2, 64, 96), (3, 96, 32)])
def test_both_runtimes_agree_at_every_shape(file: Path, shape: tuple[int, int, int]) -> None:
    batch, height, width = shape
    images = np.random.default_rng(1).random((batch, 3, height, width), np.float32)
    one, two = (_run(runtime, file, images) for runtime in ON_PROCESSOR)
    expected = [(batch, N_KEPT, 4), (batch, N_KEPT), (batch, N_KEPT)]
    assert [v.shape for v in one] == expected
    for first, second in zip(one, two, strict=True):
        assert np.abs(first - second).max() < 1e-3


def test_the_outputs_are_what_the_contract_says(file: Path, network: DetectorNetwork) -> None:
    images = np.random.default_rng(2).random((1, 3, 64, 96), np.float32)
    boxes, scores, classes = _run(Runtime.ONNXRUNTIME, file, images)
    assert (np.diff(scores[0]) <= 0).all()
    assert set(classes[0]) <= {0.0, 1.0, 2.0, 3.0}
    assert boxes.min() >= 0 and boxes.max() <= 1
    with torch.no_grad():
        raw = network(torch.from_numpy(images))
    cell, kind = divmod(int(raw.logits[0].argmax()), 4)
    x0, y0, x1, y1 = raw.boxes[0, cell, kind].tolist()
    wanted = np.clip([y0 / 64, x0 / 96, y1 / 64, x1 / 96], 0, 1)
    assert classes[0, 0] == kind
    assert boxes[0, 0] == pytest.approx(wanted, abs=1e-4)
