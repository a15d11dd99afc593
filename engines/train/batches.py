"""Batches of scenes, made by one process beside the training."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from engines.train.loss import Targets
from engines.train.scenes import SceneMix, Stock, make_scene


@dataclass(frozen=True)
class Batch:
    """Scenes for one step.

    Attributes:
        images: uint8 [B, 3, H, W], RGB.
        targets: their boxes.
    """

    images: Tensor
    targets: Sequence[Targets]


class _Scenes(IterableDataset[Batch]):
    """Endless batches; every (seed, worker) gives its own sequence."""

    def __init__(
        self, stock: Stock, size: tuple[int, int], n_images: int, mix: SceneMix, seed: int,
        upright_share: float,
    ) -> None:  # fmt: skip
        self._stock, self._size, self._n, self._mix = stock, size, n_images, mix
        self._seed, self._upright_share = seed, upright_share

    def __iter__(self) -> Iterator[Batch]:
        cv2.setNumThreads(0)
        info = torch.utils.data.get_worker_info()
        rng = np.random.default_rng((self._seed, info.id if info else 0))
        while True:
            is_upright = rng.random() < self._upright_share
            width, height = self._size[::-1] if is_upright else self._size
            made = [make_scene(self._stock, width, height, self._mix, rng) for _ in range(self._n)]
            # Kept as [B, H, W, 3] in memory: it is what channels_last wants.
            images = torch.from_numpy(np.stack([image for image, _ in made])).permute(0, 3, 1, 2)
            targets = [
                Targets(
                    torch.from_numpy(labels.boxes),
                    torch.from_numpy(labels.kinds),
                    torch.from_numpy(labels.ignored),
                )
                for _, labels in made
            ]
            yield Batch(images, targets)


def batches(
    stock: Stock, size: tuple[int, int], n_images: int, mix: SceneMix, seed: int,
    upright_share: float = 0.0, n_workers: int = 1,
) -> Iterator[Batch]:  # fmt: skip
    """Endless batches of `n_images` scenes of `size` (width, height) pixels.

    A share of the batches, 0..1, is turned: as wide as `size` is high, and the other way round.
    """
    scenes = _Scenes(stock, size, n_images, mix, seed, upright_share)
    if not n_workers:
        return iter(scenes)
    # Forked, so that the pictures in memory are shared and not copied.
    return iter(
        DataLoader(
            scenes, batch_size=None, num_workers=n_workers, prefetch_factor=4,
            multiprocessing_context="fork",
        )
    )  # fmt: skip
