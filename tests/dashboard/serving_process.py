"""Serves a race folder until it is told to stop: ``serving_process FOLDER [--operator]``."""

from __future__ import annotations

import sys
from pathlib import Path

from dashboard.run import DashboardPlace, serve

if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1]), DashboardPlace(port=0), "--operator" in sys.argv))
