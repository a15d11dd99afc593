"""Trains the detector: `python -m engines.train.detector --coco COCO.json --minutes 120 --out DIR`
(`--simulated RACE` learns from simulated races, beside or instead).

The learning rate follows a cosine in wall-clock time, so that a run ends when it was told to,
whatever the machine: most of it on small scenes, the last part at the size of use.
"""

import argparse
import copy
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from engines.train.batches import Batch, batches
from engines.train.export import write_onnx
from engines.train.loss import Cells, Losses, detector_loss
from engines.train.network import DetectorNetwork, NetworkSize
from engines.train.number_lines import read_lines
from engines.train.pictures import TrainingPicture, read_coco
from engines.train.races import read_race
from engines.train.scenes import SceneMix, Stock
from engines.train.weights import grow_weights, write_weights


@dataclass(frozen=True)
class TrainSettings:
    """A training run.

    Attributes:
        coco: COCO files to learn from; may be empty where `simulated` is not.
        simulated: folders of simulated races to learn from.
        out: folder for `last.pt`, `detector.onnx` and `progress.jsonl`.
        minutes: wall-clock length of the whole run; a resumed run goes on with the same clock.
        lines: JSON files of number lines on the bibs of `coco` (see `number_lines`).
        resume: go on from `out`/last.pt.
        start_from: weights (see `weights`) to begin with instead of random ones; may be those of
            a narrower network.
        small: width and height of the scenes for most of the run.
        large: the same for the last part.
        large_share: share of the run at the large size, 0..1.
        n_images: scenes in a step at the small size.
        learning_rate: the highest one, of AdamW.
        weight_decay: of AdamW, on convolutions only.
        network: widths and depths.
        threads: threads of the tensor library; the loader takes one more process.
        seed: of the scenes and the weights.
        save_every_s: seconds between checkpoints.
    """

    coco: tuple[Path, ...]
    out: Path
    minutes: float
    simulated: tuple[Path, ...] = ()
    lines: tuple[Path, ...] = ()
    resume: bool = False
    start_from: Path | None = None
    small: tuple[int, int] = (416, 256)
    large: tuple[int, int] = (640, 384)
    large_share: float = 0.14
    n_images: int = 16
    learning_rate: float = 3e-3
    weight_decay: float = 0.03
    network: NetworkSize = field(default_factory=NetworkSize)
    threads: int = 2
    seed: int = 1
    save_every_s: float = 240.0


