"""A race folder with all that can be known of a runner, and of others beside."""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from engines.types import Image
from stream.export import ExportRace
from stream.export.clips.export import ClipOptions, export_clips
from stream.export.site.export import SiteOptions, export_site
from stream.export.tables.export import export_tables
from stream.hub import Message
from stream.photos.tables import write_tables
from stream.store import ImageKind, NewImage, NewSegment, StartListRow, Store
from stream.store.folder import UNREADABLE, UPLOADS
from stream.store.photo_values import NewPhoto, PhotoFile, PhotoSighting, SightingChanges
from stream.types import (
    Clock,
    Closed,
    Conflict,
    Correction,
    CorrectionKind,
    Crossed,
    Event,
    Opened,
    State,
    Tagged,
)
from tests.stream.export.filmed import Film, make_film
from tests.stream.store.builders import look

SECOND_NS = 1_000_000_000
START_NS = 1_780_000_000 * SECOND_NS
BOX = (1.0, 2.0, 30.0, 80.0)
BIB, NAME = "2419", "Ann-Sofie Ekström"
OTHER, OTHER_NAME = "77", "Bo Lind"
TRACK, MATCHED, OTHERS, LATER, WRONG = 1, 2, 3, 4, 5
"""Of the runner; matched to the runner; of another; of another, much later; once thought to be the
runner by the vote, and a person said no."""
SENT = {"alone.jpg": "alone", "both.jpg": "both", "two-places.jpg": "elsewhere"}
"""Photos that were sent through the page, and what is known of them."""


def at(seconds: float) -> int:
    return START_NS + round(seconds * SECOND_NS)


def make_folder(folder: Path) -> Path:
    """A race of 40 s filmed in four files of 10 s; the runner is to be seen from 12 s to 16 s."""
    with Store.open(folder, race_name="City run") as store:
        store.replace_start_list(
            [StartListRow(BIB, NAME, "Löparna"), StartListRow(OTHER, OTHER_NAME, "TK Nord")]
        )
        footage = store.begin_footage("finish", "rtsp://camera", None, START_NS)
        for number in range(4):
            _film(store, folder, footage.id, number)
        for event in _events():
            store.record(Message(store.last_seq() + 1, event, None))
            store.flush()
        _pictures(store)
        store.end_footage(footage.id, complete=True)
        _photos(store)
        store.correct(Correction(CorrectionKind.BIB, TRACK, BIB), "Carla", at(100))
        store.correct(Correction(CorrectionKind.WRONG_PERSON, WRONG, BIB), "Carla", at(101))
        store.correct(Correction(CorrectionKind.BIB, LATER, "78"), "Carla", at(102))
    _described(folder)
    _exported(folder)
    (folder / "start_list.csv").write_text("bib,name\n77,Bo Lind\n", encoding="utf-8")
    return folder


def _film(store: Store, folder: Path, footage_id: int, number: int) -> None:
    path = f"video/finish/{number}.mp4"
    make_film(folder / path, Film(n=250, first=250 * number))
    segment = store.begin_segment(
        NewSegment(
            footage_id, "finish", path, False, "h264", None, 160, 96, at(10 * number), Clock.RTCP
        )
    )
    store.end_segment(segment, at(10 * number + 10), (folder / path).stat().st_size)


def _events() -> Iterator[Event]:
    yield from _track(TRACK, BIB, State.CONFIRMED, 12, 16, crossed_s=15)
    yield from _track(MATCHED, None, None, 12.5, 13)
    yield from _track(OTHERS, OTHER, State.CONFIRMED, 13, 18, crossed_s=17)
    yield from _track(LATER, "7", State.SEEN, 34, 38)
    yield from _track(WRONG, BIB, State.SEEN, 30, 33)
    yield Conflict("finish", WRONG, TRACK, at(33), BIB)


def _track(
    track_id: int,
    bib: str | None,
    state: State | None,
    first_s: float,
    last_s: float,
    crossed_s: float | None = None,
) -> Iterator[Event]:
    yield Opened("finish", track_id, 0, at(first_s), BOX)
    if bib is not None and state is not None:
        yield Tagged(
            "finish", track_id, 1, at(first_s), BOX, bib, state, 0.99, 3, look(track_id), True
        )
    if crossed_s is not None:
        yield Crossed("finish", track_id, 2, 0, at(crossed_s), Clock.RTCP)
    yield Closed("finish", track_id, 3, at(last_s), bib, state, 0.99, 3, {})


def _pictures(store: Store) -> None:
    for track_id in (TRACK, MATCHED, OTHERS, LATER, WRONG):
        for frame, kind in ((4, ImageKind.FRAME), (5, ImageKind.EVIDENCE)):
            store.save_image(
                NewImage(
                    "finish", track_id, frame, 40, at(13), kind, shade(40 * track_id + frame), None
                )
            )
    store.flush()


def shade(grey: int) -> Image:
    return np.full((60, 30, 3), grey, np.uint8)


