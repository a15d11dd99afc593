"""Templates are made of kept pictures, once, and anew when the pictures change."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engines.appearance import AppearanceEmbedder, combined, load_appearance_embedder
from stream.identity import Described, MatchRules, describe_race, match_race
from stream.identity.crops import read_picture, track_crop
from stream.store import Store
from stream.store.templates import TemplateKind
from stream.types import Closed, Correction, CorrectionKind, Opened
from tests.stream.identity.races import BOX, SECOND_NS, five_runners, photo, tell
from tests.stream.store.builders import picture

KIND = TemplateKind.APPEARANCE


@pytest.fixture(scope="module")
def embedder() -> AppearanceEmbedder:
    return load_appearance_embedder()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with five_runners(tmp_path / "race") as opened:
        yield opened


def describe(store: Store, embedder: AppearanceEmbedder) -> tuple[Described, list[str]]:
    problems: list[str] = []
    counts = describe_race(
        store, embedder, threading.Event(), lambda a, b: None,
        lambda path, why: problems.append(f"{path} {why}"),
    )  # fmt: skip
    return counts, problems


def owners(store: Store, embedder: AppearanceEmbedder) -> set[int | None]:
    return {one.owner.track_id for one in store.templates.load(KIND, embedder.name)}


def test_every_runner_is_described_once(store: Store, embedder: AppearanceEmbedder) -> None:
    photo(store, "a", [(4, "15"), (3, None)])
    assert describe(store, embedder) == (Described(tracks=6, sightings=2, pictures=14), [])
    assert describe(store, embedder) == (Described(), [])
    first = store.templates.load(KIND, embedder.name)[0]
    pictures = store.templates.pictures_of(1)
    seen = []
    for one in pictures:
        image = read_picture(store.folder / one.path)
        assert image is not None
        crop = track_crop(image, one.capture_utc_ns, ())
        assert crop is not None
        seen.append(embedder.embed(crop.image))
    assert first.owner.track_id == 1
    assert first.pictures == len(pictures) == 2
    np.testing.assert_allclose(first.vector, combined(seen).vector, atol=1e-6)


def test_another_model_describes_everybody_anew(store: Store, embedder: AppearanceEmbedder) -> None:
    describe(store, embedder)
    assert store.templates.tracks_without(KIND, "another") == (1, 2, 3, 101, 102, 104)
    assert store.templates.load(KIND, "another") == ()


def test_who_was_stopped_goes_on(store: Store, embedder: AppearanceEmbedder) -> None:
    stop = threading.Event()

    def progress(done: int, total: int) -> None:
        if done == 2:
            stop.set()

    counts = describe_race(store, embedder, stop, progress, lambda path, why: None)
    assert (counts.tracks, counts.stopped) == (2, True)
    assert describe(store, embedder)[0].tracks == 4


def test_pictures_of_no_use_are_told(store: Store, embedder: AppearanceEmbedder) -> None:
    first, second = (store.folder / one.path for one in store.templates.pictures_of(101))
    [third, fourth] = (store.folder / one.path for one in store.templates.pictures_of(102))
    first.unlink()
    third.write_bytes(b"no picture")
    fourth.write_bytes(b"")
    counts, problems = describe(store, embedder)
    assert (counts.tracks, counts.without) == (5, 1)
    assert [line.split(" ", 1)[1] for line in problems] == [
        "is gone",
        "is not a picture any more",
        "is not a picture any more",
    ]
    assert second.is_file()
    assert 102 not in owners(store, embedder)


def test_a_template_goes_with_the_pictures_it_was_made_of(
    store: Store, embedder: AppearanceEmbedder
) -> None:
    describe(store, embedder)
    split = Correction(CorrectionKind.SPLIT, 1, from_utc_ns=10 * SECOND_NS + 1)
    later = store.correct(split, "Ann", 5).made.correction.other_track_id
    assert 1 not in owners(store, embedder)
    counts, _ = describe(store, embedder)
    assert (counts.tracks, counts.pictures) == (2, 2)
    assert {1, later} <= owners(store, embedder)


def test_a_picture_that_comes_late_is_taken_in(store: Store, embedder: AppearanceEmbedder) -> None:
    describe(store, embedder)
    store.save_image(picture(101, 77))
    store.flush()
    counts, _ = describe(store, embedder)
    assert (counts.tracks, counts.pictures) == (1, 3)


def test_who_is_still_in_view_waits(store: Store, embedder: AppearanceEmbedder) -> None:
    describe(store, embedder)
    tell(store, Opened("finish", 5, 0, 70 * SECOND_NS, BOX))
    store.save_image(picture(5))
    store.flush()
    assert store.templates.tracks_without(KIND, embedder.name) == ()
    tell(store, Closed("finish", 5, 9, 72 * SECOND_NS, None, None, 0.0, 0, {}))
    assert store.templates.tracks_without(KIND, embedder.name) == (5,)


def test_whoever_is_killed_goes_on_and_comes_to_the_same(
    tmp_path: Path, embedder: AppearanceEmbedder
) -> None:
    five_runners(tmp_path / "killed").close()
    five_runners(tmp_path / "whole").close()
    child = subprocess.run(
        [sys.executable, "-m", "tests.stream.identity.describing_process",
         str(tmp_path / "killed"), "3"],
        check=False,
    )  # fmt: skip
    assert child.returncode == -signal.SIGKILL
    found = []
    for name, left in (("killed", 3), ("whole", 6)):
        with Store.open(tmp_path / name) as store:
            assert describe(store, embedder)[0].tracks == left
            match_race(store, MatchRules())
            found.append([(r.track_id, r.bib, r.evidence) for r in store.assignments.standing()])
    assert found[0] == found[1]
    assert len(found[0]) == 2
