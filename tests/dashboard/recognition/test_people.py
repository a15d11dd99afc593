"""Enrolling, listing and removing people; who may, and what is kept."""

from __future__ import annotations

import base64
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from dashboard.recognition.gate import Limits
from dashboard.recognition.seen import SeenFace
from stream.clock import now_ns
from stream.store.templates import Owner, Template, TemplateKind
from stream.types import Event
from tests.dashboard.recognition.house import (
    FACE_MODEL,
    LAN,
    LOOKS,
    FakeRecogniser,
    House,
    face,
    open_house,
    person,
    picture,
    pointing,
)
from tests.stream.store.builders import closed, messages, opened, tagged

PHOTO = picture()
ADA = {"name": "Ada Lovelace", "consent": "true"}


def files(*contents: bytes) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", ("a.jpg", one)) for one in contents]


def enrol(house: House, data: dict[str, str] | None = None, *contents: bytes) -> httpx.Response:
    answer: httpx.Response = house.client().post(
        "/recognition/people",
        data=ADA if data is None else data,
        files=files(*(contents or (PHOTO,))),
    )
    return answer


def test_enrolled_listed_recognised_and_removed(tmp_path: Path) -> None:
    house = open_house(tmp_path, FakeRecogniser(people=(person(None, shows=face(3)),)))
    house.recogniser.portraits = [(face(3),), (face(3), face(5, side=20.0))]
    try:
        answer = enrol(house, {**ADA, "bib": "13"}, PHOTO, PHOTO)
        assert answer.status_code == 201, answer.text
        told = answer.json()
        assert (told["number"], told["name"], told["bib"]) == (1, "Ada Lovelace", "13")
        assert (told["pictures"], told["added_by"]) == (2, "this computer")
        assert house.client().get("/recognition/people").json() == {"people": [told]}
        [seen] = house.client().post("/recognition", files={"file": ("a", PHOTO)}).json()["people"]
        assert seen["matches"] == [
            {"bib": "13", "person": 1, "name": "Ada Lovelace", "enrolled": True,
             "likeness": 1.0, "by": "face", "others": 0.002, "says": "likely"}
        ]  # fmt: skip
        assert house.client().delete("/recognition/people/1").status_code == 204
        assert house.client().get("/recognition/people").json() == {"people": []}
        [seen] = house.client().post("/recognition", files={"file": ("a", PHOTO)}).json()["people"]
        assert seen["matches"] == []
        again = house.client().delete("/recognition/people/1")
        assert (again.status_code, again.json()["code"]) == (404, "person_unknown")
    finally:
        house.close()


@pytest.mark.parametrize(
    ("role", "told"),
    [
        pytest.param("viewer", (None, None, None), id="viewer"),
        pytest.param("operator", (1, "Ada Lovelace", "13"), id="operator"),
        pytest.param("admin", (1, "Ada Lovelace", "13"), id="admin"),
    ],
)
def test_who_is_enrolled_is_told_to_operators(
    tmp_path: Path, role: str, told: tuple[int | None, str | None, str | None]
) -> None:
    """A viewer is told that it is an enrolled person, and of the bib 13 that leads to the name."""
    seen = (person(None, shows=face(3)),)
    house = open_house(tmp_path, FakeRecogniser(people=seen, loose=(face(3),)))
    house.recogniser.portraits = [(face(3),)]
    try:
        assert enrol(house, {**ADA, "bib": "13"}).status_code == 201
        sent = {"authorization": f"Bearer {house.tokens[role]}"}
        answer = house.client(LAN).post("/recognition", files={"file": PHOTO}, headers=sent).json()
        for one in (answer["people"][0], answer["loose_faces"][0]):
            [match] = one["matches"]
            assert (match["person"], match["name"], match["bib"]) == told
            assert (match["enrolled"], match["by"], match["says"]) == (True, "face", "likely")
    finally:
        house.close()


def test_only_a_template_is_kept(tmp_path: Path) -> None:
    house = open_house(tmp_path)
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert enrol(house).status_code == 201
    house.close()
    after = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.suffix for path in after} & {".jpg", ".png"} == set()
    assert {path.name for path in after - before} <= {"race.db"}
    with sqlite3.connect(tmp_path / "race.db") as db:
        [(kind, model, number, vector)] = db.execute(
            "SELECT kind, model, person, vector FROM templates"
        ).fetchall()
    assert (kind, model, number) == ("face", FACE_MODEL, 1)
    assert np.array_equal(np.frombuffer(vector, "<f4"), pointing(0))


