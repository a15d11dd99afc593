"""Pre- and post-processing of whole batches with torch, on any device.

They do what `engines.letterbox` and `engines.detector.decode` do one by one on the processor, so
that a GPU's arithmetic can be compared with them before it is trusted with a race.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engines.detector import overlaps
from engines.letterbox import Placement, place
from engines.types import Bytes, Floats


def letterboxed(pictures: Bytes, size: tuple[int, int], device: str) -> Tensor:
    """Pictures of one size to the network's input.

    Args:
        pictures: ``[B, H, W, 3]`` RGB.
        size: (width, height) of the input.
        device: "cuda:0", "cpu".

    Returns:
        ``[B, 3, height, width]`` float32 0..1 on the device, 0 around the pictures.
    """
    spot = place((pictures.shape[2], pictures.shape[1]), size)
    floats = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float().div_(255)
    inner = functional.interpolate(
        floats, (spot.height, spot.width), mode="bilinear", align_corners=False
    )
    right, below = size[0] - spot.width - spot.left, size[1] - spot.height - spot.top
    return functional.pad(inner, (spot.left, right, spot.top, below))


def letterboxed_by_processor(pictures: Bytes, size: tuple[int, int]) -> Floats:
    """The same by OpenCV, in floats so that nothing is rounded in between."""
    spot = place((pictures.shape[2], pictures.shape[1]), size)
    out = np.zeros((len(pictures), 3, size[1], size[0]), np.float32)
    inner = np.s_[:, spot.top : spot.top + spot.height, spot.left : spot.left + spot.width]
    for canvas, picture in zip(out, pictures, strict=True):
        floats = picture.astype(np.float32) / np.float32(255)
        small = cv2.resize(floats, (spot.width, spot.height), interpolation=cv2.INTER_LINEAR)
        canvas[inner] = small.transpose(2, 0, 1)
    return out


def restored(boxes: Tensor, spot: Placement) -> Tensor:
    """Boxes as shares of the input, y0, x0, y1, x1, to pixels of the picture.

    Args:
        boxes: ``[B, K, 4]``.
        spot: where the pictures lay in the input.

    Returns:
        ``[B, K, 4]`` x0, y0, x1, y1, clipped.
    """
    pixels = boxes[..., [1, 0, 3, 2]] * boxes.new_tensor(spot.size * 2)
    scale = boxes.new_tensor([spot.source[0] / spot.width, spot.source[1] / spot.height] * 2)
    placed = (pixels - boxes.new_tensor([spot.left, spot.top] * 2)) * scale
    return placed.clamp(min=0).minimum(boxes.new_tensor(spot.source * 2))


def restored_by_processor(boxes: Floats, spot: Placement) -> Floats:
    """The same as `engines.detector.decode` does it."""
    shares = boxes[..., [1, 0, 3, 2]] * np.array(spot.size * 2, np.float32)
    return np.stack([spot.restore(rows) for rows in shares])


def batched_overlaps(boxes: Tensor) -> Tensor:
    """Intersection over union of every pair: ``[B, K, 4]`` to ``[B, K, K]``, 0..1."""
    low = torch.maximum(boxes[:, :, None, :2], boxes[:, None, :, :2])
    high = torch.minimum(boxes[:, :, None, 2:], boxes[:, None, :, 2:])
    shared = (high - low).clamp(min=0).prod(dim=3)
    areas = (boxes[:, :, 2:] - boxes[:, :, :2]).prod(dim=2)
    union = areas[:, :, None] + areas[:, None, :] - shared
    return torch.where(union > 0, shared / union.clamp(min=1e-12), torch.zeros_like(shared))


def differences(device: str, seed: int = 1) -> dict[str, float]:
    """The largest difference between a device and the processor, per step.

    Boxes are compared in parts of the picture's longer side, everything else in its own 0..1.

    Args:
        device: "cuda:0", "cpu".
        seed: of the pictures and boxes.
    """
    rng = np.random.default_rng(seed)
    pictures = rng.integers(0, 256, (8, 270, 480, 3), np.uint8)
    size = (640, 384)
    given = letterboxed(pictures, size, device).cpu().numpy()
    corners = rng.uniform(-0.1, 1.1, (8, 300, 2, 2)).astype(np.float32)
    boxes = np.concatenate([corners.min(axis=2), corners.max(axis=2)], axis=2)
    spot = place((480, 270), size)
    placed = restored(torch.from_numpy(boxes).to(device), spot)
    by_processor = restored_by_processor(boxes, spot)
    shares = np.stack([overlaps(rows, rows) for rows in by_processor])
    off: dict[str, Floats] = {
        "letterbox": given - letterboxed_by_processor(pictures, size),
        "boxes": (placed.cpu().numpy() - by_processor) / np.float32(max(spot.source)),
        "overlaps": batched_overlaps(placed).cpu().numpy() - shares,
    }
    return {name: float(np.abs(values).max()) for name, values in off.items()}
