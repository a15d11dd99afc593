"""Trains the detector on pictures in memory.

`finishline train detector` trains on from the shipped weights with a user's pictures (`fine_tune`);
the shipped ones come from `from_scratch`. Most of a run sees small scenes, the last part scenes of
the size of use.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from engines.simulate.race_bibs import RaceBibs
from engines.train.batches import Batch, batches
from engines.train.export import write_onnx
from engines.train.loss import Cells, detector_loss, kept_loss
from engines.train.network import DetectorNetwork, NetworkSize
from engines.train.pictures import TrainingPicture
from engines.train.run import CHECKPOINT, Pace, Run, Step, computing, descend, train_until
from engines.train.scenes import SceneMix, Stock
from engines.train.weights import grow_weights, read_weights, size_of, write_weights
from engines.types import Kind


@dataclass(frozen=True)
class TrainSettings:
    """A training run of the detector.

    Attributes:
        pace: how long and how fast; its folder gets `last.pt`, `detector.npz`, `detector.onnx`
            and `progress.jsonl`.
        resume: go on from the folder's last.pt.
        start_from: weights (see `weights`) to begin with instead of random ones; may be those of
            a narrower network.
        small: width and height of the scenes for most of the run.
        large: the same for the last part.
        large_share: share of the run at the large size, 0..1.
        upright_share: share of the scenes that are higher than wide, as phones film, 0..1.
        n_images: scenes in a step at the small size.
        n_bibs: bibs drawn before the run, to be worn by photographed persons.
        race: half of those bibs are of this race.
        mix: how scenes are made.
        kept: classes that go on answering as `start_from` does, whatever the pictures say.
        network: widths and depths.
        device: "cpu" or "cuda".
        threads: threads of the tensor library; the loader takes one more process.
        seed: of the scenes and the weights.
    """

    pace: Pace
    resume: bool = False
    start_from: Path | None = None
    small: tuple[int, int] = (416, 256)
    large: tuple[int, int] = (640, 384)
    large_share: float = 0.14
    upright_share: float = 0.25
    n_images: int = 16
    n_bibs: int = 1500
    race: RaceBibs | None = None
    kept: tuple[Kind, ...] = ()
    mix: SceneMix = field(default_factory=SceneMix)
    network: NetworkSize = field(default_factory=NetworkSize)
    device: str = "cpu"
    threads: int = 2
    seed: int = 1


@dataclass(frozen=True)
class Kept:
    """What a run must not unlearn.

    Attributes:
        kinds: classes that go on answering as they did.
        first: the network as it was, which nothing changes.
    """

    kinds: tuple[int, ...]
    first: DetectorNetwork


def learn(
    network: DetectorNetwork,
    batch: Batch,
    optimizer: torch.optim.AdamW,
    kept: Kept | None = None,
) -> Step:
    """One forward and backward pass and one step of the optimiser."""
    device = next(network.parameters()).device
    images = batch.images.to(device, memory_format=torch.channels_last).float().div_(255)
    cells = Cells.of(images.shape[2], images.shape[3], device)
    targets = [target.to(device) for target in batch.targets]
    with computing(device):
        raw = network(images)
    losses = detector_loss(raw, targets, cells, kept.kinds if kept else ())
    shown = {"score_loss": losses.score.item(), "box_loss": losses.box.item()}
    total = losses.total
    if kept:
        with torch.no_grad(), computing(device):
            first = kept.first(images)
        other = kept_loss(raw, first, kept.kinds)
        total = total + other.total
        shown |= {"kept_score_loss": other.score.item(), "kept_box_loss": other.box.item()}
    descend(network, total, optimizer)
    return Step(len(images), total.detach(), shown)


def train_detector(
    settings: TrainSettings,
    pictures: Sequence[TrainingPicture],
    behind: Sequence[TrainingPicture] = (),
) -> Path:
    """Trains; writes last.pt, detector.npz and detector.onnx and returns the path of the last.

    Pictures `behind` are only seen out of focus, see `engines.train.defocus`.

    Raises:
        ValueError: if there is nothing to learn from.
        TrainingError: the learning rate is too high, or the checkpoint to go on from is of a
            network of another size.
    """
    if not pictures:
        raise ValueError("there is no picture to learn from")
    torch.set_num_threads(settings.threads)
    out = settings.pace.out
    out.mkdir(parents=True, exist_ok=True)
    run = _new_run(settings)
    if settings.resume:
        run.load(out / CHECKPOINT)
    stock = Stock.of(pictures, settings.seed, settings.n_bibs, settings.race, behind)
    _train(run, stock, settings)
    run.save(out / CHECKPOINT)
    write_weights(load_average(out / CHECKPOINT), out / "detector.npz")
    return export_detector(out / CHECKPOINT, out / "detector.onnx")


def _new_run(settings: TrainSettings) -> Run[DetectorNetwork]:
    torch.manual_seed(settings.seed)
    network = DetectorNetwork(settings.network)
    if settings.start_from is not None:
        grow_weights(network, settings.start_from)
    network = network.to(  # type: ignore[call-overload]
        settings.device, memory_format=torch.channels_last
    )
    return Run.of(network, asdict(settings.network), settings.pace)


def _train(run: Run[DetectorNetwork], stock: Stock, settings: TrainSettings) -> None:
    """Both parts of the run, or what is left of them."""
    step = partial(learn, kept=_kept(settings))
    end_s = settings.pace.minutes * 60
    switch_s = end_s * (1 - settings.large_share)
    if run.elapsed_s < switch_s:
        source = batches(
            stock, settings.small, settings.n_images, settings.mix, settings.seed + run.step,
            settings.upright_share,
        )  # fmt: skip
        train_until(run, source, step, switch_s, settings.pace)
    mix = replace(settings.mix, mosaic_share=0.6, person_heights=(0.04, 2.0))
    n_images = max(1, settings.n_images // 2)
    source = batches(
        stock, settings.large, n_images, mix, settings.seed + run.step + 1, settings.upright_share
    )
    train_until(run, source, step, end_s, settings.pace)


def _kept(settings: TrainSettings) -> Kept | None:
    """The network that a run begins with, where some of its answers are to stay.

    Raises:
        ValueError: there are no weights to begin with.
    """
    if not settings.kept:
        return None
    if settings.start_from is None:
        raise ValueError("what is to be kept is that of the weights to start from: name them")
    first = DetectorNetwork(size_of(settings.start_from))
    read_weights(first, settings.start_from)
    first = first.to(  # type: ignore[call-overload]
        settings.device, memory_format=torch.channels_last
    )
    return Kept(tuple(map(int, settings.kept)), first.eval().requires_grad_(False))


def load_average(checkpoint: Path) -> DetectorNetwork:
    """The averaged network of a checkpoint, ready for use."""
    state = torch.load(checkpoint, weights_only=True, map_location="cpu")
    network = DetectorNetwork(NetworkSize(**state["size"]))
    weights: dict[str, Tensor] = state["average"]
    network.load_state_dict(weights)
    return network.eval()


def export_detector(checkpoint: Path, out: Path) -> Path:
    """Writes the averaged network of a checkpoint as the contract's ONNX file."""
    return write_onnx(load_average(checkpoint), out)
