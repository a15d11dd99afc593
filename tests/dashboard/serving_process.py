"""Serves a race folder until told to stop: ``serving_process FOLDER [OPTIONS]``.

Options are ``--operator`` and ``--no-recognition``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dashboard.run import DashboardPlace, serve

if __name__ == "__main__":
    operator, recognition = "--operator" in sys.argv, "--no-recognition" not in sys.argv
    sys.exit(serve(Path(sys.argv[1]), DashboardPlace(port=0), operator, recognition))
