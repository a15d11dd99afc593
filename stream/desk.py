"""Where people's corrections are taken: put on disk, told to the race and to everybody watching.

A correction is on disk before anybody hears of it, and its events before it is answered.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from stream.clock import now_ns
from stream.hub import Hub
from stream.pipeline import Pipeline
from stream.race import Race
from stream.store import Change, Store
from stream.types import (
    Conflict,
    Corrected,
    Correction,
    CorrectionKind,
    Event,
    Tagged,
    Track,
)


class Desk:
    """Takes corrections one after the other, from any thread.

    Args:
        store: the race folder.
        hub: where viewers listen.
        pipeline: of the race that is running; None where none is. Its listeners record and
            publish what it tells.
    """

    def __init__(self, store: Store, hub: Hub, pipeline: Pipeline | None = None) -> None:
        self._store = store
        self._hub = hub
        self._pipeline = pipeline
        self._lock = threading.Lock()

    def correct(self, correction: Correction, by: str) -> Change:
        """Make a correction. When this returns, it is on disk and on its way to all viewers.

        Args:
            correction: what was said; UNDO names the correction that it takes back.
            by: who said it.

        Raises:
            CorrectionRefused: it cannot be made; nothing has changed.
            StoreError: the disk refuses.
        """
        with self._lock:
            new_track_id = None
            if correction.kind is CorrectionKind.SPLIT and self._pipeline is not None:
                new_track_id = self._new_track_id(self._pipeline)
            change = self._store.correct(correction, by, now_ns(), new_track_id)
            if self._pipeline is not None:
                number, rulings = change.made.number, change.rulings
                self._pipeline.between_frames(
                    lambda race: events_of(change, race.correct(rulings, number))
                )
            else:
                for event in events_of(change):
                    self._store.record(self._hub.publish(event))
            self._store.flush()
            return change

    def _new_track_id(self, pipeline: Pipeline) -> int:
        """A number for another track: the race that is running gives them out."""
        numbers: list[int] = []

        def take(race: Race) -> Sequence[Event]:
            numbers.append(race.new_track_id())
            return ()

        pipeline.between_frames(take)
        return numbers[0]


def events_of(change: Change, told: Sequence[Tagged] = ()) -> list[Event]:
    """What a correction is to everybody who listens.

    Args:
        told: the new tags of tracks that the running race knows, as it tells them.
    """
    made, track = change.made, change.tracks[0]
    events: list[Event] = [corrected(change)]
    events += [
        Conflict(track.camera, rival, track.track_id, track.last_seen_utc_ns, made.correction.bib)
        for rival in change.rivals
        if made.correction.bib is not None
    ]
    tags = [*told]
    known = {tag.track_id for tag in told}
    tags += [
        _tagged(change, one)
        for one in change.tracks
        if one.track_id in change.retagged and one.track_id not in known
    ]
    # Who has lost a bib is told before who has got it.
    return events + sorted(tags, key=lambda tag: (tag.track_id == track.track_id, tag.track_id))


def corrected(change: Change) -> Corrected:
    """The correction as an event."""
    made, track = change.made, change.tracks[0]
    return Corrected(
        track.camera,
        track.track_id,
        track.last_seen_utc_ns,
        made.number,
        made.correction,
        made.by,
        made.at_utc_ns,
        change.tracks,
    )


def _tagged(change: Change, track: Track) -> Tagged:
    """The tag of a track that no race remembers."""
    sight, tag = change.sights[track.track_id], track.tag
    return Tagged(
        track.camera,
        track.track_id,
        sight.frame_index,
        track.last_seen_utc_ns,
        sight.person,
        tag.bib,
        tag.state,
        tag.posterior,
        tag.votes,
        None,
        track.listed,
        change.made.number,
    )
