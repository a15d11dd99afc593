"""Race folders with drawn runners: tracks 1, 2, ... have a bib, 101, 102, ... are them, unread."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from engines.simulate.sightings import PersonCrop, SightingSettings, draw_sightings
from engines.types import Image
from stream.hub import Message
from stream.store import ImageKind, NewImage, StartListRow, Store
from stream.store.photo_values import NewPhoto, PhotoFile, PhotoSighting, SightingChanges
from stream.types import Clock, Closed, Crossed, Event, Opened, State, Tagged

SECOND_NS = 1_000_000_000
BOX = (1.0, 2.0, 3.0, 4.0)
UNREAD = 100
"""What is added to the number of a track to get that of the same runner unread."""


@lru_cache
def crops() -> tuple[tuple[PersonCrop, ...], ...]:
    """Of five runners four crops each, by one camera, none of them covered."""
    settings = SightingSettings(
        runners=5, seed=40, cameras=1, frames=4, team_share=0.0, covered_share=0.0
    )
    found: list[list[PersonCrop]] = [[] for _ in range(settings.runners)]
    for crop in draw_sightings(settings):
        found[crop.runner].append(crop)
    return tuple(map(tuple, found))


def widened(crop: Image) -> Image:
    """A person crop with something round it, as pictures are kept."""
    y, x = round(crop.shape[0] * 0.08), round(crop.shape[1] * 0.08)
    return np.asarray(cv2.copyMakeBorder(crop, y, y, x, x, cv2.BORDER_REPLICATE), np.uint8)


def tell(store: Store, *events: Event) -> None:
    for event in events:
        store.record(Message(store.last_seq() + 1, event, None))
        store.flush()


def passes(
    store: Store,
    track_id: int,
    at_s: float,
    bib: str | None = None,
    *,
    of: int | None = None,
    camera: str = "finish",
    crosses: bool = True,
    pictures: int = 2,
) -> None:
    """A runner goes by: `of` whom the pictures are, from 0; the first two if there is a bib."""
    begin, end = round(at_s * SECOND_NS), round((at_s + 2) * SECOND_NS)
    tell(store, Opened(camera, track_id, 0, begin, BOX))
    if bib is not None:
        tell(
            store,
            Tagged(camera, track_id, 3, begin, BOX, bib, State.CONFIRMED, 0.99, 3, None, True),
        )
    if crosses:
        tell(store, Crossed(camera, track_id, 4, begin, end, Clock.FILE))
    tell(store, Closed(camera, track_id, 9, end, bib, bib and State.CONFIRMED, 0.0, 0, {}))  # type: ignore[arg-type]
    runner = crops()[track_id - 1 if of is None else of]
    for n, crop in enumerate(runner[:2] if bib else runner[2:][:pictures]):
        store.save_image(
            NewImage(camera, track_id, n, n, begin + n, ImageKind.FRAME, widened(crop.image), None)
        )
    store.flush()


def five_runners(folder: Path) -> Store:
    """Three with a bib, of whom two come by unread as well, and one whom nobody knows."""
    store = Store.open(folder)
    store.replace_start_list([StartListRow("11", "Ada Smith"), StartListRow("12", "Bo Berg")])
    for track_id in (1, 2, 3):
        passes(store, track_id, 10.0 * track_id, str(10 + track_id))
    for track_id in (1, 2):
        passes(store, UNREAD + track_id, 100 + 10.0 * track_id, of=track_id - 1)
    passes(store, UNREAD + 4, 140.0, of=3)
    return store


def photo(store: Store, name: str, shown: list[tuple[int, str | None]]) -> None:
    """A photo with runners side by side: whose crop, and which bib was read.

    Who has a bib is shown by the first crop of a runner, others by the third.
    """
    sighted = []
    for place, (runner, bib) in enumerate(shown):
        image = crops()[runner][0 if bib else 2].image
        height, width = image.shape[:2]
        left = 500 * place
        _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        cut = (left, 0, left + width, height)
        state = None if bib is None else State.CONFIRMED
        sheet = (left + 1.0, 1.0, left + 2.0, 2.0)
        person = (float(left), 0.0, float(left + width), float(height))
        seen = PhotoSighting(cut, person, 0.9, sheet, None, bib, 0.9, state)
        sighted.append((seen, jpeg.tobytes()))
    new = NewPhoto(name * 64, 5, 1, 2000, 1000, "detector", "readers", "{}")
    store.photos.add(
        new, PhotoFile(f"/photos/{name}.jpg", 1, 1), SightingChanges(name, tuple(sighted))
    )
    store.flush()
