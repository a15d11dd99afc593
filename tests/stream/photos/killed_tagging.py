"""Tags photos with a staged tagger and says so after each; the test kills it in the middle."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from stream.photos.reading import PhotoReading
from stream.photos.seen import SeenRules
from stream.store import Store
from tests.stream.photos.staged import BIB, FIRST, PERSON, StagedTagger, Told, line, shown


def main(race: Path, photos: Path) -> None:
    paths = sorted(photos.glob("*.jpg"))
    tagger = StagedTagger({int(p.stem): shown([PERSON, BIB], [line(p.stem)]) for p in paths})
    with Store.open(race) as store:
        reading = PhotoReading(store, [tagger], FIRST, SeenRules(), Told())

        def told(done: int, total: int) -> None:
            store.flush()
            print(done, flush=True)

        reading.read(paths, threading.Event(), told)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
