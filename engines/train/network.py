"""The detector's network: one pass for persons, bibs, faces and number lines.

A stem of two 3x3 convolutions, depthwise-separable stages (MobileNet, Howard et al. 2017), SPPF
(YOLOv5), a PAN neck (Liu et al. 2018) and, per level, one branch for scores and one for boxes.

Every cell carries **one box per class** instead of one shared box: a number line is concentric
with its bib and a face with the upper body, so a shared box would make them compete for cells.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

N_CLASSES = 4
STRIDES = (8, 16, 32)
PRIOR_SCORE = 0.01
_MAX_LOG_SIZE = 6.0


@dataclass(frozen=True)
class NetworkSize:
    """Widths (channels) and depths (blocks) of the network."""

    stem: int = 32
    widths: tuple[int, int, int] = (64, 128, 256)
    depths: tuple[int, int, int] = (3, 6, 4)
    neck: int = 64
    head_depth: int = 2


@dataclass(frozen=True)
class Raw:
    """Undecoded output of all levels; A cells, finest level first.

    Attributes:
        logits: [B, A, 4], one per class.
        boxes: [B, A, 4 classes, 4] as x0, y0, x1, y1 in pixels of the input.
    """

    logits: Tensor
    boxes: Tensor


def _conv(n_in: int, n_out: int, size: int = 3, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(n_out, momentum=0.03),
        nn.ReLU(inplace=True),
    )


class Separable(nn.Module):
    """Depthwise 3x3 then pointwise 1x1; adds its input where the shape allows it.

    3x3 only: oneDNN's weight gradient of a depthwise 5x5 is two hundred times slower on a CPU.
    """

    def __init__(self, n_in: int, n_out: int, stride: int = 1) -> None:
        super().__init__()
        self.depthwise = nn.Sequential(
            nn.Conv2d(n_in, n_in, 3, stride, 1, groups=n_in, bias=False),
            nn.BatchNorm2d(n_in, momentum=0.03),
        )
        self.pointwise = _conv(n_in, n_out, 1)
        self.adds = n_in == n_out and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        """Feature maps [B, C, h, w] to the same, or half as high and wide with a stride of 2."""
        out: Tensor = self.pointwise(self.depthwise(x))
        return out + x if self.adds else out


class _Pyramid(nn.Module):
    """SPPF: three pooled copies in a row widen the view of the coarsest level."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.reduce = _conv(width, width // 2, 1)
        self.pool = nn.MaxPool2d(5, 1, 2)
        self.merge = _conv(width * 2, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        parts = [self.reduce(x)]
        for _ in range(3):
            parts.append(self.pool(parts[-1]))
        out: Tensor = self.merge(torch.cat(parts, 1))
        return out


def _stage(n_in: int, n_out: int, depth: int) -> nn.Sequential:
    first = Separable(n_in, n_out, 2)
    return nn.Sequential(first, *(Separable(n_out, n_out) for _ in range(depth - 1)))


class _Neck(nn.Module):
    """PAN: the coarse levels tell the fine ones what they saw, then the other way round."""

    def __init__(self, widths: tuple[int, int, int], neck: int) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(_conv(width, neck, 1) for width in widths)
        self.down = nn.ModuleList(Separable(2 * neck, neck) for _ in range(2))
        self.shrink = nn.ModuleList(Separable(neck, neck, 2) for _ in range(2))
        self.up = nn.ModuleList(Separable(2 * neck, neck) for _ in range(2))
        self.enlarge = nn.Upsample(scale_factor=2.0, mode="nearest")

    def forward(self, fine: Tensor, middle: Tensor, coarse: Tensor) -> list[Tensor]:
        fine, middle, coarse = (
            layer(x) for layer, x in zip(self.lateral, (fine, middle, coarse), strict=True)
        )
        middle = self.down[0](torch.cat((middle, self.enlarge(coarse)), 1))
        fine = self.down[1](torch.cat((fine, self.enlarge(middle)), 1))
        middle = self.up[0](torch.cat((middle, self.shrink[0](fine)), 1))
        coarse = self.up[1](torch.cat((coarse, self.shrink[1](middle)), 1))
        return [fine, middle, coarse]


class _Head(nn.Module):
    """Scores and boxes of one level."""

    def __init__(self, width: int, depth: int, start_cells: tuple[float, ...]) -> None:
        super().__init__()
        self.score = nn.Sequential(*(Separable(width, width) for _ in range(depth)))
        self.box = nn.Sequential(*(Separable(width, width) for _ in range(depth)))
        self.to_score = nn.Conv2d(width, N_CLASSES, 1)
        self.to_box = nn.Conv2d(width, N_CLASSES * 4, 1)
        nn.init.constant_(self._bias(self.to_score), -4.6)  # log(PRIOR_SCORE / (1 - PRIOR_SCORE))
        nn.init.normal_(self.to_score.weight, std=0.01)
        nn.init.normal_(self.to_box.weight, std=0.01)
        with torch.no_grad():
            offsets = torch.tensor([[0.0, 0.0, w, h] for w, h in _pairs(start_cells)])
            self._bias(self.to_box).copy_(offsets.flatten())

    @staticmethod
    def _bias(layer: nn.Conv2d) -> Tensor:
        assert layer.bias is not None
        return layer.bias

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.to_score(self.score(x)), self.to_box(self.box(x))


def _pairs(values: tuple[float, ...]) -> list[tuple[float, float]]:
    return list(zip(values[::2], values[1::2], strict=True))


# log of width and height, in cells of the level, of an ordinary person, bib, face and number.
_START = (1.0, 1.9, 1.0, 0.8, 0.7, 0.9, 1.0, 0.2)


class DetectorNetwork(nn.Module):
    """Images [B, 3, H, W] (RGB, 0..1, H and W multiples of 32) to scores and boxes per cell."""

    def __init__(self, size: NetworkSize | None = None) -> None:
        super().__init__()
        self.size = size or NetworkSize()
        stem, (w8, w16, w32) = self.size.stem, self.size.widths
        d8, d16, d32 = self.size.depths
        self.stem = nn.Sequential(_conv(3, stem // 2, 3, 2), _conv(stem // 2, stem, 3, 2))
        self.stage8 = _stage(stem, w8, d8)
        self.stage16 = _stage(w8, w16, d16)
        self.stage32 = nn.Sequential(_stage(w16, w32, d32), _Pyramid(w32))
        self.neck = _Neck(self.size.widths, self.size.neck)
        self.heads = nn.ModuleList(
            _Head(self.size.neck, self.size.head_depth, _START) for _ in STRIDES
        )

    def features(self, images: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Per level: logits [B, 4, h, w] and box numbers [B, 16, h, w]."""
        fine = self.stage8(self.stem(images))
        middle = self.stage16(fine)
        coarse = self.stage32(middle)
        levels: list[Tensor] = self.neck(fine, middle, coarse)
        return [head(level) for head, level in zip(self.heads, levels, strict=True)]

    def forward(self, images: Tensor) -> Raw:
        """Scores and decoded boxes of every cell."""
        logits, boxes = [], []
        for stride, (score, box) in zip(STRIDES, self.features(images), strict=True):
            batch, _, height, width = score.shape
            logits.append(score.flatten(2).transpose(1, 2))
            numbers = box.flatten(2).transpose(1, 2).reshape(batch, -1, N_CLASSES, 4)
            centres = cell_centres(height, width, stride, box.device)
            boxes.append(decode(numbers.float(), centres[None, :, None], float(stride)))
        return Raw(torch.cat(logits, 1).float(), torch.cat(boxes, 1))


def cell_centres(height: int, width: int, stride: int, device: torch.device) -> Tensor:
    """Centres of the cells [height * width, 2] as x, y in pixels, row by row."""
    ys = (torch.arange(height, device=device) + 0.5) * stride
    xs = (torch.arange(width, device=device) + 0.5) * stride
    grid = torch.stack(torch.meshgrid(ys, xs, indexing="ij"), -1).flatten(0, 1)
    return grid.flip(-1)


def decode(numbers: Tensor, centres: Tensor, stride: Tensor | float) -> Tensor:
    """Box numbers (offset of the centre and log size, in cells) to x0, y0, x1, y1 in pixels."""
    middle = centres + numbers[..., :2] * stride
    half = numbers[..., 2:].clamp(max=_MAX_LOG_SIZE).exp() * (0.5 * stride)
    return torch.cat((middle - half, middle + half), -1)
