"""What engine serves a network on this machine, and for which shapes it is built."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from engines import line_reader, reader
from engines.detector import INPUT, turned
from engines.detector import MAX_BATCH as DETECTOR_BATCH
from engines.errors import MissingPackageError
from engines.models import PP_OCR, DetectorManifest, any_manifest, checksum
from engines.runtimes.session import Precision, Session, SessionOptions
from engines.runtimes.tensorrt.background import BuildingSession
from engines.runtimes.tensorrt.bindings import tensorrt
from engines.runtimes.tensorrt.build import Order, build_engine, key_of
from engines.runtimes.tensorrt.cache import (
    BuiltPrecision,
    built_engines,
    engine_path,
    engines_folder,
    usable,
)
from engines.runtimes.tensorrt.cuda import Cuda
from engines.runtimes.tensorrt.shapes import Ranges, line_lanes, picture_lanes

log = logging.getLogger(__name__)

_TENTHS: Final = 10


def lanes_of(
    model: Path, batch: int | None = None, *, fixed: bool = False
) -> tuple[Ranges, ...] | None:
    """The shapes that finishline asks a network for; None for a network that it does not know.

    Args:
        model: a detector or reader of finishline's contract, or PP-OCR's.
        batch: the largest; None is what finishline itself ever asks for.
        fixed: see `picture_lanes`.

    Raises:
        ModelFileError: the manifest beside it is broken.
    """
    if _is_packaged_pp_ocr(model):
        return _pp_ocr_lanes(batch, fixed=fixed)
    if not model.with_suffix(".json").is_file():
        return None
    manifest = any_manifest(model)
    if isinstance(manifest, DetectorManifest):
        sizes = (manifest.size, turned(manifest.size), manifest.torso_size)
        return tuple(picture_lanes(INPUT, sizes, batch or DETECTOR_BATCH, fixed=fixed))
    if manifest.is_pp_ocr:
        return _pp_ocr_lanes(batch, fixed=fixed)
    most = batch or line_reader.MAX_BATCH
    lanes = line_lanes(line_reader.INPUT, line_reader.HEIGHT, line_reader.WIDTHS, most, fixed=fixed)
    return tuple(lanes)


def _pp_ocr_lanes(batch: int | None, *, fixed: bool) -> tuple[Ranges, ...]:
    most = batch or reader.MAX_BATCH
    return tuple(line_lanes(reader.INPUT, reader.HEIGHT, reader.WIDTHS, most, fixed=fixed))


def _is_packaged_pp_ocr(model: Path) -> bool:
    try:
        return model == PP_OCR.find()
    except MissingPackageError:
        return False


def engine_of(model: Path, options: SessionOptions) -> Path | None:
    """The engine of a network that was built last for this machine; None where there is none.

    Raises:
        MissingPackageError: TensorRT or cuda-bindings is not installed.
        InferenceError: there is no such GPU.
    """
    gpu, version = Cuda(options.gpu).gpu(), str(tensorrt().__version__)
    full = options.precision is Precision.F32
    precisions = (BuiltPrecision.FP32,) if full else tuple(BuiltPrecision)
    engines = built_engines(engines_folder())
    found = usable(engines, checksum(model), version, gpu, precisions)
    return None if found is None else found.path


def building(
    model: Path,
    options: SessionOptions,
    lanes: tuple[Ranges, ...],
    opening: Callable[[Path], Session],
) -> BuildingSession:
    """Starts a build of a network's engine; see `BuildingSession`.

    Raises:
        MissingPackageError: TensorRT or cuda-bindings is not installed.
        InferenceError: there is no such GPU.
    """
    full = options.precision is Precision.F32
    precision = BuiltPrecision.FP32 if full else BuiltPrecision.TYPED
    order = Order(model, lanes, precision, options.gpu)
    path = engine_path(engines_folder(), key_of(order, Cuda(options.gpu)))

    def build(stop: Callable[[], bool]) -> Path:
        return build_engine(order, engines_folder(), _logged(model.name), stop)

    return BuildingSession(build, path.with_suffix(".lock"), opening)


def _logged(name: str) -> Callable[[str, float], None]:
    """Tells the log of every tenth of a build."""
    told = 0

    def tell(phase: str, share: float) -> None:
        nonlocal told
        if int(share * _TENTHS) > told:
            told = int(share * _TENTHS)
            log.info("building an engine of %s: %d %%, %s", name, told * 100 // _TENTHS, phase)

    return tell
