"""NVIDIA's configuration of nvtracker with our values in it."""

from __future__ import annotations

import pytest

from stream.deepstream.tracker_config import tracker_config
from stream.sources.port import SourceError

INSTALLED = """\
%YAML:1.0
# of NVIDIA

BaseConfig:
  minDetectorConfidence: 0.0430  # kept

TargetManagement:
  maxTargetsPerStream: 99
  probationAge: 2   # frames
  maxShadowTrackingAge: 51

DataAssociator:
  checkClassMatch: 0
  probationAge: 7
"""

OURS = """\
%YAML:1.0
# of NVIDIA

BaseConfig:
  minDetectorConfidence: 0.0430  # kept

TargetManagement:
  maxTargetsPerStream: 150
  probationAge: 0
  maxShadowTrackingAge: 25

DataAssociator:
  checkClassMatch: 1
  probationAge: 7
"""


def test_only_our_values_change() -> None:
    assert tracker_config(INSTALLED, "a.yml") == OURS


def test_another_file_is_refused() -> None:
    with pytest.raises(SourceError, match=r"a\.yml: has no TargetManagement: maxShadowTrackingAge"):
        tracker_config(INSTALLED.replace("maxShadowTrackingAge", "x"), "a.yml")
