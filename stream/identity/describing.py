"""Makes the templates that a race lacks, one runner at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engines.appearance import AppearanceEmbedder, combined
from engines.types import Image
from stream.clock import now_ns
from stream.identity.crops import Crop, Problem, kept_picture, sighting_crop, track_crop
from stream.store import Store, StoreReader
from stream.store.templates import Owner, Template, TemplateKind

Progress = Callable[[int, int], None]
"""Called with runners done and runners in all."""


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


Keep = Callable[[Template, tuple[int, ...] | None], None]
"""Called with a template and the rows of the pictures it was made of, see `Templates.save`."""


def kept_in(store: Store) -> Keep:
    """What writes templates into a race folder."""

    def keep(template: Template, made_of: tuple[int, ...] | None) -> None:
        store.templates.save(template, now_ns(), made_of)

    return keep


class Tried:
    """Whose pictures have been looked at before, and which: nobody is looked at twice.

    For rounds that follow each other: a runner none of whose pictures is of use would be read again
    in each of them, and one whose template is still on its way to the disk as well.
    """

    def __init__(self) -> None:
        self._paths: dict[Owner, tuple[str, ...]] = {}

    def before(self, owner: Owner, paths: tuple[str, ...]) -> bool:
        """Whether exactly these pictures were looked at before; from now on they were."""
        known = self._paths.get(owner) == paths
        self._paths[owner] = paths
        return known


def describe_race(
    store: Store,
    embedder: AppearanceEmbedder,
    stop: threading.Event,
    progress: Progress,
    problem: Problem,
) -> Described:
    """Make a template of every track that is over and of every photo sighting that has none.

    Pictures that are on their way to their place are left for the next call. All templates are on
    disk when this returns.

    Raises:
        StoreError: the race folder cannot be read or written.
    """
    described = describe_new(store, embedder, stop, progress, problem, kept_in(store))
    store.flush()
    return described


def describe_new(
    store: StoreReader,
    embedder: AppearanceEmbedder,
    stop: threading.Event,
    progress: Progress,
    problem: Problem,
    keep: Keep,
    tried: Tried | None = None,
) -> Described:
    """As `describe_race`, without waiting for the disk.

    Args:
        keep: takes the templates; `kept_in` writes them into the race folder, where they are soon.
        tried: whoever was tried before is left out.

    Raises:
        StoreError: the race folder cannot be read.
    """
    kind, model = TemplateKind.APPEARANCE, embedder.name
    tracks = store.templates.tracks_without(kind, model)
    sightings = store.templates.sightings_without(kind, model)
    work = _Describing(store, embedder, problem, keep, tried or Tried())
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
    return work.counts


class _Describing:
    """Describes runners, one after the other."""

    def __init__(
        self,
        store: StoreReader,
        embedder: AppearanceEmbedder,
        problem: Problem,
        keep: Keep,
        tried: Tried,
    ) -> None:
        self.counts = Described()
        self._store = store
        self._embedder = embedder
        self._problem = problem
        self._keep = keep
        self._tried = tried

    def track(self, track_id: int) -> None:
        owner = Owner(track_id=track_id)
        pictures = self._store.templates.pictures_of(track_id)
        if self._tried.before(owner, tuple(one.path for one in pictures)):
            return
        looks = self._store.looks_of_track(track_id)
        crops = []
        for one in pictures:
            image = self._read(one.path)
            if image is not None:
                crops.append(track_crop(image, one.capture_utc_ns, looks))
        made_of = tuple(one.row_id for one in pictures)
        self.counts.tracks += self._save(owner, crops, made_of)

    def sighting(self, row_id: int) -> None:
        row = self._store.templates.sighting(row_id)
        owner = Owner(sighting=row_id)
        if row is None or row.path is None or self._tried.before(owner, (row.path,)):
            return
        image = self._read(row.path)
        crops = [] if image is None else [sighting_crop(image, row.sighting)]
        self.counts.sightings += self._save(owner, crops, None)

    def _read(self, path: str) -> Image | None:
        return kept_picture(self._store.folder, path, self._problem)

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
        self._keep(template, made_of)
        self.counts.pictures += len(seen)
        return True
