"""``POST /recognition`` with a fake recogniser: every way of sending, every bad input."""

from __future__ import annotations

import base64
import json
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard.recognition.gate import Limits
from dashboard.recognition.seen import SeenPicture
from engines.errors import InferenceError
from stream.types import State
from tests.dashboard.recognition.house import (
    LAN,
    FakeRecogniser,
    House,
    face,
    open_house,
    person,
    picture,
)

PHOTO = picture()
BASE64 = base64.b64encode(PHOTO).decode()
SMALL = Limits(max_bytes=100_000, max_pixels=90_000)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = open_house(tmp_path, FakeRecogniser(people=(person(),)), SMALL)
    yield house
    house.close()


def post(house: House, **sent: Any) -> httpx.Response:
    answer: httpx.Response = house.client().post("/recognition", **sent)
    return answer


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"files": {"file": ("a.jpg", PHOTO, "image/jpeg")}}, id="multipart"),
        pytest.param({"files": {"file": ("a", PHOTO)}, "data": {"x": "y"}}, id="with a field"),
        pytest.param({"json": {"file": BASE64}}, id="JSON"),
        pytest.param({"json": {"files": [BASE64]}}, id="JSON, a list"),
        pytest.param({"json": {"file": f"data:image/jpeg;base64,{BASE64}"}}, id="data address"),
        pytest.param({"json": {"file": base64.encodebytes(PHOTO).decode()}}, id="base64 in lines"),
        pytest.param({"content": PHOTO, "headers": {"content-type": "image/jpeg"}}, id="bytes"),
        pytest.param(
            {"content": picture(kind="PNG"), "headers": {"content-type": "image/png"}}, id="PNG"
        ),
        pytest.param(
            {"content": picture(kind="WEBP"), "headers": {"content-type": "image/webp"}}, id="WebP"
        ),
    ],
)
def test_ways_to_send(house: House, sent: dict[str, Any]) -> None:
    answer = post(house, **sent)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["width"], told["height"]) == (160, 200)
    assert [one["bib"]["text"] for one in told["people"]] == ["12"]
    assert answer.headers["cache-control"] == "no-store"
    assert house.recogniser.threads == {"recognition_0"}


def png_that_claims(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
        + struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    )  # fmt: skip


def form(content: bytes) -> dict[str, Any]:
    return {"files": {"file": ("a.jpg", content)}}


