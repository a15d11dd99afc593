from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from dashboard.access.rules import OPEN_PATHS, SESSION_S, Access, Role, Who, require
from dashboard.access.tokens import Tokens
from dashboard.app import create_app
from dashboard.race_view import RaceView
from stream.clock import SECOND_NS
from tests.dashboard.fakes import FakeRace, jpeg

LAN = ("192.168.1.50", 40000)
HERE = ("127.0.0.1", 40000)
HOST = "http://192.168.1.20:8080"
LIVE = "ws://192.168.1.20:8080/ws"
JSON = {"content-type": "application/json"}


class House:
    """A race with one token of each role, and an operator's and an admin's route."""

    def __init__(self, folder: Path, *, require_token: bool = False) -> None:
        self.now_s = 1_750_000_000
        self.race = FakeRace(folder)
        self.tokens = Tokens(folder)
        self.secrets = {role.word: self.tokens.add(role.word, role) for role in Role}
        access = Access(folder, require_token=require_token, clock=lambda: self.now_s * SECOND_NS)
        view = RaceView("City run", folder)
        self.app: FastAPI = create_app(self.race.hub, self.race.archive, view, access=access)

        @self.app.post("/api/corrections")
        async def correct(who: Annotated[Who, Depends(require(Role.OPERATOR))]) -> str:
            return who.name

        @self.app.post("/api/settings")
        async def change(who: Annotated[Who, Depends(require(Role.ADMIN))]) -> str:
            return who.name

    def client(self, where: tuple[str, int] = LAN, base: str = HOST) -> TestClient:
        return TestClient(self.app, base, client=where, follow_redirects=False)

    def bearer(self, role: str | None) -> dict[str, str]:
        return {} if role is None else {"authorization": f"Bearer {self.secrets[role]}"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    (tmp_path / "pivot/101").mkdir(parents=True)
    (tmp_path / "pivot/101/a.jpg").write_bytes(jpeg(20, 20))
    yield House(tmp_path)


# Who, and what each request comes to: 200s let in, 303 to the login page.
ROUTES: list[tuple[str, str, dict[str | None, int]]] = [
    ("GET", "/", {None: 401, "feed": 403, "viewer": 200, "operator": 200, "admin": 200}),
    ("GET", "/api/runners", {None: 401, "feed": 403, "viewer": 200, "admin": 200}),
    ("GET", "/api/status", {None: 401, "feed": 403, "viewer": 200, "operator": 200}),
    ("GET", "/gallery", {None: 401, "feed": 403, "viewer": 200, "operator": 200}),
    ("GET", "/api/who", {None: 401, "feed": 403, "viewer": 200}),
    ("GET", "/evidence/pivot/101/a.jpg", {None: 401, "feed": 403, "viewer": 200}),
    ("GET", "/login", {None: 200, "feed": 200, "viewer": 200}),
    ("GET", "/healthz", {None: 200, "feed": 200}),
    ("GET", "/static/login.js", {None: 200}),
    ("POST", "/api/corrections", {None: 401, "feed": 403, "viewer": 403, "operator": 200}),
    ("POST", "/api/settings", {None: 401, "viewer": 403, "operator": 403, "admin": 200}),
]


@pytest.mark.parametrize(
    ("method", "path", "role", "status"),
    [
        (method, path, role, status)
        for method, path, roles in ROUTES
        for role, status in roles.items()
    ],
)
def test_role_by_route_from_another_machine(
    house: House, method: str, path: str, role: str | None, status: int
) -> None:
    headers = {**house.bearer(role), **(JSON if method == "POST" else {})}
    answer = house.client().request(method, path, headers=headers)
    assert answer.status_code == status, answer.text
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"
    if status >= 400:
        assert answer.json()["code"] == ("sign_in" if status == 401 else "role")
        assert set(answer.json()) == {"detail", "code", "about"}


@pytest.mark.parametrize(
    ("situation", "where", "require_token", "headers", "status"),
    [
        ("this computer", HERE, False, {}, 200),
        ("this computer by its long number", ("::1", 1), False, {}, 200),
        ("mapped into IPv6", ("::ffff:127.0.0.1", 1), False, {}, 200),
        ("this computer, tokens required", HERE, True, {}, 401),
        ("another machine", LAN, False, {}, 401),
        ("mapped into IPv6", ("::ffff:10.0.0.7", 1), False, {}, 401),
        ("no address", ("", 0), False, {}, 401),
        ("a proxy on this computer", HERE, False, {"x-forwarded-for": "10.0.0.7"}, 401),
        ("a proxy that lies", HERE, False, {"x-forwarded-for": "127.0.0.1"}, 401),
        ("another proxy", HERE, False, {"forwarded": "for=10.0.0.7"}, 401),
        ("a script of another page", HERE, False, {"origin": "http://evil.example"}, 401),
        ("our own page", HERE, False, {"origin": HOST}, 200),
        ("a wrong token from here", HERE, False, {"authorization": "Bearer x"}, 401),
        ("a password", LAN, False, {"authorization": "Basic YTpi"}, 401),
        ("a wrong session", LAN, False, {"cookie": "finishline-8080=viewer.9999999999.00"}, 401),
    ],
)
def test_who_needs_no_token(
    tmp_path: Path,
    situation: str,
    where: tuple[str, int],
    require_token: bool,
    headers: dict[str, str],
    status: int,
) -> None:
    house = House(tmp_path, require_token=require_token)
    answer = house.client(where).get("/api/status", headers=headers)
    assert answer.status_code == status, situation


def test_without_any_token_only_this_computer_is_let_in(tmp_path: Path) -> None:
    race = FakeRace(tmp_path)
    access = Access(tmp_path)
    app = create_app(race.hub, race.archive, RaceView("City run", tmp_path), access=access)
    for where, status in ((HERE, 200), (LAN, 401)):
        assert TestClient(app, HOST, client=where).get("/api/status").status_code == status
    forged = {"cookie": "finishline-8080=viewer.9999999999." + "0" * 64}
    assert TestClient(app, HOST, client=LAN).get("/api/who", headers=forged).status_code == 401


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_signing_in_and_out(house: House, role: str) -> None:
    client = house.client()
    assert client.get("/", headers={"accept": "text/html"}).headers["location"] == "/login"
    answer = client.post("/api/login", json={"token": house.secrets[role]})
    assert answer.json() == {"name": role, "role": role}
    assert house.secrets[role] not in answer.headers["set-cookie"]
    assert client.get("/api/who").json() == {"name": role, "role": role}
    assert client.post("/api/logout", json={}).status_code == 204
    assert client.get("/api/who").status_code == 401


@pytest.mark.parametrize(("base", "secure"), [(HOST, False), ("https://192.168.1.20:8080", True)])
def test_the_cookie(house: House, base: str, secure: bool) -> None:
    answer = house.client(base=base).post("/api/login", json={"token": house.secrets["viewer"]})
    cookie = SimpleCookie(answer.headers["set-cookie"])["finishline-8080"]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "strict"
    assert cookie["path"] == "/"
    assert cookie["max-age"] == str(SESSION_S)
    assert bool(cookie["secure"]) is secure
    assert answer.headers["cache-control"] == "no-store"


def session_of(house: House, role: str = "viewer") -> str:
    answer = house.client().post("/api/login", json={"token": house.secrets[role]})
    return str(answer.cookies["finishline-8080"])


def seen_with(house: House, session: str) -> int:
    headers = {"cookie": f"finishline-8080={session}"}
    status: int = house.client().get("/api/who", headers=headers).status_code
    return status


def test_a_session_ends_with_its_time_or_its_token(house: House) -> None:
    session = session_of(house)
    assert seen_with(house, session) == 200
    house.now_s += SESSION_S - 1
    assert seen_with(house, session) == 200
    house.now_s += 1
    assert seen_with(house, session) == 401
    session = session_of(house)
    house.tokens.remove("viewer")
    assert seen_with(house, session) == 401
    house.secrets["viewer"] = house.tokens.add("viewer", Role.ADMIN)
    assert seen_with(house, session) == 401, "another token of the same name"


@pytest.mark.parametrize(
    ("situation", "forged"),
    [
        ("another name", lambda s: s.replace("viewer", "admin")),
        ("more time", lambda s: s.replace(".17", ".27")),
        ("another signature", lambda s: s[:-1] + ("0" if s[-1] != "0" else "1")),
        ("no signature", lambda s: s.rpartition(".")[0]),
        ("an empty signature", lambda s: s.rpartition(".")[0] + "."),
        ("letters for the time", lambda s: "viewer.soon." + s.rpartition(".")[2]),
        ("a long time", lambda s: f"viewer.{'9' * 5000}." + s.rpartition(".")[2]),
        ("not ASCII", lambda s: s[:-1] + "\u00e9"),
        ("nothing", lambda s: ""),
    ],
)
def test_a_forged_session(house: House, situation: str, forged: Any) -> None:
    session = session_of(house)
    made = forged(session)
    assert made != session
    headers = {b"cookie": f"finishline-8080={made}".encode("latin-1")}
    assert house.client().get("/api/who", headers=headers).status_code == 401, situation


def test_a_session_outlives_the_server(house: House) -> None:
    session = session_of(house, "operator")
    race = FakeRace(house.race.archive.folder)
    access = Access(race.archive.folder, clock=lambda: house.now_s * SECOND_NS)
    app = create_app(race.hub, race.archive, RaceView("x", race.archive.folder), access=access)
    client = TestClient(app, HOST, client=LAN, cookies={"finishline-8080": session})
    assert client.get("/api/who").json()["role"] == "operator"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('{"token": NaN}', id="no number"),
        pytest.param('{"token": ["Secret"]}', id="a list"),
        pytest.param('{"secret": "Secret"}', id="another name"),
        pytest.param('{"token": "%s"}' % ("Secret" * 99), id="too long"),
    ],
)
def test_what_is_no_token_is_refused_and_not_told_again(house: House, body: str) -> None:
    answer = house.client().post("/api/login", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "parameter")
    assert "Secret" not in answer.text


