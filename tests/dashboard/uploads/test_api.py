"""What may be sent to ``/api/photos``, and what is refused."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dashboard.recognition.gate import Limits
from tests.dashboard.uploads.house import LAN, House, idle, jpeg
from tests.stream.photos.staged import photo

LIMITS = Limits(max_bytes=200_000, max_pixels=300_000, at_once=4, waiting=16, per_minute=6000)
RAW = {"content-type": "image/jpeg", "x-file-name": "IMG_1.jpg"}
FOREIGN = {**RAW, "origin": "http://evil.example"}
FOREIGN_FORM = {**RAW, "sec-fetch-site": "cross-site"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "race", limits=LIMITS)
    yield house
    house.close()


def encoded(size: tuple[int, int], kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size).save(content, kind)
    return content.getvalue()


def test_a_photo_is_taken_tagged_and_known(house: House, tmp_path: Path) -> None:
    content = jpeg(tmp_path, 130)
    with house.client() as client:
        name = {"x-file-name": "Z%C3%BCrich%20%2F..%2FIMG%201.JPG"}
        answer = client.post("/api/photos", content=content, headers={**RAW, **name})
        assert (answer.status_code, answer.json()["already"]) == (202, False)
        assert answer.json() == {"name": "IMG-1.jpg", "already": False, "place": 1}
        house.wait(idle(1))
        [file] = house.shelf.photos()
        assert file.read_bytes() == content
        assert file.name.endswith("_IMG-1.jpg")
        assert house.store.photos.bibs_at(str(file)) == ("130",)
        # The same again, under another name and in the other way.
        form = {"file": ("other.jpg", content, "image/jpeg")}
        again = client.post("/api/photos", files=form)
        assert (again.status_code, again.json()["place"]) == (200, 0)
        assert again.json()["already"] is True
    assert house.shelf.photos() == (file,)
    assert house.store.photos.counts().photos == 1
    assert list((house.shelf.place / ".incoming").iterdir()) == []


def test_a_photo_that_is_sent_again_takes_the_place_of_the_old_file(tmp_path: Path) -> None:
    house = House(tmp_path / "race", read_only=True)
    content = jpeg(tmp_path, 130)
    for name, already in (("first", False), ("second", True)):
        with house.shelf.coming(0) as part:
            part.write(content)
            shelved = house.shelf.put(part, name)
        assert (shelved.already, shelved.path.name[12:]) == (already, "_first.jpg")
        assert house.shelf.photos() == (shelved.path,)
        assert shelved.path.read_bytes() == content
        # As a bad block leaves it: as long as before.
        shelved.path.write_bytes(bytes(len(content)))
    house.close()


def test_a_photo_that_the_race_has_elsewhere_is_not_copied(house: House, tmp_path: Path) -> None:
    content = jpeg(tmp_path, 100)
    file = tmp_path / "100.jpg"
    house.queue.add(file)
    house.wait(idle(1))
    with house.client() as client:
        assert client.post("/api/photos", content=content, headers=RAW).status_code == 200
        assert house.shelf.photos() == ()
        file.unlink()
        assert client.post("/api/photos", content=content, headers=RAW).status_code == 202
    assert len(house.shelf.photos()) == 1


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param({"content": b"", "headers": RAW}, (422, "picture_empty"), id="nothing"),
        pytest.param({"content": b"GIF89a" + bytes(99), "headers": RAW},
                     (415, "picture_type"), id="a GIF that says it is a JPEG"),
        pytest.param({"content": b"\xff\xd8\xff\xe0 cut", "headers": RAW},
                     (422, "picture_broken"), id="a JPEG without a header"),
        pytest.param({"content": encoded((800, 400)), "headers": {"content-type": "image/png"}},
                     (413, "too_many_pixels"), id="too many pixels"),
        pytest.param({"content": encoded((800, 8)), "headers": {"content-type": "image/png"}},
                     (422, "picture_small"), id="too low"),
        pytest.param({"content": bytes(200_001), "headers": RAW},
                     (413, "photo_too_large"), id="too many bytes"),
        pytest.param({"content": iter([bytes(150_000)] * 2), "headers": RAW},
                     (413, "photo_too_large"), id="too many bytes, unannounced"),
        pytest.param({"content": b"x", "headers": {"content-type": "image/gif"}},
                     (415, "body_type"), id="a body of another type"),
        pytest.param({"json": {"file": "x"}}, (415, "body_type"), id="JSON"),
        pytest.param({"files": {"photo": ("a.png", encoded((64, 64)))}},
                     (422, "one_picture"), id="another field"),
        pytest.param({"files": [("file", ("a.png", encoded((64, 64)))),
                                ("file", ("b.png", encoded((65, 64))))]},
                     (422, "one_picture"), id="two pictures"),
        pytest.param({"content": b"--x\r\n\r\n", "headers":
                      {"content-type": "multipart/form-data; boundary=y"}},
                     (400, "body_broken"), id="another boundary"),
        pytest.param({"content": b"", "headers": {"content-type": "multipart/form-data"}},
                     (400, "body_broken"), id="no boundary"),
        pytest.param({"files": {"file": ("a.jpg", bytes(200_001))}},
                     (413, "photo_too_large"), id="too many bytes in a form"),
        pytest.param({"content": b"x", "headers": FOREIGN},
                     (403, "foreign_page"), id="another page"),
        pytest.param({"content": b"x", "headers": FOREIGN_FORM},
                     (403, "foreign_page"), id="another page's form"),
    ],
)  # fmt: skip
def test_what_is_refused(house: House, sent: dict[str, Any], expected: tuple[int, str]) -> None:
    with house.client() as client:
        answer = client.post("/api/photos", **sent)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert len(answer.json()["detail"]) > 10
    assert house.shelf.photos() == ()
    assert list(house.shelf.place.glob(".incoming/*")) == []
    assert house.news.newest.done == 0


@pytest.mark.parametrize(
    ("role", "status"),
    [
        pytest.param(None, 401, id="nobody"),
        pytest.param("feed", 403, id="graphics"),
        pytest.param("viewer", 403, id="a viewer"),
        pytest.param("operator", 202, id="an operator"),
        pytest.param("admin", 202, id="an admin"),
    ],
)
def test_who_may(house: House, tmp_path: Path, role: str | None, status: int) -> None:
    headers = dict(RAW)
    if role is not None:
        headers["authorization"] = f"Bearer {house.tokens[role]}"
    with house.client(LAN) as client:
        content = jpeg(tmp_path, 100)
        assert client.post("/api/photos", content=content, headers=headers).status_code == status
        told = client.get("/api/photos", headers=headers)
        assert told.status_code == (status if role in (None, "feed") else 200)
        if told.status_code == 200:
            assert told.json()["may_add"] is (status == 202)


def test_a_race_that_is_only_looked_at(tmp_path: Path) -> None:
    house = House(tmp_path / "race", read_only=True)
    with house.client() as client:
        assert client.get("/api/photos").json()["may_add"] is False
        content = jpeg(tmp_path, 100)
        answer = client.post("/api/photos", content=content, headers=RAW)
    assert (answer.status_code, answer.json()["code"]) == (409, "read_only_photos")
    assert "finishline serve --operator --race" in answer.json()["detail"]
    assert not house.shelf.place.exists()
    house.close()


@pytest.mark.parametrize(
    ("free", "status"), [pytest.param(7000, 507, id="full"), pytest.param(10**7, 202, id="room")]
)
def test_the_space_that_recording_keeps(tmp_path: Path, free: int, status: int) -> None:
    content = jpeg(tmp_path, 100)
    assert 1000 < len(content) + 1000 <= 10**7
    house = House(tmp_path / "race", free_bytes=len(content) + 999 if status == 507 else free)
    with house.client() as client:
        answer = client.post("/api/photos", content=content, headers=RAW)
    assert answer.status_code == status
    house.close()
    assert len(house.shelf.photos()) == (status == 202)


def test_a_folder_that_cannot_be_written(house: House, tmp_path: Path) -> None:
    house.shelf.place.write_text("in the way")
    with house.client() as client:
        answer = client.post("/api/photos", content=jpeg(tmp_path, 100), headers=RAW)
    assert (answer.status_code, answer.json()["code"]) == (503, "disk")
    house.shelf.place.unlink()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_race_folder_that_is_read_only(house: House, tmp_path: Path) -> None:
    house.folder.chmod(0o500)
    try:
        with house.client() as client:
            answer = client.post("/api/photos", content=jpeg(tmp_path, 100), headers=RAW)
        assert (answer.status_code, answer.json()["code"]) == (503, "disk")
    finally:
        house.folder.chmod(0o700)


def test_a_photo_with_a_whole_header_may_be_broken(house: House, tmp_path: Path) -> None:
    cut = photo(tmp_path / "noise.jpg", 160).read_bytes()
    # Held, so that all three are of one round, whose failures are told at its end.
    house.tagger.gate = threading.Event()
    with house.client() as client:
        content = jpeg(tmp_path, 100)
        assert client.post("/api/photos", content=content, headers=RAW).status_code == 202
        headers = {**RAW, "x-file-name": "cut.jpg"}
        assert client.post("/api/photos", content=cut[:-900], headers=headers).status_code == 202
        content = jpeg(tmp_path, 130)
        assert client.post("/api/photos", content=content, headers=RAW).status_code == 202
    house.tagger.gate.set()
    now = house.wait(idle(3))
    assert [(one.name, one.why[:9]) for one in now.failed] == [("cut.jpg", "is broken")]
    assert now.last is not None
    assert now.last.bibs == ("130",)


def test_the_schema_tells_it(house: House) -> None:
    with house.client() as client:
        schema = client.get("/api/openapi.json").json()
    told = schema["paths"]["/api/photos"]
    assert told["get"]["description"]
    assert "multipart/form-data" in told["post"]["requestBody"]["content"]
    assert {"202", "409", "413", "507"} <= set(told["post"]["responses"])
