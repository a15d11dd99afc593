"""With which networks and rules the photos of a race are tagged, wherever they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from dashboard.processors import count_processors
from engines.load import EngineSettings, load_photo_tagger, photo_readers
from engines.models import DetectorManifest, checksum, read_manifest, reader_file
from engines.photo import PhotoRules
from stream.config import RaceFile
from stream.photos.reading import Networks
from stream.photos.seen import SeenRules
from stream.photos.taggers import RaceTagger
from stream.start_list import Entry, StartList
from stream.store import Store
from stream.store.forgetting import forgotten_in

_SHORT: Final = 12
_MOST_AT_ONCE: Final = 8
"""Each tagger has networks of its own: some 250 MB, with photos of 24 megapixels 500 MB."""


@contextmanager
def photo_taggers(
    engine: EngineSettings, rules: PhotoRules, at_once: int | None
) -> Iterator[Sequence[RaceTagger]]:
    """What looks at so many photos at once; the networks are freed at the end.

    Args:
        engine: how the networks compute.
        rules: of the first tags.
        at_once: None: one for each processor.
    """
    at_once, engine = photos_at_once(engine, at_once)
    with ExitStack() as open_ones:
        yield [
            open_ones.enter_context(closing(RaceTagger(lambda: load_photo_tagger(engine, rules))))
            for _ in range(at_once)
        ]


def photos_at_once(engine: EngineSettings, wanted: int | None) -> tuple[int, EngineSettings]:
    """How many photos are looked at at once, and how the networks of each tagger compute.

    Args:
        engine: how networks compute.
        wanted: None: one for each processor.
    """
    at_once = wanted or min(count_processors(), _MOST_AT_ONCE)
    if at_once > 1:
        # So many photos at once are quicker than so many threads for one.
        engine = replace(engine, threads=engine.threads or 1)
    return at_once, engine


def photo_networks(engine: EngineSettings) -> Networks:
    """The networks that a tagger of photos has.

    Raises:
        ModelFileError: one of them is missing or damaged.
    """
    found_with = read_manifest(DetectorManifest, engine.weights).sha256[:_SHORT]
    readers = [reader_file(reader) for reader in photo_readers(engine)]
    return Networks(found_with, "+".join(checksum(file)[:_SHORT] for file in readers))


def photo_rules(
    store: Store, folder: Path, race_file: RaceFile | None, least_person_px: float | None = None
) -> SeenRules:
    """How the photos of a race are judged, by the start list that was imported into it.

    Args:
        store: of the race.
        folder: of the race, which says who was forgotten.
        race_file: says what becomes of a bib that is on no list, and which were given out; None:
            the usual.
        least_person_px: see `SeenRules`; None takes its default.
    """
    entries = tuple(Entry(row.bib, last_name=row.name) for row in store.start_list())
    rules = rules_told(race_file, StartList(entries) if entries else None)
    if least_person_px is not None:
        rules = replace(rules, least_person_px=least_person_px)
    return replace(rules, forgotten=forgotten_in(folder))


def rules_told(race_file: RaceFile | None, start_list: StartList | None) -> SeenRules:
    """How pictures are judged where the race file, if there is one, and the start list say so."""
    if race_file is None:
        return SeenRules(start_list=start_list)
    return SeenRules(
        unlisted_log=race_file.race.vote.unlisted_log,
        start_list=start_list,
        numbers=race_file.bibs.numbers,
    )