def test_wrong_tokens_are_slowed_down_and_others_are_not(house: House) -> None:
    client = house.client()
    for _ in range(5):
        answer = client.post("/api/login", json={"token": "wrong"})
        assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
    answer = client.post("/api/login", json={"token": house.secrets["viewer"]})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    other = house.client(("192.168.1.51", 1))
    assert other.post("/api/login", json={"token": house.secrets["viewer"]}).status_code == 200


@pytest.mark.parametrize(
    ("situation", "headers", "body", "status"),
    [
        ("our own page", {**JSON, "origin": HOST}, "{}", 200),
        ("a program", JSON, "{}", 200),
        ("JSON with its alphabet", {"content-type": "application/json; charset=utf-8"}, "{}", 200),
        ("another page", {**JSON, "origin": "http://evil.example"}, "{}", 403),
        ("another port", {**JSON, "origin": "http://192.168.1.20:9"}, "{}", 403),
        ("a page from a file", {**JSON, "origin": "null"}, "{}", 403),
        ("a form", {"content-type": "application/x-www-form-urlencoded"}, "a=1", 415),
        ("a form with files", {"content-type": "multipart/form-data; boundary=x"}, "--x--", 415),
        ("a form that looks like JSON", {"content-type": "text/plain"}, "{}", 415),
        ("no kind", {}, "", 415),
    ],
)
@pytest.mark.parametrize("where", [HERE, LAN])
def test_other_pages_cannot_write(
    house: House,
    situation: str,
    headers: dict[str, str],
    body: str,
    status: int,
    where: tuple[str, int],
) -> None:
    """Neither with a session, nor because the browser runs on this computer."""
    client = house.client(where)
    if where == LAN:
        client.cookies.set("finishline-8080", session_of(house, "operator"))
    answer = client.post("/api/corrections", headers=headers, content=body)
    assert answer.status_code == status, situation


