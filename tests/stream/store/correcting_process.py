"""A process that makes three corrections and kills itself as soon as the last is answered.

``python -m tests.stream.store.correcting_process FOLDER``
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from stream.desk import Desk
from stream.hub import Hub, Message
from stream.store import Store
from stream.types import Correction, CorrectionKind, Event
from tests.stream.store.builders import closed, crossed, opened, picture, tagged


def main(folder: Path) -> None:
    store = Store.open(folder)
    events: list[Event] = [
        opened(1),
        tagged(1),
        crossed(1),
        closed(1, "12"),
        opened(2, 5),
        closed(2, None, 6),
    ]
    for seq, event in enumerate(events, 1):
        store.record(Message(seq, event, None))
    store.save_image(picture(2))
    store.flush()
    desk = Desk(store, Hub(first_seq=store.last_seq() + 1))
    for kind, track_id, bib in (
        (CorrectionKind.BIB, 2, "6"),
        (CorrectionKind.NOT_A_RUNNER, 1, None),
        (CorrectionKind.BIB, 2, "7"),
    ):
        change = desk.correct(Correction(kind, track_id, bib), "Ann")
        print(f"answered {change.made.number}", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