def _photos(store: Store) -> None:
    """One photo with the runner and another, one with a runner who is only matched.

    Then uploads: of the runner alone, of both, and of the runner in a photo that lies elsewhere
    too; one that nobody has looked at, and a broken one.
    """
    size = (10.0, 10.0, 40.0, 90.0)
    mine = PhotoSighting(
        (0, 0, 50, 100), size, 0.9, bib=BIB, state=State.CONFIRMED, probability=0.9
    )
    other = PhotoSighting((50, 0, 99, 100), size, 0.9, bib=OTHER, state=State.CONFIRMED)
    nobody = PhotoSighting((0, 0, 60, 99), size, 0.8)
    for number, seen in enumerate([(mine, other), (nobody,)]):
        photo = NewPhoto(f"{number:02d}" * 32, at(14), 1, 100, 100, "d", "r", "{}")
        changes = SightingChanges(
            f"p{number}", tuple((one, b"jpeg %d %d" % (number, n)) for n, one in enumerate(seen))
        )
        store.photos.add(photo, PhotoFile(f"/photos/{number}.jpg", 5, 5), changes)
    for number, (name, shows) in enumerate(SENT.items(), 2):
        file = store.folder / UPLOADS / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(name.encode())
        shown = tuple((one, None) for one in ((mine, other) if shows == "both" else (mine,)))
        photo = NewPhoto(f"{number:02d}" * 32, at(14), 1, 100, 100, "d", "r", "{}")
        path = PhotoFile(str(file), 5, 5)
        store.photos.add(photo, path, SightingChanges(f"p{number}", shown))
        if shows == "elsewhere":
            store.photos.add_path(PhotoFile("/photos/elsewhere.jpg", 5, 5), number + 1)
    (store.folder / UPLOADS / "waits.jpg").write_bytes(b"waits")
    (store.folder / UNREADABLE).mkdir()
    (store.folder / UNREADABLE / "broken.jpg").write_bytes(b"broken")
    store.flush()


def _described(folder: Path) -> None:
    """Templates, matches and people, as SQL: other modules write them."""
    vector = np.ones(8, "<f4").tobytes()
    with closing(sqlite3.connect(folder / "race.db")) as db, db:
        for owner, number in (
            *(("track_id", n) for n in (TRACK, MATCHED, OTHERS)),
            *(("sighting", n) for n in (1, 2, 3)),
        ):
            db.execute(
                f"INSERT INTO templates (kind, model, {owner}, vector, quality, pictures, "
                "made_utc_ns) VALUES ('appearance', 'm', ?, ?, 0.5, 1, 5)",
                (number, vector),
            )
        for number, (name, bib) in enumerate([(NAME, BIB), (NAME, None), (OTHER_NAME, OTHER)], 1):
            db.execute(
                "INSERT INTO people (number, name, bib, added_by, added_utc_ns) "
                "VALUES (?, ?, ?, 'Carla', 5)",
                (number, name if bib else "Cy Berg", bib),
            )
            db.execute(
                "INSERT INTO templates (kind, model, person, vector, quality, pictures, "
                "made_utc_ns) VALUES ('face', 'm', ?, ?, 0.5, 1, ?)",
                (number, vector, at(0)),
            )
        for column, number, bib in (
            ("track_id", MATCHED, BIB),
            ("sighting", 3, BIB),
            ("track_id", LATER, OTHER),
        ):
            db.execute(
                f"INSERT INTO assignments ({column}, bib, evidence, posterior, made_by, at_utc_ns) "
                "VALUES (?, ?, 'appearance', 0.9, 'match', 5)",
                (number, bib),
            )
        for track_id, bib in ((OTHERS, BIB), (TRACK, OTHER), (LATER, OTHER)):
            db.execute(
                "INSERT INTO negative_pairs (track_id, bib, said_by, at_utc_ns) "
                "VALUES (?, ?, 'Carla', 5)",
                (track_id, bib),
            )


def _exported(folder: Path) -> None:
    with ExportRace.open(folder) as race:
        export_clips(race, race.reader.tagged_bibs(), ClipOptions(1, 0.5), lambda _: None)
        for bib in (BIB, OTHER):
            path = f"stills/{race.stem(bib, 'finish')}-1.jpg"
            race.manifest.write(path, "still", b"a still", bib=bib, camera="finish")
        export_tables(race, None)
        export_site(race, None, SiteOptions())
    with Store.open(folder) as store:
        write_tables(store.photos, folder / "photos")


def digest(folder: Path) -> dict[str, str]:
    """Every file of a folder with what is in it."""
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def telling(folder: Path, text: str) -> list[str]:
    """The files in whose name or content a text stands."""
    wanted = text.encode()
    return [
        path for path in digest(folder) if text in path or wanted in (folder / path).read_bytes()
    ]


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "race.db")) as db:
        return db.execute(query).fetchall()


def receipt_of(folder: Path) -> dict[str, object]:
    [file] = (folder / "forgotten").glob("*.json")
    told = json.loads(file.read_text(encoding="utf-8"))
    assert isinstance(told, dict)
    return told


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))
