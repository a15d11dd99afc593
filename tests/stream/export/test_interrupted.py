"""An export that is killed goes on where it was, and leaves nothing half written."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stream.export import ExportRace, Outcome
from stream.export.clips.export import ClipOptions, export_clips
from stream.export.manifest import INCOMING, MANIFEST
from tests.stream.export.filmed import Film, Seen, Shot, make_film, make_race, numbers

N_BIBS = 7


@pytest.fixture
def race(tmp_path: Path) -> Path:
    file = make_film(tmp_path / "film.mp4", Film(n=240))
    seen = [Seen(str(100 + n), n + 1.2, n + 2.2) for n in range(N_BIBS)]
    return make_race(tmp_path / "race", [Shot(file, long_s=9.6)], seen)


def killed(race: Path, situation: str) -> list[str]:
    """The bibs that were told to be done before the process died."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.stream.export.exporting_process", str(race), situation],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    lines = []
    if situation == "between two clips":
        lines = [child.stdout.readline().strip() for _ in range(5)]
        child.kill()
    lines += child.stdout.read().split()
    assert child.wait(60) == -signal.SIGKILL
    return lines


@pytest.mark.parametrize(
    "situation",
    [
        "in the middle of a clip",
        "clip whole, not yet in place",
        "clip in place, not yet listed",
        "between two clips",
    ],
)
def test_a_killed_export_goes_on(situation: str, race: Path) -> None:
    done = killed(race, situation)
    assert 3 <= len(done) < N_BIBS
    export = race / "export"
    before = {file.name: file.stat() for file in (export / "clips").glob("*")}
    for name in before:
        assert numbers(export / "clips" / name)  # whatever has its name is whole
    manifest = export / MANIFEST
    rows = json.loads(manifest.read_text())["files"]
    listed = {Path(row["path"]).name for row in rows}
    assert {f"{bib}_finish.mp4" for bib in done} <= listed <= set(before)

    told: list[Outcome] = []
    with ExportRace.open(race) as opened:
        export_clips(opened, opened.reader.tagged_bibs(), ClipOptions(1, 0.5), told.append)
        assert len(opened.manifest.files()) == N_BIBS
    assert all(one.problem is None for one in told)
    assert sum(one.kept for one in told) == len(listed)
    for name in listed:
        after = (export / "clips" / name).stat()
        assert (after.st_ino, after.st_mtime_ns) == (before[name].st_ino, before[name].st_mtime_ns)
    for n in range(N_BIBS):
        shown = [k for _, k in numbers(export / "clips" / f"{100 + n}_finish.mp4")]
        assert shown == list(range(n * 25, n * 25 + 68))
    assert {file.name for file in export.iterdir()} == {"clips", MANIFEST, ".export.lock"}
    assert not (export / INCOMING).exists()


def test_what_was_listed_before_is_not_made_again(race: Path) -> None:
    with ExportRace.open(race) as opened:
        export_clips(opened, ["100", "101"], ClipOptions(1, 0.5), lambda _: None)
    clip = race / "export/clips/100_finish.mp4"
    before = clip.stat().st_ino
    killed(race, "in the middle of a clip")
    assert clip.stat().st_ino == before
