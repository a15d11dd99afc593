"""Puts the parts together: what one race needs to take photos, opened once and closed once."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

from dashboard.photo_settings import photo_networks, photo_rules
from dashboard.uploads.news import PhotoNews
from dashboard.uploads.queue import PhotoQueue
from dashboard.uploads.shelf import Part, Shelf, Shelved
from engines.load import EngineSettings, load_photo_tagger
from stream.config import RaceFile
from stream.forget.uploads import remove_left
from stream.photos.taggers import RaceTagger
from stream.recording.settings import GB, RecordingSettings
from stream.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """A photo that was taken.

    Attributes:
        path: where it is.
        already: it was there before.
        place: among those that wait, from 1; 0 where it has been tagged.
    """

    path: Path
    already: bool
    place: int


@dataclass(frozen=True, slots=True)
class Uploads:
    """Takes photos into a race that is open to write."""

    store: Store
    shelf: Shelf
    queue: PhotoQueue
    news: PhotoNews

    def take(self, part: Part, name: str) -> Taken:
        """A photo that has come, see `Shelf.put`; from any thread, one at a time.

        Raises:
            Refusal: it is not a picture that can be taken.
            OSError: the disk refuses.
            StoreError: so does the race folder.
        """
        number = self.store.photos.with_content(part.sha256)
        if number is not None:
            for path in map(Path, self.store.photos.paths(number)):
                if path.is_file():
                    return Taken(path, True, 0)
        shelved: Shelved = self.shelf.put(part, name)
        return Taken(shelved.path, shelved.already, self.queue.add(shelved.path))

    def close(self) -> None:
        """End after the photo in work, and say what is left."""
        self.queue.close()
        waiting = self.news.newest.waiting
        if waiting:
            log.warning(
                "%d photos that were sent still wait; they are tagged when you start: finishline "
                "serve --operator --race %s",
                waiting,
                self.shelf.folder,
            )


def open_uploads(store: Store, race_file: RaceFile | None, *, live: bool) -> Uploads:
    """Take photos into a race. Networks are loaded when the first one is tagged.

    Args:
        store: of the race.
        race_file: says which networks, and how much of the disk stays free; None: the usual.
        live: cameras are watched, and have the computer's threads but one.

    Raises:
        OSError, StoreError: the race folder refuses.
    """
    engine = EngineSettings() if race_file is None else race_file.engine
    engine = replace(engine, threads=1) if live else engine
    recording = RecordingSettings() if race_file is None else race_file.recording
    shelf, news = Shelf(store.folder, round(recording.stop_below_free_gb * GB)), PhotoNews()
    shelf.tidy()
    remove_left(store.folder)
    queue = PhotoQueue(
        store,
        shelf,
        RaceTagger(lambda: load_photo_tagger(engine)),
        lambda: photo_networks(engine),
        lambda: photo_rules(store, store.folder, race_file),
        news,
    )
    queue.start()
    return Uploads(store, shelf, queue, news)
