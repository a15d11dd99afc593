"""A simulated race as a source: drawn on the fly, nothing is written."""

from __future__ import annotations

from collections.abc import Iterator

from engines.picture import RgbPicture
from engines.simulate import (
    Difficulty,
    SimulationError,
    SimulationSettings,
    plan,
    usual_neighbours,
)
from stream.clock import SECOND_NS
from stream.graph import LIVE_BUFFERS
from stream.sources.address import Address
from stream.sources.pacing import Pacer
from stream.sources.port import SourceError, SourceOptions, SourceStatus, Speed
from stream.sources.produced import Production
from stream.types import Clock, Frame

NUMBERS = ("runners", "seed", "width", "height", "fps", "neighbours", "absent")


class SimulatedSource:
    """A `Source` that draws runners.

    In real time, frames that come up faster than this machine can draw are left out and
    counted as dropped: the race keeps its pace.

    Args:
        camera: name on every frame.
        settings: what to draw.
        speed: real time, or as fast as it can be drawn.
        start_utc_ns: capture time of the first frame.
    """

    def __init__(
        self, camera: str, settings: SimulationSettings, speed: Speed, start_utc_ns: int = 0
    ) -> None:
        self.camera = camera
        self.live = speed is Speed.REAL_TIME
        self._settings = settings
        self._start_utc_ns = start_utc_ns
        self._left_out = 0
        self._production = Production(camera, self.live, self._work)

    def frames(self) -> Iterator[Frame]:
        """See `Source.frames`."""
        return self._production.frames()

    def close(self) -> None:
        """See `Source.close`."""
        self._production.close()

    def status(self) -> SourceStatus:
        """See `Source.status`."""
        production, settings = self._production, self._settings
        return SourceStatus(
            camera=self.camera,
            state=production.state or "not begun",
            frames=production.delivered,
            dropped=production.feed.dropped + self._left_out,
            fps=float(settings.fps),
            width=settings.width,
            height=settings.height,
            decoder="simulation",
            duration_ns=round(settings.minutes * 60 * SECOND_NS),
            nominal_fps=float(settings.fps),
        )

    def _work(self) -> None:
        """The thread: draws to the end."""
        production = self._production
        simulation = plan(self._settings)
        pacer = Pacer(production.stop)
        late_limit_ns = LIVE_BUFFERS * SECOND_NS // self._settings.fps
        for k in range(simulation.frames):
            if production.stop.is_set():
                return
            pts_ns = k * SECOND_NS // self._settings.fps
            # The first frame is drawn before the race begins: it takes seconds.
            if self.live and k > 0 and pacer.late_ns(pts_ns) > late_limit_ns:
                self._left_out += 1
                continue
            picture = RgbPicture(simulation.render(k))
            if self.live and pacer.wait(pts_ns):
                return
            production.state = "playing"
            utc_ns = self._start_utc_ns + pts_ns
            if not production.feed.put(Frame(self.camera, k, pts_ns, utc_ns, Clock.FILE, picture)):
                return


def simulated_source(camera: str, place: Address, options: SourceOptions) -> SimulatedSource:
    """The simulation behind ``sim://?runners=40&minutes=1&seed=7&difficulty=easy``.

    Raises:
        SourceError: a setting is unknown or out of range.
    """
    settings = settings_of(place)
    return SimulatedSource(camera, settings, options.speed, options.start_utc_ns or 0)


def settings_of(place: Address) -> SimulationSettings:
    """What the query asks for; the simulator's own defaults fill the rest."""
    place.allow(*NUMBERS, "minutes", "difficulty")
    usual = SimulationSettings()
    query = dict(place.query)
    whole = {name: int(place.number(name, getattr(usual, name))) for name in NUMBERS}
    if "neighbours" not in query:
        whole["neighbours"] = usual_neighbours(whole["runners"])
    try:
        return SimulationSettings(
            runners=whole["runners"],
            minutes=place.number("minutes", usual.minutes),
            seed=whole["seed"],
            width=whole["width"],
            height=whole["height"],
            fps=whole["fps"],
            difficulty=Difficulty(query.get("difficulty", usual.difficulty.value)),
            neighbours=whole["neighbours"],
            absent=whole["absent"],
        )
    except (SimulationError, ValueError) as error:
        raise SourceError(f"{place.label}: {error}") from error
