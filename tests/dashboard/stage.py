from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from dashboard.app import create_app
from dashboard.race_view import RaceView
from dashboard.server import Server
from stream.hub import Hub
from stream.waves import Starts
from tests.dashboard.fakes import FakeEntries, FakeRace, entries

PATIENCE_MS = 30_000
"""Nothing takes so long but on a machine that is busy with something else."""

RUNNERS = entries(
    ("101", "Anna", "Meier", "TV Nord"),
    ("7", "Jo", "Li", ""),
    ("1432", "Maximilian-Alexander", "von Hohenstein-Oberwalden", "Laufgemeinschaft " * 5),
)


class Stage:
    """A race, its page, and a server that can fall and rise."""

    def __init__(
        self,
        folder: Path,
        names: FakeEntries = RUNNERS,
        status: Mapping[str, object] | None = None,
        starts: Starts = Starts(),  # noqa: B008 - frozen
    ) -> None:
        self.race = FakeRace(folder)
        self.view = RaceView(
            name="City run",
            folder=folder,
            cameras=("finish",),
            entries=names,
            status=lambda: status or {},
            time_zone="UTC",
            starts=starts,
        )
        self.rise()

    def rise(self, port: int = 0) -> None:
        self.app = create_app(self.race.hub, self.race.archive, self.view)
        self.serve(port)

    def serve(self, port: int) -> None:
        self.server = Server(self.app, port=port)
        self.url = self.server.start()
        self.port = self.server.address[1]

    def begin_anew(self) -> None:
        """A new process: the archive is still there, the hub's memory is gone."""
        self.race.hub = Hub(first_seq=self.race.archive.seq + 1)


def bibs(page: Page) -> list[str]:
    return page.locator("#runners .digits").all_inner_texts()


def visit(page: Page, stage: Stage) -> None:
    """Open the page; what happens from now on is news to it."""
    page.goto(stage.url)
    expect(page.locator("#line")).to_have_attribute("data-state", "live")
    # It is greeted first, then told the past, and only then does it follow the race.
    assert wait_for(lambda: stage.race.hub.wants_previews("finish"))


def row(page: Page, bib: str) -> Locator:
    return page.locator(f'#runners .runner[data-bib="{bib}"]')


def wait_for(what: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_MS / 1000
    while not what() and time.monotonic() < end:
        time.sleep(0.02)
    return what()
