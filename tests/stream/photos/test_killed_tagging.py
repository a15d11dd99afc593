"""A process that dies in the middle of a folder loses nothing that it had finished."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from stream.store import Store
from stream.store.folder import INCOMING
from tests.stream.photos.staged import BIB, PERSON, StagedTagger, line, photo, pictures, shown, tag

ROOT = Path(__file__).parents[3]
REDS = tuple(range(100, 240, 20))


def test_a_killed_run_is_finished_by_the_next(tmp_path: Path) -> None:
    paths = [photo(tmp_path / f"in/{red}.jpg", red) for red in REDS]
    race = tmp_path / "race"
    module = "tests.stream.photos.killed_tagging"
    command = [sys.executable, "-m", module, str(race), str(tmp_path / "in")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for told in child.stdout:
            if int(told) == 3:
                break
        child.send_signal(signal.SIGKILL)
    photos = {red: shown([PERSON, BIB], [line(str(red))]) for red in REDS}
    rest = StagedTagger(photos)
    with Store.open(race) as store:
        known = store.photos.counts().photos
        assert known >= 3
        assert tag(store, rest, paths)[0].new == len(REDS) - known
        assert store.photos.counts().runners == len(REDS)
    assert rest.seen == list(REDS[known:])
    assert pictures(race) == {f"pivot/{red}" for red in REDS}
    assert list((race / INCOMING).iterdir()) == []
