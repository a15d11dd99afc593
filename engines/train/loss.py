"""What the detector learns from: which cells answer for which box, and the price of an answer.

Assignment follows TOOD (Feng et al. 2021): the cells whose present score and overlap agree best
answer for a box. Scores pay a varifocal cross-entropy (Zhang et al. 2021), boxes a generalised
IoU (Rezatofighi et al. 2019). Classes are assigned one by one because every cell has one box
per class (`network`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor

from engines.train.network import N_CLASSES, STRIDES, Raw, cell_centres

SCORE_POWER = 0.75
OVERLAP_POWER = 4.0
LEAST_CELLS = 3
MOST_CELLS = 10
BOX_WEIGHT = 2.0
NEGATIVE_WEIGHT = 0.75
ORDINARY_SIDE_PX = 64.0
"""A box whose side (root of its area) is this long or longer pays the ordinary price for its place;
a smaller one pays in inverse proportion, up to `MOST_FOR_SMALL` times as much. Overlap is hard to
get for a small box, and without this its wanted score, and so its weight, is low as well."""
MOST_FOR_SMALL = 2.5


@dataclass(frozen=True)
class Targets:
    """Boxes of one image.

    Attributes:
        boxes: float32 [N, 4], x0, y0, x1, y1 in pixels of the input.
        kinds: int64 [N], 0 to 3.
        ignored: bool [N]; such a box is neither an example nor a counterexample of its class.
    """

    boxes: Tensor
    kinds: Tensor
    ignored: Tensor

    def to(self, device: torch.device) -> "Targets":
        """The same boxes on another device."""
        return Targets(self.boxes.to(device), self.kinds.to(device), self.ignored.to(device))


@dataclass(frozen=True)
class Cells:
    """The cells of an input size.

    Attributes:
        centres: float32 [A, 2], x and y in pixels.
        strides: float32 [A].
    """

    centres: Tensor
    strides: Tensor

    @classmethod
    def of(cls, height: int, width: int, device: torch.device) -> "Cells":
        """The cells of images of this size, in the network's order."""
        grids = [cell_centres(height // s, width // s, s, device) for s in STRIDES]
        strides = [torch.full((len(g),), float(s)) for g, s in zip(grids, STRIDES, strict=True)]
        return cls(torch.cat(grids), torch.cat(strides).to(device))


@dataclass(frozen=True)
class Assignment:
    """Which cells answer for which box of one image.

    Attributes:
        cell: int64 [P], the cells.
        box: int64 [P], index of the box that each answers for.
        score: float32 [P], the score wanted of it, 0 to 1.
    """

    cell: Tensor
    box: Tensor
    score: Tensor


@dataclass(frozen=True)
class Losses:
    """Scalars; `total` is what to minimise."""

    total: Tensor
    score: Tensor
    box: Tensor


def iou(first: Tensor, second: Tensor, *, generalised: bool = False) -> Tensor:
    """Overlap of boxes [..., 4] (x0, y0, x1, y1), broadcast: 0..1, generalised -1..1."""
    low = torch.maximum(first[..., :2], second[..., :2])
    high = torch.minimum(first[..., 2:], second[..., 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    area = (first[..., 2:] - first[..., :2]).clamp(min=0).prod(-1)
    area = area + (second[..., 2:] - second[..., :2]).clamp(min=0).prod(-1)
    union = (area - shared).clamp(min=1e-6)
    overlap = shared / union
    if not generalised:
        return overlap
    low = torch.minimum(first[..., :2], second[..., :2])
    high = torch.maximum(first[..., 2:], second[..., 2:])
    hull = (high - low).clamp(min=0).prod(-1).clamp(min=1e-6)
    return overlap - (hull - union) / hull


def _near(boxes: Tensor, cells: Cells, margin: float) -> Tensor:
    """bool [N, A]: centre inside the box, or within `margin` strides of the box's centre."""
    x, y = cells.centres[:, 0], cells.centres[:, 1]
    x0, y0, x1, y1 = (v[:, None] for v in boxes.unbind(-1))
    inside = (x > x0) & (x < x1) & (y > y0) & (y < y1)
    reach = margin * cells.strides
    near = ((x - (x0 + x1) / 2).abs() < reach) & ((y - (y0 + y1) / 2).abs() < reach)
    return inside | near


@torch.no_grad()
def assign(scores: Tensor, boxes: Tensor, targets: Targets, cells: Cells) -> Assignment:
    """Chooses the cells that answer for the counted boxes of one image.

    Args:
        scores: [A, 4], 0..1.
        boxes: [A, 4 classes, 4].
        targets: the image's boxes; ignored ones get no cell.
        cells: the cells of the input.
    """
    counted = (~targets.ignored).nonzero()[:, 0]
    if not len(counted):
        none = counted.new_zeros(0)
        return Assignment(none, none, scores.new_zeros(0))
    truth, kinds = targets.boxes[counted], targets.kinds[counted]
    allowed = _near(truth, cells, 0.75)
    overlap = iou(boxes.transpose(0, 1)[kinds], truth[:, None]) * allowed  # [M, A]
    metric = scores.T[kinds].pow(SCORE_POWER) * overlap.pow(OVERLAP_POWER)
    metric = torch.where(allowed, metric + 1e-9, 0.0)
    best, where = metric.topk(MOST_CELLS, dim=1)
    n_wanted = overlap.topk(MOST_CELLS, dim=1).values.sum(1).round().clamp(LEAST_CELLS, MOST_CELLS)
    rank = torch.arange(MOST_CELLS, device=best.device)[None]
    chosen = (rank < n_wanted[:, None]) & (best > 0)
    row = torch.arange(len(truth), device=best.device)[:, None].expand_as(where)[chosen]
    cell = where[chosen]
    row, cell = _settle(row, cell, overlap, kinds)
    peak = metric.new_zeros(len(truth)).scatter_reduce(0, row, metric[row, cell], "amax")
    reach = metric.new_zeros(len(truth)).scatter_reduce(0, row, overlap[row, cell], "amax")
    wanted = metric[row, cell] / peak[row].clamp(min=1e-12) * reach[row]
    return Assignment(cell, counted[row], wanted)


def _settle(row: Tensor, cell: Tensor, overlap: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
    """Gives a cell wanted by several boxes of one class to the box it overlaps best."""
    key = cell * N_CLASSES + kinds[row]
    value = overlap[row, cell]
    order = torch.argsort(value, descending=True, stable=True)
    order = order[torch.argsort(key[order], stable=True)]
    sorted_key = key[order]
    first = torch.ones_like(sorted_key, dtype=torch.bool)
    first[1:] = sorted_key[1:] != sorted_key[:-1]
    keep = order[first]
    return row[keep], cell[keep]


def _silent(targets: Targets, cells: Cells) -> Tensor:
    """bool [A, 4]: cells inside an ignored box, which say nothing about its class."""
    silent = torch.zeros(len(cells.strides), N_CLASSES, dtype=torch.bool)
    silent = silent.to(cells.centres.device)
    if targets.ignored.any():
        near = _near(targets.boxes[targets.ignored], cells, 0.75)
        for kind in range(N_CLASSES):
            silent[:, kind] = near[targets.kinds[targets.ignored] == kind].any(0)
    return silent


def detector_loss(raw: Raw, targets: Sequence[Targets], cells: Cells) -> Losses:
    """Price of a batch's answers, divided by the sum of the wanted scores.

    Args:
        raw: the network's output for B images.
        targets: B images' boxes.
        cells: the cells of the input size.
    """
    scores = raw.logits.detach().sigmoid()
    wanted = torch.zeros_like(scores)
    weight = NEGATIVE_WEIGHT * scores.square()
    predicted, truth, worth = [], [], []
    for i, target in enumerate(targets):
        found = assign(scores[i], raw.boxes[i].detach(), target, cells)
        kinds = target.kinds[found.box]
        weight[i].masked_fill_(_silent(target, cells), 0.0)
        wanted[i, found.cell, kinds] = found.score
        weight[i, found.cell, kinds] = found.score.clamp(min=0.05)
        predicted.append(raw.boxes[i, found.cell, kinds])
        truth.append(target.boxes[found.box])
        worth.append(found.score)
    total = torch.cat(worth).sum().clamp(min=1.0)
    entropy = F.binary_cross_entropy_with_logits(raw.logits, wanted, weight, reduction="sum")
    fit = 1 - iou(torch.cat(predicted), torch.cat(truth), generalised=True)
    # A floor, so that cells of boxes not yet overlapped learn where the box is.
    box = (fit * torch.cat(worth).clamp(min=0.05) * size_weight(torch.cat(truth))).sum() / total
    score = entropy / total
    return Losses(score + BOX_WEIGHT * box, score.detach(), box.detach())


def size_weight(boxes: Tensor) -> Tensor:
    """[P] from boxes [P, 4]: how much more than an ordinary box a small one pays."""
    side = (boxes[:, 2:] - boxes[:, :2]).clamp(min=1.0).prod(1).sqrt()
    return (ORDINARY_SIDE_PX / side).clamp(1.0, MOST_FOR_SMALL)
