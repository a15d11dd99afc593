"""Slows down who guesses: so many wrong tries an address in so long a time."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict, deque
from collections.abc import Callable

from stream.clock import SECOND_NS, monotonic_ns

MOST_WRONG = 5
WITHIN_S = 60.0
_REMEMBERED = 10_000


class Attempts:
    """Wrong tries by address. For one thread.

    Args:
        most: wrong tries allowed within `within_s`, in seconds.
        clock: nanoseconds that never step back.
    """

    def __init__(
        self,
        most: int = MOST_WRONG,
        within_s: float = WITHIN_S,
        clock: Callable[[], int] = monotonic_ns,
    ) -> None:
        self._most = most
        self._within_ns = round(within_s * SECOND_NS)
        self._clock = clock
        self._wrong: OrderedDict[str, deque[int]] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """How long the address must wait before its next try; 0 when it need not."""
        times = self._wrong.get(_place(address))
        if times is None or len(times) < self._most:
            return 0.0
        return max(0.0, (times[0] + self._within_ns - self._clock()) / SECOND_NS)

    def note_wrong(self, address: str) -> None:
        """The address has tried and was wrong."""
        place = _place(address)
        self._wrong.setdefault(place, deque(maxlen=self._most)).append(self._clock())
        self._wrong.move_to_end(place)
        if len(self._wrong) > _REMEMBERED:
            self._wrong.popitem(last=False)


def _place(address: str) -> str:
    """What one guesser has one of: an IPv4 address, or a network of IPv6 addresses."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
