"""Trains the bib reader on crops made while it learns."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from engines.line_reader import HEIGHT, fill, own_width
from engines.simulate.race_bibs import RaceBibs
from engines.train.bib_reader.crops import CropMix, CropStock, NumberLine, Pixels, make_crop
from engines.train.bib_reader.network import ReaderNetwork, ReaderSize, write_reader_onnx
from engines.train.run import CHECKPOINT, Pace, Run, Step, computing, descend, train_until
from engines.train.weights import grow_weights, write_weights
from engines.types import ALPHABET

MAX_WIDTH: Final = 224
"""Greatest width of a training crop; wider ones are squeezed."""

_POOL: Final = 4
"""Crops are made for so many steps at once and sorted by width: half of the columns of a common
width would be empty."""


@dataclass(frozen=True)
class ReaderSettings:
    """A training run of the reader.

    Attributes:
        pace: how long and how fast; its folder gets `last.pt`, `reader.npz`, `reader.onnx` and
            `progress.jsonl`.
        resume: go on from the folder's last.pt.
        start_from: weights to begin with instead of random ones; the network may be wider.
        mix: how crops are made.
        n_drawn: sheets drawn before the run; every crop of one looks different.
        fonts: fonts of this machine to draw with, see `engines.train.bib_reader.fonts`.
        race: half of the sheets are of this race.
        n_crops: crops in a step.
        network: widths.
        device: "cpu" or "cuda".
        threads: threads of the tensor library; the loader takes one more process.
        seed: of the crops and the weights.
    """

    pace: Pace
    resume: bool = False
    start_from: Path | None = None
    mix: CropMix = field(default_factory=CropMix)
    n_drawn: int = 8000
    fonts: tuple[str, ...] = ()
    race: RaceBibs | None = None
    n_crops: int = 64
    network: ReaderSize = field(default_factory=ReaderSize)
    device: str = "cpu"
    threads: int = 2
    seed: int = 1


@dataclass(frozen=True)
class CropBatch:
    """Crops for one step.

    Attributes:
        images: uint8 [B, 3, 32, W], RGB.
        symbols: int64 [sum of lengths], columns of the output, one text after the other.
        lengths: int64 [B], characters of each text.
    """

    images: Tensor
    symbols: Tensor
    lengths: Tensor


class _Crops(IterableDataset[CropBatch]):
    """Endless batches; every (seed, worker) gives its own sequence."""

    def __init__(self, stock: CropStock, mix: CropMix, n: int, seed: int) -> None:
        self._stock, self._mix, self._n, self._seed = stock, mix, n, seed

    def __iter__(self) -> Iterator[CropBatch]:
        cv2.setNumThreads(0)
        info = torch.utils.data.get_worker_info()
        rng = np.random.default_rng((self._seed, info.id if info else 0))
        while True:
            pool = [make_crop(self._stock, self._mix, rng) for _ in range(_POOL * self._n)]
            pool.sort(key=lambda made: own_width(made[0]))
            for k in rng.permutation(_POOL):
                yield batch_of(pool[k * self._n : (k + 1) * self._n])


def batch_of(crops: Sequence[tuple[Pixels, str]]) -> CropBatch:
    """Crops and their texts as tensors, as wide as the widest needs."""
    widest = min(max(own_width(crop) for crop, _ in crops), MAX_WIDTH)
    images = np.zeros((len(crops), HEIGHT, -(-widest // 16) * 16, 3), np.uint8)
    for row, (crop, _) in zip(images, crops, strict=True):
        fill(row, crop)
    symbols = [ALPHABET.index(c) + 1 for _, text in crops for c in text]
    return CropBatch(
        torch.from_numpy(images).permute(0, 3, 1, 2),
        torch.tensor(symbols, dtype=torch.int64),
        torch.tensor([len(text) for _, text in crops], dtype=torch.int64),
    )


def learn(network: ReaderNetwork, batch: CropBatch, optimizer: torch.optim.AdamW) -> Step:
    """One forward and backward pass and one step of the optimiser."""
    device = next(network.parameters()).device
    images = batch.images.to(device, memory_format=torch.channels_last).float().div_(255)
    with computing(device):
        log_probs = network(images)
    log_probs = log_probs.float().transpose(0, 1)
    steps = torch.full((len(images),), log_probs.shape[0], dtype=torch.int64)
    # A text that does not fit into the steps costs nothing rather than everything.
    loss = F.ctc_loss(log_probs, batch.symbols.to(device), steps, batch.lengths, zero_infinity=True)
    descend(network, loss, optimizer)
    return Step(len(images), loss.detach(), {"ctc_loss": loss.item()})


def train_reader(settings: ReaderSettings, real: Sequence[NumberLine]) -> Path:
    """Trains; writes last.pt, reader.npz and reader.onnx and returns the path of the last.

    Args:
        settings: the run.
        real: photographed lines with their texts, mixed among the drawn ones; may be empty.

    Raises:
        TrainingError: the learning rate is too high, or the checkpoint to go on from is of a
            network of another size.
    """
    torch.set_num_threads(settings.threads)
    out = settings.pace.out
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    network = ReaderNetwork(settings.network)
    if settings.start_from is not None:
        grow_weights(network, settings.start_from)
    network = network.to(  # type: ignore[call-overload]
        settings.device, memory_format=torch.channels_last
    )
    run = Run.of(network, asdict(settings.network), settings.pace)
    if settings.resume:
        run.load(out / CHECKPOINT)
    rng = np.random.default_rng(settings.seed)
    stock = CropStock.of(rng, settings.n_drawn, real, settings.fonts, settings.race)
    crops = _Crops(stock, settings.mix, settings.n_crops, settings.seed + run.step)
    # Forked, so that the sheets in memory are shared and not copied.
    source = iter(
        DataLoader(
            crops, batch_size=None, num_workers=1, prefetch_factor=4, multiprocessing_context="fork"
        )
    )
    train_until(run, source, learn, settings.pace.minutes * 60, settings.pace)
    run.save(out / CHECKPOINT)
    reader = run.average.cpu()
    write_weights(reader, out / "reader.npz")
    return write_reader_onnx(reader, out / "reader.onnx")
