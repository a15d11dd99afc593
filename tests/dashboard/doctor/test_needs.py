"""What a race needs of the machine, by what its race file says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.doctor.needs import Needs, needs_of
from engines.load import EngineSettings, PipelineName, Runtime
from stream.config import CameraEntry, RaceFile
from stream.recording.settings import RecordingSettings


def test_deepstream_is_needed_where_the_race_file_or_the_option_says_so() -> None:
    plain = race("v.mp4")
    engine = EngineSettings(pipeline=PipelineName.DEEPSTREAM)
    told = replace(plain, engine=engine)
    needs = [needs_of(plain, False), needs_of(plain, True), needs_of(told, False)]
    assert [one.deepstream for one in needs] == [False, True, True]
    assert [one.needs_gpu for one in needs] == [False, True, True]
    assert not any(one.needs_tensorrt for one in needs)


@pytest.mark.parametrize(
    ("runtime", "openvino", "tensorrt", "gpu", "provider"),
    [
        pytest.param(Runtime.OPENVINO, True, False, False, None, id="openvino"),
        pytest.param(Runtime.AUTO, True, False, False, None, id="auto"),
        pytest.param(Runtime.ONNXRUNTIME, False, False, False, "CPU", id="onnxruntime"),
        pytest.param(Runtime.ONNX_CUDA, False, False, True, "CUDA", id="onnx-cuda"),
        pytest.param(Runtime.ONNX_TENSORRT, False, True, True, "Tensorrt", id="onnx-tensorrt"),
        pytest.param(Runtime.TENSORRT, True, True, True, None, id="tensorrt"),
    ],
)
def test_what_a_runtime_needs(
    runtime: Runtime, openvino: bool, tensorrt: bool, gpu: bool, provider: str | None
) -> None:
    needs = Needs(engine=EngineSettings(runtime))
    told = needs.needs_openvino, needs.needs_tensorrt, needs.needs_gpu, needs.provider
    assert told == (openvino, tensorrt, gpu, provider)


def race(*sources: str, recorded: bool = True, runtime: Runtime = Runtime.OPENVINO) -> RaceFile:
    cameras = tuple(CameraEntry(f"c{n}", source) for n, source in enumerate(sources))
    return RaceFile(
        "Run",
        cameras,
        engine=EngineSettings(runtime),
        recording=RecordingSettings(enabled=recorded),
        faces=True,
    )


@pytest.mark.parametrize(
    ("needs", "n_recorded", "openvino", "faces"),
    [
        pytest.param(needs_of(None, False), 0, True, False, id="no race file"),
        pytest.param(
            needs_of(race("rtsp://a/1", "v.mp4", "/dev/video0", "odd://x"), False),
            2, True, True, id="cameras are recorded, files are not",
        ),
        pytest.param(needs_of(race("rtsp://a/1", recorded=False), False), 0, True, True, id="off"),
        pytest.param(
            needs_of(race("v.mp4", runtime=Runtime.ONNXRUNTIME), False), 0, False, True, id="ort"
        ),
    ],
)  # fmt: skip
def test_needs(needs: Needs, n_recorded: int, openvino: bool, faces: bool) -> None:
    assert (needs.n_recorded, needs.needs_openvino, needs.faces) == (n_recorded, openvino, faces)
