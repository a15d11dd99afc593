"""`finishline bench latency`: a camera, a race and a browser, each a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dashboard.latency.browser import watching
from dashboard.latency.camera import read_film
from dashboard.latency.errors import LatencyError
from dashboard.latency.race import LOG, RaceLog
from dashboard.latency.report import LatencyReport, Machine, report
from dashboard.latency.stolen import ticks
from dashboard.processors import count_processors
from engines.simulate import SimulationSettings, plan, write
from engines.simulate.settings import Difficulty
from stream.clock import now_ns, sleep_s

FILM = SimulationSettings(
    runners=24, minutes=2 / 3, width=1920, height=1080, fps=25, difficulty=Difficulty.MEDIUM
)
"""The film without `--video`: 40 seconds of a finish line."""
FILMS = Path(tempfile.gettempdir()) / "finishline-films"
WARM_UP_S = 10.0
"""The first seconds do not count, whatever is counted: a browser that has just opened a page is
busy with itself, and who announces a race has opened it before."""
_END_S = 60.0

Progress = Callable[[int, int], None]


def measure(
    video: Path | None, seconds: float, drawing: Progress, watched: Progress
) -> LatencyReport:
    """Play a film as a camera, run a race on it with a page open, and report.

    Args:
        video: H.264 without B-frames; None draws one, which is kept for the next time.
        seconds: how long the page is watched.
        drawing, watched: told of frames drawn and of seconds watched, done and in all.

    Raises:
        LatencyError, OSError: something is missing, or a process failed; with the mend.
    """
    path = film(drawing) if video is None else video
    frames = read_film(path)
    start_list = path.with_name("start_list.csv")
    with tempfile.TemporaryDirectory(prefix="finishline-latency-") as name:
        folder = Path(name)
        sent = folder / "sent"
        listed = [str(start_list)] if video is None else []
        with _process("camera", [str(path), str(sent)]) as camera:
            race = [camera, str(folder / "race"), *listed]
            with _process("race", race) as page, watching(page):
                sleep_s(WARM_UP_S)
                since_utc_ns, before = now_ns(), ticks()
                for second in range(round(seconds)):
                    sleep_s(1)
                    watched(second + 1, round(seconds))
                until_utc_ns, after = now_ns(), ticks()
        log = RaceLog.read(folder / "race" / LOG).within(since_utc_ns, until_utc_ns)
        moments = [int(line) for line in sent.read_text(encoding="ascii").split()]
    stolen = None if before is None or after is None else after.share_since(before)
    return report(log, moments, float(1000 / frames.fps), Machine(count_processors(), stolen))


def film(drawing: Progress, folder: Path = FILMS, settings: SimulationSettings = FILM) -> Path:
    """The simulated film in `folder`, drawn where it is not there yet."""
    name = (
        f"{settings.runners}-runners-{settings.minutes * 60:.0f}-s-{settings.seed}-"
        f"{settings.width}x{settings.height}-{settings.fps}-{settings.difficulty}"
    )
    # The race file is written last: where it is, the rest is whole.
    if not (folder / name / "race.toml").is_file():
        write(plan(settings, None), folder / name, drawing)
    return folder / name / "video.mp4"


@contextmanager
def _process(what: str, arguments: Sequence[str]) -> Iterator[str]:
    """One of our processes while the block runs; gives the first line that it prints.

    Raises:
        LatencyError: it ended before it printed one, or not as it should.
    """
    command = [sys.executable, "-m", f"dashboard.latency.{what}", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            if not line:
                raise LatencyError(f"the {what} did not begin; its message stands above")
            yield line
        finally:
            process.terminate()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
    if process.returncode != 0:
        raise LatencyError(f"the {what} failed (exit code {process.returncode})")