def test_enrolled_with_json(tmp_path: Path) -> None:
    house = open_house(tmp_path)
    body = {"name": "Bo", "consent": True, "files": [base64.b64encode(PHOTO).decode()]}
    answer = house.client().post("/recognition/people", json=body)
    house.close()
    assert (answer.status_code, answer.json()["bib"]) == (201, None)


Portraits = list[tuple[SeenFace, ...]]


@pytest.mark.parametrize(
    ("data", "n", "portraits", "code", "says"),
    [
        pytest.param({"name": "Ada"}, 1, [], "consent", "consent=true", id="nobody asked"),
        pytest.param({**ADA, "consent": "false"}, 1, [], "consent", "consent", id="refused"),
        pytest.param({**ADA, "name": " "}, 1, [], "name", "name", id="no name"),
        pytest.param({**ADA, "name": "a\nb"}, 1, [], "name", "name", id="a name of two lines"),
        pytest.param({**ADA, "bib": "1/2"}, 1, [], "bib", "digits", id="no bib"),
        pytest.param(
            {**ADA, "bib": "14"}, 1, [], "consent_refused", "bib 14 said no", id="no in the list"
        ),
        pytest.param(ADA, 4, [], "too_many_pictures", "3", id="too many pictures"),
        pytest.param(ADA, 2, [(face(),), ()], "no_face", "picture 2", id="no face"),
        pytest.param(
            ADA, 2, [(face(),), (face(), face(1))], "several_faces", "picture 2", id="two faces"
        ),
        pytest.param(ADA, 1, [(face(side=20),)], "face_small", "picture 1", id="a small face"),
        pytest.param(
            ADA, 1, [(SeenFace(face().box, 0.9),)], "face_hidden", "picture 1", id="from behind"
        ),
        pytest.param(
            ADA, 3, [(face(),), (face(),), (face(1),)], "another_person",
            "picture 3: its face is not that of picture 1", id="two persons",
        ),
    ],
)  # fmt: skip
def test_who_cannot_be_enrolled(
    tmp_path: Path, data: dict[str, str], n: int, portraits: Portraits, code: str, says: str
) -> None:
    house = open_house(tmp_path, FakeRecogniser(portraits=portraits), Limits(most_pictures=3))
    answer = enrol(house, data, *[PHOTO] * n)
    people = house.store.people.list()
    house.close()
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert says in answer.json()["detail"]
    assert people == ()


def test_faces_of_an_unmeasured_model_are_not_told_apart(tmp_path: Path) -> None:
    seen = FakeRecogniser(face_model="another", portraits=[(face(),), (face(1),)])
    house = open_house(tmp_path, seen)
    answer = enrol(house, ADA, PHOTO, PHOTO)
    house.close()
    assert answer.status_code == 201, answer.text


def test_a_broken_picture_is_named(tmp_path: Path) -> None:
    house = open_house(tmp_path)
    answer = enrol(house, ADA, PHOTO, PHOTO[:200])
    house.close()
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "picture_broken")
    assert told["about"] == {"picture": 2}
    assert told["detail"].startswith("picture 2: ")


@pytest.mark.parametrize(
    ("recogniser", "read_only", "code"),
    [
        pytest.param(FakeRecogniser(face_model=None), False, "faces_off", id="faces are off"),
        pytest.param(FakeRecogniser(), True, "read_only_people", id="only to look at"),
    ],
)
def test_where_nobody_can_be_enrolled(
    tmp_path: Path, recogniser: FakeRecogniser, read_only: bool, code: str
) -> None:
    house = open_house(tmp_path, recogniser, read_only=read_only)
    answer = enrol(house)
    removed = house.client().delete("/recognition/people/1")
    house.close()
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert removed.status_code == (409 if read_only else 404), "removing is always allowed"


DAY_S = 86_400


