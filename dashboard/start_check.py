"""What is odd about the starts of a race file: before the race, and while runners arrive."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard.race_view import Entries
from stream.export.times import has_date, moment_text
from stream.hub import Message
from stream.start_list import Entry
from stream.types import Closed, Crossed, State, Tagged
from stream.waves import Starts, wave_key

_SURE = frozenset({State.CONFIRMED, State.CORRECTED})


def start_warnings(starts: Starts, entries: Iterable[Entry]) -> list[str]:
    """What does not fit between the race file's starts and the waves of the start list.

    A wave in ``[waves]`` that nobody runs in is most likely written otherwise in the start list.
    """
    listed = {wave_key(entry.wave): entry.wave for entry in entries}
    told = [
        f"[waves] {wave}: nobody on the start list is in this wave; "
        f"its waves are {', '.join(sorted(filter(None, listed.values()))) or 'not named'}"
        for wave in starts.waves
        if listed and wave_key(wave) not in listed
    ]
    without = sorted(wave for wave in listed.values() if starts and starts.of(wave) is None)
    if without:
        named = ", ".join(wave or "no wave" for wave in without)
        told.append(f"no elapsed time for {named}: give a start under [waves], or 'gun' for all")
    return told


class StartCheck:
    """Notices, once for each wave, who crosses the line before the wave has started."""

    def __init__(self, starts: Starts, entries: Entries) -> None:
        self._starts = starts
        self._entries = entries
        self._bibs: dict[int, str] = {}
        self._crossings: dict[int, int] = {}
        self._told: set[int] = set()

    def heard(self, message: Message) -> str | None:
        """Take one message in order; a warning where there is one to give."""
        event = message.event
        match event:
            case Tagged():
                self._bibs.pop(event.track_id, None)
                if event.bib is not None and event.state in _SURE:
                    self._bibs[event.track_id] = event.bib
            case Crossed():
                self._crossings[event.track_id] = event.capture_utc_ns
            case Closed():
                self._bibs.pop(event.track_id, None)
                self._crossings.pop(event.track_id, None)
            case _:
                return None
        return self._judged(event.track_id)

    def _judged(self, track_id: int) -> str | None:
        bib, crossing = self._bibs.get(track_id), self._crossings.get(track_id)
        # Footage without a date has no elapsed time, and nothing is wrong with the starts.
        if bib is None or crossing is None or not has_date(crossing):
            return None
        entry = self._entries.find(bib)
        wave = (entry.wave if entry is not None else None) or ""
        start = self._starts.of(wave)
        if start is None or start <= crossing or start in self._told:
            return None
        self._told.add(start)
        return (
            f"bib {bib} crossed at {moment_text(crossing)}, before the start "
            f"{f'of wave {wave} ' if wave else ''}at {moment_text(start)}: no elapsed time is "
            "shown. Is the start in the race file right, and the camera's clock?"
        )
