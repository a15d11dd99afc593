"""Makes the templates that a race lacks, one runner at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engines.appearance import AppearanceEmbedder, combined
from engines.types import Image
from stream.clock import now_ns
from stream.identity.crops import Crop, read_picture, sighting_crop, track_crop
from stream.store import Store
from stream.store.templates import Owner, Template, TemplateKind

Progress = Callable[[int, int], None]
"""Called with runners done and runners in all."""
Problem = Callable[[str, str], None]
"""Called with the path of a picture inside the race folder, and why it is of no use."""


@dataclass(slots=True)
class Described:
    """What was described.

    Attributes:
        tracks, sightings: of how many a template was made.
        pictures: from how many pictures.
        without: runners none of whose pictures is of use.
        stopped: somebody stopped it; the next call goes on.
    """

    tracks: int = 0
    sightings: int = 0
    pictures: int = 0
    without: int = 0
    stopped: bool = False


def describe_race(
    store: Store,
    embedder: AppearanceEmbedder,
    stop: threading.Event,
    progress: Progress,
    problem: Problem,
) -> Described:
    """Make a template of every track that is over and of every photo sighting that has none.

    Pictures that are on their way to their place are left for the next call.

    Raises:
        StoreError: the race folder cannot be read or written.
    """
    kind, model = TemplateKind.APPEARANCE, embedder.name
    tracks = store.templates.tracks_without(kind, model)
    sightings = store.templates.sightings_without(kind, model)
    work = _Describing(store, embedder, problem)
    total = len(tracks) + len(sightings)
    for done, track_id in enumerate(tracks):
        if stop.is_set():
            break
        work.track(track_id)
        progress(done + 1, total)
    for done, row_id in enumerate(sightings, start=len(tracks)):
        if stop.is_set():
            break
        work.sighting(row_id)
        progress(done + 1, total)
    work.counts.stopped = stop.is_set()
    store.flush()
    return work.counts


class _Describing:
    """Describes runners, one after the other."""

    def __init__(self, store: Store, embedder: AppearanceEmbedder, problem: Problem) -> None:
        self.counts = Described()
        self._store = store
        self._embedder = embedder
        self._problem = problem

    def track(self, track_id: int) -> None:
        pictures = self._store.templates.pictures_of(track_id)
        looks = self._store.looks_of_track(track_id)
        crops = []
        for one in pictures:
            image = self._read(one.path)
            if image is not None:
                crops.append(track_crop(image, one.capture_utc_ns, looks))
        made_of = tuple(one.row_id for one in pictures)
        self.counts.tracks += self._save(Owner(track_id=track_id), crops, made_of)

    def sighting(self, row_id: int) -> None:
        row = self._store.templates.sighting(row_id)
        if row is None or row.path is None:
            return
        image = self._read(row.path)
        crops = [] if image is None else [sighting_crop(image, row.sighting)]
        self.counts.sightings += self._save(Owner(sighting=row_id), crops, None)

    def _read(self, path: str) -> Image | None:
        """A picture; None where it is of no use, which is told."""
        try:
            image = read_picture(self._store.folder / path)
        except FileNotFoundError:
            self._problem(path, "is gone")
            return None
        if image is None:
            self._problem(path, "is not a picture any more")
        return image

    def _save(
        self, owner: Owner, crops: Sequence[Crop | None], made_of: tuple[int, ...] | None
    ) -> bool:
        """Keep the template of the crops that show something; whether there is one."""
        seen = [self._embedder.embed(one.image, one.bib) for one in crops if one is not None]
        if not seen:
            self.counts.without += 1
            return False
        together = combined(seen)
        template = Template(
            owner,
            TemplateKind.APPEARANCE,
            self._embedder.name,
            together.vector,
            together.quality,
            len(seen),
        )
        self._store.templates.save(template, now_ns(), made_of)
        self.counts.pictures += len(seen)
        return True
