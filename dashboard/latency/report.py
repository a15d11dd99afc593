"""The figures of a measurement: pure, from what the race, the camera and the page have noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from dashboard.latency.painted import TARGET_MEDIAN_MS, TARGET_P95_MS, PaintedTag, quantile
from dashboard.latency.race import RaceLog

FRAMES_ASTRAY = 50
"""So many frames up or down the camera's log are tried to find the one that was seen."""

_MS_NS = 1_000_000


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds of `n` measurements."""

    median_ms: float
    p95_ms: float
    n: int

    def __str__(self) -> str:
        return f"median {self.median_ms:.0f} ms, p95 {self.p95_ms:.0f} ms, n {self.n}"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the race's capture times lie from the moments of sending, milliseconds.

    Attributes:
        median_ms: positive where the race believes frames to be younger than they are.
        spread_ms: half of the frames lie within so much of the median. Of the right pairs of
            frames it is far below the camera's jitter.
        frames: compared.
    """

    median_ms: float
    spread_ms: float
    frames: int

    def __str__(self) -> str:
        return (
            f"{self.median_ms:+.2f} ms from the moments of sending, give or take "
            f"{self.spread_ms:.2f} ms, {self.frames} frames"
        )


@dataclass(frozen=True, slots=True)
class Machine:
    """What a measurement ran on.

    Attributes:
        cores: that all of it ran on.
        stolen: share of the wanted processor time that the host gave to others, 0..1; None where
            the system does not tell. Above a few hundredths the figures say little.
    """

    cores: int
    stolen: float | None

    def __str__(self) -> str:
        if self.stolen is None:
            return f"{self.cores} cores"
        return f"{self.cores} cores, {self.stolen:.0%} of their time taken by the host for others"


@dataclass(frozen=True, slots=True)
class LatencyReport:
    """What was measured.

    Attributes:
        tags: from the capture of the frame that brought a tag about to the tag on the screen.
        first_tags: the same of the tags that gave a track a bib it did not have.
        named: from the capture of the frame that the event names, the newest seen by then.
        seen, told, painted: the stages: capture to seen by the race, seen to told (waiting for
            the reader and reading), told to painted.
        all_frames: capture to seen by the race, of all frames and not only of those that were
            read.
        agreement: of capture times with the camera's log; None where the camera has sent no
            report in time.
        uncertainty_ms: the largest of the browser's idea of the race's clock.
        looks: by what became of them.
        left_out: reports that were not believed.
        machine: that all of it ran on.
    """

    tags: Figures | None
    first_tags: Figures | None
    named: Figures | None
    seen: Figures | None
    told: Figures | None
    painted: Figures | None
    all_frames: Figures | None
    frames: int
    dropped: int
    agreement: Agreement | None
    uncertainty_ms: float
    looks: dict[str, int]
    left_out: int
    machine: Machine

    @property
    def reached(self) -> bool:
        """Whether both targets are."""
        tags = self.tags
        return (
            tags is not None and tags.median_ms <= TARGET_MEDIAN_MS and tags.p95_ms <= TARGET_P95_MS
        )

    def to_json(self) -> dict[str, object]:
        """As values for JSON, with the targets."""
        return {
            **asdict(self),
            "target_median_ms": TARGET_MEDIAN_MS,
            "target_p95_ms": TARGET_P95_MS,
            "reached": self.reached,
        }

    def __str__(self) -> str:
        rows: list[tuple[str, object]] = [
            ("capture to painted", self.tags or "no tag was painted"),
            ("  first of a runner", self.first_tags or "none"),
            ("  from frame named", self.named or "none"),
            ("capture to seen", self.seen or "none"),
            ("seen to told", self.told or "none"),
            ("told to painted", self.painted or "none"),
            ("all frames, to seen", self.all_frames or "none"),
            ("frames", f"{self.frames} seen, {self.dropped} dropped"),
            ("looks", ", ".join(f"{what} {n}" for what, n in self.looks.items()) or "none"),
            ("capture times", self.agreement or "not the camera's own: no sender report"),
            ("browser's clock", f"within {self.uncertainty_ms:.1f} ms"),
            ("reports left out", self.left_out),
            ("machine", self.machine),
            (
                "target",
                f"median {TARGET_MEDIAN_MS} ms, p95 {TARGET_P95_MS} ms: "
                + ("reached" if self.reached else "NOT reached"),
            ),
        ]
        return "\n".join(f"{name:<20} {value}" for name, value in rows)


