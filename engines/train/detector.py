"""Trains the detector on pictures in memory.

`finishline train detector` trains on from the shipped weights with a user's pictures (`fine_tune`);
the shipped ones come from `from_scratch`. Most of a run sees small scenes, the last part scenes of
the size of use.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from engines.simulate.race_bibs import RaceBibs
from engines.train.batches import Batch, batches
from engines.train.export import write_onnx
from engines.train.loss import Cells, detector_loss
from engines.train.network import DetectorNetwork, NetworkSize
from engines.train.pictures import TrainingPicture
from engines.train.run import CHECKPOINT, Pace, Run, Step, descend, train_until
from engines.train.scenes import SceneMix, Stock
from engines.train.weights import grow_weights, write_weights


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
    network: NetworkSize = field(default_factory=NetworkSize)
    device: str = "cpu"
    threads: int = 2
    seed: int = 1


def learn(network: DetectorNetwork, batch: Batch, optimizer: torch.optim.AdamW) -> Step:
    """One forward and backward pass and one step of the optimiser."""
    device = next(network.parameters()).device
    images = batch.images.to(device, memory_format=torch.channels_last).float().div_(255)
    cells = Cells.of(images.shape[2], images.shape[3], device)
    targets = [target.to(device) for target in batch.targets]
    losses = detector_loss(network(images), targets, cells)
    descend(network, losses.total, optimizer)
    shown = {"score_loss": losses.score.item(), "box_loss": losses.box.item()}
    return Step(len(images), losses.total.detach(), shown)


def train_detector(settings: TrainSettings, pictures: Sequence[TrainingPicture]) -> Path:
    """Trains; writes last.pt, detector.npz and detector.onnx and returns the path of the last.

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
    _train(run, Stock.of(pictures, settings.seed, settings.n_bibs, settings.race), settings)
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
    end_s = settings.pace.minutes * 60
    switch_s = end_s * (1 - settings.large_share)
    if run.elapsed_s < switch_s:
        source = batches(
            stock, settings.small, settings.n_images, SceneMix(), settings.seed + run.step,
            settings.upright_share,
        )  # fmt: skip
        train_until(run, source, learn, switch_s, settings.pace)
    mix = SceneMix(mosaic_share=0.6, person_heights=(0.04, 2.0))
    n_images = max(1, settings.n_images // 2)
    source = batches(
        stock, settings.large, n_images, mix, settings.seed + run.step + 1, settings.upright_share
    )
    train_until(run, source, learn, end_s, settings.pace)


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
