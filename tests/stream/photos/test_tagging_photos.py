"""Photos into a race and back: both passes on a real store, real files, staged networks."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engines.photo import PhotoRules, TaggedPhoto
from engines.picture import RgbPicture
from stream.photos.files import file_of
from stream.photos.judging import StoredLines
from stream.photos.reading import Networks, PhotoReading
from stream.photos.seen import SeenRules
from stream.start_list import Entry, StartList
from stream.store import RaceFolderInUse, Store
from stream.types import State
from tests.stream.photos.staged import (
    BIB,
    FIRST,
    PERSON,
    SECOND,
    SECOND_NUMBER,
    SECOND_SHEET,
    StagedTagger,
    Told,
    line,
    photo,
    pictures,
    shown,
    tag,
)

BAD_DISK = Path("/proc/self/mem")
"""A file that is there and whose first bytes are an input/output error."""
ONE = shown([PERSON, BIB], [line("2419")])
TWO = shown(
    [PERSON, SECOND, BIB],
    [line("2419"), line("2420", number=SECOND_NUMBER, sheet=SECOND_SHEET)],
)
NOBODY = shown([], [])
STRANGER = shown([PERSON], [])


def test_runners_go_to_their_bibs_and_the_others_to_unknown(tmp_path: Path) -> None:
    paths = [photo(tmp_path / "in/a.jpg", 50), photo(tmp_path / "in/b/c.png", 150)]
    paths.append(photo(tmp_path / "in/d.jpg", 250))
    with Store.open(tmp_path / "race") as store:
        tagger = StagedTagger({50: TWO, 150: STRANGER, 250: NOBODY})
        read, judged = tag(store, tagger, paths)
        assert (read.new, read.known, read.failed, read.stopped) == (3, 0, 0, False)
        assert judged.photos == 3
        stand = store.photos.counts()
        assert (stand.runners, stand.bibs, stand.unknown) == (2, 2, 1)
        rows = list(store.photos.tags())
        assert [(Path(row.image).name, row.sighting.bib) for row in rows] == [
            ("a.jpg", "2419"),
            ("a.jpg", "2420"),
            ("c.png", None),
        ]
        for row in rows:
            assert row.picture is not None
            assert (tmp_path / "race" / row.picture).is_file()
            assert Path(row.picture).name.startswith(Path(row.image).stem)
    assert pictures(tmp_path / "race") == {"pivot/2419", "pivot/2420", "unknown/photos"}


def test_a_second_run_does_only_what_is_new(tmp_path: Path) -> None:
    first = photo(tmp_path / "in/a.jpg", 50)
    with Store.open(tmp_path / "race") as store:
        tag(store, StagedTagger({50: ONE}), [first])
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "race").rglob("*.jpg")}
    second = photo(tmp_path / "in/b.jpg", 150)
    tagger = StagedTagger({50: ONE, 150: STRANGER})
    with Store.open(tmp_path / "race") as store:
        read, judged = tag(store, tagger, [first, second])
        assert (read.new, read.known) == (1, 1)
        assert tagger.seen == [150]
        assert judged.changed == 0
        assert tag(store, tagger, [first, second])[0].known == 2
    after = {p: p.stat().st_mtime_ns for p in (tmp_path / "race").rglob("*.jpg")}
    assert before.items() <= after.items()
    assert len(after) == 2


def test_the_same_content_elsewhere_is_the_same_photo(tmp_path: Path) -> None:
    first = photo(tmp_path / "in/a.jpg", 50)
    copies = [Path(shutil.copy(first, tmp_path / "in" / name)) for name in ("b.jpg", "c.jpg")]
    tagger = StagedTagger({50: ONE})
    with Store.open(tmp_path / "race") as store:
        read, _ = tag(store, tagger, [first, *copies])
        assert (read.new, read.known) == (1, 2)
        assert store.photos.counts().photos == 1
        found = list(store.photos.files_of_bibs())
    assert found == [("2419", str(path)) for path in (first, *copies)]
    assert pictures(tmp_path / "race") == {"pivot/2419"}


@dataclass
class MeetingTagger(StagedTagger):
    """Answers only while another one is at work too."""

    meeting: threading.Barrier = field(kw_only=True)

    def tag(self, picture: RgbPicture) -> TaggedPhoto:
        self.meeting.wait(30)
        return super().tag(picture)


def test_two_photos_at_once_are_kept_in_their_order(tmp_path: Path) -> None:
    paths = [photo(tmp_path / f"in/{n}.jpg", n) for n in (50, 80, 110, 140)]
    meeting, photos = threading.Barrier(2), dict.fromkeys((50, 80, 110, 140), ONE)
    taggers = [MeetingTagger(photos, meeting=meeting) for _ in range(2)]
    with Store.open(tmp_path / "race") as store:
        reading = PhotoReading(store, taggers, FIRST, SeenRules(), Told())
        assert reading.read(paths, threading.Event(), lambda done, total: None).new == 4
        numbers = [store.photos.at(file_of(path)) for path in paths]
    assert numbers == sorted(numbers, key=lambda number: number or 0)
    assert [len(tagger.seen) for tagger in taggers] == [2, 2]


@dataclass
class LonelyTagger(StagedTagger):
    """Fails where two threads use it at once."""

    pause_s: float = 0.0
    alone: threading.Lock = field(default_factory=threading.Lock)

    def tag(self, picture: RgbPicture) -> TaggedPhoto:
        assert self.alone.acquire(blocking=False), "a tagger takes one photo at a time"
        try:
            time.sleep(self.pause_s)
            return super().tag(picture)
        finally:
            self.alone.release()


def test_a_tagger_takes_one_photo_at_a_time_in_a_second_go_too(tmp_path: Path) -> None:
    reds = (50, 70, 90, 110, 130, 150)
    paths = [photo(tmp_path / f"in/{red:03d}.jpg", red) for red in reds]
    # While one is slow, the other is asked several times.
    taggers = [LonelyTagger(dict.fromkeys(reds, ONE), pause_s=pause_s) for pause_s in (0.0, 0.5)]
    with Store.open(tmp_path / "race") as store:
        reading = PhotoReading(store, taggers, FIRST, SeenRules(), Told())
        for go in (paths[:2], paths[2:]):
            read = reading.read(go, threading.Event(), lambda done, total: None)
            assert read.new == len(go)


@pytest.mark.parametrize(
    ("situation", "n_photos", "n_taggers", "pixels", "together"),
    [
        ("small photos", 9, 1, 10**9, [3, 3, 3]),
        ("many", 13, 1, 10**9, [4, 4, 4, 1]),
        ("no tagger is idle while another one has several", 4, 2, 10**9, [2, 2]),
        ("nor here", 10, 3, 10**9, [4, 4, 2]),
        ("fewer than taggers", 1, 2, 10**9, [1]),
        ("large photos", 3, 1, 640 * 400, [1, 1, 1]),
        ("middling ones", 4, 1, 2 * 640 * 400, [2, 2]),
    ],
)
def test_how_many_photos_are_tagged_together(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    situation: str,
    n_photos: int,
    n_taggers: int,
    pixels: int,
    together: list[int],
) -> None:
    monkeypatch.setattr("stream.photos.reading.TOGETHER_PIXELS", pixels)
    asked: list[int] = []

    class Counting(StagedTagger):
        def tag_all(self, pictures: Sequence[RgbPicture]) -> list[TaggedPhoto]:
            asked.append(len(pictures))
            return super().tag_all(pictures)

    reds = range(10, 10 + 15 * n_photos, 15)
    paths = [photo(tmp_path / f"in/{red:03d}.jpg", red) for red in reds]
    taggers = [Counting(dict.fromkeys(reds, ONE)) for _ in range(n_taggers)]
    with Store.open(tmp_path / "race") as store:
        reading = PhotoReading(store, taggers, FIRST, SeenRules(), Told(), together=4)
        assert reading.read(paths, threading.Event(), lambda done, total: None).new == n_photos
    assert sorted(asked, reverse=True) == together, situation


def test_together_with_known_and_broken_ones_each_gets_its_own(tmp_path: Path) -> None:
    paths = [photo(tmp_path / f"in/{red:03d}.jpg", red) for red in (40, 80, 120, 160)]
    tagger = StagedTagger({40: ONE, 80: STRANGER, 120: TWO, 160: NOBODY})
    with Store.open(tmp_path / "race") as store:
        tag(store, tagger, paths[1:2])
        paths[2].write_bytes(b"no photo")
        read, _ = tag(store, tagger, paths)
        assert (read.new, read.known, read.failed) == (2, 1, 1)
        rows = [(Path(row.image).name, row.sighting.bib) for row in store.photos.tags()]
    assert tagger.seen == [80, 40, 160]
    assert rows == [("040.jpg", "2419"), ("080.jpg", None)]


def test_another_version_takes_the_place_of_a_photo(tmp_path: Path) -> None:
    path = photo(tmp_path / "in/a.jpg", 50)
    tagger = StagedTagger({50: ONE, 150: STRANGER})
    with Store.open(tmp_path / "race") as store:
        tag(store, tagger, [path])
        photo(path, 150)
        assert tag(store, tagger, [path])[0].new == 1
        assert store.photos.counts().photos == 1
        assert list(store.photos.files_of_bibs()) == []
    assert pictures(tmp_path / "race") == {"unknown/photos"}


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = photo(tmp_path / "in/z.jpg", 50)
    whole = photo(tmp_path / "in/whole.jpg", 50).read_bytes()
    (tmp_path / "in/whole.jpg").unlink()
    broken = {
        "cut.jpg": whole[: len(whole) // 2],
        "empty.jpg": b"",
        "text.png": b"no photo at all",
        "shot.heic": b"\0\0\0\x18ftypheic",
    }
    for name, content in broken.items():
        (tmp_path / "in" / name).write_bytes(content)
    gone = tmp_path / "in/gone.jpg"
    paths = [good, gone, *(tmp_path / "in" / name for name in broken)]
    told = Told()
    with Store.open(tmp_path / "race") as store:
        read, _ = tag(store, StagedTagger({50: ONE}), paths, told=told)
        assert (read.new, read.failed) == (1, 5)
        assert store.photos.counts().problems == 5
    why = {path.name: text for path, text in told.problems}
    assert set(why) == {*broken, "gone.jpg"}
    assert "is empty" in why["empty.jpg"]
    assert "is broken" in why["cut.jpg"]
    assert "is no photo" in why["text.png"]
    assert "HEIC" in why["shot.heic"] or "is broken" in why["shot.heic"]
    assert pictures(tmp_path / "race") == {"pivot/2419"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_photo_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    path = photo(tmp_path / "in/a.jpg", 50)
    path.chmod(0)
    told = Told()
    with Store.open(tmp_path / "race") as store:
        assert tag(store, StagedTagger({50: ONE}), [path], told=told)[0].failed == 1
    assert "Permission denied" in told.problems[0][1]


@pytest.mark.skipif(not BAD_DISK.exists(), reason="needs Linux")
def test_a_file_that_cannot_be_read_now_keeps_what_is_known(tmp_path: Path) -> None:
    first, second = photo(tmp_path / "in/a.jpg", 50), photo(tmp_path / "in/b.jpg", 150)
    tagger = StagedTagger({50: ONE, 150: STRANGER})
    told = Told()
    with Store.open(tmp_path / "race") as store:
        tag(store, tagger, [first, second])
        # The second takes the name of the first, and another name that cannot be read its content.
        moved = tmp_path / "in/c.jpg"
        moved.symlink_to(BAD_DISK)
        second.replace(first)
        second.symlink_to(BAD_DISK)
        read, _ = tag(store, tagger, [first, second, moved], told=told)
        assert (read.known, read.failed) == (1, 2)
        assert store.photos.paths(2) == (str(first), str(second))
        assert store.photos.counts().photos == 2
        assert store.photos.counts().problems == 0
    assert [(path.name, why) for path, why in told.problems] == [
        (name, "cannot be read: Input/output error") for name in ("b.jpg", "c.jpg")
    ]


@pytest.mark.parametrize(
    ("situation", "kept", "paths"),
    [
        ("moved", False, {"there/a.jpg"}),
        ("copied", True, {"in/a.jpg", "there/a.jpg"}),
    ],
)
def test_a_photo_in_a_new_place(
    tmp_path: Path, situation: str, kept: bool, paths: set[str]
) -> None:
    old, new = photo(tmp_path / "in/a.jpg", 50), tmp_path / "there/a.jpg"
    with Store.open(tmp_path / "race") as store:
        tag(store, StagedTagger({50: ONE}), [old])
        shutil.copytree(tmp_path / "in", tmp_path / "there")
        if not kept:
            shutil.rmtree(tmp_path / "in")
        assert tag(store, StagedTagger({50: ONE}), [new])[0].known == 1
        assert {tag.image for tag in store.photos.tags()} == {
            str(tmp_path / path) for path in paths
        }, situation


def test_a_photo_that_is_nowhere_stays(tmp_path: Path) -> None:
    # Its disk may be there again tomorrow.
    gone, here = photo(tmp_path / "a.jpg", 50), photo(tmp_path / "b.jpg", 150)
    with Store.open(tmp_path / "race") as store:
        tag(store, StagedTagger({50: ONE, 150: STRANGER}), [gone])
        gone.unlink()
        tag(store, StagedTagger({50: ONE, 150: STRANGER}), [here])
        assert store.photos.paths(1) == (str(gone),)


def test_a_mended_file_is_no_problem_any_more(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"")
    with Store.open(tmp_path / "race") as store:
        tag(store, StagedTagger({50: ONE}), [path])
        photo(path, 50)
        assert tag(store, StagedTagger({50: ONE}), [path])[0].new == 1
        assert store.photos.counts().problems == 0


def test_a_folder_that_is_renumbered_loses_nothing(tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"in/{name}.jpg" for name in "abc")
    photo(first, 40)
    photo(second, 80)
    tagger = StagedTagger(dict.fromkeys((40, 80, 120), ONE))
    with Store.open(tmp_path / "race") as store:
        tag(store, tagger, [first, second])
        second.rename(third)
        first.rename(second)
        photo(first, 120)
        read, _ = tag(store, tagger, [first, second, third])
        assert (read.new, read.known) == (1, 2)
        assert store.photos.counts().photos == 3


@pytest.mark.parametrize(
    ("unreadable", "photos"),
    [pytest.param(False, 1, id="all can be read"), pytest.param(True, 2, id="one cannot")],
)
def test_a_replaced_photo_is_forgotten_once_all_are_known(
    tmp_path: Path, unreadable: bool, photos: int
) -> None:
    path, broken = photo(tmp_path / "in/a.jpg", 40), tmp_path / "in/b.jpg"
    if unreadable:
        broken.write_bytes(b"")
    tagger = StagedTagger(dict.fromkeys((40, 120), ONE))
    with Store.open(tmp_path / "race") as store:
        tag(store, tagger, [path])
        path.unlink()
        photo(path, 120)
        tag(store, tagger, [path, broken] if unreadable else [path])
        assert store.photos.counts().photos == photos


def test_stopping_keeps_what_was_done_and_the_next_run_goes_on(tmp_path: Path) -> None:
    reds = (40, 80, 120, 160, 200)
    paths = [photo(tmp_path / f"in/{red:03d}.jpg", red) for red in reds]
    stop = threading.Event()
    photos = dict.fromkeys(reds, ONE)
    with Store.open(tmp_path / "race") as store:
        read, _ = tag(store, StagedTagger(photos, stop_after=(2, stop)), paths, stop=stop)
        assert (read.new, read.stopped) == (3, True), "those that are tagged together"
    rest = StagedTagger(photos)
    with Store.open(tmp_path / "race") as store:
        read, _ = tag(store, rest, paths)
        assert (read.new, read.known, rest.seen) == (2, 3, [160, 200])


def test_relabelling_reads_anew_without_looking_and_moves_pictures(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg", 50)
    other = Networks("detector-1", "readers-2")
    tagger = StagedTagger({50: ONE}, again={50: [line("2479")]})
    with Store.open(tmp_path / "race") as store:
        tag(store, tagger, [path])
        read, _ = tag(store, tagger, [path], networks=other)
        assert (read.known, read.other_networks) == (1, 1)
        assert pictures(tmp_path / "race") == {"pivot/2419"}
        read, judged = tag(store, tagger, [path], networks=other, relabel=True)
        assert (read.again, read.known, judged.changed) == (1, 0, 1)
        assert pictures(tmp_path / "race") == {"pivot/2479"}
        assert tag(store, tagger, [path], networks=other, relabel=True)[0].again == 0


def test_later_photos_mend_the_tags_of_earlier_ones(tmp_path: Path) -> None:
    """What the race's bibs look like comes from all of them: here they have four digits, so what
    could be either is the longer."""
    unsure = shown([PERSON, BIB], [line("24", 0.5)])
    doubtful = unsure.lines[0]
    both = type(doubtful)(
        doubtful.number, doubtful.sheet, 0.9, {"24": 0.5, "2419": 0.45}, {"24": 2, "2419": 3}
    )
    reds = (40, 70, 100, 130, 160, 190, 220, 250)
    photos = {red: shown([PERSON, BIB], [line(f"24{red:02d}"[:4])]) for red in reds}
    photos[40] = shown([PERSON, BIB], [both])
    paths = [photo(tmp_path / f"in/{red:03d}.jpg", red) for red in reds]
    with Store.open(tmp_path / "race") as store:
        tag(store, StagedTagger(photos), paths[:1])
        [alone] = store.photos.sightings(1)
        tag(store, StagedTagger(photos), paths)
        [together] = store.photos.sightings(1)
    assert alone.sighting.bib is None
    assert together.sighting.bib == "2419"
    assert alone.row_id == together.row_id


@pytest.mark.parametrize(
    ("listed", "state"),
    [
        pytest.param("2419", State.CONFIRMED, id="on the list: as it is"),
        pytest.param("11", State.SEEN, id="not on the list: less sure, never another text"),
    ],
)
def test_a_start_list_is_a_prior(tmp_path: Path, listed: str, state: State) -> None:
    rules = SeenRules(
        photo=PhotoRules(least_probability=0.5),
        least_seen=1e-6,
        unlisted_log=-9.0,
        start_list=StartList((Entry(listed),)),
    )
    with Store.open(tmp_path / "race") as store:
        tag(store, StagedTagger({50: ONE}), [photo(tmp_path / "a.jpg", 50)], rules)
        [row] = store.photos.sightings(1)
    assert (row.sighting.bib, row.sighting.state) == ("2419", state)
    assert row.sighting.listed is (listed == "2419")
    assert pictures(tmp_path / "race") == {
        "pivot/2419" if state is State.CONFIRMED else "unknown/photos"
    }


def test_who_is_read_well_and_on_no_list_is_seen(tmp_path: Path) -> None:
    rules = SeenRules(unlisted_log=-9.0, start_list=StartList((Entry("11"),)))
    with Store.open(tmp_path / "race") as store:
        tag(store, StagedTagger({50: ONE}), [photo(tmp_path / "a.jpg", 50)], rules)
        [row] = store.photos.sightings(1)
    assert (row.sighting.bib, row.sighting.state, row.sighting.listed) == (
        "2419", State.SEEN, False,
    )  # fmt: skip
    assert row.sighting.probability < rules.least_seen


def test_a_runner_who_is_seen_later_only_gets_a_picture_from_the_file(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg", 50)
    tagger = StagedTagger({50: shown([], [])}, again={50: [line("2419")]})
    with Store.open(tmp_path / "race") as store:
        tag(store, tagger, [path])
        assert pictures(tmp_path / "race") == set()
        other = Networks("detector-1", "readers-2")
        _, judged = tag(store, tagger, [path], networks=other, relabel=True)
        assert (judged.changed, judged.without_picture) == (1, 0)
    assert pictures(tmp_path / "race") == {"pivot/2419"}


def test_a_lost_picture_is_made_again(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg", 50)
    with Store.open(tmp_path / "race") as store:
        tag(store, StagedTagger({50: ONE}), [path])
        [row] = store.photos.sightings(1)
        assert row.path is not None
        shutil.move(tmp_path / "race" / row.path, tmp_path / "elsewhere.jpg")
        rules = SeenRules(start_list=StartList((Entry("7"),)), unlisted_log=-9.0)
        tag(store, StagedTagger({50: ONE}), [path], rules)
        tag(store, StagedTagger({50: ONE}), [path])
    assert pictures(tmp_path / "race") == {"pivot/2419"}


def test_the_photo_is_upright_before_anything_else(tmp_path: Path) -> None:
    path = photo(
        tmp_path / "a.jpg", 50, orientation=6, taken="2026:05:03 09:31:02", offset="+02:00"
    )
    sizes: list[tuple[int, int]] = []

    class Measuring(StagedTagger):
        def _red(self, picture: RgbPicture) -> int:
            sizes.append((picture.width, picture.height))
            return 50

    with Store.open(tmp_path / "race") as store:
        tag(store, Measuring({50: ONE}), [path])
        row = store.photos.find(1)
    assert row is not None
    assert sizes == [(400, 640)]
    assert (row.photo.width, row.photo.height, row.photo.orientation) == (400, 640, 6)
    assert row.photo.taken_utc_ns == 1_777_793_462_000_000_000


def test_only_one_run_at_a_time_writes_to_a_race(tmp_path: Path) -> None:
    with Store.open(tmp_path / "race"), pytest.raises(RaceFolderInUse):
        Store.open(tmp_path / "race")


def test_the_lines_of_all_photos_are_a_sequence(tmp_path: Path) -> None:
    paths = [photo(tmp_path / "a.jpg", 50), photo(tmp_path / "b.jpg", 150)]
    with Store.open(tmp_path / "race") as store:
        tag(store, StagedTagger({50: ONE, 150: STRANGER}), paths)
        lines = StoredLines(store.photos)
        assert len(lines) == 2
        assert [len(one) for one in lines] == [1, 0]
        assert [len(lines[0]), len(lines[-1]), len(lines[:])] == [1, 0, 2]
        with pytest.raises(IndexError, match="there are 2 photos"):
            lines[2]
