"""NVIDIA's side: driver, CUDA, TensorRT, DeepStream and its Python bindings.

What is judged here was read in NVIDIA's public sources and tried on libraries with the same
sections; it has not met a machine with DeepStream.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from dashboard.doctor.elf import NotElfError, read_library
from dashboard.doctor.findings import Finding, State, absent
from dashboard.doctor.isolated import Answer, ask, ask_python
from dashboard.doctor.needs import Needs
from dashboard.doctor.video import NVIDIA_ELEMENTS, Installed
from engines.load import Runtime
from engines.runtimes.tensorrt.bindings import INSTALL
from stream.deepstream.install import ROOT, installation
from stream.deepstream.nvinfer_config import PARSER
from stream.deepstream.servicemaker_runner import ARRAYS, CUPY
from stream.deepstream.tracker_config import tracker_config
from stream.sources.port import SourceError

DEEPSTREAM: Final = ROOT
PARSER_LIBRARY: Final = DEEPSTREAM / "lib/libnvds_infercustomparser.so"
_IMAGE: Final = "run it in the DeepStream image: docker/deepstream.Dockerfile"

_SMI: Final = (
    "nvidia-smi",
    "--query-gpu=name,driver_version,memory.total",
    "--format=csv,noheader",
)
_CUDA: Final = """
import ctypes
cuda = ctypes.CDLL("libcuda.so.1")
code = cuda.cuInit(0)
if code:
    raise SystemExit(f"cuInit fails with {code}")
