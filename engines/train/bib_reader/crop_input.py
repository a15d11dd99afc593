"""How crops become the input of a network that learns: as its reader lays them in use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from engines import line_reader, reader
from engines.train.bib_reader.stock import Pixels


@dataclass(frozen=True)
class CropInput:
    """The input of one kind of network.

    Attributes:
        widths: least and greatest in pixels; wider crops are squeezed.
        own_width: columns that a crop takes.
        lay: crops at the left of float32 [B, 3, height, W], in the network's colours and range.
    """

    widths: tuple[int, int]
    own_width: Callable[[Pixels], int]
    lay: Callable[[Sequence[Pixels], int], Tensor]


def _lay_own(crops: Sequence[Pixels], width: int) -> Tensor:
    images = np.zeros((len(crops), line_reader.HEIGHT, width, 3), np.uint8)
    for row, crop in zip(images, crops, strict=True):
        line_reader.fill(row, crop)
    return torch.from_numpy(images).permute(0, 3, 1, 2).float().div_(255)


def _lay_pp_ocr(crops: Sequence[Pixels], width: int) -> Tensor:
    images = np.zeros((len(crops), 3, reader.HEIGHT, width), np.float32)
    for row, crop in zip(images, crops, strict=True):
        reader.fill(row, crop)
    return torch.from_numpy(images)


OWN: Final = CropInput((16, 224), line_reader.own_width, _lay_own)
"""Of `engines.line_reader`."""

PP_OCR: Final = CropInput(
    (reader.WIDTHS[0], 320), lambda crop: reader.own_width(crop, 320), _lay_pp_ocr
)
"""Of `engines.reader`. Its narrowest input in use is wider than many a crop."""