def rate_at(share: float, step: int, warm_up: int = 300) -> float:
    """Learning rate over its maximum at this share (0..1) of the run: linear start, cosine."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(max(share, 0.0), 1.0)))
    return min(1.0, (step + 1) / warm_up) * (0.01 + 0.99 * cosine)


def make_optimizer(network: nn.Module, settings: TrainSettings) -> torch.optim.AdamW:
    """AdamW that decays convolutions and leaves biases and normalisation alone."""
    heavy = [p for p in network.parameters() if p.ndim > 1]
    light = [p for p in network.parameters() if p.ndim <= 1]
    groups = [
        {"params": heavy, "weight_decay": settings.weight_decay},
        {"params": light, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate)


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, step: int) -> None:
    """Moves the running average of the weights; it follows faster in the first steps."""
    keep = min(0.9995, (1 + step) / (20 + step))
    live = network.state_dict()
    for name, value in average.state_dict().items():
        if value.dtype.is_floating_point:
            value.lerp_(live[name], 1 - keep)
        else:
            value.copy_(live[name])


def train_step(network: DetectorNetwork, batch: Batch, optimizer: torch.optim.AdamW) -> Losses:
    """One forward and backward pass and one step of the optimiser."""
    images = batch.images.to(memory_format=torch.channels_last).float().div_(255)
    cells = Cells.of(images.shape[2], images.shape[3], images.device)
    losses = detector_loss(network(images), batch.targets, cells)
    optimizer.zero_grad(set_to_none=True)
    losses.total.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), 10.0)
    optimizer.step()
    return losses


@dataclass
class _Run:
    """What a checkpoint holds; changes from step to step."""

    network: DetectorNetwork
    average: DetectorNetwork
    optimizer: torch.optim.AdamW
    step: int = 0
    n_seen: int = 0
    elapsed_s: float = 0.0

    def save(self, path: Path, settings: TrainSettings) -> None:
        """Writes beside `path` first: a stopped run never leaves half a checkpoint."""
        part = path.with_suffix(".part")
        torch.save(
            {
                "size": vars(settings.network),
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "n_seen": self.n_seen,
                "elapsed_s": self.elapsed_s,
            },
            part,
        )
        part.replace(path)

    def load(self, path: Path) -> None:
        """Goes on from a checkpoint."""
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.n_seen = state["step"], state["n_seen"]
        self.elapsed_s = state["elapsed_s"]


def _new_run(settings: TrainSettings) -> _Run:
    torch.manual_seed(settings.seed)
    network = DetectorNetwork(settings.network)
    if settings.start_from is not None:
        grow_weights(network, settings.start_from)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(network).eval().requires_grad_(False)
    return _Run(network.train(), average, make_optimizer(network, settings))


def train_detector(settings: TrainSettings) -> Path:
    """Trains; writes last.pt, detector.npz and detector.onnx into `out` and returns the last.

    Raises:
        ValueError: if there is nothing to learn from.
    """
    if not settings.coco and not settings.simulated:
        raise ValueError("name at least one COCO file or simulated race to learn from")
    torch.set_num_threads(settings.threads)
    settings.out.mkdir(parents=True, exist_ok=True)
    checkpoint = settings.out / "last.pt"
    run = _new_run(settings)
    if settings.resume:
        run.load(checkpoint)
    stock = Stock.of(_pictures(settings), settings.seed)
    switch_s = settings.minutes * 60 * (1 - settings.large_share)
    if run.elapsed_s < switch_s:
        source = batches(
            stock, settings.small, settings.n_images, SceneMix(), settings.seed + run.step
        )
        _train_until(run, source, switch_s, settings)
    mix = SceneMix(mosaic_share=0.6, person_heights=(0.04, 2.0))
    n_images = max(1, settings.n_images // 2)
    source = batches(stock, settings.large, n_images, mix, settings.seed + run.step + 1)
    _train_until(run, source, settings.minutes * 60, settings)
    run.save(checkpoint, settings)
    write_weights(run.average, settings.out / "detector.npz")
    return export_detector(checkpoint, settings.out / "detector.onnx")


def _pictures(settings: TrainSettings) -> list[TrainingPicture]:
    lines = read_lines(settings.lines)
    pictures = [picture for path in settings.coco for picture in read_coco(path, lines)]
    return pictures + [picture for folder in settings.simulated for picture in read_race(folder)]


def _train_until(run: _Run, source: Iterator[Batch], end_s: float, settings: TrainSettings) -> None:
    """Steps until the run's clock says `end_s`; saves and notes the progress on the way."""
    began = time.monotonic() - run.elapsed_s
    saved = noted = run.elapsed_s
    n_noted, sums = run.n_seen, [0.0, 0.0]
    n_steps = 0
    while run.elapsed_s < end_s:
        batch = next(source)
        rate = rate_at(run.elapsed_s / (settings.minutes * 60), run.step)
        for group in run.optimizer.param_groups:
            group["lr"] = settings.learning_rate * rate
        losses = train_step(run.network, batch, run.optimizer)
        follow(run.average, run.network, run.step)
        run.step, run.n_seen = run.step + 1, run.n_seen + len(batch.images)
        run.elapsed_s = time.monotonic() - began
        sums, n_steps = [sums[0] + float(losses.score), sums[1] + float(losses.box)], n_steps + 1
        if run.elapsed_s - noted > 30 or run.elapsed_s >= end_s:
            speed = (run.n_seen - n_noted) / (run.elapsed_s - noted)
            _note(settings.out, run, rate, sums[0] / n_steps, sums[1] / n_steps, speed)
            noted, n_noted, sums, n_steps = run.elapsed_s, run.n_seen, [0.0, 0.0], 0
        if run.elapsed_s - saved > settings.save_every_s:
            run.save(settings.out / "last.pt", settings)
            saved = run.elapsed_s


def _note(out: Path, run: _Run, rate: float, score: float, box: float, speed: float) -> None:
    """Appends a line to progress.jsonl and shows it."""
    line = json.dumps(
        {
            "minutes": round(run.elapsed_s / 60, 2), "step": run.step, "n_seen": run.n_seen,
            "rate": round(rate, 4), "score_loss": round(score, 4), "box_loss": round(box, 4),
            "images_per_s": round(speed, 1),
        }
    )  # fmt: skip
    with (out / "progress.jsonl").open("a") as file:
        file.write(line + "\n")
    print(line, flush=True)


def load_average(checkpoint: Path) -> DetectorNetwork:
    """The averaged network of a checkpoint, ready for use."""
    state = torch.load(checkpoint, weights_only=True)
    network = DetectorNetwork(NetworkSize(**state["size"]))
    weights: dict[str, Tensor] = state["average"]
    network.load_state_dict(weights)
    return network.eval()


def export_detector(checkpoint: Path, out: Path) -> Path:
    """Writes the averaged network of a checkpoint as the contract's ONNX file."""
    return write_onnx(load_average(checkpoint), out)


def _settings() -> TrainSettings:
    parser = argparse.ArgumentParser(description="train the detector")
    parser.add_argument("--coco", type=Path, nargs="*", default=[])
    parser.add_argument("--simulated", type=Path, nargs="*", default=[])
    parser.add_argument("--lines", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=3e-3, help="the highest one")
    parser.add_argument(
        "--large-share", type=float, default=0.14, help="share of the time at the size of use"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the scenes and new weights")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--start-from", type=Path, metavar="NPZ", help="weights to begin with")
    given = parser.parse_args()
    return TrainSettings(
        coco=tuple(given.coco),
        simulated=tuple(given.simulated),
        lines=tuple(given.lines),
        out=given.out,
        minutes=given.minutes,
        threads=given.threads,
        learning_rate=given.learning_rate,
        large_share=given.large_share,
        seed=given.seed,
        resume=given.resume,
        start_from=given.start_from,
    )


if __name__ == "__main__":
    print(train_detector(_settings()))
