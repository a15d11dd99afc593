"""The race that is measured: ``python -m dashboard.latency.race URL FOLDER [START_LIST]``.

What ``finishline run URL`` does, with its default settings, in a process of its own: it prints
the page's address and goes on until SIGTERM or SIGINT. Then it writes what it noted to
``latency.json`` in the race folder.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from math import inf
from pathlib import Path

from dashboard.latency.journey import Journey
from dashboard.latency.painted import Painted, PaintedTag
from dashboard.running import RaceRun
from stream.clock import now_ns
from stream.config import CameraEntry, DashboardSettings, RaceFile
from stream.race import Race
from stream.sources.port import Speed
from stream.types import Clock, Event, Frame, Judged

LOG = "latency.json"
MOST_TAGS = 100_000


@dataclass(frozen=True, slots=True)
class RaceLog:
    """What a measured race noted; all times UTC nanoseconds.

    Attributes:
        tags: those that the page has painted.
        frames: (capture, seen by the race, whether the capture time is the camera's own), of
            each frame that the race has seen.
        dropped: (when it was noticed, how many) of frames that it has not.
        looks: (capture of the look's frame, the reason why it did not count, "counted" where it
            did) of each look that was judged.
        left_out: (when it was noticed, how many) of reports that were not believed.
    """

    tags: tuple[PaintedTag, ...]
    frames: tuple[tuple[int, int, bool], ...]
    dropped: tuple[tuple[int, int], ...]
    looks: tuple[tuple[int, str], ...]
    left_out: tuple[tuple[int, int], ...]

    def within(self, since_utc_ns: int, until_utc_ns: int) -> RaceLog:
        """What lies in a span, its end left out: frames, looks and tags by capture."""

        def has(moment_ns: int) -> bool:
            return since_utc_ns <= moment_ns < until_utc_ns

        return RaceLog(
            tuple(tag for tag in self.tags if has(tag.journey.look_utc_ns)),
            tuple(frame for frame in self.frames if has(frame[0])),
            tuple(some for some in self.dropped if has(some[0])),
            tuple(look for look in self.looks if has(look[0])),
            tuple(some for some in self.left_out if has(some[0])),
        )

    def write(self, path: Path) -> None:
        """Write it down as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> RaceLog:
        """What `write` has written."""
        told = json.loads(path.read_text(encoding="utf-8"))
        tags = [
            PaintedTag(Journey(**tag["journey"]), tag["painted_utc_ns"], tag["uncertainty_ms"])
            for tag in told["tags"]
        ]
        return cls(
            tuple(tags),
            tuple((capture, seen, own) for capture, seen, own in told["frames"]),
            tuple((at, n) for at, n in told["dropped"]),
            tuple((capture, became) for capture, became in told["looks"]),
            tuple((at, n) for at, n in told["left_out"]),
        )


@dataclass(slots=True)
class Growth:
    """When a number that only grows was seen to have grown, UTC nanoseconds, and by how much.

    Args:
        total: asks for the number, which was 0 at first.
    """

    total: Callable[[], int]
    steps: list[tuple[int, int]] = field(default_factory=list)
    _known: int = 0

    def look(self, utc_ns: int) -> None:
        """Note what has been added since the last look."""
        total = self.total()
        if total > self._known:
            self.steps.append((utc_ns, total - self._known))
            self._known = total


@dataclass(slots=True)
class Witness:
    """Notes when the race saw each frame, and what became of its looks.

    Attributes:
        growths: looked at with each frame.
    """

    frames: list[tuple[int, int, bool]] = field(default_factory=list)
    looks: list[tuple[int, str]] = field(default_factory=list)
    growths: tuple[Growth, ...] = ()

    def begin(self, camera: str) -> None:
        """Nothing to prepare."""

    def watch(self, frame: Frame, race: Race) -> None:
        """The race has seen `frame`."""
        del race
        now = now_ns()
        self.frames.append((frame.capture_utc_ns, now, frame.clock is Clock.RTCP))
        for growth in self.growths:
            growth.look(now)

    def tell(self, event: Event, frame: Frame | None) -> None:
        """Note looks."""
        del frame
        if isinstance(event, Judged):
            became = "counted" if event.reason is None else event.reason.value
            self.looks.append((event.look.capture_utc_ns, became))

    def over(self, camera: str, error: Exception | None) -> None:
        """Nothing to finish."""


def run(url: str, folder: Path, start_list: Path | None) -> None:
    """Run until told to stop."""
    race_file = RaceFile(
        "Latency",
        (CameraEntry("camera", url),),
        start_list=start_list,
        dashboard=DashboardSettings(port=0),
    )
    witness, painted = Witness(), Painted(MOST_TAGS, inf)
    race = RaceRun(
        race_file,
        folder,
        Speed.REAL_TIME,
        serve=True,
        told=lambda message: None,
        listeners=[witness],
        painted=painted,
    )
    counts = race.pipeline.counts
    dropped = Growth(lambda: sum(count.dropped for count in counts().values()))
    left_out = Growth(lambda: painted.left_out)
    witness.growths = dropped, left_out
    try:
        print(race.url, flush=True)
        race.run()
        RaceLog(
            tuple(painted.tags()),
            tuple(witness.frames),
            tuple(dropped.steps),
            tuple(witness.looks),
            tuple(left_out.steps),
        ).write(folder / LOG)
    finally:
        race.close()


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]) if sys.argv[3:] else None)
