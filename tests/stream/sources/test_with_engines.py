"""Sources and engines in one process: their native libraries must live together."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

# OpenVINO throws and catches C++ exceptions while it compiles a network.
COMPILE = """
from engines.load import EngineSettings, load_detector
from engines.picture import RgbPicture
import numpy as np
load_detector(EngineSettings()).detect([RgbPicture(np.zeros((90, 160, 3), np.uint8))])
"""
PLAY = """
from stream.sources.choose import open_source
from stream.sources.port import Speed
uri = "test://smpte?seconds=0.2&fps=10&width=64&height=48"
assert list(open_source("a", uri, speed=Speed.MAXIMUM, backend="gst").frames())
"""


@pytest.mark.parametrize(
    "code", [PLAY + COMPILE, COMPILE + PLAY], ids=["source first", "engine first"]
)
def test_gstreamer_and_openvino_live_in_one_process(code: str) -> None:
    pytest.importorskip("gi", reason="GStreamer's Python bindings are not installed")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
