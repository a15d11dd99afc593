"""The bib reader's network: a crop of a number line to log-probabilities per step.

A small convolutional network with a CTC output (Graves et al. 2006) and no recurrence: characters
of a bib say nothing about each other, so a step needs to see its own character and its neighbours'
edges, not the whole line.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from zipfile import BadZipFile

import torch
from torch import Tensor, nn

from engines.errors import ModelFileError
from engines.line_reader import HEIGHT, INPUT, OUTPUT
from engines.train.bib_reader.crop_input import OWN, CropInput
from engines.train.weights import read_arrays
from engines.types import ALPHABET

STEP_PX = 4
"""Columns of the input that one step of the output stands for."""

N_SYMBOLS = 1 + len(ALPHABET)
OPSET = 17


@dataclass(frozen=True)
class ReaderSize:
    """Widths (channels) of the network, from the full height of a crop down to one row."""

    widths: tuple[int, int, int, int] = (32, 64, 96, 128)
    context: int = 3
    """How many times a step looks at the two steps on either side."""


class ReaderNetwork(nn.Module):
    """Crops [B, 3, 32, W] (RGB, 0..1, W a multiple of 4) to log-probabilities [B, W / 4, 38].

    Column 0 is blank, column i + 1 is `ALPHABET[i]`.
    """

    input: ClassVar[CropInput] = OWN

    def __init__(self, size: ReaderSize | None = None) -> None:
        super().__init__()
        self.size = size or ReaderSize()
        first, second, third, last = self.size.widths
        self.body = nn.Sequential(
            _conv(3, first, stride=(2, 2)),
            _conv(first, second, stride=(2, 2)),
            _Residual(second),
            _conv(second, third, stride=(2, 1)),
            _Residual(third),
            _conv(third, last, stride=(2, 1)),
            # The last two rows become one: what is above a stroke tells a 7 from a 1.
            _conv(last, last, kernel=(2, 3), padding=(0, 1)),
        )
        self.context = nn.Sequential(*(_Context(last) for _ in range(self.size.context)))
        self.to_symbols = nn.Conv2d(last, N_SYMBOLS, 1)

    def forward(self, crops: Tensor) -> Tensor:
        """See the class."""
        scores: Tensor = self.to_symbols(self.context(self.body(crops)))
        return scores.squeeze(2).transpose(1, 2).log_softmax(-1)


class _Residual(nn.Module):
    """Two 3x3 convolutions whose result is added to what came in (He et al. 2016)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.two = nn.Sequential(_conv(width, width), _conv(width, width))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.two(x)
        return out + x


class _Context(nn.Module):
    """What the two steps on either side say, added to the own."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.look = _conv(width, width, kernel=(1, 5), padding=(0, 2))
        self.drop = nn.Dropout2d(0.1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.drop(self.look(x))
        return out + x


def _conv(
    n_in: int, n_out: int, kernel: tuple[int, int] = (3, 3), stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (1, 1),
) -> nn.Sequential:  # fmt: skip
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, kernel, stride, padding, bias=False),
        nn.BatchNorm2d(n_out, momentum=0.03),
        nn.ReLU(inplace=True),
    )


def reader_size_of(weights: Path) -> ReaderSize:
    """How wide and deep the network is whose weights a file holds (`engines.train.weights`).

    Raises:
        ModelFileError: it holds no reader's weights.
    """
    try:
        state = read_arrays(weights)
        # The convolutions that change the width; those between are residual blocks.
        first, second, third, last = (
            state[f"body.{place}.0.weight"].shape[0] for place in (0, 1, 3, 5)
        )
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise ModelFileError(f"{weights} holds no reader's weights: {error}") from error
    context = {name.split(".")[1] for name in state if name.startswith("context.")}
    return ReaderSize((first, second, third, last), len(context))


def write_reader_onnx(network: ReaderNetwork, out: Path) -> Path:
    """Writes the network with free batch and width: ``images`` to ``log_probs``."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # The exporter that needs no further package says that it will be replaced.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network.eval(),
            (torch.zeros(1, 3, HEIGHT, 96),),
            str(out),
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "batch", 3: "width"}, OUTPUT: {0: "batch", 1: "step"}},
            opset_version=OPSET,
            dynamo=False,
        )
    return out
