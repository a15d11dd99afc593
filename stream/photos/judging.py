"""The second pass: all photos of the race are judged by what they say together.

Photos come from the database one at a time; what is held of all of them is `KnownRace`, and while
that is made the texts of all their lines.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import overload

from engines.number_range import NumberRange
from engines.photo_race import KnownRace, PhotoLine
from stream.clock import SECOND_NS
from stream.photos.files import held_by
from stream.photos.found import Found
from stream.photos.pictures import changes, changes_tags, lacks_picture, stem_of
from stream.photos.reading import Progress
from stream.photos.seen import SeenRules, seen_in
from stream.store import Store
from stream.store.photo_values import PhotoRow
from stream.store.photos import PhotosReader


@dataclass(slots=True)
class JudgeCounts:
    """What the second pass changed.

    Attributes:
        photos: all of the race.
        changed: those in which some runner has another bib or state than before. Another
            probability or a picture that was missing is no such change.
        without_picture: those that show somebody new of whom no picture could be cut, because no
            file holds the photo any more.
    """

    photos: int = 0
    changed: int = 0
    without_picture: int = 0


class StoredLines(Sequence[Sequence[PhotoLine]]):
    """The lines of every photo, read from the database whenever they are gone through."""

    def __init__(self, photos: PhotosReader) -> None:
        self._photos = photos
        self._n = photos.counts().photos

    def __len__(self) -> int:
        return self._n

    def __iter__(self) -> Iterator[Sequence[PhotoLine]]:
        return (Found.read(row.photo.found).lines for row in self._photos.each())

    @overload
    def __getitem__(self, place: int) -> Sequence[PhotoLine]: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Sequence[PhotoLine]]: ...

    def __getitem__(
        self, place: int | slice
    ) -> Sequence[PhotoLine] | Sequence[Sequence[PhotoLine]]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(self._n))]
        if not -self._n <= place < self._n:
            raise IndexError(f"there are {self._n} photos, none of them is number {place}")
        return next(islice(iter(self), place % self._n, None))


def known_race(photos: PhotosReader, numbers: Sequence[NumberRange] = ()) -> KnownRace:
    """What the photos say together; photos of one burst do not count for each other.

    Args:
        photos: of the race.
        numbers: the bibs that were given out; empty where nobody said.
    """
    taken_s = [None if ns is None else ns / SECOND_NS for ns in photos.taken_utc_ns()]
    return KnownRace.of(StoredLines(photos), taken_s, numbers)


def judge_photos(
    store: Store, rules: SeenRules, stop: threading.Event, progress: Progress
) -> JudgeCounts:
    """Judge all photos of the race anew and bring tags and pictures up to date.

    Returns early once `stop` is set; what was done until then is whole.

    Raises:
        StoreError: the race folder cannot be written to.
    """
    photos = store.photos
    race = known_race(photos, rules.numbers)
    counts = JudgeCounts(photos=photos.counts().photos)
    with photos.kept_open():
        for place, row in enumerate(photos.each()):
            if stop.is_set():
                break
            _judge(store, row, place, race, rules, counts)
            progress(place + 1, counts.photos)
    store.flush()
    store.photos.check_kept()
    return counts


def _judge(
    store: Store, row: PhotoRow, place: int, race: KnownRace, rules: SeenRules, counts: JudgeCounts
) -> None:
    size = (row.photo.width, row.photo.height)
    wanted = seen_in(Found.read(row.photo.found), size, rules, race, place)
    rows = store.photos.sightings(row.number)
    paths = store.photos.paths(row.number)
    photo = None
    if lacks_picture(rows, wanted):
        photo = held_by(paths, row.photo.sha256)
        counts.without_picture += photo is None
    changed = changes(stem_of(paths[0] if paths else ""), rows, wanted, photo)
    if changed:
        store.photos.change(row.number, changed)
        counts.changed += changes_tags(rows, changed)
