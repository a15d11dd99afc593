"""What a run leaves in the race folder and on the hub."""

from pathlib import Path

import cv2
import pytest

from engines.looking import Looker
from stream.hub import Hub, Message
from stream.pipeline import Pipeline
from stream.race import Race, RaceSettings
from stream.scribe import Scribe
from stream.store import Store
from stream.types import State, Tagged
from tests.stream.scripted import ScriptedDetector, ScriptedReader, ScriptedSource


def run(folder: Path, source: ScriptedSource, hub: Hub | None = None) -> list[Message]:
    """One run of the scripted runner with bib 2419 into a race folder."""
    told: list[Message] = []
    with Store.open(folder, race_name="Test") as store:
        hub = hub or Hub(first_seq=store.last_seq() + 1)
        footage = store.begin_footage(source.camera, "scripted", "the same", None)
        scribe = Scribe(store, hub, {source.camera: footage.id}, told.append)
        looker = Looker(ScriptedDetector(), ScriptedReader(), (192, 192))
        race = Race(RaceSettings(), None, store.next_track_id())
        try:
            driver = Pipeline([source], ScriptedDetector(), looker, race, [scribe], in_step=True)
            source.stop = driver.stop
            driver.run()
        finally:
            scribe.close()
    return told


def test_a_confirmed_runner_has_evidence_and_frames_in_the_pivot_store(tmp_path: Path) -> None:
    told = run(tmp_path, ScriptedSource(n_frames=60))
    with Store.open(tmp_path) as store:
        [runner] = store.snapshot().runners
        images = store.images_of_bib("2419")
        counts = store.counts()
        [footage] = store.footage()
    assert (runner.bib, runner.state, runner.closed) == ("2419", State.CONFIRMED, True)
    assert {image.kind.value for image in images} == {"frame", "evidence"}
    assert all(image.camera == "a" and image.store == "pivot" for image in images)
    for image in images:
        pixels = cv2.imread(str(tmp_path / image.path))
        assert pixels is not None
        assert pixels.shape[:2] == (image.height, image.width)
    assert counts.looks_counted > 2
    assert footage.complete
    assert footage.frames == 60
    confirmed = [
        m for m in told if isinstance(m.event, Tagged) and m.event.state is State.CONFIRMED
    ]
    assert confirmed[0].evidence is not None
    assert (tmp_path / confirmed[0].evidence).is_file()


def test_the_evidence_shows_the_bib_and_not_the_whole_picture(tmp_path: Path) -> None:
    run(tmp_path, ScriptedSource())
    with Store.open(tmp_path) as store:
        [evidence] = [i for i in store.images_of_bib("2419") if i.kind.value == "evidence"][:1]
    assert 80 < evidence.width < 320
    assert 60 < evidence.height < 360


@pytest.mark.parametrize(
    ("situation", "source"),
    [
        ("the camera failed", ScriptedSource(fails_at=20)),
        ("somebody stopped the run", ScriptedSource(endless=True, stops_at=20)),
    ],
)
def test_footage_that_did_not_end_is_not_complete(
    situation: str, source: ScriptedSource, tmp_path: Path
) -> None:
    run(tmp_path, source)
    with Store.open(tmp_path) as store:
        [footage] = store.footage()
        assert not footage.complete, situation
        assert footage.done_pts_ns is not None


def test_a_second_run_adds(tmp_path: Path) -> None:
    first = run(tmp_path, ScriptedSource("a"))
    second = run(tmp_path, ScriptedSource("b"))
    assert second[0].seq == first[-1].seq + 1
    with Store.open(tmp_path) as store:
        assert [r.camera for r in store.snapshot().runners] == ["b", "a"]
        assert len({r.track_id for r in store.snapshot().runners}) == 2


@pytest.mark.parametrize("watched", [True, False])
def test_previews_are_drawn_only_for_somebody(watched: bool, tmp_path: Path) -> None:
    hub = Hub()
    subscription = hub.subscribe(lambda: None, previews=True) if watched else None
    run(tmp_path, ScriptedSource(n_frames=40, pause_s=0.02), hub)
    if subscription is None:
        subscription = hub.subscribe(lambda: None, previews=True)
    previews = subscription.take().previews
    assert bool(previews) is watched
    if watched:
        assert previews[0].jpeg[:2] == b"\xff\xd8"
        assert previews[0].boxes[0].track_id == 1
