"""A training run: what a checkpoint holds, the clock, the learning rate, the notes on the way.

The learning rate follows a cosine in wall-clock time, so that a run ends when it was told to,
whatever the machine.
"""

import argparse
import copy
import json
import math
import pickle
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import torch
from torch import Tensor, nn

from engines.errors import TrainingError

CHECKPOINT: Final = "last.pt"
PROGRESS: Final = "progress.jsonl"
_NOTE_EVERY_S: Final = 30.0

_UNREADABLE: Final = (
    OSError,
    EOFError,
    RuntimeError,
    pickle.UnpicklingError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
)
"""What PyTorch raises for a file that is cut off or none of its own, by where it stumbles. It reads
weights and numbers alone; of `pickle` nothing but this error is used."""

N = TypeVar("N", bound=nn.Module)
B = TypeVar("B")


@dataclass(frozen=True)
class Pace:
    """How long and how fast a run learns.

    Attributes:
        out: folder for the checkpoint and the progress.
        minutes: wall-clock length of the whole run; a resumed run goes on with the same clock.
        learning_rate: the highest one, of AdamW.
        weight_decay: of AdamW, on convolutions only.
        save_every_s: seconds between checkpoints.
    """

    out: Path
    minutes: float
    learning_rate: float = 3e-3
    weight_decay: float = 0.03
    save_every_s: float = 240.0


def pace_parser(description: str, learning_rate: float) -> argparse.ArgumentParser:
    """The options that every training from scratch has; `learning_rate` is the default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--learning-rate", type=float, default=learning_rate, help="the highest one"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the pictures and new weights")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--start-from", type=Path, metavar="NPZ", help="weights to begin with")
    return parser


@dataclass(frozen=True)
class Step:
    """What one step of the optimiser came to.

    Attributes:
        n_seen: pictures in it.
        total: what was minimised, a scalar.
        losses: the parts worth showing, by name.
    """

    n_seen: int
    total: Tensor
    losses: Mapping[str, float]


@dataclass
class Run(Generic[N]):
    """What a checkpoint holds; changes from step to step.

    Attributes:
        network: learns.
        average: its running average, the one to be used.
        size: what builds the network again, saved with it.
    """

    network: N
    average: N
    optimizer: torch.optim.AdamW
    size: Mapping[str, Any]
    step: int = 0
    n_seen: int = 0
    elapsed_s: float = 0.0

    @classmethod
    def of(cls, network: N, size: Mapping[str, Any], pace: Pace) -> "Run[N]":
        """A run that begins with this network."""
        average = copy.deepcopy(network).eval().requires_grad_(False)
        return cls(network.train(), average, make_optimizer(network, pace), size)

    def save(self, path: Path) -> None:
        """Writes beside `path` first: a stopped run never leaves half a checkpoint."""
        part = path.with_suffix(".part")
        torch.save(
            {
                "size": dict(self.size),
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
        """Goes on from a checkpoint.

        Raises:
            TrainingError: it is of a network of another size, or damaged.
        """
        device, own = next(self.network.parameters()).device, dict(self.size)
        try:
            state = torch.load(path, weights_only=True, map_location=device)
            size = state["size"]
            if size == own:
                self.network.load_state_dict(state["network"])
                self.average.load_state_dict(state["average"])
                self.optimizer.load_state_dict(state["optimizer"])
                self.step, self.n_seen = state["step"], state["n_seen"]
                self.elapsed_s = state["elapsed_s"]
        except torch.cuda.OutOfMemoryError:
            raise  # says nothing of the file
        except _UNREADABLE as error:
            # PyTorch's own words name options of its functions and fill a page.
            raise TrainingError(
                f"the checkpoint {path} is damaged or cannot be read: begin again with another "
                "--out"
            ) from error
        if size != own:
            raise TrainingError(
                f"{path} is of a network of another size ({size}, not {own}): "
                "go on with that size, or name another --out"
            )


def rate_at(share: float, step: int, warm_up: int = 300) -> float:
    """Learning rate over its maximum at this share (0..1) of the run: linear start, cosine."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(max(share, 0.0), 1.0)))
    return min(1.0, (step + 1) / warm_up) * (0.01 + 0.99 * cosine)


