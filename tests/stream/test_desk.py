"""Corrections while a race runs and after it: on disk, on the hub, and in the race itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engines.looking import Looker
from stream.desk import Desk
from stream.hub import Hub, Message
from stream.pipeline import Pipeline
from stream.race import Race, RaceSettings
from stream.scribe import Scribe
from stream.start_list import Entry, StartList
from stream.store import CorrectionRefused, Store
from stream.types import (
    Closed,
    Conflict,
    Corrected,
    Correction,
    CorrectionKind,
    Event,
    Opened,
    State,
    Tagged,
)
from tests.stream.scripted import ScriptedDetector, ScriptedReader, ScriptedSource
from tests.stream.store.builders import SECOND_NS, closed, opened, tagged

BIB, WRONG, NOBODY, MERGE, SPLIT, UNDO = CorrectionKind


@dataclass
class Running:
    """A race that runs until it is told to stop."""

    folder: Path
    told: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = Store.open(self.folder)
        self.hub = Hub(first_seq=self.store.last_seq() + 1)
        source = ScriptedSource(endless=True, pause_s=0.01)
        footage = self.store.begin_footage(source.camera, "scripted", None, None)
        self.scribe = Scribe(self.store, self.hub, {source.camera: footage.id}, self.told.append)
        looker = Looker(ScriptedDetector(), ScriptedReader(), (192, 192))
        # Listed, so that a few looks are well enough, whenever a correction is taken back.
        listed = StartList((Entry("2419"),))
        race = Race(RaceSettings(), listed, self.store.next_track_id())
        self.pipeline = Pipeline(
            [source], ScriptedDetector(), looker, race, [self.scribe], in_step=True
        )
        self.desk = Desk(self.store, self.hub, self.pipeline)
        self.thread = threading.Thread(target=self.pipeline.run, name="race")

    def wait_for(self, bib: str, state: State) -> Tagged:
        end_s = time.monotonic() + 30
        while time.monotonic() < end_s:
            for tag in self.tags():
                if (tag.bib, tag.state) == (bib, state):
                    return tag
            time.sleep(0.01)
        raise AssertionError(f"{bib} was never {state}")

    def tags(self) -> list[Tagged]:
        return [m.event for m in list(self.told) if isinstance(m.event, Tagged)]

    def stop(self) -> None:
        self.pipeline.stop()
        if self.thread.is_alive():
            self.thread.join()

    def close(self) -> None:
        self.stop()
        self.scribe.close()
        self.store.close()


@pytest.fixture
def race(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    running.thread.start()
    yield running
    running.close()


def test_a_runner_in_view_is_corrected_and_stays_so(race: Running) -> None:
    track_id = race.wait_for("2419", State.CONFIRMED).track_id
    change = race.desk.correct(Correction(BIB, track_id, "77"), "Ann")
    # All is told and on disk by now.
    messages = [m for m in race.told if isinstance(m.event, Corrected | Tagged)][-2:]
    first, second = (m.event for m in messages)
    assert isinstance(first, Corrected) and isinstance(second, Tagged)
    assert (first.number, first.by, first.correction) == (1, "Ann", change.made.correction)
    assert first.tracks[0].tag.bib == "77"
    assert (second.bib, second.state, second.correction) == ("77", State.CORRECTED, 1)
    assert race.store.last_seq() >= messages[1].seq
    row = race.store.runner(track_id)
    assert row is not None and (row.bib, row.state) == ("77", State.CORRECTED)
    time.sleep(0.3)
    assert race.tags()[-1] == second, "the vote has its say no more"
    race.stop()
    assert [m.event.bib for m in race.told if isinstance(m.event, Closed)] == ["77"]
    row = race.store.runner(track_id)
    assert row is not None and (row.bib, row.state) == ("77", State.CORRECTED)


def test_an_undo_gives_the_vote_its_say_again(race: Running) -> None:
    track_id = race.wait_for("2419", State.CONFIRMED).track_id
    race.desk.correct(Correction(WRONG, track_id), "Ann")
    assert race.tags()[-1].bib is None
    race.desk.correct(Correction(UNDO, 0, undone=1), "Bob")
    assert (race.tags()[-1].bib, race.tags()[-1].state) == ("2419", State.CONFIRMED)
    race.stop()
    row = race.store.runner(track_id)
    assert row is not None and (row.bib, row.state) == ("2419", State.CONFIRMED)


def test_corrections_go_on_when_the_race_is_over(race: Running) -> None:
    track_id = race.wait_for("2419", State.CONFIRMED).track_id
    with pytest.raises(CorrectionRefused, match="still in view"):
        race.desk.correct(Correction(SPLIT, track_id, from_utc_ns=1), "Ann")
    race.stop()
    row = race.store.runner(track_id)
    assert row is not None
    middle_ns = (row.first_seen_utc_ns + row.last_seen_utc_ns) // 2
    change = race.desk.correct(Correction(SPLIT, track_id, from_utc_ns=middle_ns), "Ann")
    later_id = change.made.correction.other_track_id
    assert later_id is not None and later_id > track_id
    assert isinstance(race.told[-1].event, Corrected | Tagged)
    race.desk.correct(Correction(BIB, later_id, "5"), "Ann")
    assert (race.tags()[-1].track_id, race.tags()[-1].bib) == (later_id, "5")
    assert race.store.last_seq() == race.hub.last_seq


def test_many_at_once_are_taken_one_after_the_other(race: Running) -> None:
    track_id = race.wait_for("2419", State.CONFIRMED).track_id
    threads = [
        threading.Thread(
            target=race.desk.correct, args=(Correction(BIB, track_id, str(n)), f"by {n}")
        )
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    made = race.store.corrections()
    assert sorted(one.number for one in made) == list(range(1, 9))
    row = race.store.runner(track_id)
    assert row is not None and row.bib == made[0].correction.bib
    assert race.tags()[-1].bib == made[0].correction.bib
    seqs = [message.seq for message in race.told]
    assert seqs == sorted(seqs)


FINISHED: list[Event] = [
    *(opened(1, 1), tagged(1, "12", at_s=2), closed(1, "12", 9)),
    *(opened(2, 3), closed(2, None, 8)),
]


def test_without_a_race_the_desk_tells_everybody_itself(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        for seq, event in enumerate(FINISHED, 1):
            store.record(Message(seq, event, None))
        store.flush()
        hub = Hub(first_seq=store.last_seq() + 1)
        viewers = [hub.subscribe(lambda: None) for _ in range(2)]
        Desk(store, hub).correct(Correction(BIB, 2, "12"), "Ann")
        heard = [viewer.take().messages for viewer in viewers]
        assert heard[0] == heard[1]
        assert [message.seq for message in heard[0]] == [6, 7, 8, 9]
        corrected, conflict, lost, got = (message.event for message in heard[0])
        assert isinstance(corrected, Corrected) and corrected.capture_utc_ns == 8 * SECOND_NS
        assert isinstance(conflict, Conflict)
        assert (conflict.track_id, conflict.other_track_id, conflict.bib) == (1, 2, "12")
        assert isinstance(lost, Tagged) and isinstance(got, Tagged)
        assert (lost.track_id, lost.bib, lost.state) == (1, "12", State.SEEN)
        assert (got.track_id, got.bib, got.state) == (2, "12", State.CORRECTED)
        opening = FINISHED[3]
        assert isinstance(opening, Opened) and got.person == opening.person
        assert store.last_seq() == 9
    # And a store that is opened again goes on behind them.
    with Store.open(tmp_path) as store:
        assert store.last_seq() == 9
