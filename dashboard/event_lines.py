"""A race's events as lines: for people, and for programs."""

from __future__ import annotations

import json

from dashboard.console import moment
from dashboard.messages import event_json
from dashboard.race_view import Entries
from stream.hub import Message
from stream.types import Conflict, Corrected, CorrectionKind, Crossed, State, Tagged

_MARKS = {State.SEEN: "  seen", State.CONFIRMED: "✓ confirmed", State.CORRECTED: "✎ corrected"}


def event_line(message: Message, entries: Entries) -> str | None:
    """An event as one line of JSON, as the page gets it; None for what is not told outside."""
    told = event_json(message, entries)
    return None if told is None else json.dumps(told, ensure_ascii=False)


def spoken(message: Message, entries: Entries) -> str | None:
    """An event as a line for a person; None for what a person need not read."""
    event = message.event
    if isinstance(event, Tagged):
        what = _tag(event, entries)
    elif isinstance(event, Crossed):
        what = f"| crossed the line  (track {event.track_id})"
    elif isinstance(event, Conflict):
        tracks = f"tracks {event.track_id} and {event.other_track_id}"
        what = f"! {event.bib} on two runners at once ({tracks})"
    elif isinstance(event, Corrected):
        what = f"* {_said(event)}  (no. {event.number}, by {event.by})"
    else:
        return None
    return f"{moment(event.capture_utc_ns)}  {event.camera}  {what}"


def _tag(tag: Tagged, entries: Entries) -> str:
    if tag.bib is None:
        return f"- taken back  (track {tag.track_id})"
    entry = entries.find(tag.bib)
    who = [] if entry is None else [part for part in (entry.name, entry.club) if part]
    note = "  (not on the start list)" if tag.listed is False else ""
    return f"{_MARKS[tag.state]:<11} {tag.bib:>6}  {', '.join(who)}{note}"


def _said(event: Corrected) -> str:
    about, track = event.correction, f"track {event.track_id}"
    match about.kind:
        case CorrectionKind.BIB:
            return f"{track} is {about.bib}"
        case CorrectionKind.WRONG_PERSON:
            return f"{track} is not {about.bib}"
        case CorrectionKind.NOT_A_RUNNER:
            return f"{track} is not a runner"
        case CorrectionKind.MERGE:
            return f"track {about.other_track_id} is the same runner as {track}"
        case CorrectionKind.SPLIT:
            return f"{track} is another runner later on, track {about.other_track_id}"
        case CorrectionKind.UNDO:
            return f"correction {about.undone} of {track} is undone"
