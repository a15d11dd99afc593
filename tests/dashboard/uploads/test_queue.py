"""Photos that wait are tagged one after the other, whatever happens to one of them."""

from __future__ import annotations

import csv
import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.uploads.news import (
    EVERY_S,
    MOST_TAGGED,
    FailedPhoto,
    PhotoBibs,
    PhotoNews,
    Progress,
    Teller,
)
from dashboard.uploads.shelf import UNJUDGED
from engines.errors import InferenceError
from stream.photos.files import LoadedPhoto, PassingPhotoError, load_photo
from stream.photos.judging import JudgeCounts, judge_photos
from stream.photos.seen import SeenRules
from stream.photos.tables import CSV, TABLES
from stream.store import Store, StoreError
from stream.store.folder import UNREADABLE, UPLOADS
from stream.store.photo_values import SightingChanges
from stream.store.photos import PhotosReader
from stream.types import State
from tests.dashboard.uploads.house import BAD_DISK, RUNNERS, FakeTagger, House, idle, jpeg, tagger
from tests.stream.photos.staged import BIB, PERSON, line, pictures, shown

RAW = {"content-type": "image/jpeg"}


def send(house: House, folder: Path, *reds: int) -> None:
    with house.client() as client:
        for red in reds:
            headers = {**RAW, "x-file-name": f"{red}.jpg"}
            answer = client.post("/api/photos", content=jpeg(folder, red), headers=headers)
            assert answer.status_code == 202


def test_one_after_the_other_and_judged_at_the_end(tmp_path: Path) -> None:
    staged = tagger()
    staged.gate = threading.Event()
    house = House(tmp_path / "race", staged, quiet_s=0.3)
    send(house, tmp_path, 100, 130, 160)
    now = house.news.newest
    assert (now.at, now.waiting, now.done) == ("tagging", 3, 0)
    assert staged.began.wait(60)
    assert (house.shelf.place / UNJUDGED).exists()
    staged.gate.set()
    house.wait(idle(3))
    assert not (house.shelf.place / UNJUDGED).exists()
    assert [one.done for one in house.told] == sorted(one.done for one in house.told)
    assert [one.at for one in house.told].count("judging") == 1
    with (house.folder / TABLES / CSV).open(newline="") as file:
        assert sorted(row["text"] for row in csv.DictReader(file)) == ["100", "130", "160"]
    # The next round is counted anew.
    send(house, tmp_path, 190)
    house.wait(idle(1))
    house.close()
    assert staged.closed
    assert pictures(house.folder) == {f"pivot/{red}" for red in (100, 130, 160, 190)}


def test_what_judging_changes_is_told_of_the_photos_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strict(store: Store, rules: SeenRules, *rest: Any) -> JudgeCounts:
        return judge_photos(store, replace(rules, start_list=RUNNERS, unlisted_log=-99.0), *rest)

    monkeypatch.setattr("dashboard.uploads.queue.judge_photos", strict)
    house = House(tmp_path / "race")
    send(house, tmp_path, 130, 160)
    now = house.wait(idle(2))
    house.close()
    before = [one for one in house.told if one.at == "judging"][-1]
    assert before.tagged == (PhotoBibs("160.jpg", ("160",)), PhotoBibs("130.jpg", ("130",)))
    assert now.tagged == (PhotoBibs("160.jpg", (), ("160",)), PhotoBibs("130.jpg", ("130",)))
    assert now.last == now.tagged[0]


def test_the_newest_twenty_are_told(tmp_path: Path) -> None:
    reds = range(60, 60 + 5 * (MOST_TAGGED + 1), 5)
    staged = FakeTagger({red: shown([PERSON, BIB], [line(str(red))]) for red in reds})
    staged.gate = threading.Event()
    house = House(tmp_path / "race", staged)
    send(house, tmp_path, *reds)
    staged.gate.set()
    now = house.wait(idle(MOST_TAGGED + 1))
    house.close()
    assert [one.name for one in now.tagged] == [f"{red}.jpg" for red in reversed(reds[1:])]


