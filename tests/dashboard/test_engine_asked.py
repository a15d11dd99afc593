"""What the command line asks of the engines, on top of a race file."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.cli import build_parser
from dashboard.commands.shared import engine_asked, engine_of
from engines.load import EngineSettings, PipelineName, Runtime
from engines.runtimes.session import Precision

RACE = EngineSettings(
    Runtime.ONNX_CUDA,
    3,
    Precision.F32,
    Path("race.onnx"),
    "pp-ocr",
    PipelineName.DEEPSTREAM,
    1,
)


@pytest.mark.parametrize(
    ("options", "engine"),
    [
        pytest.param([], RACE, id="nothing"),
        pytest.param(
            ["--runtime", "openvino", "--threads", "2", "--detector", "mine.onnx",
             "--reader", "finishline", "--gpu", "0"],
            EngineSettings(
                Runtime.OPENVINO, 2, Precision.F32, Path("mine.onnx"), "finishline",
                PipelineName.DEEPSTREAM, 0,
            ),
            id="everything that can be asked",
        ),
    ],
)  # fmt: skip
def test_the_command_line_has_the_last_word(options: list[str], engine: EngineSettings) -> None:
    told = build_parser().parse_args(["tag", "photos", "--race", "r", *options])
    assert engine_asked(told).applied(RACE) == engine


def test_a_command_without_a_race_file_or_a_detector_has_the_usual_engines() -> None:
    told = build_parser().parse_args(["run", "finish.mp4"])
    assert engine_of(told) == EngineSettings()
