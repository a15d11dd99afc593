"""Trains the bib reader on crops made while it learns."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from engines.models import PP_OCR
from engines.simulate.race_bibs import RaceBibs
from engines.train.bib_reader.crop_input import CropInput
from engines.train.bib_reader.crops import CropMix, make_crop, make_taught_crop
from engines.train.bib_reader.network import ReaderNetwork, ReaderSize, write_reader_onnx
from engines.train.bib_reader.pp_ocr import PpOcrNetwork, bib_model
from engines.train.bib_reader.stock import (
    NO_PHOTOGRAPHS,
    CropStock,
    NumberLine,
    Photographs,
    Pixels,
)
from engines.train.run import CHECKPOINT, Pace, Run, Step, computing, descend, train_until
from engines.train.weights import grow_weights, write_weights
from engines.types import ALPHABET

Network: TypeAlias = ReaderNetwork | PpOcrNetwork

PP_OCR_MIX: Final = CropMix(
    real_share=0.0,
    empty_share=0.08,
    part_share=0.16,
    stroke_share=0.03,
    bent_share=0.2,
    widths=(0.65, 1.6),
    tilt=0.08,
    beside_share=0.25,
    bitten_share=0.2,
    taught_share=0.25,
    letter_share=0.15,
)
"""What PP-OCR's network learns from. Photographed lines of one event, most of them of three
characters, taught it to leave out the fourth; strokes across one crop of eight, to leave out a 1 at
the edge; straps as narrow as a 1, to doubt it; characters that count only when they are seen whole,
to take what is left of a covered number for all of it."""

PP_OCR_KEEP: Final = 0.5
"""Share of PP-OCR's own weights in the result, see ``engines/weights/pp_ocr_bibs.md``."""

_PP_OCR_SIZE: Final = {"network": "PP-OCR"}
"""What its checkpoints note; it comes in one size."""