def test_what_waits_when_the_server_ends_is_tagged_by_the_next(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    staged = tagger()
    staged.gate = threading.Event()
    first = House(tmp_path / "race", staged)
    send(first, tmp_path, 100, 130, 160)
    assert staged.began.wait(60)
    ended = threading.Thread(target=first.close)
    ended.start()
    first.queue._stop.wait(60)
    staged.gate.set()
    ended.join()
    known = PhotosReader(tmp_path / "race").counts().photos
    assert known < 3
    assert f"{3 - known} photos that were sent still wait" in caplog.text
    left = tmp_path / "race/uploads/.incoming/7.part"
    left.write_bytes(b"cut")
    second = House(tmp_path / "race")
    second.shelf.tidy()
    second.wait(idle(3 - known))
    assert second.store.photos.counts().runners == 3
    assert not left.exists()
    second.close()
    third = House(tmp_path / "race")
    third.close()
    assert third.tagger.seen == []


def test_a_broken_photo_is_told_once_and_put_aside(tmp_path: Path) -> None:
    race = tmp_path / "race"
    first = House(race)
    send(first, tmp_path, 100)
    first.wait(idle(1))
    whole = jpeg(tmp_path, 130)
    headers = {**RAW, "x-file-name": "cut.jpg"}
    with first.client() as client:
        assert client.post("/api/photos", content=whole[:-900], headers=headers).status_code == 202
    now = first.wait(idle(1))
    assert [one.name for one in now.failed] == ["cut.jpg"]
    [aside] = (race / UNREADABLE).iterdir()
    assert aside.read_bytes() == whole[:-900]
    assert len(first.shelf.photos()) == 1
    assert first.store.photos.counts().problems == 0
    # A photo that was replaced is forgotten all the same: no problem stands in its way.
    first.close()
    [old] = first.shelf.photos()
    old.write_bytes(jpeg(tmp_path, 160))
    second = House(race)
    assert second.wait(idle(1)).failed == ()
    assert pictures(race) == {"pivot/160"}
    second.close()


@pytest.mark.skipif(not BAD_DISK.exists(), reason="needs Linux")
def test_a_photo_that_the_disk_does_not_give_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    race = tmp_path / "race"
    House(race).close()
    file = race / UPLOADS / "0123456789ab_late.jpg"
    file.parent.mkdir()
    file.symlink_to(BAD_DISK)
    first = House(race)
    [failed] = first.wait(idle(1)).failed
    assert failed == FailedPhoto("late.jpg", "cannot be read: Input/output error", again=True)
    assert "late.jpg cannot be read: Input/output error; it is tried again" in caplog.text
    assert not (race / UNREADABLE).exists()
    assert first.store.photos.counts().problems == 0
    first.close()
    file.unlink()
    file.write_bytes(jpeg(tmp_path, 130))
    second = House(race)
    assert second.wait(idle(1)).failed == ()
    assert pictures(race) == {"pivot/130"}
    second.close()


@pytest.mark.skipif(not BAD_DISK.exists(), reason="needs Linux")
def test_what_the_race_knows_of_a_photo_outlives_a_disk_that_does_not_give_it(
    tmp_path: Path,
) -> None:
    first = House(tmp_path / "race")
    send(first, tmp_path, 130)
    first.wait(idle(1))
    [file] = first.shelf.photos()
    [seen] = first.store.photos.sightings(1)
    corrected = replace(seen.sighting, bib="160", state=State.CORRECTED)
    changes = SightingChanges("130", changed=((seen.row_id, corrected, None),))
    first.store.photos.change(1, changes)
    first.close()
    content = file.read_bytes()
    file.unlink()
    file.symlink_to(BAD_DISK)
    # Another photo in the same go: what no file holds any more is forgotten at its end.
    file.with_name("0123456789ab_100.jpg").write_bytes(jpeg(tmp_path, 100))
    second = House(tmp_path / "race")
    assert second.wait(idle(2)).n_failed == 1
    second.close()
    file.unlink()
    file.write_bytes(content)
    third = House(tmp_path / "race")
    assert third.wait(idle(1)).failed == ()
    assert third.tagger.seen == []
    assert third.store.photos.paths(1) == (str(file),)
    assert [one.sighting for one in third.store.photos.sightings(1)] == [corrected]
    third.close()


def test_a_photo_that_lies_on_a_bad_block_is_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad: set[int] = set()

    def load(path: Path, *asked: Any) -> LoadedPhoto:
        bad.update(() if bad else {path.stat().st_ino})
        if path.stat().st_ino in bad:
            raise PassingPhotoError("cannot be read: Input/output error")
        return load_photo(path, *asked)

    monkeypatch.setattr("stream.photos.reading.load_photo", load)
    house = House(tmp_path / "race")
    send(house, tmp_path, 130)
    assert house.wait(idle(1)).n_failed == 1
    send(house, tmp_path, 130)
    now = house.wait(lambda now: now.at == "idle" and now.last is not None)
    assert (now.failed, now.last) == ((), PhotoBibs("130.jpg", ("130",)))
    assert len(house.shelf.photos()) == 1
    house.close()


def test_a_failure_is_told_and_the_next_photo_goes_on(tmp_path: Path) -> None:
    staged = tagger()
    staged.failure = InferenceError("the detector is broken; pull it again")
    house = House(tmp_path / "race", staged)
    send(house, tmp_path, 100)
    now = house.wait(lambda now: now.at == "stopped")
    assert (now.waiting, now.problem) == (1, "the detector is broken; pull it again")
    send(house, tmp_path, 130)
    now = house.wait(idle(2))
    assert now.problem is None
    house.close()


def test_a_disk_that_fails_while_judging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise StoreError("the disk is full")

    house = House(tmp_path / "race")
    monkeypatch.setattr("dashboard.uploads.queue.judge_photos", full)
    send(house, tmp_path, 100)
    assert house.wait(lambda now: now.at == "stopped").problem == "the disk is full"
    assert (house.shelf.place / UNJUDGED).exists()
    house.close()
    monkeypatch.undo()
    again = House(tmp_path / "race")
    again.wait(lambda now: now.at == "idle" and not (again.shelf.place / UNJUDGED).exists())
    again.close()


def test_the_live_line_tells_it_to_who_asks(tmp_path: Path) -> None:
    house = House(tmp_path / "race")

    def hear(query: str, wanted: int, most_beats: int) -> list[dict[str, Any]]:
        heard: list[dict[str, Any]] = []
        with (
            house.client() as client,
            client.websocket_connect(f"ws://localhost/ws{query}") as socket,
        ):
            if "photos" in query:
                send(house, tmp_path, 100, 130)
            beats = 0
            while beats < most_beats and not (heard and heard[-1]["done"] == wanted):
                told = json.loads(socket.receive_text())
                beats += told["type"] == "beat"
                heard += [told] if told["type"] == "photos" else []
        return heard

    assert hear("", 2, most_beats=2) == []
    heard = hear("?photos=1", 2, most_beats=30)
    assert heard[-1]["last"] == {"name": "130.jpg", "bibs": ["130"], "unsure": []}
    assert [one["name"] for one in heard[-1]["tagged"]] == ["130.jpg", "100.jpg"]
    assert set(heard[-1]) == {
        "type", "state", "waiting", "done", "failed", "n_failed", "last", "tagged",
        "problem",
    }  # fmt: skip
    assert "seq" not in heard[-1]
    house.close()


def test_a_viewer_is_told_at_once_and_then_not_too_often() -> None:
    news = PhotoNews()
    teller = Teller(news)
    assert json.loads(teller.next(10.0) or "")["state"] == "idle"
    assert teller.next(10.0) is None
    assert teller.due_s() == float("inf")
    news.tell(Progress("tagging", 2))
    news.tell(Progress("tagging", 1))
    assert teller.next(10.1) is None
    assert teller.due_s() == 10.0 + EVERY_S
    assert json.loads(teller.next(10.0 + EVERY_S) or "")["waiting"] == 1
    assert Teller(None).next(0.0) is None
    assert Teller(None).due_s() == float("inf")
