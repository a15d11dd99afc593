"""What forgetting a bib would do: everything that belongs to it, counted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from stream.forget.errors import ForgetError
from stream.forget.exports import by_kind, doomed, export_folders
from stream.forget.footage import Filmed, filmed
from stream.forget.rows import (
    Belongings,
    belongings,
    counted,
    namesakes,
    originals,
    picture_files,
)
from stream.forget.spans import Span, overlap, spans_of
from stream.forget.uploads import Sent, place_of, sent
from stream.forget.work import Work, unfinished
from stream.start_list import bib_key
from stream.store.folder import check_readable, connect_to_read
from stream.store.forgetting import forgotten_bibs

PHOTO_TABLES = ("photos/tags.csv", "photos/tags.json")
_IN_VIEW = """
SELECT track_id, bib FROM tracks WHERE footage_id = ? AND first_seen_utc_ns < ?
    AND last_seen_utc_ns >= ? AND bib IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom to forget.

    Attributes:
        bib: as somebody wrote it.
        footage: cut the recorded video as well.
        by: who asks.
    """

    folder: Path
    bib: str
    footage: bool
    by: str
    at_utc_ns: int

    @property
    def key(self) -> str:
        """The bib as it is compared.

        Raises:
            ForgetError: it is none.
        """
        key = bib_key(self.bib)
        if not key:
            raise ForgetError(f"--bib {self.bib}: has no letter or digit; write it as it is worn")
        return key


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to do: rows and uploads that are found, and all of it as numbers and files."""

    found: Belongings
    sent: Sent
    work: Work


@dataclass(frozen=True, slots=True)
class Outlook:
    """How a race folder stands before anything is done.

    Attributes:
        work: what would be erased.
        unfinished: an erasure that was broken off, to be finished first.
        forgotten: the bib was erased before.
    """

    work: Work
    unfinished: Work | None
    forgotten: bool


def look(asked: Asked) -> Outlook:
    """See what forgetting a bib would do, and change nothing.

    Raises:
        ForgetError: the bib is none, or nobody has it.
        StoreError, ExportError: the folder or an export cannot be read.
    """
    key = asked.key
    check_readable(asked.folder)
    with closing(connect_to_read(asked.folder)) as connection:
        # Rows as tuples, as the writer's connection gives them.
        connection.row_factory = None
        db = Database(connection)
        found = Outlook(plan(db, asked).work, unfinished(db), key in forgotten_bibs(db))
    was_begun = found.unfinished is not None and found.unfinished.key == key
    if found.work.is_nothing and not (found.forgotten or was_begun):
        raise unknown(asked)
    return found


def plan(db: Database, asked: Asked) -> Plan:
    """What there is to do."""
    found = belongings(db, asked.key)
    every = spans_of(found.sights)
    files = filmed(db, asked.folder, every)
    recorded = [one for one in files if not one.new.referenced]
    spans = tuple(span for span in every if any(_shows(one, span) for one in recorded))
    uploads = sent(db, asked.folder, found.sightings)
    spelt = found.spellings | {asked.bib.strip()}
    cut = spans if asked.footage else ()
    work = Work(
        key=asked.key,
        bib=asked.bib.strip(),
        by=asked.by,
        at_utc_ns=asked.at_utc_ns,
        rows=counted(db, found),
        spellings=tuple(sorted(spelt)),
        files=picture_files(db, asked.folder, found),
        exports=_exports(asked.folder, found, spelt, cut),
        spans=spans,
        footage=asked.footage,
        segments=len(recorded),
        referenced=tuple(sorted({one.new.path for one in files if one.new.referenced})),
        originals=tuple(
            path for path in originals(db, found) if place_of(asked.folder, path) is None
        ),
        uploads=uploads.alone,
        uploads_left=uploads.shared,
        uploads_unseen=uploads.unseen,
        others=_in_view(db, found, spans),
        namesakes=namesakes(db, found),
        photo_tables=bool(found.sightings)
        and any((asked.folder / table).is_file() for table in PHOTO_TABLES),
    )
    return Plan(found, uploads, work)


def unknown(asked: Asked) -> ForgetError:
    """Nobody has the bib."""
    return ForgetError(
        f"nothing in {asked.folder} is of bib {asked.bib}: no runner, photo or entry has it; "
        "look it up on the page, and write it as it is shown there"
    )


def _exports(
    folder: Path, found: Belongings, spelt: Collection[str], spans: Sequence[Span]
) -> dict[str, int]:
    """Exported files that go, by kind; of a bib that nobody has, not those that list everybody."""
    if not (found.sights or found.names or found.sightings):
        return {}
    kinds = [
        kind
        for out in export_folders(folder)
        for kind in doomed(out, found.key, spelt, spans).values()
    ]
    return by_kind(kinds)


def _shows(file: Filmed, span: Span) -> bool:
    return bool(overlap([span], file.new.footage_id, file.new.first_utc_ns, file.end_utc_ns))


def _in_view(db: Database, found: Belongings, spans: Sequence[Span]) -> tuple[str, ...]:
    own = {sight.track_id for sight in found.sights}
    seen: set[str] = set()
    for span in spans:
        rows = db.execute(_IN_VIEW, (span.footage_id, span.until_ns, span.from_ns)).fetchall()
        seen |= {bib for track_id, bib in rows if track_id not in own}
    return tuple(sorted(seen))