@pytest.mark.parametrize("path", ["/api/login", "/api/logout", "/api/corrections"])
def test_nothing_is_written_by_a_get(house: House, path: str) -> None:
    assert house.client(HERE).get(path).status_code == 405


@pytest.mark.parametrize(
    ("situation", "role", "code"),
    [("nobody", None, 4401), ("graphics", "feed", 4403), ("a viewer", "viewer", None)],
)
def test_the_live_line_asks_too(
    house: House, situation: str, role: str | None, code: int | None
) -> None:
    with house.client().websocket_connect(LIVE, headers=house.bearer(role)) as socket:
        if code is None:
            assert json.loads(socket.receive_text())["type"] == "hello", situation
            return
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    assert closed.value.code == code, situation


def test_a_live_line_ends_when_its_token_is_removed(house: House) -> None:
    with house.client().websocket_connect(LIVE, headers=house.bearer("viewer")) as socket:
        socket.receive_text()
        house.tokens.remove("viewer")
        with pytest.raises(WebSocketDisconnect) as closed:
            while True:
                socket.receive_text()
    assert closed.value.code == 4401


def test_tokens_in_addresses_open_nothing_but_the_scoreboard(house: House) -> None:
    for role in Role:
        query = f"?token={house.secrets[role.word]}"
        assert house.client().get("/api/runners" + query).status_code == 401


def routes_of(routes: Iterable[object]) -> Iterator[tuple[str, str]]:
    """Method and path of every route, those of included routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_of(inner.routes)
        elif not isinstance(route, Mount):
            for method in getattr(route, "methods", None) or ():
                yield method, getattr(route, "path", "")


def test_every_route_asks_who_is_there(house: House) -> None:
    """Also those that are added later: only what is named here is open."""
    client = house.client()
    asked = 0
    for method, path in routes_of(house.app.routes):
        if path in {*OPEN_PATHS, "/api/openapi.json"} or method in {"HEAD", "OPTIONS"}:
            continue
        answer = client.request(method, path.replace("{path:path}", "a"), headers=JSON)
        assert answer.status_code == 401, (method, path)
        asked += 1
    assert asked >= 8