def report(log: RaceLog, sent: Sequence[int], period_ms: float, machine: Machine) -> LatencyReport:
    """Work out the figures.

    Args:
        log: of the race, of the measured span alone.
        sent: when the camera sent each frame, UTC ns, in order.
        period_ms: from one frame to the next.
        machine: that everything ran on.
    """
    tags = log.tags
    return LatencyReport(
        tags=_figures(tags, lambda t: t.latency_ms),
        first_tags=_figures([t for t in tags if t.journey.is_first], lambda t: t.latency_ms),
        named=_figures(tags, lambda t: (t.painted_utc_ns - t.journey.named_utc_ns) / _MS_NS),
        seen=_figures(tags, lambda t: _between(t.journey.look_utc_ns, t.journey.seen_utc_ns)),
        told=_figures(tags, lambda t: _between(t.journey.seen_utc_ns, t.journey.published_utc_ns)),
        painted=_figures(tags, lambda t: _between(t.journey.published_utc_ns, t.painted_utc_ns)),
        all_frames=_of([(seen - capture) / _MS_NS for capture, seen, _ in log.frames]),
        frames=len(log.frames),
        dropped=sum(n for _, n in log.dropped),
        agreement=agreement([capture for capture, _, own in log.frames if own], sent, period_ms),
        uncertainty_ms=max((tag.uncertainty_ms for tag in tags), default=0.0),
        looks=dict(Counter(became for _, became in log.looks).most_common()),
        left_out=sum(n for _, n in log.left_out),
        machine=machine,
    )


def agreement(captured: Sequence[int], sent: Sequence[int], period_ms: float) -> Agreement | None:
    """Hold capture times against the moments of sending.

    Which frame is which is not told; but the camera sends each frame up to some milliseconds late,
    differently each time, and capture times follow that only where frames are paired rightly.
    So of all ways to pair them, some frames up or down, the one with the least spread is right.

    Args:
        captured: UTC ns in order; frames may be missing.
        sent: UTC ns in order; none is missing.
        period_ms: from one frame to the next.
    """
    if not captured or not sent:
        return None
    period_ns = period_ms * _MS_NS
    steps = [round((moment - captured[0]) / period_ns) for moment in captured]
    nearest = min(range(len(sent)), key=lambda row: abs(sent[row] - captured[0]))
    found: list[Agreement] = []
    for astray in range(-FRAMES_ASTRAY, FRAMES_ASTRAY + 1):
        rows = [nearest + astray + step for step in steps]
        apart = [
            (moment - sent[row]) / _MS_NS
            for moment, row in zip(captured, rows, strict=True)
            if 0 <= row < len(sent)
        ]
        if len(apart) > len(captured) / 2:
            middle = median(apart)
            spread = median(abs(one - middle) for one in apart)
            found.append(Agreement(middle, spread, len(apart)))
    return min(found, key=lambda one: one.spread_ms, default=None)


def _between(begin_ns: int | None, end_ns: int | None) -> float | None:
    return None if begin_ns is None or end_ns is None else (end_ns - begin_ns) / _MS_NS


def _figures(
    tags: Sequence[PaintedTag], of: Callable[[PaintedTag], float | None]
) -> Figures | None:
    return _of([ms for ms in map(of, tags) if ms is not None])


def _of(ms: Sequence[float]) -> Figures | None:
    if not ms:
        return None
    return Figures(round(quantile(ms, 0.5), 1), round(quantile(ms, 0.95), 1), len(ms))
