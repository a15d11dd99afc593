"""What a race needs of the machine. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engines.load import EngineSettings, PipelineName, Runtime
from stream.config import CameraEntry, RaceFile
from stream.recording.settings import RecordingSettings
from stream.sources.address import address
from stream.sources.choose import CAMERAS
from stream.sources.port import SourceError

MB_PER_CAMERA_S: Final = 2.0
"""What one camera records in a second: 16 Mbit/s, the most that 1080p cameras usually send."""

PROVIDERS: Final = {
    Runtime.ONNXRUNTIME: "CPU",
    Runtime.ONNX_CUDA: "CUDA",
    Runtime.ONNX_TENSORRT: "Tensorrt",
}
"""ONNX Runtime's names of its providers, without their ending."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What is wanted of this machine.

    Attributes:
        cameras: to be called; empty without a race file.
        deepstream: DeepStream must work.
        faces: faces may be compared.
        recording: how cameras are recorded.
    """

    cameras: tuple[CameraEntry, ...] = ()
    engine: EngineSettings = EngineSettings()  # noqa: RUF009 - frozen
    deepstream: bool = False
    faces: bool = False
    recording: RecordingSettings = RecordingSettings()  # noqa: RUF009 - frozen

    @property
    def n_recorded(self) -> int:
        """Cameras that are recorded; footage is not."""
        if not self.recording.enabled:
            return 0
        return sum(_is_live(camera) for camera in self.cameras)

    @property
    def needs_openvino(self) -> bool:
        """Whether OpenVINO computes, if only until TensorRT has built its engine."""
        return self.engine.runtime in (Runtime.OPENVINO, Runtime.TENSORRT, Runtime.AUTO)

    @property
    def needs_tensorrt(self) -> bool:
        """Whether TensorRT computes what Python asks for; DeepStream has one of its own."""
        return self.engine.runtime in (Runtime.TENSORRT, Runtime.ONNX_TENSORRT)

    @property
    def needs_gpu(self) -> bool:
        """Whether nothing works without NVIDIA's driver."""
        runtime = self.engine.runtime
        return self.deepstream or self.needs_tensorrt or runtime is Runtime.ONNX_CUDA

    @property
    def provider(self) -> str | None:
        """The part of ONNX Runtime that the race needs; None where the race does without it."""
        return PROVIDERS.get(self.engine.runtime)


def needs_of(race: RaceFile | None, deepstream: bool) -> Needs:
    """What a race needs; without a race file what finishline needs anyway.

    Args:
        deepstream: DeepStream is wanted, whatever the race file says.
    """
    if race is None:
        return Needs(deepstream=deepstream)
    deepstream = deepstream or race.engine.pipeline is PipelineName.DEEPSTREAM
    return Needs(race.cameras, race.engine, deepstream, race.faces, race.recording)


def _is_live(camera: CameraEntry) -> bool:
    try:
        return address(camera.source).place in CAMERAS
    except SourceError:
        # Told by the check of the camera itself.
        return False
