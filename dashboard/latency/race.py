"""The race that is measured: ``python -m dashboard.latency.race URL FOLDER [START_LIST]``.

What ``finishline run URL`` does, with its default settings, in a process of its own: it prints
the page's address and goes on until SIGTERM or SIGINT. Then it writes what it noted to
``latency.json`` in the race folder.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
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
        dropped: frames that it has not.
        looks: judged, by the reason why they did not count ("counted" where they did).
        left_out: reports that were not believed.
    """

    tags: tuple[PaintedTag, ...]
    frames: tuple[tuple[int, int, bool], ...]
    dropped: int
    looks: dict[str, int]
    left_out: int

    def since(self, utc_ns: int) -> RaceLog:
        """The same without the tags of earlier looks."""
        return replace(self, tags=tuple(t for t in self.tags if t.journey.look_utc_ns >= utc_ns))

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
        frames = tuple((capture, seen, own) for capture, seen, own in told["frames"])
        return cls(tuple(tags), frames, told["dropped"], told["looks"], told["left_out"])


@dataclass(slots=True)
class Witness:
    """Notes when the race saw each frame, and what became of its looks."""

    frames: list[tuple[int, int, bool]] = field(default_factory=list)
    looks: Counter[str] = field(default_factory=Counter)

    def begin(self, camera: str) -> None:
        """Nothing to prepare."""

    def watch(self, frame: Frame, race: Race) -> None:
        """The race has seen `frame`."""
        del race
        self.frames.append((frame.capture_utc_ns, now_ns(), frame.clock is Clock.RTCP))

    def tell(self, event: Event, frame: Frame | None) -> None:
        """Count looks."""
        del frame
        if isinstance(event, Judged):
            self.looks["counted" if event.reason is None else event.reason.value] += 1

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
    try:
        print(race.url, flush=True)
        race.run()
        dropped = sum(count.dropped for count in race.pipeline.counts().values())
        frames, tags = tuple(witness.frames), tuple(painted.tags())
        log = RaceLog(tags, frames, dropped, dict(witness.looks), painted.left_out)
        log.write(folder / LOG)
    finally:
        race.close()


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]) if sys.argv[3:] else None)
