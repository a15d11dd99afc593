"""What recording costs, measured on a real camera for a moment."""

from __future__ import annotations

import pytest

from stream.measure_recording import measure_recording
from stream.sources.port import SourceError
from tests.stream.sources.footage import free_port, needs_rtsp_server
from tests.stream.sources.rtsp_server import rtsp_camera


@needs_rtsp_server
def test_a_camera_is_measured_with_and_without() -> None:
    port, told = free_port(), []
    with rtsp_camera(port):
        url = f"rtsp://127.0.0.1:{port}/finish"
        cost = measure_recording(url, 1.0, 1, lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]
    assert 0 < cost.without < 4
    assert cost.cost == pytest.approx(cost.recorded - cost.without, abs=1e-3)
    # The camera sends 25; on a busy machine some come in another second.
    assert 5 < cost.frames_per_s < 60
    assert 0.05 < cost.megabits_per_s < 5


def test_a_simulation_is_not_recorded() -> None:
    with pytest.raises(SourceError, match="only cameras are recorded"):
        measure_recording("sim://?runners=2&minutes=0.1", 0.1, 1, lambda done, total: None)