@pytest.mark.parametrize(
    ("seen", "gone", "days", "over"),
    [
        pytest.param(None, None, 30, False, id="a race to come"),
        pytest.param(29, None, 30, False, id="not yet"),
        pytest.param(31, None, 30, True, id="over"),
        pytest.param(31, None, 60, False, id="more days"),
        pytest.param("undated", None, 30, False, id="without a date"),
        pytest.param("undated", 31, 30, True, id="without a date, and faces went before"),
        pytest.param("undated", 31, 60, False, id="without a date, more days"),
    ],
)
def test_whose_days_are_over_nobody_is_enrolled(
    tmp_path: Path, seen: int | str | None, gone: int | None, days: int, over: bool
) -> None:
    now_s = now_ns() / 1e9
    house = open_house(tmp_path, faces_days=days)
    if seen is not None:
        at_s = now_s - seen * DAY_S if isinstance(seen, int) else 60.0
        for message in messages([opened(1, at_s=at_s)]):
            house.store.record(message)
        house.store.flush()
    with sqlite3.connect(tmp_path / "race.db") as db:
        if gone is not None:
            made_ns = round((now_s - gone * DAY_S) * 1e9)
            db.execute("UPDATE race SET faces_made_utc_ns = ?", (made_ns,))
    answer = enrol(house)
    told = house.client().get("/recognition").json()
    people = house.store.people.list()
    house.close()
    assert (told["enrols"], len(people)) == (not over, int(not over))
    if over:
        assert (answer.status_code, answer.json()["code"]) == (409, "faces_over"), answer.text
        assert answer.json()["about"] == {"days": days}
        assert "raise faces_delete_after_days in the race file" in answer.json()["detail"]
        assert house.recogniser.sizes == [], "nobody looks at the pictures"
    else:
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("role", "status"),
    [
        pytest.param(None, 401, id="nobody"),
        pytest.param("feed", 403, id="feed"),
        pytest.param("viewer", 403, id="viewer"),
        pytest.param("operator", 201, id="operator"),
    ],
)
def test_who_may_enrol(tmp_path: Path, role: str | None, status: int) -> None:
    house = open_house(tmp_path)
    headers = {} if role is None else {"authorization": f"Bearer {house.tokens[role]}"}
    ask: Any = house.client(LAN)
    path = "/recognition/people"
    told = {
        ask.get(path, headers=headers).status_code,
        ask.delete(f"{path}/9", headers=headers).status_code,
    }
    answer = ask.post(path, data=ADA, files=files(PHOTO), headers=headers)
    house.close()
    assert answer.status_code == status, answer.text
    assert told == ({200, 404} if status == 201 else {status})
    assert status != 201 or answer.json()["added_by"] == "operator"


@pytest.mark.parametrize("number", ["0", "-1", "x", str(2**63), "1.5"])
def test_what_is_no_number(tmp_path: Path, number: str) -> None:
    house = open_house(tmp_path)
    answer = house.client().delete(f"/recognition/people/{number}")
    house.close()
    assert (answer.status_code, answer.json()["code"]) == (422, "parameter")


def race_with_pivots(house: House) -> None:
    """Bib 12 agreed to faces, bib 13 did not; track 3 has no bib."""
    events: list[Event] = []
    for track, bib in ((1, "12"), (2, "13"), (3, None)):
        events += [opened(track), *([tagged(track, bib)] if bib else []), closed(track, bib)]
    for message in messages(events):
        house.store.record(message)
    for track in (1, 2, 3):
        for kind, model in ((TemplateKind.FACE, FACE_MODEL), (TemplateKind.APPEARANCE, LOOKS)):
            owner = Owner(track_id=track)
            template = Template(owner, kind, model, pointing(track), 0.8, 3)
            house.store.templates.save(template, 7)
    house.store.flush()


@pytest.mark.parametrize(
    ("looks_like", "expected"),
    [
        pytest.param(1, [("12", "face", "likely"), ("12", "appearance", "possible")], id="agreed"),
        pytest.param(2, [("13", "appearance", "possible")], id="no consent to faces"),
        pytest.param(3, [], id="an unknown runner is no pivot"),
        pytest.param(4, [], id="nobody"),
    ],
)
def test_pivots_of_the_race(
    tmp_path: Path, looks_like: int, expected: list[tuple[str, str, str]]
) -> None:
    vector = pointing(looks_like)
    somebody = person(None, shows=face(looks_like), looks=vector)
    house = open_house(tmp_path, FakeRecogniser(people=(somebody,)))
    race_with_pivots(house)
    [told] = house.client().post("/recognition", files={"file": ("a", PHOTO)}).json()["people"]
    house.close()
    assert [(one["bib"], one["by"], one["says"]) for one in told["matches"]] == expected
    assert all(one["name"] in {"Emil", "Ada"} for one in told["matches"])


def test_without_faces_only_looks_are_compared(tmp_path: Path) -> None:
    somebody = person(None, shows=SeenFace(face().box, 0.9), looks=pointing(1))
    house = open_house(tmp_path, FakeRecogniser(face_model=None, people=(somebody,)))
    race_with_pivots(house)
    told = house.client().post("/recognition", files={"file": ("a", PHOTO)}).json()
    house.close()
    assert told["faces_compared"] is False
    [one] = told["people"]
    assert one["face"]["compared"] is False
    assert {match["by"] for match in one["matches"]} == {"appearance"}
