"""The project's own networks in torch, to time them where nothing else reaches the GPU."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from engines.train.bib_reader.network import ReaderNetwork, reader_size_of
from engines.train.network import DetectorNetwork
from engines.train.weights import read_weights, size_of
from engines.types import Floats


def torch_runner(network: str, weights: Path, device: str) -> Callable[[Floats], object]:
    """Runs batches ``[B, 3, H, W]`` and returns when they are done.

    Args:
        network: "detector" or "reader".
        weights: the .npz file.
        device: "cuda:0", "cpu".
    """
    module: nn.Module
    if network == "detector":
        module = DetectorNetwork(size_of(weights))
    else:
        module = ReaderNetwork(reader_size_of(weights))
    read_weights(module, weights)
    module.eval().to(device)

    def run(pictures: Floats) -> object:
        with torch.inference_mode():
            out = module(torch.from_numpy(pictures).to(device))
            if device.startswith("cuda"):
                torch.cuda.synchronize(device)
        return out

    return run
