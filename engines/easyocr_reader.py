"""Reads the line of characters of a bib with EasyOCR's recognition network.

Only its English network is used (``english_g2``, a VGG with two LSTMs and a CTC output), not the
package's own reading of whole pictures: the bib alphabet, the probabilities per step and the
batches are ours, as with PP-OCR.

The package downloads its weights from the network when it is first used. finishline downloads
nothing: it says which file is missing and where it belongs.
"""

from __future__ import annotations

import importlib
import math
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from engines.batched import read_batched
from engines.ctc import reading
from engines.errors import InferenceError, MissingPackageError, ModelFileError
from engines.models.files import EASYOCR
from engines.reader import fold, folding
from engines.types import Floats, Image, Reading

HEIGHT: Final = 64
WIDTHS: Final = (128, 192, 256, 384, 512)
"""Widths of the input; a crop takes the next one that holds it, wider crops are squeezed."""
MAX_BATCH: Final = 8

CHARACTERS: Final = (
    "0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ €"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
"""Of the network, column 1 first (``easyocr.config``, ``english_g2``); blank is column 0."""

_SIZE: Final = {"input_channel": 1, "output_channel": 256, "hidden_size": 256}

Network = Callable[[Floats], Floats]
"""Grey crops ``[B, 1, 64, W]`` from -1 to 1, to scores ``[B, T, C]`` before their softmax."""


class EasyOcrReader:
    """The port `Reader` over EasyOCR's network. Belongs to one thread."""

    def __init__(self, network: Network, characters: Sequence[str] = CHARACTERS) -> None:
        """Makes a reader.

        Args:
            network: see `Network`.
            characters: of its columns, column 1 first; blank is column 0.

        Raises:
            ModelFileError: a character of `engines.types.ALPHABET` is missing.
        """
        self._network: Network | None = network
        self._n_columns = 1 + len(characters)
        self._columns, self._starts = folding(characters)

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        """See `engines.types.Reader.read`. Crops of similar shape share a batch.

        Raises:
            InferenceError: the reader is closed, or the output is not that of the network.
        """
        return read_batched(crops, input_width, self._batch, MAX_BATCH)

    def close(self) -> None:
        """Frees the network."""
        self._network = None

    def _batch(self, crops: Sequence[Image], width: int) -> list[Reading]:
        if self._network is None:
            raise InferenceError("the reader of EasyOCR is closed")
        tensor = np.zeros((len(crops), 1, HEIGHT, width), np.float32)
        for [row], crop in zip(tensor, crops, strict=True):
            fill(row, crop)
        scores = self._network(tensor)
        if scores.ndim != 3 or scores.shape[2] != self._n_columns:
            raise InferenceError(
                f"EasyOCR gives [B, steps, {self._n_columns}]; this network gave {scores.shape}"
            )
        folded = fold(softmax(scores)[:, :, self._columns], self._starts)
        return [
            reading(log_probs, own_width(crop, width) / width)
            for log_probs, crop in zip(folded, crops, strict=True)
        ]


def load_easyocr(model: Path, threads: int | None = None) -> EasyOcrReader:
    """A reader with EasyOCR's English network, on the processor.

    Args:
        model: ``english_g2.pth``, or the weights of a network of the same plan.
        threads: of the tensor library, for the whole process; None leaves it as it is.

    Raises:
        MissingPackageError: EasyOCR or something that it needs is not installed.
        InferenceError: EasyOCR is installed and cannot be imported.
        ModelFileError: the file holds no weights of this network.
    """
    # First of all: it imports torch as well, and names what is missing of the two.
    network = new_network()
    import torch  # noqa: PLC0415

    try:
        # Only tensors are unpacked: a file of weights can carry code.
        state = torch.load(model, map_location="cpu", weights_only=True)
        # It was trained on several devices at once, which put this before every name.
        network.load_state_dict({name.removeprefix("module."): a for name, a in state.items()})
    except (OSError, RuntimeError, AttributeError, EOFError, pickle.UnpicklingError) as error:
        raise ModelFileError(f"{model} holds no weights of {EASYOCR.name}: {error}") from error
    if threads is not None:
        torch.set_num_threads(threads)
    network.eval()

    def run(tensor: Floats) -> Floats:
        with torch.inference_mode():
            scores: Floats = network(torch.from_numpy(tensor), None).numpy()
        return scores

    return EasyOcrReader(run)


def new_network() -> Any:
    """EasyOCR's English network with random weights, a ``torch.nn.Module``.

    Raises:
        MissingPackageError, InferenceError: see `load_easyocr`.
    """
    try:
        package = importlib.import_module("easyocr.model.vgg_model")
    except ModuleNotFoundError as error:
        raise MissingPackageError(error.name or "easyocr", EASYOCR.install) from error
    except (ImportError, OSError, RuntimeError) as error:
        # What torchvision says when it was built for another torch.
        raise InferenceError(
            f"EasyOCR cannot be imported: {error}; are torch and torchvision of one release and "
            "for one kind of device?"
        ) from error
    return package.Model(num_class=1 + len(CHARACTERS), **_SIZE)


def input_width(crop: Image) -> int:
    """The input width of a crop. Tall crops (a single 1) are read upright."""
    needed = math.ceil(HEIGHT * crop.shape[1] / crop.shape[0])
    return next((w for w in WIDTHS if w >= needed), WIDTHS[-1])


def own_width(crop: Image, width: int) -> int:
    """Columns that a crop takes of an input `width` columns wide."""
    own: int = math.ceil(HEIGHT * crop.shape[1] / crop.shape[0])
    return min(max(own, 1), width)


def fill(row: Floats, crop: Image) -> None:
    """Puts an RGB crop at the left of ``[64, W]``, grey from -1 to 1.

    Its last column is repeated to the right, as in the network's training.
    """
    own = own_width(crop, row.shape[1])
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    way = cv2.INTER_AREA if crop.shape[0] > HEIGHT else cv2.INTER_CUBIC
    row[:, :own] = cv2.resize(grey, (own, HEIGHT), interpolation=way)
    row[:, :own] *= 2 / 255
    row[:, :own] -= 1
    row[:, own:] = row[:, own - 1 : own]


def softmax(scores: Floats) -> Floats:
    """Scores ``[B, T, C]`` as probabilities."""
    powers: Floats = np.exp(scores - scores.max(axis=2, keepdims=True))
    powers /= powers.sum(axis=2, keepdims=True)
    return powers
