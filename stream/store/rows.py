"""Events and looks as rows: the one place that knows both."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np
from sqlite_utils import Database

from stream.hub import Message
from stream.store.corrections import follow
from stream.store.images import rehome
from stream.types import Closed, Crossed, Event, Judged, Opened, Tagged


@dataclass(frozen=True, slots=True)
class _Place:
    camera: str
    track_id: int
    capture_utc_ns: int


def body_of(event: Event) -> str:
    """An event as JSON; of a look's finding only what can be read back by eye."""
    if isinstance(event, Judged):
        return _json({"look": asdict(event.look), "reason": event.reason, **_finding(event)})
    return _json(asdict(event))


def write_message(db: Database, message: Message) -> None:
    """Add an event and bring tracks, tags, crossings, looks and pictures up to it."""
    event = message.event
    place = _place(event)
    db.execute(
        "INSERT INTO events (seq, kind, camera, track_id, capture_utc_ns, body, evidence) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            message.seq,
            type(event).__name__.lower(),
            place.camera,
            place.track_id,
            place.capture_utc_ns,
            body_of(event),
            message.evidence,
        ),
    )
    if isinstance(event, Opened | Tagged | Crossed | Closed):
        _touch(db, place)
    match event:
        case Tagged():
            _tag(db, message.seq, event)
        case Crossed():
            _cross(db, message.seq, event)
        case Closed():
            db.execute("UPDATE tracks SET closed = 1 WHERE track_id = ?", (event.track_id,))
            rehome(db, event.track_id)
        case Judged():
            write_look(db, event)
        case _:
            pass
    if message.evidence is not None:
        _show_evidence(db, place.track_id, message.evidence, isinstance(event, Tagged))
    if isinstance(event, Opened | Tagged | Crossed | Closed):
        follow(db, event)


def write_look(db: Database, judged: Judged) -> None:
    """Add a judged look, with its reason when it did not count."""
    look, finding = judged.look, _finding(judged)
    boxes = {"person": look.person, "crop": look.crop, "bib_box": finding["bib"] or look.bib}
    db.execute(
        "INSERT INTO looks (camera, track_id, frame_index, pts_ns, capture_utc_ns, kind, reason, "
        "text, score, sharpness, value, person, crop, bib_box, number_box) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            look.camera,
            look.track_id,
            look.frame_index,
            look.pts_ns,
            look.capture_utc_ns,
            look.kind.value,
            None if judged.reason is None else judged.reason.value,
            finding["text"],
            finding["score"],
            finding["sharpness"],
            float(look.value),
            *(None if box is None else _json(box) for box in boxes.values()),
            None if finding["number"] is None else _json(finding["number"]),
        ),
    )


def _place(event: Event) -> _Place:
    at = event.look if isinstance(event, Judged) else event
    return _Place(at.camera, at.track_id, at.capture_utc_ns)


def _touch(db: Database, place: _Place) -> None:
    db.execute(
        """
        INSERT INTO tracks (track_id, camera, footage_id, first_seen_utc_ns, last_seen_utc_ns)
        VALUES (:track, :camera,
            (SELECT max(id) FROM footage WHERE camera = :camera AND running = 1), :time, :time)
        ON CONFLICT (track_id) DO UPDATE SET
            first_seen_utc_ns = min(first_seen_utc_ns, :time),
            last_seen_utc_ns = max(last_seen_utc_ns, :time)
        """,
        {"track": place.track_id, "camera": place.camera, "time": place.capture_utc_ns},
    )


def _tag(db: Database, seq: int, tag: Tagged) -> None:
    state, posterior = tag.state.value, float(tag.posterior)
    db.execute(
        "INSERT INTO tags (seq, track_id, capture_utc_ns, bib, state, posterior, votes, listed) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (seq, tag.track_id, tag.capture_utc_ns, tag.bib, state, posterior, tag.votes, tag.listed),
    )
    # How a track stands that people have corrected is worked out elsewhere, see `follow`.
    db.execute(
        "UPDATE tracks SET tag_seq = :seq, bib = :bib, posterior = :posterior, votes = :votes, "
        "state = :state, listed = :listed "
        "WHERE track_id = :track AND tag_seq < :seq AND own IS NULL AND :correction IS NULL",
        {
            "seq": seq,
            "bib": tag.bib,
            "state": None if tag.bib is None else state,
            "posterior": posterior,
            "votes": tag.votes,
            "listed": tag.listed,
            "track": tag.track_id,
            "correction": tag.correction,
        },
    )
    rehome(db, tag.track_id)


def _cross(db: Database, seq: int, crossed: Crossed) -> None:
    clock = crossed.clock.value
    db.execute(
        "INSERT INTO crossings "
        "(seq, camera, track_id, frame_index, pts_ns, capture_utc_ns, clock) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            seq,
            crossed.camera,
            crossed.track_id,
            crossed.frame_index,
            crossed.pts_ns,
            crossed.capture_utc_ns,
            clock,
        ),
    )
    db.execute(
        "UPDATE tracks SET crossing_utc_ns = ?, clock = ? "
        "WHERE track_id = ? AND crossing_utc_ns IS NULL AND own IS NULL",
        (crossed.capture_utc_ns, clock, crossed.track_id),
    )


def _show_evidence(db: Database, track_id: int, path: str, replace: bool) -> None:
    only_first = "" if replace else " AND evidence IS NULL"
    db.execute(
        f"UPDATE tracks SET evidence = ?, evidence_name = ? WHERE track_id = ?{only_first}",
        (path, path.rsplit("/", 1)[-1], track_id),
    )


def _finding(judged: Judged) -> dict[str, object]:
    finding = judged.finding
    reading = None if finding is None else finding.reading
    return {
        "number": None if finding is None else finding.number,
        "bib": None if finding is None else finding.bib,
        "sharpness": None if finding is None else float(finding.sharpness),
        "text": None if reading is None else reading.text,
        "score": None if reading is None else float(reading.score),
    }


def _json(value: object) -> str:
    return json.dumps(value, default=_plain, separators=(",", ":"))


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
