"""How much of it there may be: sizes, how often, and how many requests at a time."""

from __future__ import annotations

import math
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dashboard.refusals import Refusal
from stream.clock import SECOND_NS, monotonic_ns

_MINUTE_NS = 60 * SECOND_NS
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may be, and how many there may be.

    Attributes:
        max_bytes: of one picture, as it is sent.
        max_pixels: of one picture; its header says how many before anything is decoded.
        least_side_px: pictures narrower or lower than this show nobody.
        per_minute: requests of one client, a token or an address.
        at_once: requests of one client.
        waiting: requests of all clients, those that are being received too.
        receive_s: within which a request must have come.
        answer_s: for each picture, within which there is an answer once all has come.
        most_pictures: with which somebody is enrolled.
        max_enrolment_bytes: of all of them together.
    """

    max_bytes: int = 20_000_000
    max_pixels: int = 60_000_000
    least_side_px: int = 16
    per_minute: int = 30
    at_once: int = 2
    waiting: int = 8
    receive_s: float = 30.0
    answer_s: float = 30.0
    most_pictures: int = 10
    max_enrolment_bytes: int = 60_000_000


class Gate:
    """Lets requests in. For one thread, the event loop's.

    Args:
        limits: see there.
        clock: nanoseconds that never step back.
    """

    def __init__(self, limits: Limits, clock: Callable[[], int] = monotonic_ns) -> None:
        self._limits = limits
        self._clock = clock
        self._inside: Counter[str] = Counter()
        self._came: OrderedDict[str, deque[int]] = OrderedDict()

    @contextmanager
    def entered(self, client: str) -> Iterator[None]:
        """Inside while the block runs.

        Raises:
            Refusal: 429 where the client asks too often or too much at once, 503 where too many
                others are waiting; both say when to try again.
        """
        if self._inside.total() >= self._limits.waiting:
            raise later(503, "busy", "too many pictures are waiting", 2)
        if self._inside[client] >= self._limits.at_once:
            n = self._limits.at_once
            raise later(429, "too_many_at_once", f"send {n} pictures at a time", 1)
        self._note(client)
        self._inside[client] += 1
        try:
            yield
        finally:
            self._inside[client] -= 1
            self._inside += Counter()  # leaves out who is not inside

    def _note(self, client: str) -> None:
        now_ns = self._clock()
        times = self._came.setdefault(client, deque(maxlen=self._limits.per_minute))
        if len(times) == self._limits.per_minute and now_ns - times[0] < _MINUTE_NS:
            wait_s = math.ceil((times[0] + _MINUTE_NS - now_ns) / SECOND_NS)
            n = self._limits.per_minute
            raise later(429, "too_often", f"send at most {n} requests in a minute", wait_s)
        times.append(now_ns)
        self._came.move_to_end(client)
        if len(self._came) > _REMEMBERED:
            self._came.popitem(last=False)


def later(status: int, code: str, text: str, wait_s: int) -> Refusal:
    """A refusal that says when to try again, in words and as Retry-After."""
    return Refusal(
        status,
        code,
        f"{text}; try again in {wait_s} s",
        {"seconds": wait_s},
        {"retry-after": str(wait_s)},
    )