_TAUGHT_WEIGHT: Final = 4.0
"""Of the distance to the teacher against that to the texts."""

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
        start_from: weights to begin with instead of random ones: an .npz file of the own network,
            which may be wider now, or the ONNX file of PP-OCR's network.
        keep: share of the weights of `start_from` in the result, 0..1; PP-OCR's network only. The
            mean of both reads what either does (Wortsman et al. 2022), as long as the drawn crops
            leave much of what is photographed out.
        mix: how crops are made.
        n_drawn: sheets drawn before the run; every crop of one looks different.
        fonts: fonts of this machine to draw with, see `engines.train.bib_reader.fonts`.
        race: half of the sheets are of this race.
        photographs: parts of photographs to be read as PP-OCR reads them, and cloths to draw on;
            PP-OCR's network only.
        n_crops: crops in a step.
        network: widths.
        device: "cpu" or "cuda".
        threads: threads of the tensor library; the loader takes one more process.
        seed: of the crops and the weights.
    """

    pace: Pace
    resume: bool = False
    start_from: Path | None = None
    keep: float = 0.0
    mix: CropMix = field(default_factory=CropMix)
    n_drawn: int = 8000
    fonts: tuple[str, ...] = ()
    race: RaceBibs | None = None
    photographs: Photographs = NO_PHOTOGRAPHS
    n_crops: int = 64
    network: ReaderSize = field(default_factory=ReaderSize)
    device: str = "cpu"
    threads: int = 2
    seed: int = 1


@dataclass(frozen=True)
class CropBatch:
    """Crops for one step.

    Attributes:
        images: float32 [B, 3, H, W], as the network takes them.
        symbols: int64 [sum of lengths], columns of the output, one text after the other.
        lengths: int64 [B], characters of each text.
        taught: float32 [2, K, 3, H, W'], parts without a known text, first as the network is shown
            them, then as its teacher is; None without a teacher.
    """

    images: Tensor
    symbols: Tensor
    lengths: Tensor
    taught: Tensor | None = None


class _Crops(IterableDataset[CropBatch]):
    """Endless batches; every (seed, worker) gives its own sequence."""

    def __init__(
        self, stock: CropStock, mix: CropMix, input_: CropInput, n: int, seed: int
    ) -> None:
        self._stock, self._mix, self._input = stock, mix, input_
        self._n, self._seed = n, seed

    def __iter__(self) -> Iterator[CropBatch]:
        cv2.setNumThreads(0)
        info = torch.utils.data.get_worker_info()
        rng = np.random.default_rng((self._seed, info.id if info else 0))
        lines = self._stock.photographs.lines
        n_taught = round(self._mix.taught_share * self._n) if lines else 0
        n = self._n - n_taught
        while True:
            pool = [make_crop(self._stock, self._mix, rng) for _ in range(_POOL * n)]
            pool.sort(key=lambda made: self._input.own_width(made[0]))
            taught = [
                make_taught_crop(self._stock, self._mix, rng) for _ in range(_POOL * n_taught)
            ]
            taught.sort(key=lambda made: self._input.own_width(made[0]))
            for k in rng.permutation(_POOL):
                batch = batch_of(pool[k * n : (k + 1) * n], self._input)
                if n_taught:
                    some = taught[k * n_taught : (k + 1) * n_taught]
                    batch = replace(batch, taught=_taught_of(some, self._input))
                yield batch


def batch_of(crops: Sequence[tuple[Pixels, str]], input_: CropInput) -> CropBatch:
    """Crops and their texts as tensors, as wide as the widest needs."""
    least, most = input_.widths
    widest = min(max(least, *(input_.own_width(crop) for crop, _ in crops)), most)
    symbols = [ALPHABET.index(c) + 1 for _, text in crops for c in text]
    return CropBatch(
        input_.lay([crop for crop, _ in crops], -(-widest // 16) * 16),
        torch.tensor(symbols, dtype=torch.int64),
        torch.tensor([len(text) for _, text in crops], dtype=torch.int64),
    )


def _taught_of(crops: Sequence[tuple[Pixels, Pixels]], input_: CropInput) -> Tensor:
    least, most = input_.widths
    widest = min(max(least, *(input_.own_width(crop) for pair in crops for crop in pair)), most)
    width = -(-widest // 16) * 16
    return torch.stack([input_.lay([pair[side] for pair in crops], width) for side in (0, 1)])


def learn(
    network: Network,
    batch: CropBatch,
    optimizer: torch.optim.AdamW,
    teacher: PpOcrNetwork | None = None,
) -> Step:
    """One forward and backward pass and one step of the optimiser."""
    device = next(network.parameters()).device
    images = batch.images.to(device, memory_format=torch.channels_last)
    with computing(device):
        log_probs = network(images)
    log_probs = log_probs.float().transpose(0, 1)
    steps = torch.full((len(images),), log_probs.shape[0], dtype=torch.int64)
    # A text that does not fit into the steps costs nothing rather than everything.
    loss = F.ctc_loss(log_probs, batch.symbols.to(device), steps, batch.lengths, zero_infinity=True)
    losses = {"ctc_loss": loss.item()}
    n_seen = len(images)
    if teacher is not None and batch.taught is not None:
        shown, sharp = batch.taught.to(device)
        with computing(device):
            with torch.inference_mode():
                wanted = teacher(sharp).float()
            told = network(shown).float()
        # By step and crop; the steps of a crop together weigh about as much as its characters do.
        apart = F.kl_div(told, wanted.clone(), reduction="none", log_target=True).sum(-1).mean()
        loss = loss + _TAUGHT_WEIGHT * apart
        losses["apart"] = apart.item()
        n_seen += len(shown)
    descend(network, loss, optimizer)
    return Step(n_seen, loss.detach(), losses)


def train_reader(settings: ReaderSettings, real: Sequence[NumberLine]) -> Path:
    """Trains; writes last.pt and reader.onnx, for the own network reader.npz, too.

    Args:
        settings: the run.
        real: photographed lines with their texts, mixed among the drawn ones; may be empty.

    Returns:
        The path of reader.onnx.

    Raises:
        ModelFileError: `start_from` is an ONNX file and not of PP-OCR's network.
        TrainingError: the learning rate is too high, or the checkpoint to go on from is of a
            network of another size.
    """
    torch.set_num_threads(settings.threads)
    out = settings.pace.out
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    first = _first(settings)
    network = copy.deepcopy(first).to(  # type: ignore[call-overload]
        settings.device, memory_format=torch.channels_last
    )
    size = _PP_OCR_SIZE if isinstance(network, PpOcrNetwork) else asdict(settings.network)
    run = Run.of(network, size, settings.pace)
    if settings.resume:
        run.load(out / CHECKPOINT)
    rng = np.random.default_rng(settings.seed)
    stock = CropStock.of(
        rng, settings.n_drawn, real, settings.fonts, settings.race, settings.photographs,
        settings.mix.letter_share,
    )  # fmt: skip
    seed = settings.seed + run.step
    crops = _Crops(stock, settings.mix, network.input, settings.n_crops, seed)
    # Forked, so that the sheets in memory are shared and not copied.
    source = iter(
        DataLoader(
            crops, batch_size=None, num_workers=1, prefetch_factor=4, multiprocessing_context="fork"
        )
    )
    teacher = None
    if settings.photographs.lines and isinstance(network, PpOcrNetwork):
        teacher = PpOcrNetwork(bib_model(PP_OCR.find(), n_others=20_000)).to(settings.device).eval()
    train_until(
        run, source, partial(learn, teacher=teacher), settings.pace.minutes * 60, settings.pace
    )
    run.save(out / CHECKPOINT)
    reader, file = run.average.cpu(), out / "reader.onnx"
    if isinstance(reader, PpOcrNetwork) and isinstance(first, PpOcrNetwork):
        return mixed(first, reader, settings.keep).write(file)
    write_weights(reader, out / "reader.npz")
    return write_reader_onnx(reader, file)


def mixed(first: PpOcrNetwork, learnt: PpOcrNetwork, keep: float) -> PpOcrNetwork:
    """The network between two of the same plan: `keep` of the weights of `first`, 0..1."""
    network, weights = copy.deepcopy(learnt), learnt.state_dict()
    begun = first.state_dict()
    network.load_state_dict({name: weights[name].lerp(begun[name], keep) for name in weights})
    return network


def _first(settings: ReaderSettings) -> Network:
    """The network that a run begins with."""
    start = settings.start_from
    if start is not None and start.suffix == ".onnx":
        return PpOcrNetwork.of(start)
    network = ReaderNetwork(settings.network)
    if start is not None:
        grow_weights(network, start)
    return network
