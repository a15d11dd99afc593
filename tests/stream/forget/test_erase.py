"""A runner is erased from a real race folder: rows, pictures, exports, video; others stay."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from stream.export import ExportError, ExportRace
from stream.export.tables.export import export_tables
from stream.forget import erase
from stream.forget.erase import forget
from stream.forget.errors import ForgetError
from stream.forget.planning import Asked, look
from stream.store import RaceFolderInUse, StartListRow, Store
from stream.types import Correction, CorrectionKind, State
from tests.stream.export.filmed import numbers
from tests.stream.forget.folders import (
    BIB,
    LATER,
    NAME,
    OTHER,
    OTHER_NAME,
    OTHERS,
    WRONG,
    at,
    digest,
    make_folder,
    receipt_of,
    rows,
    table,
    telling,
)

EKSTROM = "Ekstr"
LEFT = {"uploads/both.jpg", "uploads/waits.jpg", "uploads/unreadable/broken.jpg"}
"""Uploads that show others, too, or of which nobody knows whom they show."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("made") / "race")


@pytest.fixture
def race(made: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "race"
    shutil.copytree(made, folder)
    return folder


def asked(folder: Path, bib: str = BIB, footage: bool = False) -> Asked:
    return Asked(folder, bib, footage, "Dora", at(5000))


def test_the_folder_of_the_test_tells_the_name_in_many_places(race: Path) -> None:
    found = telling(race, EKSTROM)
    assert {"race.db", "export/results.csv", "export/manifest.json", "export/index.html"} <= {
        *found
    }
    assert any(path.startswith("export/clips/") for path in found)
    # The page of the runner behind names whoever came in before.
    assert any(path.startswith(f"export/runners/{OTHER}") for path in found)


def test_nothing_in_the_folder_tells_the_name_afterwards(race: Path) -> None:
    done = forget(asked(race))
    assert telling(race, EKSTROM) == []
    assert telling(race, "Ann-Sofie") == []
    assert not list((race / "pivot").glob(f"{BIB}*"))
    assert not any(BIB in path for path in digest(race))
    assert done.receipt is not None and NAME not in done.receipt.text


def test_what_is_of_the_runner_is_gone_and_what_is_not_stays(race: Path) -> None:
    forget(asked(race))
    for kind in ("tracks", "tags", "looks", "crossings", "images"):
        found = {row[0] for row in rows(race, f"SELECT DISTINCT track_id FROM {kind}")}
        assert found <= {OTHERS, LATER, WRONG}, kind
    assert rows(race, "SELECT bib FROM entries") == [(OTHER,)]
    assert rows(race, "SELECT bib FROM photo_sightings") == [(OTHER,), (OTHER,)]
    assert rows(race, "SELECT track_id, sighting, person FROM templates ORDER BY id") == [
        (OTHERS, None, None),
        (None, 2, None),
        (None, None, 2),
        (None, None, 3),
    ]
    assert rows(race, "SELECT bib FROM assignments") == [(OTHER,)]
    assert rows(race, "SELECT track_id, bib FROM negative_pairs") == [(LATER, OTHER)]
    assert rows(race, "SELECT name FROM people") == [("Cy Berg",), (OTHER_NAME,)]
    assert rows(race, "SELECT kind, track_id, bib FROM corrections") == [("bib", LATER, "78")]
    assert rows(race, "SELECT DISTINCT track_id FROM events WHERE kind = 'conflict'") == []
    assert rows(race, "PRAGMA integrity_check") == [("ok",)]
    assert {path.name for path in (race / "unknown").iterdir()} == {str(WRONG)}
    assert {path.name for path in (race / "pivot").iterdir()} == {OTHER, "78"}
    assert (race / "video/finish/1.mp4").is_file()
    assert [row["text"] for row in table(race / "photos/tags.csv")] == [OTHER, OTHER]
    assert {path for path in digest(race) if path.startswith("uploads/")} == LEFT
    assert rows(race, "SELECT number FROM photos ORDER BY number") == [(1,), (2,), (4,), (5,)]
    exported = {path for path in digest(race / "export") if not path.startswith(".")}
    assert {path for path in exported if path.endswith((".mp4", ".jpg"))} == {
        "clips/77_Bo-Lind_finish.mp4",
        "stills/77_Bo-Lind_finish-1.jpg",
        "clips/78_finish.mp4",
    }
    assert not any(path.endswith((".html", ".csv", ".lif")) for path in exported)


def test_others_stand_as_before_and_can_be_corrected_on(race: Path) -> None:
    with Store.open(race) as store:
        before = {one: store.runner(one) for one in (OTHERS, LATER)}
        last = store.last_seq()
    forget(asked(race))
    with Store.open(race) as store:
        assert {one: store.runner(one) for one in (OTHERS, LATER)} == before
        wrong = store.runner(WRONG)
        assert wrong is not None and wrong.bib is None
        # Numbers of messages go on behind those that were erased.
        assert store.last_seq() == last
        [made] = store.corrections()
        store.correct(Correction(CorrectionKind.UNDO, LATER, undone=made.number), "Carla", at(200))
        later = store.runner(LATER)
        assert later is not None and (later.bib, later.state) == ("7", State.SEEN)


def test_the_receipt_tells_what_went_and_what_stays(race: Path) -> None:
    (race / "start_list.csv").write_text(f"bib;last;first\n{BIB};{NAME}\n", encoding="utf-8")
    (race / "notes.txt").write_text(f"{NAME} has asked to be forgotten\n", encoding="utf-8")
    forget(asked(race))
    told = receipt_of(race)
    assert (told["bib"], told["by"], told["footage"]) == (BIB, "Dora", False)
    erased = told["erased"]
    assert isinstance(erased, dict)
    assert (erased["tracks"], erased["photo_sightings"], erased["people"]) == (2, 5, 1)
    assert (erased["picture_files"], erased["uploads"]) == (6, 2)
    assert erased["exported"]["clip"] == 1
    stays = " ".join(map(str, told["stays"])) if isinstance(told["stays"], list) else ""
    assert "uploads/both.jpg" in stays and "2 photos sent through the page wait" in stays
    assert "uploads/alone.jpg" not in stays and "/photos/elsewhere.jpg" in stays
    assert "/photos/0.jpg" in stays and "notes.txt" in stays and "--footage" in stays
    # What people have written themselves is theirs to mend; it is named.
    assert telling(race, NAME) == ["notes.txt", "start_list.csv"]
    [text] = (race / "forgotten").glob("*.txt")
    assert "asked for by Dora" in text.read_text(encoding="utf-8")


def test_a_later_start_list_brings_no_name_back(race: Path) -> None:
    forget(asked(race))
    with Store.open(race) as store:
        store.replace_start_list([StartListRow(BIB, NAME), StartListRow("80", "Di Ask")])
        assert [row.bib for row in store.start_list()] == ["80"]
    assert telling(race, EKSTROM) == []


def test_an_export_afterwards_knows_the_others_only(race: Path) -> None:
    forget(asked(race))
    with ExportRace.open(race) as opened:
        export_tables(opened, None)
    assert [row["bib"] for row in table(race / "export/results.csv")] == [OTHER, "78"]


def test_a_look_changes_no_byte(race: Path) -> None:
    before = digest(race)
    found = look(asked(race, footage=True))
    assert found.work.rows["tracks"] == 2 and not found.work.is_nothing
    assert digest(race) == before


@pytest.mark.parametrize(
    ("bib", "said"),
    [
        pytest.param("4711", "of bib 4711: no runner, photo or entry has it", id="nobody's"),
        pytest.param("··", "has no letter or digit", id="no bib"),
    ],
)
def test_a_bib_that_cannot_be_forgotten(bib: str, said: str, race: Path) -> None:
    before = digest(race)
    for ask in (look, forget):
        with pytest.raises(ForgetError, match=said):
            ask(asked(race, bib))
    assert {path: one for path, one in digest(race).items() if path != "race.db"} == {
        path: one for path, one in before.items() if path != "race.db"
    }


def test_a_running_race_is_left_alone(race: Path) -> None:
    with Store.open(race):
        before = digest(race / "pivot")
        with pytest.raises(RaceFolderInUse, match="being written to by another"):
            forget(asked(race))
        assert digest(race / "pivot") == before


def test_a_second_time_there_is_nothing_left(race: Path) -> None:
    forget(asked(race))
    assert look(asked(race)).forgotten
    assert forget(asked(race)).receipt is None
    assert len(list((race / "forgotten").iterdir())) == 2


def shown(folder: Path) -> list[int]:
    """Numbers of all frames in the recorded video, as the database finds them."""
    found = []
    for path, deleted in rows(folder, "SELECT path, deleted FROM segments ORDER BY first_utc_ns"):
        assert not deleted
        found += [number for _, number in numbers(folder / str(path))]
    return found


def test_footage_is_cut_out_wider_than_the_runner_was_seen(race: Path) -> None:
    assert shown(race) == list(range(1000))
    forget(asked(race, footage=True))
    # Seen from 12 s, over the line at 15 s: 8 s before that (7 s) to 2 s after 16 s, a keyframe.
    left = shown(race)
    assert left == [*range(175), *range(450, 1000)]
    on_disk = {f"video/finish/{path.name}" for path in (race / "video/finish").iterdir()}
    assert on_disk == {row[0] for row in rows(race, "SELECT path FROM segments")}
    for path, first_ns, end_ns, n_bytes in rows(
        race, "SELECT path, first_utc_ns, end_utc_ns, n_bytes FROM segments"
    ):
        times = numbers(race / str(path))
        first = at(times[0][1] / 25)
        assert abs(int(str(first_ns)) - first) < 2_000_000
        assert abs(int(str(end_ns)) - at((times[-1][1] + 1) / 25)) < 2_000_000
        assert n_bytes == (race / str(path)).stat().st_size
    told = receipt_of(race)
    cut = told["video_cut"]
    assert isinstance(cut, list) and sum(one["seconds"] for one in cut) == pytest.approx(
        11, abs=0.2
    )
    # Who was in view then has no clip any more that shows the runner, too.
    assert not (race / "export/clips/77_Bo-Lind_finish.mp4").exists()
    assert (race / "export/clips/78_finish.mp4").exists()
    assert OTHER in str(told["stays"])


def test_whoever_reads_all_the_time_holds_it_up_and_the_next_run_finishes(
    race: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase, "BUSY_MS", 100)
    with Store.open(race):
        pass
    with closing(sqlite3.connect(race / "race.db")) as reader:
        reader.execute("PRAGMA journal_mode = WAL")
        reader.execute("BEGIN")
        assert reader.execute("SELECT name FROM entries").fetchall()
        with pytest.raises(ForgetError, match="is being read"):
            forget(asked(race))
    done = forget(asked(race))
    assert done.finished is not None and "was not checked" in done.finished.text
    assert telling(race, EKSTROM) == []


def test_an_export_that_is_being_written_is_waited_for(race: Path) -> None:
    with ExportRace.open(race), pytest.raises(ExportError, match="written to by another export"):
        forget(asked(race))
    with Store.open(race) as store:
        assert [row.bib for row in store.runners_with(BIB)] == [BIB]


def test_damaged_video_goes_as_a_whole(race: Path) -> None:
    (race / "video/finish/1.mp4").write_bytes(b"no film at all")
    forget(asked(race, footage=True))
    assert shown(race) == [*range(175), *range(500, 1000)]
    assert "damaged" in str(receipt_of(race)["stays"])


def test_video_that_is_only_referred_to_is_named_and_stays(race: Path) -> None:
    with closing(sqlite3.connect(race / "race.db")) as db, db:
        db.execute("UPDATE segments SET referenced = 1")
    before = digest(race / "video")
    forget(asked(race, footage=True))
    assert digest(race / "video") == before
    told = str(receipt_of(race)["stays"])
    assert "video/finish/1.mp4" in told and "cut out" not in told
    # Nothing was cut, so that the clips of others are as good as before.
    assert (race / "export/clips/77_Bo-Lind_finish.mp4").exists()


SITUATIONS = (
    "rows erased, no file yet",
    "some files gone",
    "an upload gone",
    "exports half removed",
    "a part of the video written",
    "video cut, the old file still there",
    "before the database is made anew",
    "receipt written, work still noted",
)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_killed_midway_the_next_run_finishes(situation: str, race: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-m", "tests.stream.forget.forgetting_process", str(race), situation],
        check=False,
        timeout=120,
    )
    assert child.returncode == -signal.SIGKILL
    assert look(asked(race, footage=True)).unfinished is not None
    done = forget(asked(race, footage=True))
    assert done.finished is not None and done.receipt is None
    assert telling(race, EKSTROM) == []
    assert not any(BIB in path for path in digest(race))
    assert shown(race) == [*range(175), *range(450, 1000)]
    assert {path for path in digest(race) if path.startswith("uploads/")} == LEFT
    on_disk = {f"video/finish/{path.name}" for path in (race / "video/finish").iterdir()}
    assert on_disk == {row[0] for row in rows(race, "SELECT path FROM segments")}
    assert rows(race, "SELECT * FROM forgetting") == []
    told = receipt_of(race)
    erased = told["erased"]
    assert isinstance(erased, dict)
    assert (erased["picture_files"], erased["uploads"]) == (6, 2)
    cut = told["video_cut"]
    assert isinstance(cut, list) and sum(one["seconds"] for one in cut) == pytest.approx(
        11, abs=0.2
    )


def test_killed_before_the_rows_are_erased_nothing_has_happened(race: Path) -> None:
    before = {path: one for path, one in digest(race).items() if not path.startswith("race.")}
    child = subprocess.run(
        [sys.executable, "-m", "tests.stream.forget.forgetting_process", str(race), "in the rows"],
        check=False,
        timeout=120,
    )
    assert child.returncode == -signal.SIGKILL
    after = {path: one for path, one in digest(race).items() if not path.startswith("race.")}
    assert after == before
    with Store.open(race) as store:
        assert [row.bib for row in store.runners_with(BIB)] == [BIB]
