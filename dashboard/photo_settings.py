"""With which networks and rules the photos of a race are tagged, wherever they come from."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from engines.load import EngineSettings
from engines.models import DetectorManifest, ReaderName, checksum, read_manifest, reader_file
from engines.photo import PhotoRules
from stream.photos.reading import Networks
from stream.photos.seen import SeenRules
from stream.start_list import Entry, StartList
from stream.store import Store
from stream.store.forgetting import forgotten_in
from stream.votes import VoteSettings

_SHORT: Final = 12


def photo_networks(engine: EngineSettings) -> Networks:
    """The networks that a tagger of photos has.

    Raises:
        ModelFileError: one of them is missing or damaged.
    """
    found_with = read_manifest(DetectorManifest, engine.weights).sha256[:_SHORT]
    if engine.reader is None:
        readers = [reader_file(ReaderName.FINISHLINE), reader_file(ReaderName.PP_OCR)]
    else:
        readers = [reader_file(engine.reads_with)]
    return Networks(found_with, "+".join(checksum(file)[:_SHORT] for file in readers))


def photo_rules(
    store: Store, folder: Path, vote: VoteSettings, least_person_px: float | None = None
) -> SeenRules:
    """How the photos of a race are judged, by the start list that was imported into it.

    Args:
        store: of the race.
        folder: of the race, which says who was forgotten.
        vote: says what becomes of a bib that is on no list.
        least_person_px: see `SeenRules`; None takes its default.
    """
    entries = tuple(Entry(row.bib, last_name=row.name) for row in store.start_list())
    return SeenRules(
        photo=PhotoRules(),
        least_person_px=SeenRules().least_person_px if least_person_px is None else least_person_px,
        unlisted_log=vote.unlisted_log,
        start_list=StartList(entries) if entries else None,
        forgotten=forgotten_in(folder),
    )
