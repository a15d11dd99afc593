"""A network's weights as plain arrays in one .npz file, to start other trainings from.

An ONNX file folds normalisation into the convolutions and cannot be trained on; a checkpoint of
the tensor library is a pickle. This is neither.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn


def write_weights(network: nn.Module, out: Path) -> Path:
    """Writes every parameter and running statistic by name; floats as float16 to halve the file."""
    arrays = {}
    for name, value in network.state_dict().items():
        array = value.detach().cpu().numpy()
        arrays[name] = array.astype(np.float16) if array.dtype == np.float32 else array
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out, **arrays)
    return out


def read_weights(network: nn.Module, path: Path) -> None:
    """Puts the weights of a file into a network of the same shape.

    Raises:
        ValueError: the file is of another network.
    """
    own = network.state_dict()
    with np.load(path, allow_pickle=False) as file:
        shapes = {name: file[name].shape for name in file.files}
        if shapes != {name: tuple(value.shape) for name, value in own.items()}:
            raise ValueError(f"{path} holds the weights of another network; check its size")
        state = {name: torch.from_numpy(file[name]).to(own[name].dtype) for name in file.files}
    network.load_state_dict(state)
