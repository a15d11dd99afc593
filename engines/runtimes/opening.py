"""Opens an ONNX file with the runtime that was asked for. Runtimes are imported here, lazily."""

from __future__ import annotations

import logging
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

from engines.errors import EngineError, MissingPackageError
from engines.runtimes.gpus import count_like_nvidia_smi
from engines.runtimes.onnx_providers import INSTALL_GPU, Provider, ProviderSettings
from engines.runtimes.session import Precision, Session, SessionOptions
from engines.runtimes.swap import ElseSession, SwapSession

log = logging.getLogger(__name__)


class Runtime(StrEnum):
    """What computes."""

    OPENVINO = "openvino"
    ONNXRUNTIME = "onnxruntime"
    AUTO = "auto"
    """The best that is there: an engine that was built, ONNX Runtime with CUDA, OpenVINO."""
    TENSORRT = "tensorrt"
    """An engine; where none is there yet one is built while OpenVINO serves."""
    ONNX_CUDA = "onnx-cuda"
    ONNX_TENSORRT = "onnx-tensorrt"


_OPENVINO: Final = "pip install 'openvino>=2025.4'"

ON_PROCESSOR: Final = (Runtime.OPENVINO, Runtime.ONNXRUNTIME)
"""The runtimes that need no GPU."""


def open_with(runtime: Runtime, model: Path, options: SessionOptions) -> Session:
    """A session of `model` (ONNX).

    Raises:
        MissingPackageError: the runtime is not installed.
        EngineError: it is installed, and its libraries cannot be loaded.
        ModelFileError: GPUs cannot take the file.
        InferenceError: the runtime refuses the file, or there is no such GPU.
    """
    match runtime:
        case Runtime.OPENVINO:
            return _openvino(model, options)
        case Runtime.ONNXRUNTIME:
            return _onnxruntime(model, options, Provider.CPU)
        case Runtime.ONNX_CUDA:
            return _onnxruntime(model, options, Provider.CUDA)
        case Runtime.ONNX_TENSORRT:
            return _onnxruntime(model, options, Provider.TENSORRT)
        case Runtime.TENSORRT:
            return _tensorrt(model, options)
        case Runtime.AUTO:
            return _best(model, options)


def _best(model: Path, options: SessionOptions) -> Session:
    """The first of three that can be opened; the log tells which, and why not the others."""
    for name, attempt in (("TensorRT", _built_engine), ("ONNX Runtime with CUDA", _cuda)):
        try:
            session = attempt(model, options)
        except EngineError as error:
            log.info("%s is not run by %s: %s", model.name, name, error)
            continue
        if session is not None:
            log.info("%s is run by %s", model.name, name)
            return session
    return _openvino(model, options)


def _openvino(model: Path, options: SessionOptions) -> Session:
    try:
        from engines.runtimes.openvino import OpenVinoSession  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingPackageError("openvino", _OPENVINO) from error
    except (ImportError, OSError) as error:
        raise _cannot_load("openvino", _OPENVINO, error) from error
    return OpenVinoSession(model, options)


def _cannot_load(package: str, install: str, error: Exception) -> EngineError:
    return EngineError(
        f"the package {package!r} is installed but its libraries cannot be loaded ({error}); "
        f"install it again with: {install}"
    )


def _cuda(model: Path, options: SessionOptions) -> Session | None:
    return _onnxruntime(model, options, Provider.CUDA)


def _onnxruntime(model: Path, options: SessionOptions, wanted: Provider) -> Session:
    install = "pip install 'onnxruntime>=1.20'" if wanted is Provider.CPU else INSTALL_GPU
    if wanted is not Provider.CPU:
        count_like_nvidia_smi()
    try:
        from engines.runtimes.onnxruntime import OnnxRuntimeSession  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingPackageError("onnxruntime", install) from error
    except (ImportError, OSError) as error:
        raise _cannot_load("onnxruntime", install, error) from error
    if wanted is Provider.CPU:
        # It never computes in bfloat16 by itself.
        return OnnxRuntimeSession(options.on_processor(model, has_bfloat16=False), options)
    from engines.runtimes.tensorrt.cache import engines_folder  # noqa: PLC0415

    cache = engines_folder() / "onnxruntime"
    if wanted is Provider.TENSORRT:
        cache.mkdir(parents=True, exist_ok=True)
    full = options.precision is Precision.F32
    computes = ProviderSettings(wanted, options.gpu, cache, full)
    return OnnxRuntimeSession(model, options, computes)


def _built_engine(model: Path, options: SessionOptions) -> Session | None:
    """An engine that is there; None where none is."""
    from engines.runtimes.tensorrt.serving import engine_of  # noqa: PLC0415

    engine = engine_of(model, options)
    return None if engine is None else _engine_session(model, options, engine)


def _engine_session(model: Path, options: SessionOptions, engine: Path) -> Session:
    """An engine, and the processor for shapes that it was not built for."""
    from engines.runtimes.tensorrt.session import TensorRtSession  # noqa: PLC0415

    any_shape = replace(options, static_shapes=False)
    return ElseSession(TensorRtSession(engine, options), partial(_openvino, model, any_shape))


def _tensorrt(model: Path, options: SessionOptions) -> Session:
    from engines.runtimes.tensorrt.serving import building, lanes_of  # noqa: PLC0415
    from engines.runtimes.tensorrt.session import DamagedEngineError  # noqa: PLC0415

    try:
        session = _built_engine(model, options)
    except DamagedEngineError as error:
        log.warning("%s", error)
        session = None
    if session is not None:
        return session
    lanes = lanes_of(model)
    if lanes is None:
        log.warning("TensorRT has no shapes for %s; the processor computes it", model.name)
        return _openvino(model, options)
    log.info("an engine of %s is being built; the processor computes meanwhile", model.name)
    coming = building(model, options, lanes, partial(_engine_session, model, options))
    return SwapSession(_openvino(model, options), coming)
