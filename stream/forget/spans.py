"""Which stretches of recorded video show a runner, and what to keep of a segment. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from stream.clock import SECOND_NS
from stream.forget.belongs import Sight

LEAD_NS = 3 * SECOND_NS
RUN_UP_NS = 8 * SECOND_NS
TAIL_NS = 2 * SECOND_NS
"""As wide as clips are: a runner may be seen before anybody could tell that it was one."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one footage's time, from `from_ns` to before `until_ns`, capture times."""

    footage_id: int
    camera: str
    from_ns: int
    until_ns: int


def spans_of(sights: Iterable[Sight]) -> tuple[Span, ...]:
    """When the tracks are to be seen, generously; what overlaps is one span.

    Tracks of no footage were not filmed and are left out.
    """
    found: list[Span] = []
    for span in sorted(map(_span, sights), key=lambda one: (one.footage_id, one.from_ns)):
        last = found[-1] if found else None
        if span.footage_id < 0:
            continue
        if last is None or last.footage_id != span.footage_id or span.from_ns > last.until_ns:
            found.append(span)
        else:
            found[-1] = replace(last, until_ns=max(last.until_ns, span.until_ns))
    return tuple(found)


def _span(sight: Sight) -> Span:
    from_ns, until_ns = sight.first_utc_ns - LEAD_NS, sight.last_utc_ns
    if sight.crossing_utc_ns is not None:
        from_ns = min(from_ns, sight.crossing_utc_ns - RUN_UP_NS)
        until_ns = max(until_ns, sight.crossing_utc_ns)
    footage_id = -1 if sight.footage_id is None else sight.footage_id
    return Span(footage_id, sight.camera, from_ns, until_ns + TAIL_NS)


def overlap(spans: Iterable[Span], footage_id: int, from_ns: int, until_ns: int) -> list[Span]:
    """The spans that a stretch of the footage's time touches."""
    return [
        one
        for one in spans
        if one.footage_id == footage_id and one.from_ns < until_ns and one.until_ns > from_ns
    ]


def kept_parts(
    first_ns: int, end_ns: int, spans: Sequence[Span], keyframes_ns: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """What is left of a segment when spans are cut out: stretches that begin with a keyframe.

    Args:
        first_ns, end_ns: of the segment.
        spans: of its footage, in order of time, apart from each other.
        keyframes_ns: capture times of the segment's keyframes, rising.
    """
    parts: list[tuple[int, int]] = []
    begin_ns: int | None = keyframes_ns[0] if keyframes_ns else first_ns
    for span in spans:
        if begin_ns is not None and begin_ns < span.from_ns:
            parts.append((begin_ns, min(span.from_ns, end_ns)))
        later = (at_ns for at_ns in keyframes_ns if at_ns >= span.until_ns)
        begin_ns = next(later, None)
    if begin_ns is not None and begin_ns < end_ns:
        parts.append((begin_ns, end_ns))
    return tuple(parts)
