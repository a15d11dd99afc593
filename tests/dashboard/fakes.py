from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping
from pathlib import Path

from PIL import Image as Pictures

from engines.types import Box
from stream.hub import Hub, Preview, PreviewBox
from stream.start_list import Entry
from stream.store import Counts, RunnerRow, Snapshot, StartListRow
from stream.store.crossings import CrossingRow
from stream.store.read_rate import ReadRate
from stream.types import (
    Clock,
    Closed,
    Conflict,
    Crossed,
    Opened,
    State,
    Tagged,
)
from stream.unread import Unread

SECOND = 1_000_000_000
TEN_O_CLOCK = 1_750_000_000 * SECOND
Told = Opened | Tagged | Crossed | Conflict | Closed
BOX: Box = (100.0, 50.0, 200.0, 350.0)


class FakeArchive:
    """Keeps what a race tells it in memory, as a store does on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[int, RunnerRow] = {}
        self.seq = 0

    def record(self, seq: int, event: Told, evidence: str | None) -> None:
        self.seq = seq
        row = self.rows.get(event.track_id) if not isinstance(event, Opened) else None
        if isinstance(event, Opened):
            self.rows[event.track_id] = row_of(event)
        elif row is not None:
            self.rows[event.track_id] = changed(row, event, evidence)

    def snapshot(self, limit: int) -> Snapshot:
        rows = sorted(self.rows.values(), key=lambda row: -row.first_seen_utc_ns)
        return Snapshot(self.seq, tuple(rows[:limit]))

    def counts(self) -> Counts:
        rows = list(self.rows.values())
        n = {state: sum(row.state is state for row in rows) for state in (*State, None)}
        return Counts(
            tracks=len(rows),
            confirmed=n[State.CONFIRMED],
            corrected=n[State.CORRECTED],
            seen=n[State.SEEN],
            unknown=n[None],
            bibs=0,
            crossings=0,
            looks=0,
            looks_counted=0,
            pivot_images=0,
            unknown_images=0,
            frames=0,
            reasons={},
        )

    def runner(self, track_id: int) -> RunnerRow | None:
        return self.rows.get(track_id)

    def runners_with(self, bib: str) -> tuple[RunnerRow, ...]:
        return tuple(row for row in self.snapshot(10_000).runners if row.bib == bib)

    def crossings(self, after: int, limit: int) -> tuple[CrossingRow, ...]:
        """None: what is asked of crossings is asked of a real store."""
        del after, limit
        return ()

    def start_list(self) -> tuple[StartListRow, ...]:
        return ()

    def read_rate(self, camera: str | None = None) -> ReadRate:
        """Nothing yet: what is counted is asked of a real store."""
        del camera
        return ReadRate(60, ())

    def unread_tracks(self, camera: str | None = None) -> tuple[Unread, ...]:
        del camera
        return ()

    def find_image(self, path: str) -> Path | None:
        if ".." in Path(path).parts:
            raise ValueError("points out of the race folder")
        found = self.folder / path
        return found if found.is_file() else None


class FakeRace:
    """A race that does what it is told, in a few words."""

    def __init__(self, folder: Path, archive: FakeArchive | None = None) -> None:
        self.archive = archive or FakeArchive(folder)
        self.hub = Hub(first_seq=self.archive.seq + 1)
        self.now_ns = TEN_O_CLOCK

    def tell(self, event: Told, evidence: str | None = None) -> int:
        # Written down before it is told, so that a test never waits for the archive.
        self.archive.record(self.hub.last_seq + 1, event, evidence)
        return self.hub.publish(event, evidence).seq

    def opened(self, track_id: int, camera: str = "finish") -> int:
        self.now_ns += SECOND
        return self.tell(Opened(camera, track_id, track_id * 25, self.now_ns, BOX))

    def tagged(
        self,
        track_id: int,
        bib: str | None,
        state: State = State.CONFIRMED,
        posterior: float = 0.987,
        listed: bool | None = True,
        evidence: str | None = None,
        camera: str = "finish",
    ) -> int:
        event = Tagged(
            camera, track_id, 1, self.now_ns, BOX, bib, state, posterior, 3, None, listed
        )
        return self.tell(event, evidence)

    def runner(self, track_id: int, bib: str, state: State = State.CONFIRMED) -> int:
        self.opened(track_id)
        return self.tagged(track_id, bib, state)

    def crossed(self, track_id: int, clock: Clock = Clock.RTCP, camera: str = "finish") -> int:
        return self.tell(Crossed(camera, track_id, 1, 0, self.now_ns, clock))

    def conflict(self, track_id: int, other: int, bib: str) -> int:
        return self.tell(Conflict("finish", track_id, other, self.now_ns, bib))

    def closed(self, track_id: int, camera: str = "finish") -> int:
        row = self.archive.rows[track_id]
        return self.tell(
            Closed(camera, track_id, 1, self.now_ns, row.bib, row.state, row.posterior, 3, {})
        )


class FakeEntries:
    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = entries

    def find(self, bib: str) -> Entry | None:
        return self._entries.get(bib)


def entries(*rows: tuple[str, str, str, str]) -> FakeEntries:
    """Bib, first name, last name and club."""
    return FakeEntries({bib: Entry(bib, first, last, club) for bib, first, last, club in rows})


def row_of(event: Opened) -> RunnerRow:
    return RunnerRow(
        track_id=event.track_id,
        camera=event.camera,
        bib=None,
        state=None,
        posterior=0.0,
        votes=0,
        evidence=None,
        first_seen_utc_ns=event.capture_utc_ns,
        last_seen_utc_ns=event.capture_utc_ns,
        crossing_utc_ns=None,
        clock=None,
        listed=None,
        name=None,
        club=None,
        closed=False,
        interrupted=False,
    )


def changed(row: RunnerRow, event: Told, evidence: str | None) -> RunnerRow:
    match event:
        case Tagged():
            return dataclasses.replace(
                row,
                bib=event.bib,
                state=event.state if event.bib is not None else None,
                posterior=event.posterior,
                votes=event.votes,
                listed=event.listed,
                evidence=evidence or row.evidence,
            )
        case Crossed():
            return dataclasses.replace(row, crossing_utc_ns=event.capture_utc_ns, clock=event.clock)
        case Closed():
            return dataclasses.replace(row, closed=True, last_seen_utc_ns=event.capture_utc_ns)
        case _:
            return row


def jpeg(
    width: int = 640, height: int = 360, colour: tuple[int, int, int] = (40, 40, 200)
) -> bytes:
    picture = io.BytesIO()
    Pictures.new("RGB", (width, height), colour).save(picture, "jpeg", quality=95)
    return picture.getvalue()


def preview(
    *boxes: PreviewBox,
    camera: str = "finish",
    frame_index: int = 0,
    size: tuple[int, int] = (640, 360),
    picture: bytes | None = None,
) -> Preview:
    width, height = size
    content = picture if picture is not None else jpeg(width, height)
    return Preview(camera, frame_index, TEN_O_CLOCK, width, height, content, boxes)
