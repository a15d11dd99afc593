"""Imports NVIDIA's packages when they are asked for, and says what to install where they lack."""

from __future__ import annotations

from typing import Any, Final

from engines.errors import EngineError, MissingPackageError
from engines.runtimes.gpus import count_like_nvidia_smi

INSTALL: Final = "pip install 'finishline[tensorrt]'"


def tensorrt() -> Any:
    """The package ``tensorrt``.

    Importing it is harmless without a GPU. Making a ``Runtime`` or ``Builder`` is not: where the
    driver is absent the process dies when it ends. So a `Cuda` comes first, always.

    Raises:
        MissingPackageError: it is not installed.
        EngineError: it is installed and its libraries cannot be loaded.
    """
    try:
        import tensorrt as package  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingPackageError("tensorrt", INSTALL) from error
    except (ImportError, OSError) as error:
        raise EngineError(
            f"the package 'tensorrt' is installed but its libraries cannot be loaded ({error}); "
            f"install it again with: {INSTALL}"
        ) from error
    return package


def cuda_runtime() -> Any:
    """The module ``cuda.bindings.runtime``.

    Raises:
        MissingPackageError: the package cuda-bindings is not installed.
        EngineError: it is installed and cannot be loaded.
    """
    count_like_nvidia_smi()
    try:
        from cuda.bindings import runtime  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingPackageError("cuda.bindings", INSTALL) from error
    except (ImportError, OSError) as error:
        raise EngineError(
            f"the package 'cuda-bindings' is installed but cannot be loaded ({error}); "
            f"install it again with: {INSTALL}"
        ) from error
    return runtime


def major_version(package: Any) -> int:
    """10 of TensorRT "10.13.3.9"."""
    return int(str(package.__version__).split(".", maxsplit=1)[0])
