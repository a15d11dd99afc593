"""Serves a small race until it is killed: ``racer FOLDER PORT PAST NEW``, prints its port."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from dashboard.app import create_app
from dashboard.race_view import RaceView
from dashboard.server import Server
from stream.hub import Hub
from tests.dashboard.fakes import FakeRace


def main(folder: Path, port: int, past: int, new: int) -> None:
    race = FakeRace(folder)
    for track_id in range(1, past + 1):
        race.runner(track_id, str(100 + track_id))
    # What came before is in the archive only, as after any start.
    race.hub = Hub(first_seq=race.archive.seq + 1)
    for track_id in range(past + 1, past + new + 1):
        race.runner(track_id, str(100 + track_id))
    server = Server(create_app(race.hub, race.archive, RaceView("City run", folder)), port=port)
    server.start()
    print(server.address[1], flush=True)
    time.sleep(300)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(word) for word in sys.argv[2:5]))
