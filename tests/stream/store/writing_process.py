"""A process that writes to a race folder until it is killed.

``python -m tests.stream.store.writing_process FOLDER SITUATION`` prints what `flush` has
promised, one line at a time. In a named situation it kills itself at that very moment.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from stream.hub import Hub
from stream.store import ImageKind, Store, fingerprint
from stream.types import State
from tests.stream.store.builders import closed, opened, picture, tagged


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before_picture_is_whole(nth: int) -> None:
    whole = os.fsync

    def fsync(file: int) -> None:
        if arrived(nth):
            os.ftruncate(file, 100)
            die()
        whole(file)

    arrived = countdown()
    os.fsync = fsync  # type: ignore[assignment]


def round_rename(nth: int, after: bool) -> None:
    rename = Path.rename

    def renaming(self: Path, target: Path) -> Path:
        now = arrived(nth)
        if now and not after:
            die()
        moved = rename(self, target)
        if now:
            die()
        return moved

    arrived = countdown()
    Path.rename = renaming  # type: ignore[method-assign, assignment]


def countdown() -> Callable[[int], bool]:
    times: list[int] = []

    def arrived(nth: int) -> bool:
        times.append(1)
        return len(times) == nth

    return arrived


def set_trap(situation: str) -> None:
    if situation == "picture half written":
        before_picture_is_whole(40)
    elif situation == "row there, picture not yet":
        round_rename(40, after=False)
    elif situation == "picture there, row still says moving":
        round_rename(40, after=True)


def write_forever(folder: Path) -> None:
    store = Store.open(folder)
    hub = Hub(store.last_seq() + 1)
    print(f"open {store.last_seq()} {store.next_track_id()}", flush=True)
    shades = np.random.default_rng(0).integers(0, 255, (60, 30, 3), np.uint8)
    footage = store.begin_footage("finish", "clip.mp4", fingerprint(Path(__file__)), None)
    first = store.next_track_id()
    for track_id in range(first, first + 100_000):
        bib = str(track_id)
        store.record(hub.publish(opened(track_id)))
        evidence = store.save_image(
            picture(track_id, bib=bib, kind=ImageKind.EVIDENCE, image=shades)
        )
        store.record(hub.publish(tagged(track_id, bib), evidence))
        if track_id % 3 == 0:
            store.record(hub.publish(tagged(track_id, f"C{bib}", State.CORRECTED)))
        store.save_image(picture(track_id, frame_index=6, image=shades))
        store.record(hub.publish(closed(track_id, bib)))
        store.progress_footage(footage.id, track_id, track_id)
        if track_id % 5 == 0:
            store.flush()
            print(f"flushed {hub.last_seq} {track_id}", flush=True)


if __name__ == "__main__":
    set_trap(sys.argv[2])
    write_forever(Path(sys.argv[1]))
