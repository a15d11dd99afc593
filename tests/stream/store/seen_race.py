"""A race with somebody in every standing, before a camera and in photos."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path, PurePath

from stream.store import StartListRow, Store
from stream.store.folder import DATABASE
from stream.store.photo_values import NewPhoto, PhotoFile, PhotoSighting, SightingChanges
from stream.types import Correction, CorrectionKind, Event, State
from tests.stream.store.builders import (
    SECOND_NS,
    closed,
    crossed,
    messages,
    opened,
    picture,
    pixels,
    tagged,
)

TEN_NS = 1_777_802_400 * SECOND_NS
"""2026-05-03T10:00:00Z, when the photos begin."""

ENTRIES = (
    StartListRow("2419", "Zoë Müller", "LG Süd"),
    StartListRow("2420", "Bo Li", "TV Nord"),
    StartListRow("7", "Ann Ek", "LG Süd"),
)

EVENTS: list[Event] = [
    *(opened(1, 1), tagged(1, "2419", at_s=2), crossed(1, 2.5), closed(1, "2419", 3)),
    *(opened(2, 3), tagged(2, "2410", State.SEEN, at_s=5), closed(2, None, 6)),
    *(opened(3, 12), closed(3, None, 14)),
    *(opened(4, 20), tagged(4, "2420", at_s=21), closed(4, "2420", 22)),
    *(opened(5, 30), closed(5, None, 31)),
    *(opened(6, 40), closed(6, None, 41)),
]
"""1 read, 2 unsure, 3 unread (matched to 2419 below), 4 corrected to 7, 5 hidden, 6 part of 1."""


def sighting(bib: str | None, state: State | None, left: int = 0) -> PhotoSighting:
    return PhotoSighting(
        (left, 0, left + 50, 100), (5.0, 5.0, 45.0, 95.0), 0.9, bib=bib, probability=0.97,
        state=state,
    )  # fmt: skip


def put_photo(
    store: Store, file: PurePath, sha256: str, seen: Sequence[PhotoSighting], at_ns: int | None
) -> None:
    found = NewPhoto(sha256, at_ns, 1, 640, 400, "detector", "readers", "{}")
    lies = PhotoFile(str(file), 1, 1)
    changes = SightingChanges(file.stem, new=tuple((one, b"jpeg") for one in seen))
    store.photos.add(found, lies, changes)


def fill(store: Store, photos: Path) -> None:
    """All of `EVENTS` with pictures, and three photos of files in the folder `photos`."""
    store.replace_start_list(list(ENTRIES))
    for message in messages(EVENTS):
        store.record(message)
    wide = picture(1, 6, "2419", image=pixels(90, 40, 80))
    for image in (picture(1, 5, "2419"), wide, picture(3, 5), picture(6, 5)):
        store.save_image(image)
    store.flush()
    store.correct(Correction(CorrectionKind.BIB, 4, bib="7"), "Ann", 1)
    store.correct(Correction(CorrectionKind.NOT_A_RUNNER, 5), "Ann", 1)
    store.correct(Correction(CorrectionKind.MERGE, 1, other_track_id=6), "Ann", 1)
    two = [sighting("2419", State.CONFIRMED), sighting(None, None, 100)]
    put_photo(store, photos / "a.jpg", "aa" * 32, two, TEN_NS)
    put_photo(
        store, photos / "b.jpg", "bb" * 32, [sighting("24", State.SEEN)], TEN_NS + 60 * SECOND_NS
    )
    put_photo(store, photos / "c.jpg", "cc" * 32, [replace(two[0], bib="2420")], None)
    store.flush()


def match(folder: Path, bib: str, track_id: int | None = None, sighting: int | None = None) -> None:
    """A standing assignment, as matching leaves it."""
    with closing(sqlite3.connect(folder / DATABASE)) as db, db:
        db.execute(
            "INSERT INTO assignments (track_id, sighting, bib, evidence, posterior, made_by, "
            "at_utc_ns) VALUES (?, ?, ?, '{}', 0.93, 'match', 1)",
            (track_id, sighting, bib),
        )
