"""Whose face is kept, whose is compared in memory only, and when a face that was kept goes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engines.appearance import AppearanceEmbedder, load_appearance_embedder
from engines.faces.port import FaceCrop
from engines.types import Box, Image
from stream.faces_consent import FacePermission
from stream.identity import (
    FacesDescribed,
    Matched,
    MatchRules,
    describe_faces,
    describe_race,
    erase_faces,
    keep_faces_of_photos,
    match_race,
    would_match,
)
from stream.matching import Calibrations
from stream.matching.calibrated import APPEARANCE, FACE
from stream.matching.likeness import FULL_FACE
from stream.start_list import Entry, StartList
from stream.store import Store
from stream.store.templates import Template, TemplateKind
from stream.types import Correction, CorrectionKind
from tests.stream.identity.face_fakes import MODEL, FakeFaces, face_of, sight
from tests.stream.identity.races import five_runners, photo

LISTED = StartList(
    (Entry("11", consent=True), Entry("12", consent=False), Entry("13"), Entry("14", consent=True))
)
ON = FacePermission(True, False, LISTED)
OF_UNKNOWN = replace(ON, of_unknown=True)
RULES = MatchRules(calibrations=Calibrations(APPEARANCE, FACE))


@pytest.fixture(scope="module")
def embedder() -> AppearanceEmbedder:
    return load_appearance_embedder()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with five_runners(tmp_path / "race") as opened:
        yield opened


def look(
    store: Store, permission: FacePermission = ON, faces: FakeFaces | None = None
) -> FacesDescribed:
    return describe_faces(
        store, sight(faces or FakeFaces()), permission, threading.Event(),
        lambda done, total: None, lambda path, why: None,
    )  # fmt: skip


def match(store: Store, embedder: AppearanceEmbedder, looked: FacesDescribed) -> Matched:
    describe_race(store, embedder, threading.Event(), lambda a, b: None, lambda a, b: None)
    return match_race(store, RULES, passing=looked.passing)


def kept(store: Store) -> set[int | None]:
    """Tracks with a template; they are those with crops, and the files are those of the crops."""
    store.flush()
    crops = store.faces.crops()
    found = {one.owner.track_id for one in store.templates.load(TemplateKind.FACE, MODEL)}
    assert {one.subject.track_id for one in crops} == found
    assert files(store.folder) == {one.path for one in crops}
    return found


def files(folder: Path) -> set[str]:
    return {
        file.relative_to(folder).as_posix()
        for place in ("face_pivot", "face_unknown")
        for file in (folder / place).rglob("*.jpg")
    }


@pytest.mark.parametrize(
    ("permission", "tracks", "compared"),
    [
        pytest.param(FacePermission(False, False, LISTED), set(), 0, id="off"),
        pytest.param(FacePermission(False, True, LISTED), set(), 0, id="off, unknown ones on"),
        pytest.param(ON, {1}, 3, id="only who said yes"),
        pytest.param(OF_UNKNOWN, {1, 101, 102, 104}, 0, id="unknown ones as well"),
        pytest.param(FacePermission(True), set(), 0, id="nobody said yes"),
        pytest.param(FacePermission(True, True), {101, 102, 104}, 0, id="unknown ones alone"),
    ],
)
def test_whose_face_is_kept(
    permission: FacePermission, tracks: set[int], compared: int, store: Store
) -> None:
    faces = FakeFaces()
    looked = look(store, permission, faces)
    assert kept(store) == tracks
    assert (looked.kept, looked.compared) == (len(tracks), compared)
    # Of who is neither kept nor compared, nothing was computed either.
    assert len(faces.seen) == 2 * (len(tracks) + compared)


def test_where_the_crops_lie(store: Store) -> None:
    photo(store, "a", [(0, "11"), (3, None)])
    look(store, OF_UNKNOWN)
    store.flush()
    homes = {path.rsplit("/", 1)[0] for path in files(store.folder)}
    assert homes == {
        "face_pivot/11", "face_unknown/101", "face_unknown/102", "face_unknown/104",
        "face_unknown/photos",
    }  # fmt: skip
    [crop] = [one for one in store.faces.crops() if one.subject.sighting == 1]
    assert crop.bib == "11"
    assert crop.quality == pytest.approx(0.8)


def test_a_second_round_looks_at_nobody_again_whose_face_is_kept(store: Store) -> None:
    look(store, OF_UNKNOWN)
    before = store.faces.crops()
    faces = FakeFaces()
    assert look(store, OF_UNKNOWN, faces).kept == 0
    assert (faces.seen, store.faces.crops()) == ([], before)


def keep(store: Store, permission: FacePermission, faces: FakeFaces) -> FacesDescribed:
    return keep_faces_of_photos(
        store, sight(faces), permission, threading.Event(),
        lambda done, total: None, lambda path, why: None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("permission", "homes"),
    [
        pytest.param(FacePermission(False, True, LISTED), set(), id="off"),
        pytest.param(ON, {"face_pivot/11", "face_pivot/14"}, id="only who said yes"),
        pytest.param(
            OF_UNKNOWN,
            {"face_pivot/11", "face_pivot/14", "face_unknown/photos"},
            id="unknown ones as well",
        ),
    ],
)
def test_of_photos_alone_nobody_is_compared_and_no_track_looked_at(
    permission: FacePermission, homes: set[str], store: Store
) -> None:
    photo(store, "a", [(0, "11"), (1, "12"), (2, "13"), (3, "14"), (4, None)])
    faces = FakeFaces()
    looked = keep(store, permission, faces)
    store.flush()
    assert {path.rsplit("/", 1)[0] for path in files(store.folder)} == homes
    assert (looked.kept, looked.compared, looked.passing) == (len(homes), 0, [])
    assert len(faces.seen) == len(homes), "of nobody else anything was computed"
    assert keep(store, permission, faces).kept == 0
    assert len(faces.seen) == len(homes), "a second round does what is new"


def test_of_photos_alone_too_goes_who_may_not_be_kept(store: Store) -> None:
    photo(store, "a", [(0, "11")])
    look(store, OF_UNKNOWN)
    assert keep(store, ON, FakeFaces()).erased == 3
    assert kept(store) == {1, None}, "of tracks as well"


def say(kind: CorrectionKind, track_id: int, **how: object) -> Callable[[Store], object]:
    return lambda store: store.correct(Correction(kind, track_id, **how), "Ann", 5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("happens", "goes", "again"),
    [
        pytest.param(say(CorrectionKind.BIB, 101, bib="12"), 101, False, id="refused"),
        pytest.param(say(CorrectionKind.BIB, 101, bib="13"), 101, False, id="not asked"),
        pytest.param(say(CorrectionKind.BIB, 101, bib="99"), 101, False, id="not listed"),
        pytest.param(say(CorrectionKind.BIB, 101, bib="14"), 101, True, id="said yes"),
        pytest.param(say(CorrectionKind.NOT_A_RUNNER, 101), 101, False, id="no runner"),
        pytest.param(say(CorrectionKind.MERGE, 2, other_track_id=101), 101, False, id="merged"),
        pytest.param(say(CorrectionKind.BIB, 1, bib="12"), 1, False, id="a pivot was another"),
    ],
)
def test_a_face_goes_at_once_with_what_people_say(
    happens: Callable[[Store], object], goes: int, again: bool, store: Store
) -> None:
    look(store, OF_UNKNOWN)
    assert goes in kept(store)
    happens(store)
    assert goes not in kept(store)
    look(store, OF_UNKNOWN)
    assert (goes in kept(store)) is again


def test_a_face_goes_at_once_with_a_match_to_who_refused(
    store: Store, embedder: AppearanceEmbedder
) -> None:
    matched = match(store, embedder, look(store, OF_UNKNOWN))
    assert {one.track: one.bib for _, one in matched.assigned} == {101: "11", 102: "12"}
    assert kept(store) == {1, 104}
    # Who is matched to somebody who said yes is kept anew, the other one is not.
    assert look(store, OF_UNKNOWN).kept == 1
    assert kept(store) == {1, 101, 104}
    again = match(store, embedder, look(store, OF_UNKNOWN))
    assert (again.made, again.kept, again.taken_back) == (0, 2, 0)


@pytest.mark.parametrize(
    ("permission", "left"),
    [
        pytest.param(ON, {1}, id="unknown ones no more"),
        pytest.param(FacePermission(False, True, LISTED), set(), id="faces turned off"),
        pytest.param(
            FacePermission(True, True, StartList((Entry("11", consent=False),))),
            {101, 102, 104},
            id="consent withdrawn",
        ),
    ],
)
def test_what_may_not_be_kept_any_more_is_erased(
    permission: FacePermission, left: set[int], store: Store
) -> None:
    look(store, OF_UNKNOWN)
    before = kept(store)
    assert erase_faces(store, permission) == len(before - left)
    assert kept(store) == left


def test_nothing_of_unknown_runners_is_written(store: Store) -> None:
    """Not even into free pages of the database or its log."""
    looked = look(store)
    written = b"".join(
        file.read_bytes() for file in store.folder.rglob("*") if file.name.startswith("race.db")
    )
    own = {one.owner.track_id: one.vector for one in store.templates.load(TemplateKind.FACE, MODEL)}
    assert own[1].tobytes() in written
    strangers = [one for one in looked.passing if one.owner.track_id != 101]
    assert len(strangers) == 2
    for one in strangers:
        assert one.vector.tobytes() not in written


def test_a_face_raises_a_match_and_a_poor_one_hardly(
    store: Store, embedder: AppearanceEmbedder
) -> None:
    looked = look(store)
    match(store, embedder, looked)
    [own] = [one for one in looked.passing if one.owner.track_id == 101]
    [other] = [one for one in looked.passing if one.owner.track_id == 104]
    said = [
        _log_ratio(store, [one])
        for one in (
            own,
            replace(own, quality=0.1),
            replace(own, owner=other.owner),
            replace(own, vector=other.vector, quality=0.1),
            replace(own, vector=other.vector),
        )
    ]
    assert said == sorted(said, reverse=True)
    assert len(set(said)) == len(said)
    # The middle one is what clothes alone say.
    alike = FACE.log_ratios[-1]
    assert said[0] - said[2] == pytest.approx(alike, abs=0.01)
    assert said[1] - said[2] == pytest.approx(alike * 0.1 / FULL_FACE, abs=0.01)


def _log_ratio(store: Store, passing: list[Template]) -> float:
    """What is said of track 101 and bib 11."""
    told = would_match(store, RULES, passing=passing)
    [one] = [d for who, d in zip(told.unknowns, told.decisions, strict=True)
             if who.subject.track_id == 101]  # fmt: skip
    assert one.evidence is not None
    return one.evidence.log_ratio


@pytest.mark.parametrize(
    ("find", "quality"),
    [
        pytest.param(lambda image, person: None, 0.8, id="no face found"),
        pytest.param(face_of, 0.01, id="too poor"),
    ],
)
def test_runners_whose_face_cannot_be_seen(
    find: Callable[[Image, Box], FaceCrop | None], quality: float, store: Store
) -> None:
    eyes = replace(sight(FakeFaces(quality=quality)), find=find)
    told: list[tuple[int, int]] = []
    looked = describe_faces(
        store, eyes, ON, threading.Event(), lambda a, b: told.append((a, b)), lambda a, b: None
    )
    assert (looked.kept, looked.compared, looked.without) == (0, 0, 4)
    assert told[-1] == (4, 4)
    assert kept(store) == set()


def test_who_was_stopped_goes_on(store: Store) -> None:
    stop = threading.Event()
    looked = describe_faces(
        store, sight(FakeFaces()), OF_UNKNOWN, stop,
        lambda done, total: stop.set() if done == 2 else None, lambda a, b: None,
    )  # fmt: skip
    assert (looked.kept, looked.stopped) == (2, True)
    assert look(store, OF_UNKNOWN).kept == 2


def test_pictures_of_no_use_are_told(store: Store) -> None:
    first, second = (store.folder / one.path for one in store.templates.pictures_of(1))
    first.unlink()
    second.write_bytes(b"no picture")
    problems: list[str] = []
    looked = describe_faces(
        store, sight(FakeFaces()), ON, threading.Event(), lambda a, b: None,
        lambda path, why: problems.append(why),
    )  # fmt: skip
    assert problems == ["is gone", "is not a picture any more"]
    assert (looked.kept, looked.without) == (0, 1)
