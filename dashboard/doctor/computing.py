"""What computes the networks, and the networks themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from dashboard.doctor.findings import Finding, State, absent
from dashboard.doctor.isolated import Answer, ask_python
from dashboard.doctor.needs import Needs
from engines.chosen import chosen_detector, chosen_reader
from engines.errors import EngineError
from engines.models import ModelRow, listed_models

_OPENVINO: Final = (
    "import json, openvino; "
    "print(json.dumps([openvino.__version__.split('-')[0], openvino.Core().available_devices]))"
)
_ORT: Final = (
    "import json, onnxruntime; "
    "print(json.dumps([onnxruntime.__version__, onnxruntime.get_available_providers()]))"
)
_FACES: Final = (
    "import importlib.util, dlib; "
    "assert importlib.util.find_spec('face_recognition_models'), 'no face_recognition_models'; "
    "print(dlib.__version__)"
)

_REMOTE: Final = "Azure"
"""A provider of every ONNX Runtime that asks a server elsewhere; nothing here uses it."""


def check_openvino(needs: Needs) -> Finding:
    """OpenVINO and its devices."""
    wanted = "CPU" if needs.needs_openvino else None
    return judge_runtime("OpenVINO", ask_python(_OPENVINO), wanted)


def check_onnxruntime(needs: Needs) -> Finding:
    """ONNX Runtime and its providers."""
    return judge_runtime("ONNX Runtime", ask_python(_ORT), needs.provider)


def judge_runtime(name: str, answer: Answer, wanted: str | None) -> Finding:
    """Pure.

    Args:
        name: ``OpenVINO`` or ``ONNX Runtime``.
        answer: version and devices or providers, as JSON.
        wanted: the device or provider that the race needs; None where it does without all.
    """
    mend = "pip install " + name.lower().replace(" ", "")
    if not answer.ok:
        return absent(name, wanted is not None, answer.error, mend)
    version, places = json.loads(answer.text)
    ours = [place for place in map(_place, places) if place != _REMOTE]
    if wanted is not None and wanted not in ours:
        if wanted != "CPU":
            mend = "pip uninstall onnxruntime; pip install onnxruntime-gpu"
        return Finding(name, State.MISSING, f"{version} without {wanted}", mend)
    return Finding(name, State.OK, f"{version} on {', '.join(ours) or 'nothing'}")


def _place(name: str) -> str:
    return name.removesuffix("ExecutionProvider")


def check_networks(needs: Needs) -> Iterable[Finding]:
    """Whether the files of the networks that a race takes are whole."""
    try:
        detector, reader = needs.engine.weights, needs.engine.reads_with
        rows = listed_models(chosen_detector(), chosen_reader())
    except EngineError as error:
        yield Finding("networks", State.MISSING, str(error), "finishline models use default")
        return
    for job, file in (("detector", needs.engine.detector), ("reader", needs.engine.reader)):
        taken = detector if job == "detector" else reader
        if file is None:
            yield from (judge_network(job, row) for row in rows if row.in_use and _does(row, job))
        else:
            yield Finding(job, State.OK, f"{taken}, as the race file says")


def judge_network(job: str, row: ModelRow) -> Finding:
    """Pure."""
    if row.verified:
        return Finding(job, State.OK, f"{row.name}, intact")
    mend = "make install; or finishline models use default"
    if row.verified is None:
        return Finding(job, State.MISSING, f"{row.name}: its file is not there", mend)
    return Finding(job, State.MISSING, f"{row.name}: not the file it should be", mend)


def check_faces(needs: Needs) -> Finding:
    """What compares faces."""
    return judge_faces(ask_python(_FACES), needs.faces)


def judge_faces(answer: Answer, needed: bool) -> Finding:
    """Pure."""
    if not answer.ok:
        return absent("faces", needed, answer.error, "pip install 'finishline[faces]'")
    return Finding("faces", State.OK if needed else State.NOT_NEEDED, f"dlib {answer.text}")


def _does(row: ModelRow, job: str) -> bool:
    return ("numbers" in row.job and row.job.startswith("read")) == (job == "reader")