def make_optimizer(network: nn.Module, pace: Pace) -> torch.optim.AdamW:
    """AdamW that decays convolutions and leaves biases and normalisation alone."""
    heavy = [p for p in network.parameters() if p.ndim > 1]
    light = [p for p in network.parameters() if p.ndim <= 1]
    groups = [
        {"params": heavy, "weight_decay": pace.weight_decay},
        {"params": light, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=pace.learning_rate)


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


def _processor_can() -> Mapping[str, Any]:
    """What PyTorch knows of this processor; older releases do not tell."""
    told: Callable[[], Mapping[str, Any]] = getattr(torch.cpu, "get_capabilities", dict)
    return told()


def computing(device: torch.device) -> torch.autocast:
    """In bfloat16 where the device multiplies it in hardware, else in 32 bits.

    On a processor with AMX the bib reader's convolutions learn 1.5 to 2.5 times as many crops.
    """
    quick = (
        torch.cuda.is_bf16_supported(including_emulation=False)
        if device.type == "cuda"
        else bool(_processor_can().get("amx_bf16", False))
    )
    return torch.autocast(device.type, torch.bfloat16, enabled=quick)


def descend(network: nn.Module, loss: Tensor, optimizer: torch.optim.AdamW) -> None:
    """One step of the optimiser down a loss.

    Raises:
        TrainingError: the loss is not finite; the weights stay as they were.
    """
    if not math.isfinite(loss.item()):
        raise TrainingError(
            f"the loss is {loss.item()}; the last checkpoint is kept: begin again from it with a "
            "lower learning rate"
        )
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), 10.0)
    optimizer.step()


def train_until(
    run: Run[N],
    batches: Iterator[B],
    learn: Callable[[N, B, torch.optim.AdamW], Step],
    end_s: float,
    pace: Pace,
) -> None:
    """Steps until the run's clock says `end_s`; saves and notes the progress on the way.

    Interrupted (Ctrl-C), it saves a last time before the interruption goes on.
    """
    try:
        _step_until(run, batches, learn, end_s, pace)
    except KeyboardInterrupt:
        run.save(pace.out / CHECKPOINT)
        raise


def _step_until(
    run: Run[N],
    batches: Iterator[B],
    learn: Callable[[N, B, torch.optim.AdamW], Step],
    end_s: float,
    pace: Pace,
) -> None:
    began = time.monotonic() - run.elapsed_s
    saved = run.elapsed_s
    notes = _Notes(pace.out / PROGRESS, pace.minutes, run.elapsed_s, run.n_seen)
    if run.elapsed_s >= end_s:
        print(
            f"{run.elapsed_s / 60:.1f} of {pace.minutes:g} minutes: no time is left to learn",
            file=sys.stderr,
        )
    while run.elapsed_s < end_s:
        batch = next(batches)
        rate = rate_at(run.elapsed_s / (pace.minutes * 60), run.step)
        for group in run.optimizer.param_groups:
            group["lr"] = pace.learning_rate * rate
        step = learn(run.network, batch, run.optimizer)
        follow(run.average, run.network, run.step)
        run.step, run.n_seen = run.step + 1, run.n_seen + step.n_seen
        run.elapsed_s = time.monotonic() - began
        notes.add(step.losses)
        if run.elapsed_s - notes.since_s > _NOTE_EVERY_S or run.elapsed_s >= end_s:
            notes.write(run.step, run.n_seen, run.elapsed_s, rate)
        if run.elapsed_s - saved > pace.save_every_s:
            run.save(pace.out / CHECKPOINT)
            saved = run.elapsed_s


@dataclass
class _Notes:
    """Means of the losses since the last line of the progress file."""

    file: Path
    minutes: float
    since_s: float
    since_n: int
    n_steps: int = 0

    def __post_init__(self) -> None:
        self._sums: dict[str, float] = {}

    def add(self, losses: Mapping[str, float]) -> None:
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self.n_steps += 1

    def write(self, step: int, n_seen: int, elapsed_s: float, rate: float) -> None:
        """Appends a line to the file and shows it."""
        speed = (n_seen - self.since_n) / max(elapsed_s - self.since_s, 1e-9)
        means = {name: round(total / self.n_steps, 4) for name, total in self._sums.items()}
        line = json.dumps(
            {
                "minutes": round(elapsed_s / 60, 2), "step": step, "n_seen": n_seen,
                "rate": round(rate, 4), **means, "images_per_s": round(speed, 1),
            }
        )  # fmt: skip
        with self.file.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        shown = ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in means.items())
        print(
            f"{elapsed_s / 60:.1f} of {self.minutes:g} minutes: {n_seen} pictures, {shown}, "
            f"{speed:.1f} pictures/s",
            file=sys.stderr,
            flush=True,
        )
        self.since_s, self.since_n, self.n_steps = elapsed_s, n_seen, 0
        self._sums.clear()
