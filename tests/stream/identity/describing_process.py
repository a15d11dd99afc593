"""A process that describes and matches a race folder and kills itself on the way.

``python -m tests.stream.identity.describing_process FOLDER RUNNERS``: after so many runners.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from engines.appearance import load_appearance_embedder
from stream.identity import describe_race
from stream.store import Store


def main(folder: Path, runners: int) -> None:
    store = Store.open(folder)

    def progress(done: int, total: int) -> None:
        if done == runners:
            store.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    describe_race(
        store, load_appearance_embedder(), threading.Event(), progress, lambda path, why: None
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
