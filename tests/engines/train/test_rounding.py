from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from engines.train.network import DetectorNetwork, Separable  # noqa: E402
from engines.train.rounding import RoundedConv2d, equalise, round_convolutions  # noqa: E402
from tests.engines.train.test_network import TINY  # noqa: E402

RNG = np.random.default_rng(4)
IMAGES = torch.from_numpy(RNG.integers(0, 255, (4, 3, 64, 96), np.uint8)).float() / 255


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
    spreads: list[float] = []
    for module in network.modules():
        if isinstance(module, Separable):
            module.depthwise.register_forward_hook(lambda _, __, out: spreads.append(spread(out)))
    with torch.no_grad():
        before = network(IMAGES)
        uneven_ones = list(spreads)
        equalise(network, IMAGES)
        spreads.clear()
        after = network(IMAGES)
    scale = float(before.logits.abs().max())
    assert float((after.logits - before.logits).abs().max()) < 1e-4 * scale
    assert np.median(spreads) < 1.01
    assert min(uneven_ones) > 2


def test_a_rounded_network_answers_nearly_alike_under_the_same_names() -> None:
    network = uneven()
    equalise(network, IMAGES)
    names = list(network.state_dict())
    with torch.no_grad():
        before = network(IMAGES).logits
        round_convolutions(network)
        after = network(IMAGES).logits
    assert list(network.state_dict()) == names
    off = float((after - before).abs().mean() / before.std())
    assert 0 < off < 0.2


def test_only_the_last_convolutions_stay_exact() -> None:
    network = DetectorNetwork(TINY)
    round_convolutions(network)
    exact = [
        name.rsplit(".", 1)[-1]
        for name, module in network.named_modules()
        if isinstance(module, torch.nn.Conv2d) and not isinstance(module, RoundedConv2d)
    ]
    assert sorted(exact) == ["to_box"] * 3 + ["to_score"] * 3


def test_what_is_rounded_learns_as_if_it_were_not() -> None:
    torch.manual_seed(2)
    exact = torch.nn.Conv2d(3, 4, 3)
    x, goal = torch.randn(2, 3, 8, 8), torch.randn(2, 4, 6, 6)
    (exact(x) - goal).square().mean().backward()
    assert exact.weight.grad is not None
    wanted = exact.weight.grad.clone().flatten()
    exact.zero_grad()
    rounded = RoundedConv2d(exact)
    (rounded(x) - goal).square().mean().backward()
    assert rounded.weight is exact.weight
    assert (
        torch.nn.functional.cosine_similarity(wanted.flatten(), exact.weight.grad.flatten(), 0)
        > 0.99
    )


def test_the_weights_and_inputs_take_few_values() -> None:
    conv = torch.nn.Conv2d(1, 1, 1, bias=False)
    torch.nn.init.constant_(conv.weight, 1.0)
    rounded = RoundedConv2d(conv)
    out = rounded(torch.linspace(0, 1, 10_000).reshape(1, 1, 100, 100))
    assert len(out.unique()) <= 256
    # Outside training the range stays: what is louder is cut off.
    rounded.eval()
    assert float(rounded(torch.full((1, 1, 2, 2), 9.0)).detach().max()) == pytest.approx(
        1.0, abs=0.02
    )