version, count = ctypes.c_int(), ctypes.c_int()
cuda.cuDriverGetVersion(ctypes.byref(version))
cuda.cuDeviceGetCount(ctypes.byref(count))
print(version.value // 1000, version.value % 1000 // 10, count.value)
"""
_TENSORRT: Final = "import tensorrt; print(tensorrt.__version__)"
_BUILDS: Final = "import cuda.bindings.runtime, onnx; print('there')"
_PYDS: Final = "import pyds; print(hasattr(pyds, 'gst_buffer_get_nvds_batch_meta'))"
_SERVICE_MAKER: Final = (
    "import pyservicemaker as p; "
    "print(hasattr(p, 'Pipeline') and hasattr(p, 'BatchMetadataOperator'))"
)
_ARRAYS: Final = (
    "import importlib.util, sys; "
    "print(*(name for name in sys.argv[1:] if importlib.util.find_spec(name)))"
)
_MOSQUITTO: Final = "import ctypes; ctypes.CDLL('libmosquitto.so.1'); print('there')"


def check_nvidia(needs: Needs, gst: Installed) -> Iterable[Finding]:
    """All of NVIDIA's side. What is not wanted is only asked for, never complained of."""
    needed = needs.deepstream
    yield judge_driver(ask(_SMI, 10.0), needs.needs_gpu)
    yield judge_cuda(ask_python(_CUDA), needs.needs_gpu, needs.engine.gpu)
    yield judge_tensorrt(ask_python(_TENSORRT), ort_tensorrt_major(), needs)
    yield judge_builds(ask_python(_BUILDS), needs.engine.runtime is Runtime.TENSORRT)
    yield judge_deepstream(deepstream_version(), gst.parts, needed)
    if DEEPSTREAM.is_dir():
        yield judge_parts(DEEPSTREAM, os.environ, needed)
    arrays = ask_python(_ARRAYS, *ARRAYS)
    yield judge_binding(ask_python(_SERVICE_MAKER), ask_python(_PYDS), arrays, needed)
    yield judge_parser(PARSER_LIBRARY, needed)
    yield judge_mosquitto(ask_python(_MOSQUITTO), needed)


def judge_driver(smi: Answer, needed: bool) -> Finding:
    """The graphics card and its driver. Pure."""
    if not smi.ok or not smi.text:
        mend = "install NVIDIA's driver; in Docker, give --gpus all"
        return absent("GPU and driver", needed, smi.error or "no GPU", mend)
    cards = [[cell.strip() for cell in line.split(",")] for line in smi.text.splitlines()]
    told = "; ".join(f"{card[0]}, {card[-1]}, driver {card[1]}" for card in cards if len(card) > 2)
    return Finding("GPU and driver", State.OK, told or smi.text)


def judge_cuda(answer: Answer, needed: bool, gpu: int = 0) -> Finding:
    """Whether CUDA begins, and has the GPU that the race asks for. Pure."""
    if not answer.ok:
        mend = "install NVIDIA's driver; in Docker, give --gpus all"
        return absent("CUDA", needed, answer.error, mend)
    major, minor, count = answer.text.split()
    told = f"driver for CUDA {major}.{minor}, {count} GPU{'' if count == '1' else 's'}"
    if needed and gpu >= int(count):
        mend = "nvidia-smi -L lists them; set gpu under [engine]"
        return Finding("CUDA", State.MISSING, f"{told}, counted from 0: no GPU {gpu}", mend)
    return Finding("CUDA", State.OK, told)


def judge_tensorrt(answer: Answer, wanted_major: int | None, needs: Needs) -> Finding:
    """TensorRT, and whether it is the one that ONNX Runtime was built for. Pure.

    Args:
        answer: TensorRT's version.
        wanted_major: the major version that ONNX Runtime's library asks for; None where ONNX
            Runtime has no TensorRT provider.
    """
    below = 11 if wanted_major is None else wanted_major + 1
    mend = f"pip install 'tensorrt-cu13>={below - 1},<{below}'"
    if not answer.ok:
        return absent("TensorRT", needs.needs_tensorrt, answer.error, mend)
    version = answer.text
    if wanted_major is None:
        return Finding("TensorRT", State.OK, f"{version}; ONNX Runtime is built without it")
    if version.partition(".")[0] != str(wanted_major):
        found = f"{version}, but ONNX Runtime was built for {wanted_major}"
        # Its own engines work; only ONNX Runtime's use of it does not.
        state = State.MISSING if needs.provider == "Tensorrt" else State.WARNING
        return Finding("TensorRT", state, found, mend)
    return Finding("TensorRT", State.OK, f"{version}, as ONNX Runtime wants it")


def judge_builds(answer: Answer, needed: bool) -> Finding:
    """What engines of our own need beside TensorRT. Pure."""
    name = "cuda-bindings, onnx"
    if answer.ok:
        return Finding(name, State.OK, "there")
    return absent(name, needed, answer.error, INSTALL)


def ort_tensorrt_major() -> int | None:
    """The TensorRT that the installed ONNX Runtime asks for; it is read, not loaded."""
    found = importlib.util.find_spec("onnxruntime")
    if found is None or found.origin is None:
        return None
    library = Path(found.origin).parent / "capi/libonnxruntime_providers_tensorrt.so"
    try:
        needs = read_library(library).needs
    except (OSError, NotElfError):
        # Not built for TensorRT, which is what the usual package is.
        return None
    return tensorrt_major(needs)


def tensorrt_major(needs: Iterable[str]) -> int | None:
    """10 of ``libnvinfer.so.10``. Pure."""
    found = (re.fullmatch(r"libnvinfer\.so\.(\d+)", name) for name in needs)
    return next((int(match[1]) for match in found if match), None)


def deepstream_version() -> str | None:
    """The installed DeepStream; None where there is none."""
    try:
        text = (DEEPSTREAM / "version").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "of unknown version" if DEEPSTREAM.is_dir() else None
    match = re.search(r"\d+\.\d+(\.\d+)?", text)
    return match[0] if match else "of unknown version"


def judge_deepstream(version: str | None, there: frozenset[str], needed: bool) -> Finding:
    """DeepStream and its elements. Pure.

    Args:
        there: GStreamer elements that are there.
    """
    if version is None:
        return absent("DeepStream", needed, f"{DEEPSTREAM} is not here", _IMAGE)
    lost = [name for name in NVIDIA_ELEMENTS if name not in there]
    if lost:
        mend = "rm -r ~/.cache/gstreamer-1.0, then look again; gst-inspect-1.0 nvinfer says why"
        state = State.MISSING if needed else State.WARNING
        return Finding("DeepStream", state, f"{version} without {', '.join(lost)}", mend)
    return Finding("DeepStream", State.OK, version)


def judge_parts(root: Path, environment: Mapping[str, str], needed: bool) -> Finding:
    """Whether a race finds what it names by its path, and nvtracker's settings are to be changed.

    Args:
        root: of DeepStream.
        environment: it may ask for the nvstreammux that does not scale.
    """
    name = "DeepStream's parts"
    try:
        settings = installation(root, environment).tracker_config
        tracker_config(settings.read_text(encoding="utf-8"), str(settings))
    except SourceError as error:
        # What is wrong, and the mend behind it.
        found, _, mend = str(error).partition("; ")
        return Finding(name, State.MISSING if needed else State.WARNING, found, mend)
    except OSError as error:
        found = f"{settings} cannot be read: {error.strerror}"
        return Finding(name, State.MISSING if needed else State.WARNING, found, _IMAGE)
    return Finding(name, State.OK, "parser, tracker and its settings")


def judge_binding(service_maker: Answer, pyds: Answer, arrays: Answer, needed: bool) -> Finding:
    """Whether Python reaches DeepStream's metadata, by the genuine packages. Pure.

    PyPI has a `pyds` of somebody else; only NVIDIA's has the function that is asked for.

    Args:
        service_maker, pyds: "True" where the package is NVIDIA's, "False" where it is another.
        arrays: the packages that are there of those one of which pyservicemaker needs.
    """
    name = "Python binding"
    genuine = [
        package
        for package, answer in (("pyservicemaker", service_maker), ("pyds", pyds))
        if answer.ok and answer.text == "True"
    ]
    if genuine == ["pyservicemaker"] and not arrays.text:
        found = f"pyservicemaker without {' or '.join(ARRAYS)}, which copies runners off the GPU"
        state = State.MISSING if needed else State.WARNING
        return Finding(name, state, found, f"pip install {CUPY}")
    if genuine:
        return Finding(name, State.OK, " and ".join(genuine))
    mend = f"cd {DEEPSTREAM}; pip install service-maker/python/pyservicemaker*.whl pyyaml"
    if pyds.ok:
        found = "'pyds' is another program's, not NVIDIA's"
        mend = f"pip uninstall pyds; {mend}"
        return Finding(name, State.MISSING if needed else State.WARNING, found, mend)
    # How the first ended is told: a crash says more than an absence.
    return absent(name, needed, f"neither pyservicemaker ({service_maker.error}) nor pyds", mend)


def judge_parser(library: Path, needed: bool) -> Finding:
    """Whether nvinfer finds the function that reads the detector's outputs."""
    name = "detector's parser"
    try:
        exports = read_library(library).exports
    except FileNotFoundError:
        return absent(name, needed, f"{library.name} is not here", _IMAGE)
    except (OSError, NotElfError) as error:
        return Finding(name, State.MISSING if needed else State.WARNING, str(error), _IMAGE)
    if PARSER not in exports:
        found = f"{library.name} has no {PARSER}"
        return Finding(name, State.MISSING if needed else State.WARNING, found, _IMAGE)
    return Finding(name, State.OK, PARSER)


def judge_mosquitto(answer: Answer, needed: bool) -> Finding:
    """libmosquitto, without which nvtracker does not load. Pure."""
    if answer.ok:
        return Finding("libmosquitto", State.OK, "there")
    found = "libmosquitto.so.1 is not here; nvtracker needs it"
    return absent("libmosquitto", needed, found, "sudo apt install libmosquitto1")
