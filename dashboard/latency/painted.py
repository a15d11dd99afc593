"""What browsers say of when they have painted a tag, checked and kept: bounded, thread-safe."""

from __future__ import annotations

import contextlib
import itertools
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from dashboard.latency.journey import Journey
from stream.clock import SECOND_NS, now_ns

TARGET_MEDIAN_MS = 400
TARGET_P95_MS = 800
MOST_TAGS = 500
"""The newest tags, of which reports are taken and told."""
WINDOW_S = 300.0
"""Older tags say nothing of how things are now."""
MOST_REPORTERS = 16
"""Viewers who are asked: enough to know, and two hundred would be work."""
LONGEST_S = 60.0
"""A tag that is painted later was not waited for: the page slept, or a clock is wrong."""
MOST_UNCERTAIN_MS = 250.0
"""Half the round trip to a viewer; beyond, a report says nothing against 400 ms."""

_MS_NS = 1_000_000


@dataclass(frozen=True, slots=True)
class Report:
    """What a browser says: the tag `seq` was painted, on the server's clock, more or less.

    Attributes:
        at_utc_ms: milliseconds since 1970.
        uncertainty_ms: the browser's idea of the server's clock may be wrong by so much.
    """

    seq: int
    at_utc_ms: float
    uncertainty_ms: float


@dataclass(frozen=True, slots=True)
class PaintedTag:
    """A tag that somebody has seen. Where several have, the one in the middle counts."""

    journey: Journey
    painted_utc_ns: int
    uncertainty_ms: float

    @property
    def latency_ms(self) -> float:
        """From the capture of the frame that brought it about."""
        return (self.painted_utc_ns - self.journey.look_utc_ns) / _MS_NS


class Reporter:
    """One viewer. It becomes one who reports when it first asks for the time, if there is room."""

    def __init__(self, painted: Painted, number: int) -> None:
        """Made by `Painted.reporter`."""
        self._painted = painted
        self._number = number

    def may_report(self) -> bool:
        """Whether this viewer is one of those who report; asking makes it one if there is room."""
        return self._painted._admit(self._number)

    def report(self, report: Report) -> None:
        """The viewer has painted a tag. What cannot be is left out and counted."""
        self._painted._take(self._number, report)


@dataclass(slots=True)
class _Sent:
    journey: Journey
    reports: dict[int, Report] = field(default_factory=dict)


class Painted:
    """The newest tags with a live capture time, and when they were painted.

    Each viewer's word counts once for a tag, and a tag counts once, with the report in the
    middle (of an even number the earlier one): one viewer on a slow line, or one who lies, does
    not move the figure that the others agree on.

    Args:
        most: tags kept.
        window_s: age from which tags do not count in `summary`, seconds.
        clock: UTC, nanoseconds.
    """

    def __init__(
        self,
        most: int = MOST_TAGS,
        window_s: float = WINDOW_S,
        clock: Callable[[], int] = now_ns,
    ) -> None:
        self._most = most
        self._window_s = window_s
        self._clock = clock
        self._lock = threading.Lock()
        self._sent: OrderedDict[int, _Sent] = OrderedDict()
        self._numbers = itertools.count(1)
        self._reporters: set[int] = set()
        self._left_out = 0

    @property
    def left_out(self) -> int:
        """Reports that were not believed."""
        with self._lock:
            return self._left_out

    def send(self, journey: Journey) -> None:
        """A tag is on its way to the viewers."""
        with self._lock:
            self._sent[journey.seq] = _Sent(journey)
            if len(self._sent) > self._most:
                self._sent.popitem(last=False)

    @contextlib.contextmanager
    def reporter(self) -> Iterator[Reporter]:
        """A viewer, for as long as it is here."""
        with self._lock:
            number = next(self._numbers)
        try:
            yield Reporter(self, number)
        finally:
            with self._lock:
                self._reporters.discard(number)

    def tags(self) -> list[PaintedTag]:
        """The tags that are kept and were painted, in the order in which they were told."""
        with self._lock:
            return [_painted(sent) for sent in self._sent.values() if sent.reports]

    def summary(self) -> dict[str, int] | None:
        """``median_ms``, ``p95_ms`` and ``tags`` of the last minutes; None without any.

        ``target_median_ms`` and ``target_p95_ms`` beside them say what is wanted.
        """
        since_ns = self._clock() - self._window_s * SECOND_NS
        ms = [tag.latency_ms for tag in self.tags() if tag.journey.published_utc_ns >= since_ns]
        if not ms:
            return None
        return {
            "median_ms": round(quantile(ms, 0.5)),
            "p95_ms": round(quantile(ms, 0.95)),
            "tags": len(ms),
            "target_median_ms": TARGET_MEDIAN_MS,
            "target_p95_ms": TARGET_P95_MS,
        }

    def _admit(self, number: int) -> bool:
        with self._lock:
            if len(self._reporters) < MOST_REPORTERS:
                self._reporters.add(number)
            return number in self._reporters

    def _take(self, number: int, report: Report) -> None:
        now = self._clock()
        with self._lock:
            sent = self._sent.get(report.seq)
            fits = sent is not None and _can_be(report, sent.journey, now)
            if sent is None or not fits or number in sent.reports or number not in self._reporters:
                self._left_out += 1
            else:
                sent.reports[number] = report


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` of them, 0..1, do not exceed.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _can_be(report: Report, journey: Journey, now_ns: int) -> bool:
    """Whether a report may be true: after the tag was told, not in the future, not absurd."""
    if not 0 <= report.uncertainty_ms <= MOST_UNCERTAIN_MS:
        return False
    at_ns = round(report.at_utc_ms * _MS_NS)
    slack_ns = round(report.uncertainty_ms * _MS_NS)
    if not journey.published_utc_ns - slack_ns <= at_ns <= now_ns + slack_ns:
        return False
    # A camera whose clock is ahead, or far behind.
    return -slack_ns <= at_ns - journey.look_utc_ns <= LONGEST_S * SECOND_NS


def _painted(sent: _Sent) -> PaintedTag:
    reports = sorted(sent.reports.values(), key=lambda report: report.at_utc_ms)
    middle = reports[(len(reports) - 1) // 2]
    return PaintedTag(sent.journey, round(middle.at_utc_ms * _MS_NS), middle.uncertainty_ms)
