"""The commands `finishline models build` and `finishline bench cuda`: NVIDIA hardware."""

from __future__ import annotations

import dataclasses
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from dashboard.console import print_json, progress_line
from engines.chosen import chosen_detector, chosen_reader
from engines.errors import ModelFileError
from engines.evaluate.cuda_check import check_cuda
from engines.load import EngineSettings, photo_readers
from engines.models import ReaderName, reader_file
from engines.runtimes.tensorrt.bindings import tensorrt
from engines.runtimes.tensorrt.build import Order, build_engine
from engines.runtimes.tensorrt.cache import BuiltPrecision, engines_folder, stale
from engines.runtimes.tensorrt.cuda import Cuda
from engines.runtimes.tensorrt.serving import lanes_of

Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class BuildWish:
    """What the command line asks for; see `finishline models build --help`."""

    models: tuple[Path, ...] = ()
    precision: BuiltPrecision = BuiltPrecision.TYPED
    batch: int | None = None
    fixed: bool = False
    device: int = 0
    remove_stale: bool = False


def build_models(wish: BuildWish) -> None:
    """Build the engines of networks, and say where they are.

    Raises:
        MissingPackageError, ModelFileError, InferenceError: see `build_engine`.
    """
    # First of all: without a GPU nobody waits for anything.
    cuda, version = Cuda(wish.device), str(tensorrt().__version__)
    gpu = cuda.gpu()
    folder = engines_folder()
    print(f"TensorRT {version} on {gpu.name} (compute capability {gpu.capability})")
    for model in wish.models or networks_in_use():
        lanes = lanes_of(model, wish.batch, fixed=wish.fixed)
        if lanes is None:
            raise ModelFileError(
                f"{model} has no manifest beside it, so its input shapes are not known"
            )
        order = Order(model, lanes, wish.precision, wish.device)
        print(f"{model.stem}: {build_one(order, folder)}")
    # An engine for another GPU of this machine is of use here.
    old = stale(folder, version, [Cuda(number).gpu() for number in range(cuda.n_devices)])
    for path in old if wish.remove_stale else ():
        path.unlink()
    if old:
        done = "removed" if wish.remove_stale else "of no use here, --remove-stale removes them"
        print(f"{len(old)} files of other versions or GPUs: {done}")


def networks_in_use() -> list[Path]:
    """The detector, the reader of a race, and those of photos."""
    readers = [chosen_reader(), *photo_readers(EngineSettings())]
    found = [reader_file(reader) for reader in readers if reader is not ReaderName.EASYOCR]
    return list(dict.fromkeys([chosen_detector(), *found]))


def build_one(order: Order, folder: Path) -> Path:
    """Build one engine with its progress on stderr; an interruption ends it at its next step."""
    shown = progress_line(f"building {order.model.stem}, %", sys.stderr)
    stop = threading.Event()

    def told(_: str, share: float) -> None:
        shown(int(share * 100), 100)

    # In a thread of its own: an interruption must not fall into a call that TensorRT makes.
    with ThreadPoolExecutor(1, "build") as pool:
        building = pool.submit(build_engine, order, folder, told, stop.is_set)
        try:
            return building.result()
        except KeyboardInterrupt:
            stop.set()
            raise


def measure_cuda(device: int) -> bool:
    """Check the GPU's memory layer and arithmetic, time the networks, and print JSON.

    Returns:
        Whether everything that could be checked was right.

    Raises:
        MissingPackageError, InferenceError: there is no GPU to check.
    """
    report = check_cuda(device)
    print_json(dataclasses.asdict(report))
    return report.right
