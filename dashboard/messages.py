"""The live protocol: what travels over ``/ws``, as JSON.

Version 1. A client connects to ``/ws`` for the first time, and to ``/ws?after=SEQ&server=ID``
to go on after a lost connection: SEQ is the newest sequence number it has applied, ID the
``server`` of the last hello. ``previews=0`` asks for events without pictures, ``photos=1`` for
news of the tagging of photos as well.

A browser is known by its session cookie, a program by ``Authorization: Bearer TOKEN`` (see
`dashboard.access.rules`). The server ends a line with the code 4401 where nobody is signed in or
the token was removed, 4403 where the role is too low, 1013 where there are as many viewers as
there may be (try again later), and 1008 where a client sent nonsense.

From the server, one JSON object per text message, told apart by ``type``:

========== ==================================================================================
hello      first of all: ``protocol``, ``server`` (new at every start), ``race``
           (``name``, ``cameras``, ``time_zone``, ``starts``), ``last_seq``, ``resumed``.
           Resumed means that events go on after SEQ; otherwise a snapshot follows. ``starts``
           has ``gun_utc_ns`` (or null) and ``waves``, the start of each wave that has its own
           by its name: a runner's elapsed time (gun time by wave) counts from there
snapshot   ``seq``, ``runners`` (newest first, at most some hundred) and ``earlier``, how many
           more are ``confirmed`` and ``unread``. It replaces all that the client knew, and
           also comes when the client fell behind further than the hub remembers
opened     a runner came into view
tagged     a track's current bib: ``bib`` (null takes an earlier tag back), ``state``
           (seen, confirmed, corrected), ``posterior``, ``votes``, ``listed``, ``entry``,
           ``evidence``, ``correction`` (its number where a person changed the tag, or null)
crossed    the track crossed the finish line at ``capture_utc_ns`` on the clock ``clock``
conflict   ``bib`` is claimed by ``track_id`` and by ``other_track_id``
corrected  a person has said something of a track: ``number`` (of the correction), ``kind``
           (bib, wrong_person, not_a_runner, merge, split, undo), ``bib``, ``other_track_id``,
           ``from_utc_ns``, ``undone`` (the number that an undo takes back), ``by``,
           ``at_utc_ns``, and ``runners``: all that changed, each as in a snapshot. Whose bib
           changed is told by ``tagged`` as well
closed     the runner is out of view; ``bib``, ``state`` and ``entry`` are final, or null;
           ``looks`` counts the readings that counted
preview    a picture of ``camera``: ``frame_index``, ``capture_utc_ns``, ``width``, ``height``
           and ``boxes`` in pixels of that size. The next message is binary: the JPEG
beat       every two seconds: ``last_seq`` and ``status``. A client that hears nothing for
           some seconds should connect again
clock      the answer to ``clock``: ``sent`` as it was asked, and ``server_utc_ms``
photos     to who connects with ``photos=1``, where the race takes photos: how the tagging of
           those that were sent goes. Comes once after the snapshot and after every change, at
           most four times a second; it has no number, and each stands for all before it.
           ``state`` (idle, tagging, judging, stopped), ``waiting``, ``done`` and ``n_failed``
           (since nothing waited), ``failed`` (``name`` and ``why`` of the newest twenty),
           ``tagged`` (``name``, confirmed ``bibs`` and ``unsure`` ones of the newest twenty,
           the newest first), ``last`` (the newest of them, or null), ``problem`` (why it has
           stopped, or null)
========== ==================================================================================

A runner of a snapshot or of ``corrected`` that is ``hidden`` (not a runner) or ``merged_into``
another track belongs in no list. A runner of a snapshot has ``conflict``, the ids of the other
tracks of its camera that claim its bib; ``conflict`` events add to that. It is over when one of the
two has another bib or none or belongs in no list any more, and for who is corrected.

Events (opened to closed) carry ``seq``, ``camera``, ``track_id`` and ``capture_utc_ns``. They
come in the order of ``seq`` and each only once; numbers may be left out. A runner is known by
``camera`` and ``track_id`` together. ``entry`` is null or has ``name``, ``club``, ``category``,
``wave``, ``city`` and ``nation``. ``evidence`` is null or an address on this server; the
picture may take a moment to arrive there. Times are nanoseconds since 1970, UTC; a file
without a start time counts from zero. Clients ignore types and keys that they do not know.

From the client, only this (`dashboard.client_messages` reads it):

``{"type": "shown"}`` after each preview it has drawn. The server keeps at most two pictures
on their way to a client, so a slow one gets fewer pictures and its tags stay prompt.

``{"type": "pictures", "without": ["finish"]}`` for no more pictures of these cameras, because
their live video is watched; of all others they go on. Holds for one line.

``{"type": "clock", "sent": T}`` to learn the server's clock: T is the client's own, in
milliseconds from any zero. The answer is taken for the moment halfway between asking and
hearing, and may be wrong by half the round trip; of the recent answers the one that was
quickest there and back is the best. The server answers the first viewers who ask, some sixteen;
who gets no answer need not report.

``{"type": "painted", "seq": N, "at_utc_ms": T, "uncertainty_ms": U}`` once the ``tagged`` event
N is on the screen: at T on the server's clock, milliseconds since 1970, give or take U. Only for
tags that came after the ``last_seq`` of hello, and only where somebody can see them. It is
what ``latency`` in ``status`` is made of; what cannot be true is left out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import quote

from dashboard.race_view import Entries, RaceView
from stream.hub import Message, Preview
from stream.store import Counts, RunnerRow, Snapshot
from stream.types import (
    Closed,
    Conflict,
    Corrected,
    Correction,
    Crossed,
    Event,
    Judged,
    Opened,
    State,
    Tagged,
    Track,
)

PROTOCOL = 1
"""Grows when a client of the former version would misunderstand."""

PUBLIC_ROOMS = frozenset({"pivot", "unknown"})
"""The only folders of a race whose pictures are served."""

JsonObject = dict[str, object]


def evidence_url(path: str | None) -> str | None:
    """The address of a picture in the race folder; None where it is not one to be served."""
    if path is None or PurePosixPath(path).parts[0:1] not in {(room,) for room in PUBLIC_ROOMS}:
        return None
    return "/evidence/" + quote(path)


def entry_json(entries: Entries, bib: str | None) -> JsonObject | None:
    """Who wears `bib`, or None."""
    entry = entries.find(bib) if bib is not None else None
    if entry is None:
        return None
    return {
        "name": entry.name,
        "club": entry.club or "",
        "category": entry.category or "",
        "wave": entry.wave or "",
        "city": entry.city or "",
        "nation": entry.nation or "",
    }


def hello(view: RaceView, server: str, last_seq: int, resumed: bool) -> JsonObject:
    """The greeting."""
    starts = {"gun_utc_ns": view.starts.gun_utc_ns, "waves": dict(view.starts.waves)}
    race = {
        "name": view.name,
        "cameras": list(view.cameras),
        "time_zone": view.time_zone,
        "starts": starts,
    }
    return {
        "type": "hello",
        "protocol": PROTOCOL,
        "server": server,
        "race": race,
        "last_seq": last_seq,
        "resumed": resumed,
    }


def runner_json(row: RunnerRow, entries: Entries) -> JsonObject:
    """One track of a snapshot."""
    entry = entry_json(entries, row.bib)
    if entry is None and row.name is not None:
        # A race opened again without its start list still has the names that were imported.
        unknown = dict.fromkeys(("category", "wave", "city", "nation"), "")
        entry = {"name": row.name, "club": row.club or "", **unknown}
    return {
        "camera": row.camera,
        "track_id": row.track_id,
        "bib": row.bib,
        "state": _word(row.state),
        "posterior": row.posterior,
        "votes": row.votes,
        "listed": row.listed,
        "entry": entry,
        "evidence": evidence_url(row.evidence),
        "first_seen_utc_ns": row.first_seen_utc_ns,
        "last_seen_utc_ns": row.last_seen_utc_ns,
        "crossing_utc_ns": row.crossing_utc_ns,
        "clock": row.clock.value if row.clock is not None else None,
        "in_view": not row.closed,
        "hidden": row.hidden,
        "merged_into": row.merged_into,
        "conflict": list(row.conflicts),
    }


def track_json(track: Track, entries: Entries) -> JsonObject:
    """One track that a correction has changed, as in a snapshot."""
    tag = track.tag
    return {
        "camera": track.camera,
        "track_id": track.track_id,
        "bib": tag.bib,
        "state": _word(tag.state) if tag.bib is not None else None,
        "posterior": tag.posterior,
        "votes": tag.votes,
        "listed": track.listed,
        "entry": entry_json(entries, tag.bib),
        "evidence": evidence_url(track.evidence),
        "first_seen_utc_ns": track.first_seen_utc_ns,
        "last_seen_utc_ns": track.last_seen_utc_ns,
        "crossing_utc_ns": track.crossing_utc_ns,
        "clock": track.clock.value if track.clock is not None else None,
        "in_view": not track.closed,
        "hidden": track.hidden,
        "merged_into": track.merged_into,
    }


def correction_json(number: int, correction: Correction, by: str, at_utc_ns: int) -> JsonObject:
    """What was said, by whom and when."""
    return {
        "number": number,
        "kind": correction.kind.value,
        "bib": correction.bib,
        "other_track_id": correction.other_track_id,
        "from_utc_ns": correction.from_utc_ns,
        "undone": correction.undone,
        "by": by,
        "at_utc_ns": at_utc_ns,
    }


def snapshot_json(snapshot: Snapshot, entries: Entries, counts: Counts | None = None) -> JsonObject:
    """The race so far; `counts` are those of the whole race where the snapshot is cut."""
    rows = snapshot.runners
    sure = sum(row.state in {State.CONFIRMED, State.CORRECTED} for row in rows)
    unread = sum(row.state is None for row in rows)
    earlier = {
        "confirmed": max(0, counts.confirmed + counts.corrected - sure) if counts else 0,
        "unread": max(0, counts.unknown - unread) if counts else 0,
    }
    runners = [runner_json(row, entries) for row in rows]
    return {"type": "snapshot", "seq": snapshot.seq, "runners": runners, "earlier": earlier}


def event_json(message: Message, entries: Entries) -> JsonObject | None:
    """One event; None for those that the page is not told about (single looks)."""
    event = message.event
    if isinstance(event, Judged):
        return None
    told: JsonObject = {
        "type": _TYPES[type(event)],
        "seq": message.seq,
        "camera": event.camera,
        "track_id": event.track_id,
        "capture_utc_ns": event.capture_utc_ns,
    }
    told.update(_particulars(event, message.evidence, entries))
    return told


_TYPES: dict[type, str] = {
    Opened: "opened",
    Tagged: "tagged",
    Crossed: "crossed",
    Conflict: "conflict",
    Corrected: "corrected",
    Closed: "closed",
}


def _particulars(event: Event, evidence: str | None, entries: Entries) -> JsonObject:
    match event:
        case Tagged():
            return {
                "bib": event.bib,
                "state": _word(event.state) if event.bib is not None else None,
                "posterior": event.posterior,
                "votes": event.votes,
                "listed": event.listed,
                "entry": entry_json(entries, event.bib),
                "evidence": evidence_url(evidence),
                "correction": event.correction,
            }
        case Corrected():
            return {
                **correction_json(event.number, event.correction, event.by, event.at_utc_ns),
                "runners": [track_json(track, entries) for track in event.tracks],
            }
        case Crossed():
            return {"clock": event.clock.value}
        case Conflict():
            return {"bib": event.bib, "other_track_id": event.other_track_id}
        case Closed():
            return {
                "bib": event.bib,
                "state": _word(event.state),
                "posterior": event.posterior,
                "entry": entry_json(entries, event.bib),
                "looks": event.looks,
                "evidence": evidence_url(evidence),
            }
        case _:
            return {}


def _word(state: State | None) -> str | None:
    return state.value if state is not None else None


def preview_json(preview: Preview) -> JsonObject:
    """What is drawn over the picture that follows."""
    boxes = [
        {
            "track_id": box.track_id,
            "box": [round(float(edge), 1) for edge in box.box],
            "bib": box.bib,
            "state": _word(box.state),
        }
        for box in preview.boxes
    ]
    return {
        "type": "preview",
        "camera": preview.camera,
        "frame_index": preview.frame_index,
        "capture_utc_ns": preview.capture_utc_ns,
        "width": preview.width,
        "height": preview.height,
        "boxes": boxes,
    }


def beat(view: RaceView, last_seq: int) -> JsonObject:
    """The sign of life."""
    return {"type": "beat", "last_seq": last_seq, "status": dict(view.status())}


def encode(told: JsonObject) -> str:
    """Compact JSON text."""
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def clock(sent: float, server_utc_ns: int) -> JsonObject:
    """The answer to who asks for the time; `sent` is the client's own, as it was asked."""
    return {"type": "clock", "sent": sent, "server_utc_ms": server_utc_ns / 1e6}


def in_order(messages: Sequence[Message], after: int) -> list[Message]:
    """The messages that come after the sequence number `after`."""
    return [message for message in messages if message.seq > after]
