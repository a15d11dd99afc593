"""A network's weights as plain arrays in one .npz file, to start other trainings from.

An ONNX file folds normalisation into the convolutions and cannot be trained on; a checkpoint of
the tensor library is a pickle. This is neither.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from engines.train.network import NetworkSize


def write_weights(network: nn.Module, out: Path) -> Path:
    """Writes every parameter and running statistic by name; floats as float16 to halve the file."""
    arrays = {}
    for name, value in network.state_dict().items():
        array = value.detach().cpu().numpy()
        arrays[name] = array.astype(np.float16) if array.dtype == np.float32 else array
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out, **arrays)
    return out


_STAGES = ("stage8", "stage16", "stage32.0")

NEW_BLOCK_VOICE = 0.1
"""What a block that the file does not know adds to its input at first, over what blocks add."""


def read_weights(network: nn.Module, path: Path) -> None:
    """Puts the weights of a file into a network of the same shape.

    Raises:
        ValueError: the file is of another network.
    """
    own = network.state_dict()
    state = read_arrays(path)
    if _shapes(state) != _shapes(own):
        raise ValueError(f"{path} holds the weights of another network; check its size")
    network.load_state_dict(state)


def size_of(path: Path) -> NetworkSize:
    """How wide and deep the detector's network is whose weights a file holds.

    Raises:
        ValueError: it holds no detector's weights.
    """
    state = read_arrays(path)
    try:
        widths = [state[f"{stage}.0.pointwise.0.weight"].shape[0] for stage in _STAGES]
        return NetworkSize(
            stem=state["stem.1.0.weight"].shape[0],
            widths=(widths[0], widths[1], widths[2]),
            depths=(
                _depth(state, _STAGES[0]),
                _depth(state, _STAGES[1]),
                _depth(state, _STAGES[2]),
            ),
            neck=state["neck.lateral.0.0.weight"].shape[0],
            head_depth=_depth(state, "heads.0.score"),
        )
    except KeyError as error:
        raise ValueError(f"{path} holds no detector's weights: {error} is missing") from error


def _depth(state: dict[str, Tensor], stage: str) -> int:
    """Blocks of a stage."""
    ends = ".pointwise.0.weight"
    return sum(name.startswith(f"{stage}.") and name.endswith(ends) for name in state)


def grow_weights(network: nn.Module, path: Path) -> None:
    """Puts the weights of a narrower or shallower network into a wider or deeper one.

    The wider network answers as the narrow one did (Net2Net, Chen et al. 2016): the old channels
    do not listen to the new ones, which begin at random. A block that the file does not know
    begins with a tenth of its voice. Channels that are put side by side (the neck's, the coarsest
    stage's) must be as many as in the file.

    Raises:
        ValueError: the file is of a wider network, or of another plan.
    """
    state = network.state_dict()
    old = read_arrays(path)
    for name, value in old.items():
        if name not in state or any(
            have < given for have, given in zip(state[name].shape, value.shape, strict=True)
        ):
            raise ValueError(f"{path}: {name} does not fit into the network to be trained")
        new, part = state[name], tuple(slice(n) for n in value.shape)
        if new.ndim == 4:
            new[: value.shape[0]] = 0.0
        new[part] = value
    for name in set(state) - set(old):
        if name.endswith("pointwise.1.weight"):
            state[name].mul_(NEW_BLOCK_VOICE)
    network.load_state_dict(state)


def _shapes(state: dict[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in state.items()}


def read_arrays(path: Path) -> dict[str, Tensor]:
    """The arrays of a file; floats as float32."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: torch.from_numpy(file[name]) for name in file.files}
    return {n: a.float() if a.dtype.is_floating_point else a for n, a in arrays.items()}
