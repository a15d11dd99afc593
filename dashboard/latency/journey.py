"""A tag on its way: which frame brought it about, and when each stage was done with it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from stream.clock import now_ns
from stream.hub import Message
from stream.race import Race
from stream.types import Clock, Closed, Event, Frame, Judged, Look, Tagged

FRAMES_KEPT = 500
"""Frames whose time of being seen is remembered until the looks at them come back."""


@dataclass(frozen=True, slots=True)
class Journey:
    """The stages of one tag, as UTC nanoseconds, up to where it is told.

    Attributes:
        seq: of the tag's message.
        is_first: the track did not have this bib before.
        look_utc_ns: capture of the frame of the look that brought the tag about.
        seen_utc_ns: when the race had seen that frame; None where that is forgotten.
        named_utc_ns: capture of the frame that the event names, the newest seen by then.
        published_utc_ns: when the event was told.
    """

    seq: int
    camera: str
    track_id: int
    bib: str
    is_first: bool
    look_utc_ns: int
    seen_utc_ns: int | None
    named_utc_ns: int
    published_utc_ns: int


class Journeys:
    """Follows tags from the frames to the hub. Used by the race's thread alone.

    As a listener it must stand before the scribe, whose messages come to `told`: the look that
    was judged just before a tag is the one that brought it about.

    Tags of footage have no journey: its capture times lie in the past, or count from zero. Nor
    have corrections, which no frame has brought about.

    Args:
        on_way: gets each journey.
        clock: UTC, nanoseconds.
    """

    def __init__(
        self, on_way: Callable[[Journey], None], clock: Callable[[], int] = now_ns
    ) -> None:
        self._on_way = on_way
        self._clock = clock
        self._seen: OrderedDict[tuple[str, int], int] = OrderedDict()
        self._live: set[str] = set()
        self._look: Look | None = None
        self._bibs: dict[tuple[str, int], set[str]] = {}

    def begin(self, camera: str) -> None:
        """Nothing to prepare."""

    def watch(self, frame: Frame, race: Race) -> None:
        """The race has seen `frame`."""
        del race
        if frame.clock is Clock.FILE:
            return
        self._live.add(frame.camera)
        self._seen[frame.camera, frame.index] = self._clock()
        if len(self._seen) > FRAMES_KEPT:
            self._seen.popitem(last=False)

    def tell(self, event: Event, frame: Frame | None) -> None:
        """Note which look was judged last."""
        del frame
        if isinstance(event, Judged):
            self._look = event.look
        elif isinstance(event, Closed):
            self._bibs.pop((event.camera, event.track_id), None)

    def over(self, camera: str, error: Exception | None) -> None:
        """Nothing to finish."""

    def told(self, message: Message) -> None:
        """`message` was published just now."""
        tag, look = message.event, self._look
        if not isinstance(tag, Tagged) or tag.bib is None or tag.camera not in self._live:
            return
        if tag.correction is not None or look is None or look.track_id != tag.track_id:
            return
        known = self._bibs.setdefault((tag.camera, tag.track_id), set())
        journey = Journey(
            seq=message.seq,
            camera=tag.camera,
            track_id=tag.track_id,
            bib=tag.bib,
            is_first=tag.bib not in known,
            look_utc_ns=look.capture_utc_ns,
            seen_utc_ns=self._seen.get((look.camera, look.frame_index)),
            named_utc_ns=tag.capture_utc_ns,
            published_utc_ns=self._clock(),
        )
        known.add(tag.bib)
        self._on_way(journey)
