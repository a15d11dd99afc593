"""What is made of what was found, situation by situation. No machine is looked at."""

from __future__ import annotations

import pytest

from dashboard.doctor import clocks, computing, disk, machine, nvidia, video
from dashboard.doctor.findings import Finding, State
from dashboard.doctor.isolated import Answer
from dashboard.doctor.needs import Needs
from engines.load import EngineSettings, Runtime
from stream.recording.settings import GB, RecordingSettings

OK, MISSING, WARNING, NOT_NEEDED = State.OK, State.MISSING, State.WARNING, State.NOT_NEEDED
GONE = Answer(error="No module named 'x'")
ALL = frozenset(sum(video.ELEMENTS.values(), ()))
HOT = video.Installed(error="No module named 'gi'")
AV = video.Installed("18.1.0", frozenset({"h264:r", "hevc:r", "mjpeg:r", "libx264:w"}))
SETTINGS = RecordingSettings()
ORT = Answer('["1.31", ["AzureExecutionProvider", "CPUExecutionProvider"]]')
TENSORRT, ONNX_TENSORRT = (
    Needs(engine=EngineSettings(runtime)) for runtime in (Runtime.TENSORRT, Runtime.ONNX_TENSORRT)
)


@pytest.mark.parametrize(
    ("finding", "state", "found", "mend"),
    [
        pytest.param(machine.judge_python((3, 12, 1), "Linux x"), OK, "3.12.1", "", id="python"),
        pytest.param(machine.judge_python((3, 14, 0), ""), WARNING, "3.14.0", "3.13", id="new"),
        pytest.param(machine.judge_processor(1), WARNING, "1 core", "two", id="one core"),
        pytest.param(machine.judge_processor(4), OK, "4 cores", "", id="cores"),
        pytest.param(
            machine.judge_memory("MemTotal: 4000000 kB\nMemAvailable: 1000000 kB\n"),
            WARNING, "1.0 of 4.1 GB", "close", id="little memory",
        ),
        pytest.param(
            machine.judge_memory("MemTotal: 8000000 kB\nMemAvailable: 6000000 kB\n"),
            OK, "6.1 of 8.2 GB", "", id="memory",
        ),
        pytest.param(machine.judge_memory("?"), WARNING, "cannot be told", "", id="no memory told"),
        pytest.param(clocks.judge_clock(None), WARNING, "cannot be told", "set-ntp", id="no clock"),
        pytest.param(
            clocks.judge_clock(clocks.ClockState(False, None, "kernel")),
            WARNING, "no time server", "set-ntp", id="clock of its own",
        ),
        pytest.param(
            clocks.judge_clock(clocks.ClockState(True, -0.0004, "kernel")),
            OK, "0.4 ms off (kernel)", "", id="clock set",
        ),
        pytest.param(
            clocks.judge_clock(clocks.ClockState(True, 0.2, "chrony")),
            WARNING, "200.0 ms off", "settled", id="clock far off",
        ),
        pytest.param(
            disk.judge_room(2 * GB // 2, SETTINGS, 1), WARNING, "1.0 GB", "warns", id="tight disk"
        ),
        pytest.param(
            disk.judge_room(GB // 2, SETTINGS, 1), MISSING, "0.5 GB", "stops", id="full disk"
        ),
        pytest.param(
            disk.judge_room(GB // 2, SETTINGS, 0), WARNING, "0.5 GB", "stops", id="full, no camera"
        ),
        pytest.param(
            disk.judge_room(145 * GB, SETTINGS, 2), OK, "10.0 h of 2 cameras", "", id="room enough"
        ),
        pytest.param(
            disk.judge_speed(disk.Speed(20_000_000, 10**9), 4), WARNING, "20 MB/s", "SSD", id="slow"
        ),
        pytest.param(
            disk.judge_speed(disk.Speed(20_000_000, 10**9), 0), OK, "20 MB/s", "", id="no cameras"
        ),
        pytest.param(
            disk.judge_speed(disk.Speed(20_000_000, 10**9), 12),
            MISSING, "12 cameras need up to 24 MB/s", "SSD", id="too slow",
        ),
        pytest.param(
            video.judge_gst(HOT, AV), WARNING, "PyAV stands in", "python3-gi", id="PyAV stands in"
        ),
        pytest.param(video.judge_gst(HOT, HOT), MISSING, "No module", "python3-gi", id="no video"),
        pytest.param(video.judge_elements(ALL), OK, "all", "", id="elements"),
        pytest.param(
            video.judge_elements(ALL - {"rtspsrc", "h264parse"}),
            MISSING, "rtspsrc, h264parse", "plugins-good gstreamer1.0-plugins-bad", id="two lost",
        ),
        pytest.param(
            video.judge_decoders(frozenset({"avdec_h264", "avdec_h265", "jpegdec"})),
            OK, "H.264 by avdec_h264", "", id="decoders",
        ),
        pytest.param(
            video.judge_decoders(frozenset({"jpegdec"})),
            MISSING, "none for H.264 and H.265", "libav", id="JPEG alone",
        ),
        pytest.param(
            video.judge_decoders(frozenset({"nvv4l2decoder", "jpegdec"})),
            OK, "H.265 by nvv4l2decoder", "", id="NVIDIA's decoder",
        ),
        pytest.param(
            video.judge_decoders(
                frozenset({"avdec_h264", "v4l2h264dec", "vah264dec", "vah265dec", "jpegdec"})
            ),
            OK, "H.264 by vah264dec, H.265 by vah265dec", "", id="hardware, as a race takes it",
        ),
        pytest.param(
            video.judge_decoders(frozenset({"openh264dec", "jpegdec"})),
            WARNING, "none for H.265", "libav", id="no H.265",
        ),
        pytest.param(
            video.judge_av(video.Installed("18", AV.parts - {"libx264:w"})),
            MISSING, "without libx264", "reinstall", id="PyAV without x264",
        ),
        pytest.param(
            computing.judge_runtime("OpenVINO", GONE, "CPU"),
            MISSING, "No module", "pip install openvino", id="no OpenVINO",
        ),
        pytest.param(
            computing.judge_runtime("OpenVINO", GONE, None),
            NOT_NEEDED, "No module", "", id="OpenVINO not asked for",
        ),
        pytest.param(
            computing.judge_runtime("ONNX Runtime", ORT, "CPU"),
            OK, "1.31 on CPU", "", id="ONNX Runtime",
        ),
        pytest.param(
            computing.judge_runtime("ONNX Runtime", ORT, "CUDA"),
            MISSING, "1.31 without CUDA", "onnxruntime-gpu", id="ONNX Runtime without CUDA",
        ),
        pytest.param(computing.judge_faces(GONE, True), MISSING, "No", "faces]", id="no faces"),
        pytest.param(computing.judge_faces(GONE, False), NOT_NEEDED, "No", "", id="faces off"),
        pytest.param(
            nvidia.judge_driver(Answer("NVIDIA T4, 535.1, 15360 MiB"), True),
            OK, "NVIDIA T4, 15360 MiB, driver 535.1", "", id="a card",
        ),
        pytest.param(nvidia.judge_driver(GONE, True), MISSING, "No", "--gpus all", id="no card"),
        pytest.param(
            nvidia.judge_cuda(Answer("13 2 1"), True), OK, "CUDA 13.2, 1 GPU", "", id="CUDA"
        ),
        pytest.param(
            nvidia.judge_cuda(Answer("13 2 2"), True, gpu=2),
            MISSING, "2 GPUs, counted from 0: no GPU 2", "nvidia-smi -L", id="not so many GPUs",
        ),
        pytest.param(
            nvidia.judge_cuda(Answer(error="cuInit fails with 100"), True),
            MISSING, "cuInit fails with 100", "driver", id="no CUDA",
        ),
        pytest.param(
            nvidia.judge_tensorrt(Answer("10.16.0.72"), 10, TENSORRT), OK, "10.16", "", id="TRT"
        ),
        pytest.param(
            nvidia.judge_tensorrt(Answer("11.4.0.106"), 10, TENSORRT),
            WARNING, "was built for 10", "tensorrt-cu13>=10,<11", id="TensorRT too new",
        ),
        pytest.param(
            nvidia.judge_tensorrt(Answer("11.4.0.106"), 10, ONNX_TENSORRT),
            MISSING, "was built for 10", "tensorrt-cu13>=10,<11", id="too new for ONNX Runtime",
        ),
        pytest.param(
            nvidia.judge_tensorrt(GONE, None, Needs()), NOT_NEEDED, "No", "", id="no TensorRT"
        ),
        pytest.param(
            nvidia.judge_tensorrt(Answer(error="crashed (SIGSEGV)"), None, TENSORRT),
            MISSING, "crashed (SIGSEGV)", "tensorrt-cu13", id="TensorRT crashes",
        ),
        pytest.param(
            nvidia.judge_builds(Answer("there"), True), OK, "there", "", id="engines can be built"
        ),
        pytest.param(
            nvidia.judge_builds(GONE, True), MISSING, "No", "finishline[tensorrt]", id="no builds"
        ),
        pytest.param(
            nvidia.judge_builds(GONE, False), NOT_NEEDED, "No", "", id="no builds wanted"
        ),
        pytest.param(
            nvidia.judge_deepstream("9.1", frozenset(video.NVIDIA_ELEMENTS), True),
            OK, "9.1", "", id="DeepStream",
        ),
        pytest.param(
            nvidia.judge_deepstream("9.1", frozenset({"nvinfer"}), True),
            MISSING, "9.1 without nvurisrcbin", "gst-inspect", id="DeepStream in pieces",
        ),
        pytest.param(
            nvidia.judge_deepstream(None, frozenset(), False),
            NOT_NEEDED, "not here", "", id="no DeepStream, none wanted",
        ),
        pytest.param(
            nvidia.judge_binding(GONE, Answer("True"), Answer(""), True),
            OK, "pyds", "", id="NVIDIA's pyds",
        ),
        pytest.param(
            nvidia.judge_binding(GONE, Answer("False"), Answer("cupy"), True),
            MISSING, "not NVIDIA's", "pip uninstall pyds", id="the other pyds",
        ),
        pytest.param(
            nvidia.judge_binding(Answer("True"), Answer("False"), Answer("cupy"), True),
            OK, "pyservicemaker", "", id="the other pyds does not matter",
        ),
        pytest.param(
            nvidia.judge_binding(Answer("True"), GONE, Answer(""), True),
            MISSING, "without cupy or torch", "pip install cupy-cuda13x", id="nothing copies",
        ),
        pytest.param(
            nvidia.judge_binding(GONE, GONE, Answer(""), True),
            MISSING, "neither", "service-maker", id="none",
        ),
        pytest.param(
            nvidia.judge_mosquitto(GONE, True), MISSING, "nvtracker", "apt", id="no mosquitto"
        ),
    ],
)  # fmt: skip
def test_judgement(finding: Finding, state: State, found: str, mend: str) -> None:
    assert finding.state is state
    assert found in finding.found
    assert mend in finding.mend
    assert bool(finding.mend) == bool(mend)


def test_the_packages_of_lost_elements_are_told_and_no_others() -> None:
    finding = video.judge_elements(ALL - {"jpegdec"})
    assert finding.mend == "sudo apt install gstreamer1.0-plugins-good"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param((0, 0, 250), clocks.ClockState(True, 250 * 1e-6, "kernel"), id="microseconds"),
        pytest.param((0, 0x2000, 250), clocks.ClockState(True, 250 * 1e-9, "kernel"), id="ns"),
        pytest.param((5, 0x40, 0), clocks.ClockState(False, None, "kernel"), id="not set"),
    ],
)
def test_the_kernels_answer(answer: tuple[int, int, int], state: clocks.ClockState) -> None:
    assert clocks.kernel_state(*answer) == state


TRACKING = "C0A80101,192.168.1.1,3,1746260000.1,0.000012,0.1,0.2,-1.5,0.0,0.1,0.01,0.001,64.2,"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        pytest.param(TRACKING + "Normal", clocks.ClockState(True, 12e-6, "chrony"), id="set"),
        pytest.param(
            TRACKING + "Not synchronised", clocks.ClockState(False, None, "chrony"), id="not set"
        ),
        pytest.param("506 Cannot talk to daemon", None, id="no daemon"),
    ],
)
def test_chronys_answer(text: str, state: clocks.ClockState | None) -> None:
    assert clocks.chrony_clock(text) == state


@pytest.mark.parametrize(
    ("needs", "major"),
    [
        pytest.param(("libcudart.so.13", "libnvinfer.so.10"), 10, id="ten"),
        pytest.param(("libnvinfer_plugin.so.11", "libm.so.6"), None, id="none"),
    ],
)
def test_the_tensorrt_that_a_library_asks_for(needs: tuple[str, ...], major: int | None) -> None:
    assert nvidia.tensorrt_major(needs) == major
