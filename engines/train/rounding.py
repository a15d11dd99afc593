"""Readies a network for 8 bits: equally loud channels, and steps with the rounding in them.

An activation tensor is rounded with one step for all its channels, and so the quiet channels of
a depthwise convolution drown beside a loud one. `equalise` makes them equally loud first
(cross-layer equalisation, Nagel et al. 2019): where nothing but a ReLU lies between two
convolutions, a factor taken from a channel of the first and given to the second changes nothing.

`round_convolutions` lets a network learn to live with what `quantise` will do to it: its body
computes with rounded weights and inputs, and the gradient passes as if nothing had been rounded
(Jacob et al. 2018). The weights themselves stay exact and keep their names.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from engines.train.network import DetectorNetwork, Separable

LOUD = 0.9995
"""Share of a channel's values below what counts as its loudness; the rest are outliers."""

LEAST_LOUDNESS = 0.01
"""Of the loudest channel: a dead channel is not made loud."""

EXACT = ("to_score", "to_box")
"""Not rounded: 255 places for a corner in 640 pixels would move every box."""

_FOLLOWED = 0.98
"""How much of a range each step keeps."""


@torch.no_grad()
def equalise(network: DetectorNetwork, images: Tensor) -> None:
    """Makes the channels between neighbouring convolutions equally loud; outputs stay the same.

    Args:
        network: changed in place; must be in evaluation mode.
        images: [B, 3, H, W], 0..1, to measure loudness on.
    """
    blocks = [module for module in network.modules() if isinstance(module, Separable)]
    pairs = [(network.stem[1], blocks[0].depthwise[0])]
    pairs += [(block.depthwise, block.pointwise[0]) for block in blocks]
    loudness = _loudness(network, images, [first for first, _ in pairs])
    for (first, second), loud in zip(pairs, loudness, strict=True):
        share = (loud / loud.max().clamp(min=1e-9)).clamp(min=LEAST_LOUDNESS)
        assert isinstance(first, nn.Sequential) and isinstance(second, nn.Conv2d)
        norm = first[1]
        assert isinstance(norm, nn.BatchNorm2d)
        norm.weight.div_(share)
        norm.bias.div_(share)
        # A depthwise convolution has one input channel for each of its groups.
        across = (-1, 1, 1, 1) if second.groups > 1 else (1, -1, 1, 1)
        second.weight.mul_(share.reshape(across))


def _loudness(network: nn.Module, images: Tensor, modules: Sequence[nn.Module]) -> list[Tensor]:
    """Per module, the loudness [C] of each channel of its output."""
    found: dict[nn.Module, Tensor] = {}

    def note(module: nn.Module, _: object, out: Tensor) -> None:
        values = out.abs().transpose(0, 1).flatten(1)
        found[module] = values.kthvalue(max(1, round(values.shape[1] * LOUD)), dim=1).values

    hooks = [module.register_forward_hook(note) for module in modules]
    try:
        network(images)
    finally:
        for hook in hooks:
            hook.remove()
    return [found[module] for module in modules]


def round_convolutions(network: nn.Module) -> None:
    """Makes all convolutions but `EXACT` compute with 8 bits, in place; the weights are shared."""
    for name, child in list(network.named_children()):
        if name in EXACT:
            continue
        if isinstance(child, nn.Conv2d):
            setattr(network, name, RoundedConv2d(child))
        else:
            round_convolutions(child)


class RoundedConv2d(nn.Conv2d):
    """A convolution of rounded inputs with rounded weights.

    Weights have one step per output channel, symmetric; inputs one for all, between the least and
    the greatest value lately seen. The range is no part of the state: it is found again in one
    batch.
    """

    def __init__(self, exact: nn.Conv2d) -> None:
        size, stride = exact.kernel_size, exact.stride
        assert not isinstance(exact.padding, str)
        super().__init__(
            exact.in_channels, exact.out_channels, (size[0], size[1]), (stride[0], stride[1]),
            (exact.padding[0], exact.padding[1]), groups=exact.groups,
            bias=exact.bias is not None,
        )  # fmt: skip
        self.weight, self.bias = exact.weight, exact.bias
        self.low: Tensor
        self.high: Tensor
        self.register_buffer("low", torch.tensor(torch.nan), persistent=False)
        self.register_buffer("high", torch.tensor(torch.nan), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, h, w] to what the convolution makes of it."""
        if self.training or self.low.isnan():
            self._follow(x.detach())
        step = ((self.high - self.low) / 255).clamp(min=1e-8)
        zero = (-self.low / step).round().to(torch.int32)
        rounded = torch.fake_quantize_per_tensor_affine(x, step, zero, 0, 255)
        steps = (self.weight.detach().abs().amax((1, 2, 3)) / 127).clamp(min=1e-8)
        weight = torch.fake_quantize_per_channel_affine(
            self.weight, steps, torch.zeros_like(steps, dtype=torch.int32), 0, -127, 127
        )
        out: Tensor = self._conv_forward(rounded, weight, self.bias)
        return out

    def _follow(self, x: Tensor) -> None:
        """Moves the range; it always holds zero, so that a blank stays blank."""
        least, greatest = torch.aminmax(x)
        least, greatest = least.clamp(max=0.0), greatest.clamp(min=0.0)
        if self.low.isnan():
            self.low.copy_(least)
            self.high.copy_(greatest)
        self.low.lerp_(least, 1 - _FOLLOWED)
        self.high.lerp_(greatest, 1 - _FOLLOWED)
