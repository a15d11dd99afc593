"""The gallery's routes, over a real race folder of cameras and photos."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path, PurePath
from typing import Any

import pytest
from PIL import ExifTags, Image
from starlette.testclient import TestClient

from dashboard.access.rules import Access
from dashboard.access.tokens import Role, Tokens
from dashboard.app import create_app
from dashboard.feeds.gallery import PER_PAGE
from dashboard.race_view import RaceView
from stream.hub import Hub
from stream.start_list import Entry, StartList
from stream.store import Store
from stream.types import State
from tests.stream.store.seen_race import ENTRIES, TEN_NS, fill, match, put_photo, sighting

RUNNERS = StartList(tuple(Entry(row.bib, row.name, club=row.club or "") for row in ENTRIES))


class House:
    """A race with its page."""

    def __init__(self, folder: Path) -> None:
        self.photos = folder / "photos"
        self.photos.mkdir()
        self.folder = folder / "race"
        self.store = Store.open(self.folder)
        fill(self.store, self.photos)
        access = Access(self.folder)
        view = RaceView("City run", self.folder, ("finish",), RUNNERS)
        self.app = create_app(Hub(first_seq=99), self.store, view, access=access)

    def get(self, path: str, status: int = 200) -> Any:
        with TestClient(self.app, "http://localhost", client=("127.0.0.1", 1)) as client:
            answer = client.get(path)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.store.close()


def bibs(told: Any) -> list[str | None]:
    return [one["bib"] for one in told["sightings"]]


def test_the_first_page(house: House) -> None:
    told = house.get("/api/gallery")
    assert bibs(told) == ["2419", "2410", None, "7", "2419", None, "24", "2420"]
    assert told["counts"] == {"all": 8, "read": 4, "unsure": 2, "matched": 0, "unread": 2}
    assert (told["page"], told["pages"], told["per_page"]) == (1, 1, PER_PAGE)
    first, photo = told["sightings"][0], told["sightings"][4]
    assert (first["source"], first["camera"], first["state"]) == ("camera", "finish", "confirmed")
    assert first["entry"]["name"] == "Zoë Müller"
    assert (first["pictures"], first["crossing_utc_ns"]) == (3, 2_500_000_000)
    assert photo["picture"] == "/evidence/pivot/2419/a-01_aaaaaaaa.jpg"
    assert (photo["first_seen"], photo["photo"]) == ("2026-05-03T10:00:00.000000Z", 1)
    assert told["sightings"][3]["state"] == "corrected"
    assert told["sightings"][2]["state"] is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("filter=read", ["2419", "7", "2419", "2420"], id="read"),
        pytest.param("filter=unsure", ["2410", "24"], id="unsure"),
        pytest.param("filter=unread", [None, None], id="unread"),
        pytest.param("filter=matched", [], id="matched"),
        pytest.param("bib=2419", ["2419", "2419"], id="a bib"),
        pytest.param("q=2420", ["2420", "2410"], id="the exact one first"),
        pytest.param("q=muller", ["2419", "2419"], id="a name without its accent"),
        pytest.param("q=lg sud&filter=read", ["7", "2419", "2419"], id="a club's, read"),
        pytest.param("q=nobody", [], id="nobody"),
        pytest.param("q=%20", ["2419", "2410", None, "7", "2419", None, "24", "2420"], id="blank"),
        pytest.param("from=12:00&to=12:00:30&zone=Europe/Zurich", ["2419", None], id="there"),
        pytest.param("from=10:00:30&zone=UTC", ["24"], id="from then on"),
        pytest.param("page=2", [], id="behind the last page"),
    ],
)
def test_who_is_shown(house: House, query: str, expected: list[str | None]) -> None:
    told = house.get(f"/api/gallery?{query}")
    assert bibs(told) == expected


def test_how_the_search_found_them(house: House) -> None:
    told = house.get("/api/gallery?q=2420")
    assert [one["match"] for one in told["sightings"]] == ["exact", "near"]
    assert house.get("/api/gallery")["sightings"][0]["match"] is None


@pytest.mark.parametrize(
    ("query", "code"),
    [("from=soon", "time"), ("from=10:00&to=2026-05-03T11:00", "time"),
     ("from=2026-05-03T11:00&to=2026-05-03T10:00", "time"),
     ("from=10:00&zone=Mars/Base", "zone"), ("from=10:00&zone=../../etc/passwd", "zone")],
)  # fmt: skip
def test_what_is_no_time_is_refused(house: House, query: str, code: str) -> None:
    assert house.get(f"/api/gallery?{query}", 422)["code"] == code


@pytest.mark.parametrize("query", ["filter=some", "page=0", "page=x", "q=" + "x" * 101])
def test_nonsense_is_refused(house: House, query: str) -> None:
    told = house.get(f"/api/gallery?{query}", 422)
    assert (told["code"], len(told["detail"])) == ("parameter", 1)


def test_pages_follow_each_other_without_a_gap(house: House) -> None:
    for n in range(PER_PAGE):
        seen = [sighting(f"{n}", State.CONFIRMED)]
        put_photo(house.store, house.photos / f"{n}.jpg", f"{n:064x}", seen, TEN_NS + 10**12 + n)
    house.store.flush()
    pages = [house.get(f"/api/gallery?page={n}") for n in (1, 2)]
    assert [page["pages"] for page in pages] == [2, 2]
    shown = [(one["source"], one["number"]) for page in pages for one in page["sightings"]]
    assert len(shown) == len(set(shown)) == PER_PAGE + 8
    assert house.get("/api/gallery?page=2") == pages[1]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/photos/IMG_20260503_123.jpg", "IMG_20260503_123.jpg"),
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("/race/uploads/269dd9034d12_IMG-1.jpg", "IMG-1.jpg"),
    ],
)
def test_a_photo_is_called_as_its_sender_called_it(path: str, name: str, house: House) -> None:
    put_photo(house.store, PurePath(path), "dd" * 32, [sighting("99", State.CONFIRMED)], None)
    house.store.flush()
    [told] = house.get("/api/runners/99")["sightings"]
    assert told["photo_name"] == name


def test_a_runner_with_everything(house: House) -> None:
    match(house.folder, "2419", track_id=3)
    told = house.get("/api/runners/2419")
    assert (told["bib"], told["state"], told["entry"]["club"]) == ("2419", "confirmed", "LG Süd")
    states = [(one["source"], one["state"], len(one["all_pictures"])) for one in told["sightings"]]
    assert states == [
        ("camera", "confirmed", 3),
        ("camera", "matched", 1),
        ("photo", "confirmed", 1),
    ]
    photo = told["sightings"][2]
    assert photo["preview"] == "/api/photos/1/preview.jpg"
    assert photo["photo_name"] == "a.jpg", "the name alone, not the folder"
    with TestClient(house.app, "http://localhost", client=("127.0.0.1", 1)) as client:
        for one in told["sightings"]:
            for address in one["all_pictures"]:
                assert client.get(address).headers["content-type"] == "image/jpeg"


def test_a_runner_nobody_has_seen_and_one_nobody_knows(house: House) -> None:
    house.store.replace_start_list([*ENTRIES])
    assert house.get("/api/runners/24")["entry"] is None
    assert house.get("/api/runners/99999", 404)["code"] == "bib_unknown"


def real_photo(house: House, name: str = "real.jpg") -> tuple[Path, int]:
    """A large photo that lies on its side, with notes; the file and its number."""
    path = house.photos / name
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Model] = "SECRET-CAMERA"
    Image.new("RGB", (2400, 1200), (200, 90, 40)).save(path, exif=exif)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    put_photo(house.store, path, sha256, [sighting("55", State.CONFIRMED)], TEN_NS)
    house.store.flush()
    number = house.store.photos.with_content(sha256)
    assert number is not None
    return path, number


def fetch(house: House, path: str) -> tuple[int, bytes]:
    with TestClient(house.app, "http://localhost", client=("127.0.0.1", 1)) as client:
        answer = client.get(path)
        return answer.status_code, answer.content


def test_a_preview_is_small_upright_and_without_notes(house: House) -> None:
    path, number = real_photo(house)
    status, content = fetch(house, f"/api/photos/{number}/preview.jpg")
    assert status == 200
    with Image.open(BytesIO(content)) as shown:
        assert shown.size == (800, 1600)
        assert not shown.getexif()
    assert b"SECRET-CAMERA" in path.read_bytes() and b"SECRET-CAMERA" not in content
    path.unlink()
    assert fetch(house, f"/api/photos/{number}/preview.jpg") == (200, content), "kept in memory"


@pytest.mark.parametrize("other", ["another photo", "a link to a secret", "nothing"])
def test_only_what_was_tagged_is_ever_shown(house: House, tmp_path: Path, other: str) -> None:
    path, number = real_photo(house)
    path.unlink()
    secret = tmp_path / "secret.jpg"
    Image.new("RGB", (30, 30)).save(secret)
    if other == "another photo":
        Image.new("RGB", (2400, 1200)).save(path)
    elif other == "a link to a secret":
        path.symlink_to(secret)
    assert fetch(house, f"/api/photos/{number}/preview.jpg")[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/api/photos/99/preview.jpg",
        "/api/photos/-1/preview.jpg",
        "/api/photos/0/preview.jpg",
        "/api/photos/99999999999999999999/preview.jpg",
        "/api/photos/..%2f..%2frace.db/preview.jpg",
        "/api/photos/%2fetc%2fpasswd/preview.jpg",
        "/api/photos/1%00/preview.jpg",
        "/evidence/photos/a.jpg",
        "/evidence/unknown/photos/../../race.db",
        "/evidence/unknown/photos/..%2f..%2frace.db",
    ],
)
def test_no_other_file_is_ever_shown(house: House, path: str) -> None:
    status, content = fetch(house, path)
    assert status in (404, 422)
    assert b"SQLite" not in content


@pytest.mark.parametrize("path", ["/gallery", "/api/gallery", "/api/runners/2419"])
def test_a_viewers_role_suffices_and_is_needed(house: House, path: str) -> None:
    tokens = Tokens(house.folder)
    secrets = {role: tokens.add(role.word, role) for role in (Role.VIEWER, Role.FEED)}
    client = TestClient(
        house.app, "http://192.168.1.20:8080", client=("192.168.1.50", 1), follow_redirects=False
    )
    assert client.get(path).status_code == 401
    for role, expected in ((Role.FEED, 403), (Role.VIEWER, 200)):
        headers = {"authorization": f"Bearer {secrets[role]}"}
        assert client.get(path, headers=headers).status_code == expected


def test_nobody_sees_a_preview_without_a_role(house: House) -> None:
    _, number = real_photo(house)
    client = TestClient(house.app, "http://192.168.1.20:8080", client=("192.168.1.50", 1))
    assert client.get(f"/api/photos/{number}/preview.jpg").status_code == 401
