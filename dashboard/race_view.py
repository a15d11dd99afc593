"""What the dashboard asks of a race besides its events: the past, names, the state of things."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from dashboard.latency.painted import Painted
from stream.judging import JudgeSettings
from stream.store import Counts, Snapshot
from stream.waves import Starts


class Archive(Protocol):
    """The race so far, as `stream.store.Store` and `StoreReader` know it. Safe from any thread."""

    def snapshot(self, limit: int) -> Snapshot:
        """The newest `limit` runners."""

    def counts(self) -> Counts:
        """The race in numbers."""

    def find_image(self, path: str) -> Path | None:
        """The file of a picture by a path that it has or once had.

        Raises:
            ValueError: the path points out of the race folder.
        """


class Entry(Protocol):
    """One runner on the start list; what is empty or None is not known."""

    @property
    def name(self) -> str:
        """First and last name."""

    @property
    def club(self) -> str | None:
        """Club or team."""

    @property
    def category(self) -> str | None:
        """Age group or class."""

    @property
    def wave(self) -> str | None:
        """Starting wave."""

    @property
    def city(self) -> str | None:
        """Town that the runner comes from."""

    @property
    def nation(self) -> str | None:
        """Nation, as the start list writes it."""


class Entries(Protocol):
    """The start list, as `stream.start_list.StartList` knows it."""

    def find(self, bib: str) -> Entry | None:
        """Who wears `bib`; None when the list does not know."""


@dataclass(frozen=True, slots=True)
class NoEntries:
    """A race without a start list."""

    def find(self, bib: str) -> Entry | None:
        """Nobody is known."""
        del bib
        return None


def _no_status() -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class RaceView:
    """What the page shows besides the events.

    Attributes:
        name: the race's name.
        folder: the race folder; pictures are served from its ``pivot`` and ``unknown`` only.
        cameras: names in the order to show them.
        entries: the start list.
        status: JSON-ready. Called from the server's event loop every two seconds for each
            viewer, so it must be quick. The page shows ``cameras``, a list of ``{"name",
            "state", "fps", "dropped", "error", "set_up"}`` in which all but the name may be left
            out; ``set_up`` is what `stream.set_up_meter.SetUp.to_json` makes; the state ``ended``
            says that no more pictures will come.
        time_zone: IANA name of the race's own time; None shows each viewer's local time.
        painted: where viewers' reports of tags that they have painted go.
        starts: of the waves, from which elapsed times are counted.
        legible: what the race takes for a legible number.
    """

    name: str
    folder: Path
    cameras: tuple[str, ...] = ()
    entries: Entries = field(default_factory=NoEntries)
    status: Callable[[], Mapping[str, object]] = _no_status
    time_zone: str | None = None
    painted: Painted = field(default_factory=Painted)
    starts: Starts = field(default_factory=Starts)
    legible: JudgeSettings = field(default_factory=JudgeSettings)
