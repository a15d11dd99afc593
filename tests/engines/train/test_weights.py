"""Weights in a file: the same network out as in, another one refused."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the extra 'train' is not installed")

from engines.models import WEIGHTS  # noqa: E402
from engines.train.network import DetectorNetwork, NetworkSize  # noqa: E402
from engines.train.weights import (  # noqa: E402
    grow_weights,
    read_weights,
    size_of,
    write_weights,
)

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


@pytest.mark.parametrize(
    ("situation", "size", "furthest"),
    [
        ("the same", TINY, 2e-2),
        ("a wider stem", NetworkSize(16, (8, 8, 8), (1, 1, 1), 8, 1), 2e-2),
        ("wider stages", NetworkSize(8, (16, 24, 8), (1, 1, 1), 8, 1), 2e-2),
        ("a deeper stage", NetworkSize(8, (8, 8, 8), (2, 1, 1), 8, 1), 0.4),
    ],
)
def test_a_grown_network_answers_as_before(
    situation: str, size: NetworkSize, furthest: float, tmp_path: Path
) -> None:
    torch.manual_seed(1)
    before, after = DetectorNetwork(TINY).eval(), DetectorNetwork(size).eval()
    _speak_up(before)
    image = torch.rand(1, 3, 64, 64)
    unlike = (before(image).logits - after(image).logits).abs().max()
    grow_weights(after, write_weights(before, tmp_path / "w.npz"))
    away = (before(image).logits - after(image).logits).abs().max()
    assert away < min(furthest, unlike), situation


@pytest.mark.parametrize(
    "size", [TINY, NetworkSize(), NetworkSize(8, (16, 24, 8), (2, 3, 1), 24, 1)]
)
def test_a_file_tells_how_wide_its_network_is(size: NetworkSize, tmp_path: Path) -> None:
    assert size_of(write_weights(DetectorNetwork(size), tmp_path / "w.npz")) == size


def test_the_shipped_weights_can_be_trained_on() -> None:
    path = WEIGHTS / "detector.npz"
    read_weights(DetectorNetwork(size_of(path)), path)


def test_weights_of_something_else(tmp_path: Path) -> None:
    path = write_weights(torch.nn.Linear(2, 2), tmp_path / "w.npz")
    with pytest.raises(ValueError, match="no detector's weights"):
        size_of(path)


def test_new_channels_are_heard_after_a_step(tmp_path: Path) -> None:
    torch.manual_seed(1)
    grown = DetectorNetwork(NetworkSize(16, (8, 8, 8), (1, 1, 1), 8, 1))
    grow_weights(grown, write_weights(DetectorNetwork(TINY), tmp_path / "w.npz"))
    grown(torch.rand(2, 3, 64, 64)).logits.square().sum().backward()
    gradient = grown.get_parameter("stem.1.0.weight").grad
    assert gradient is not None
    assert gradient[:8, 4:].abs().max() > 0


def test_a_wider_file_does_not_fit(tmp_path: Path) -> None:
    wide = NetworkSize(16, (8, 8, 8), (1, 1, 1), 8, 1)
    path = write_weights(DetectorNetwork(wide), tmp_path / "w.npz")
    with pytest.raises(ValueError, match=r"stem\.0\.0\.weight does not fit"):
        grow_weights(DetectorNetwork(TINY), path)


def _speak_up(network: DetectorNetwork) -> None:
    """Scores that depend on the picture: a fresh network says the same of everything."""
    for name, value in network.named_parameters():
        if name.endswith("to_score.weight"):
            torch.nn.init.normal_(value, std=0.5)
