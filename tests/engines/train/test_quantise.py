from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from engines.load import EngineSettings, Runtime, open_session  # noqa: E402
from engines.train.network import DetectorNetwork, Separable  # noqa: E402
from engines.train.quantise import equalise, quantise  # noqa: E402
from tests.engines.train.test_network import TINY  # noqa: E402

RNG = np.random.default_rng(4)
SCENES = RNG.integers(0, 255, (4, 64, 96, 3), np.uint8)


def uneven() -> DetectorNetwork:
    """A network whose channels differ."""
    torch.manual_seed(1)
    network = DetectorNetwork(TINY).eval()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.copy_(10 ** torch.empty_like(module.weight).uniform_(-0.3, 0.3))
                module.bias.uniform_(-0.2, 0.2)
    return network


def spread(out: Any) -> float:
    """The loudest channel over the quietest."""
    loud = out.abs().amax((0, 2, 3))
    return float(loud.max() / loud.min())


def test_equal_channels_give_the_same_answers() -> None:
    network = uneven()
    images = torch.from_numpy(SCENES).permute(0, 3, 1, 2).float() / 255
    spreads: list[float] = []
    for module in network.modules():
        if isinstance(module, Separable):
            module.depthwise.register_forward_hook(lambda _, __, out: spreads.append(spread(out)))
    with torch.no_grad():
        before = network(images)
        uneven_ones = list(spreads)
        equalise(network, images)
        spreads.clear()
        after = network(images)
    scale = float(before.logits.abs().max())
    assert float((after.logits - before.logits).abs().max()) < 1e-4 * scale
    assert np.median(spreads) < 1.01
    assert min(uneven_ones) > 2


def test_8_bits_answer_nearly_alike(tmp_path: Path) -> None:
    pytest.importorskip("nncf")
    file = quantise(DetectorNetwork(TINY), SCENES, tmp_path / "tiny.onnx")
    session = open_session(
        file, EngineSettings(Runtime.ONNXRUNTIME), static_shapes=False, bytes_in=True
    )
    found = session.run({"images": SCENES[:2]})
    assert found["detection_boxes"].shape[0] == 2
