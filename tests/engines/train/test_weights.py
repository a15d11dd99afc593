"""Weights in a file: the same network out as in, another one refused."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the extra 'train' is not installed")

from engines.train.network import DetectorNetwork, NetworkSize  # noqa: E402
from engines.train.weights import read_weights, write_weights  # noqa: E402

TINY = NetworkSize(stem=8, widths=(8, 8, 8), depths=(1, 1, 1), neck=8, head_depth=1)


def test_the_network_comes_back(tmp_path: Path) -> None:
    torch.manual_seed(1)
    before, after = DetectorNetwork(TINY).eval(), DetectorNetwork(TINY).eval()
    read_weights(after, write_weights(before, tmp_path / "w.npz"))
    image = torch.rand(1, 3, 64, 64)
    assert torch.allclose(before(image).logits, after(image).logits, atol=2e-2)


def test_another_network_is_refused(tmp_path: Path) -> None:
    path = write_weights(DetectorNetwork(TINY), tmp_path / "w.npz")
    other = NetworkSize(stem=8, widths=(8, 8, 16), depths=(1, 1, 1), neck=8, head_depth=1)
    with pytest.raises(ValueError, match="another network"):
        read_weights(DetectorNetwork(other), path)
