"""The first signal asks, the second one ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SIGNALLED = """
import os, signal, sys, threading
from dashboard.stopping import stopped_by_signals
name = signal.Signals(int(sys.argv[1]))
before = signal.getsignal(name)
stopped = threading.Event()
with stopped_by_signals(stopped.set):
    os.kill(os.getpid(), name)
    assert stopped.wait(timeout=5)
    assert signal.getsignal(name) == before, "a second signal does what it always did"
assert signal.getsignal(name) == before
"""


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_stops_and_the_old_handlers_come_back(name: signal.Signals) -> None:
    # In a process of its own: signals are for a whole process, and this one is pytest's.
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", SIGNALLED, str(int(name))]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
