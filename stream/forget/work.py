"""What an erasure is about, as it is kept in the database until it is done."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from sqlite_utils import Database

from stream.forget.spans import Span


@dataclass(frozen=True, slots=True)
class CutOut:
    """Video of one camera that was removed, seconds; `whole` where a file could not be cut."""

    camera: str
    seconds: float
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """One erasure, without name and face: numbers, files, stretches of video.

    Attributes:
        key, bib: the bib as it is compared, and as it was asked for.
        by: who asked.
        at_utc_ns: when.
        spellings: the bib as it is written in the race; files are named after it.
        rows: how many rows go, by kind.
        files: pictures to remove, paths inside the race folder with slashes.
        exports: how many exported files go, by kind.
        spans: when the runner was before a camera, as far as finishline has recorded it.
        footage: whether the recorded video of these spans is to be cut out.
        segments: how many recorded files show these spans.
        referenced: video files that are not finishline's own and show the runner.
        originals: photos that show the runner.
        uploads: photos sent through the page that show the runner alone, to remove; paths inside
            the race folder.
        uploads_left: those that show others, too, and stay.
        uploads_unseen: how many nobody has looked at, or could.
        others: bibs of others in view in the spans.
        namesakes: enrolled people of the same name and without a bib.
        photo_tables: whether tables of photos are to be made anew.
        cut_out: what has been cut so far.
        replaced: video files to remove, since what is left of them is in others.
    """

    key: str
    bib: str
    by: str
    at_utc_ns: int
    rows: Mapping[str, int]
    spellings: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    exports: Mapping[str, int] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    footage: bool = False
    segments: int = 0
    referenced: tuple[str, ...] = ()
    originals: tuple[str, ...] = ()
    uploads: tuple[str, ...] = ()
    uploads_left: tuple[str, ...] = ()
    uploads_unseen: int = 0
    others: tuple[str, ...] = ()
    namesakes: int = 0
    photo_tables: bool = False
    cut_out: tuple[CutOut, ...] = ()
    replaced: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """There is nothing of the runner to erase."""
        return not (any(self.rows.values()) or self.files or any(self.exports.values()))


def written(work: Work) -> str:
    """As text for the database."""
    return json.dumps(asdict(work))


def read(text: str) -> Work:
    """What `written` wrote."""
    told = json.loads(text)
    told["spans"] = [Span(**one) for one in told["spans"]]
    told["cut_out"] = [CutOut(**one) for one in told["cut_out"]]
    lists = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    return Work(**(told | lists))


def unfinished(db: Database | sqlite3.Connection) -> Work | None:
    """The erasure that is under way."""
    row = db.execute("SELECT body FROM forgetting").fetchone()
    return None if row is None else read(row[0])