def raw(content: bytes, kind: str) -> dict[str, Any]:
    return {"content": content, "headers": {"content-type": kind}}


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        pytest.param({}, 415, "body_type", id="nothing at all"),
        pytest.param(raw(b"", "image/jpeg"), 422, "no_picture", id="no bytes"),
        pytest.param({"json": {}}, 422, "no_picture", id="JSON without a picture"),
        pytest.param({"json": []}, 422, "no_picture", id="JSON that is a list"),
        pytest.param({"json": {"file": ""}}, 422, "picture_empty", id="an empty text"),
        pytest.param({"json": {"file": 7}}, 422, "not_base64", id="JSON with a number"),
        pytest.param({"json": {"file": "Gr\u00fc\u00df"}}, 422, "not_base64", id="no base64"),
        pytest.param({"json": {"file": BASE64[:-1]}}, 422, "not_base64", id="base64 cut short"),
        pytest.param({"json": {"files": [BASE64] * 2}}, 422, "too_many_pictures", id="two"),
        pytest.param(raw(b"{", "application/json"), 400, "body_broken", id="broken JSON"),
        pytest.param(
            raw(b"[" * 60_000, "application/json"), 400, "body_broken", id="deep JSON"
        ),
        pytest.param(raw(b"\xff\xfe{", "application/json"), 400, "body_broken", id="no UTF-8"),
        pytest.param(raw(b"x", "multipart/form-data"), 400, "body_broken", id="no boundary"),
        pytest.param(
            raw(b"nonsense", "multipart/form-data; boundary=a"), 400, "body_broken",
            id="broken form",
        ),
        pytest.param(
            raw(
                b'--a\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + PHOTO,
                "multipart/form-data; boundary=a",
            ),
            422, "no_picture", id="a form without its end",
        ),
        pytest.param(
            {"data": {"file": "text"}, "files": {"other": ("a", PHOTO)}}, 422, "no_picture",
            id="a form with another name",
        ),
        pytest.param(form(b""), 422, "picture_empty", id="an empty file"),
        pytest.param(raw(PHOTO, "text/plain"), 415, "body_type", id="text"),
        pytest.param(
            {"data": {"file": BASE64}}, 415, "body_type", id="a form of the old kind"
        ),
        pytest.param(raw(PHOTO, "image/gif"), 415, "body_type", id="another kind of picture"),
        pytest.param(form(b"GIF89a" + bytes(50)), 415, "picture_type", id="a GIF"),
        pytest.param(form(b"%PDF-1.7"), 415, "picture_type", id="a PDF"),
        pytest.param(form(b"hello"), 415, "picture_type", id="a text as a picture"),
        pytest.param(form(PHOTO[: len(PHOTO) // 2]), 422, "picture_broken", id="cut short"),
        pytest.param(form(PHOTO[:4] + bytes(500)), 422, "picture_broken", id="only a beginning"),
        pytest.param(
            form(b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(9)), 422, "picture_broken", id="bad WebP"
        ),
        pytest.param(form(picture(15, 40)), 422, "picture_small", id="tiny"),
        pytest.param(form(picture(301, 300)), 413, "too_many_pixels", id="too many pixels"),
        pytest.param(
            form(png_that_claims(60_000, 60_000)), 413, "too_many_pixels", id="a bomb of pixels"
        ),
        pytest.param(form(bytes(100_001)), 413, "too_large", id="too many bytes"),
        pytest.param(raw(bytes(100_001), "image/png"), 413, "too_large", id="too many, raw"),
        pytest.param({"json": {"file": "A" * 140_000}}, 413, "too_large", id="too much base64"),
        pytest.param({"json": {"file": "A" * 400_000}}, 413, "too_large", id="far too much"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(house: House, sent: dict[str, Any], status: int, code: str) -> None:
    answer = post(house, **sent)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), answer.text
    assert len(told["detail"]) > 10
    assert house.recogniser.sizes == [], "nothing of it is looked at"


@pytest.mark.parametrize(
    ("orientation", "size"),
    [
        pytest.param(1, (160, 100), id="as it is"),
        pytest.param(3, (160, 100), id="upside down"),
        pytest.param(6, (100, 160), id="on its side"),
        pytest.param(8, (100, 160), id="on the other side"),
        pytest.param(99, (160, 100), id="nonsense"),
    ],
)
def test_pictures_are_turned_upright(house: House, orientation: int, size: tuple[int, int]) -> None:
    content = picture(160, 100, orientation=orientation)
    told = post(house, **form(content)).json()
    assert (told["width"], told["height"]) == size
    assert house.recogniser.sizes == [size]


def test_all_that_is_told_of_a_person(tmp_path: Path) -> None:
    recogniser = FakeRecogniser(
        people=(person("13", State.SEEN, face()), person(None)), loose=(face(1), face(2))
    )
    house = open_house(tmp_path, recogniser)
    told = post(house, **form(PHOTO)).json()
    house.close()
    first, second = told["people"]
    assert first == {
        "box": [20.0, 5.0, 120.0, 190.0],
        "score": 0.8,
        "bib": {
            "text": "13", "state": "seen", "probability": 0.9, "box": [50.0, 80.0, 90.0, 110.0],
            "number_box": [55.0, 85.0, 85.0, 105.0], "listed": True, "name": "Ada",
        },
        "face": {"box": [40.0, 10.0, 100.0, 70.0], "score": 0.9, "compared": True},
        "matches": [],
    }  # fmt: skip
    assert (second["bib"], second["face"]) == (None, None)
    assert [one["matches"] for one in told["loose_faces"]] == [[], []]
    assert told["faces_compared"] is True


def test_a_picture_of_nobody(house: House) -> None:
    house.recogniser.people = ()
    told = post(house, **form(PHOTO)).json()
    assert (told["people"], told["loose_numbers"], told["loose_faces"]) == ([], [], [])


def test_models_that_fail_are_told(house: House) -> None:
    house.recogniser.failure = InferenceError("the network is gone; install it again")
    answer = post(house, **form(PHOTO))
    assert answer.status_code == 503
    assert answer.json()["code"] == "models"
    assert "install it again" in answer.json()["detail"]


def test_beside_a_full_race_there_is_an_answer_in_time(tmp_path: Path) -> None:
    """That it takes longer, and when to send the picture again."""
    gate = threading.Event()
    house = open_house(tmp_path, FakeRecogniser(gate=gate), Limits(answer_s=0.2))
    answer = post(house, **form(PHOTO))
    assert (answer.status_code, answer.json()["code"]) == (503, "no_answer_yet")
    assert answer.headers["retry-after"] == "10"
    gate.set()
    house.close()


def test_a_fault_of_ours_is_no_empty_answer(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(_: object) -> SeenPicture:
        raise ZeroDivisionError

    monkeypatch.setattr(house.recogniser, "look", look)
    with pytest.raises(ZeroDivisionError):
        post(house, **form(PHOTO))


Ask = Callable[[House], httpx.Response]


@pytest.mark.parametrize(
    ("role", "status"),
    [
        pytest.param(None, 401, id="nobody"),
        pytest.param("feed", 403, id="feed"),
        pytest.param("viewer", 200, id="viewer"),
        pytest.param("operator", 200, id="operator"),
    ],
)
def test_who_may_ask(house: House, role: str | None, status: int) -> None:
    headers = {} if role is None else {"authorization": f"Bearer {house.tokens[role]}"}
    client = house.client(LAN)
    answer = client.post("/recognition", files={"file": ("a", PHOTO)}, headers=headers)
    assert answer.status_code == status
    assert status == 200 or {"detail", "code"} <= set(answer.json())
    assert client.get("/recognition", headers=headers).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"origin": "http://evil.example"}, id="by its origin"),
        pytest.param({"origin": "null"}, id="by an origin that is hidden"),
        pytest.param({"sec-fetch-site": "cross-site"}, id="by the site"),
    ],
)
def test_forms_of_other_pages_are_refused(house: House, headers: dict[str, str]) -> None:
    answer = post(house, **form(PHOTO), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_page")


def test_the_description(house: House) -> None:
    told = house.client().get("/recognition").json()
    assert (told["max_bytes"], told["max_pixels"]) == (100_000, 90_000)
    assert told["faces"]["compared"] is True
    assert told["enrols"] is True
    assert told["example"].endswith("http://localhost/recognition")


def test_without_recognition_there_is_none(tmp_path: Path) -> None:
    house = open_house(tmp_path, FakeRecogniser(face_model=None))
    told = house.client().get("/recognition").json()
    house.close()
    assert told["faces"]["compared"] is False
    assert "faces = true" in told["faces"]["why"]
    assert json.dumps(told)


def test_what_only_begins_like_a_jpeg_is_called_broken(house: House) -> None:
    answer = house.client().post("/recognition", files={"file": b"\xff\xd8\xff" + b"junk" * 99})
    assert (answer.status_code, answer.json()["code"]) == (422, "picture_broken")
    assert "MPO" not in answer.json()["detail"]
