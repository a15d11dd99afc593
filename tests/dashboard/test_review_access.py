"""Who may look at a review, and who may decide."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from dashboard.access.rules import Access
from dashboard.access.tokens import Role, Tokens
from dashboard.review import _invitation, create_review_app
from dashboard.server import Server
from dashboard.serving import login_url
from engines.train.labelled.judged import Review
from tests.dashboard.test_review import begun, labels

HERE = ("127.0.0.1", 40000)
LAN = ("192.168.1.50", 40000)


@pytest.fixture
def made(tmp_path: Path) -> Review:
    return begun(labels(tmp_path), tmp_path / "out")


@pytest.mark.parametrize(
    ("where", "role", "looks", "decides"),
    [
        pytest.param(HERE, None, 200, 200, id="at this computer"),
        pytest.param(LAN, None, 401, 401, id="a stranger"),
        pytest.param(LAN, Role.FEED, 403, 403, id="a graphics machine"),
        pytest.param(LAN, Role.VIEWER, 200, 403, id="a viewer"),
        pytest.param(LAN, Role.OPERATOR, 200, 200, id="an operator"),
        pytest.param(LAN, Role.ADMIN, 200, 200, id="an admin"),
    ],
)
def test_who_may_do_what(
    made: Review, tmp_path: Path, where: tuple[str, int], role: Role | None, looks: int,
    decides: int,
) -> None:  # fmt: skip
    out = tmp_path / "out"
    headers = {}
    if role is not None:
        headers["authorization"] = f"Bearer {Tokens(out).add('somebody', role)}"
    app = create_review_app(made, access=Access(out))
    with TestClient(app, "http://localhost", client=where, headers=headers) as client:
        key = made.suspicions[0].id
        for path in ("/api/review", f"/api/picture/{key}.jpg"):
            assert client.get(path).status_code == looks, path
        body = {"id": key, "accept": False}
        assert client.post("/api/decide", json=body).status_code == decides
        assert client.post("/api/finish", json={}).status_code == decides
    assert ((out / "train.json").exists()) is (decides == 200)
    assert (made.counts()["decided"] == 1) is (decides == 200)


def test_a_refusal_says_which_role_is_missing(made: Review, tmp_path: Path) -> None:
    token = Tokens(tmp_path / "out").add("tablet", Role.VIEWER)
    app = create_review_app(made, access=Access(tmp_path / "out"))
    with TestClient(app, "http://localhost", client=LAN) as client:
        answer = client.post("/api/finish", json={}, headers={"authorization": f"Bearer {token}"})
    assert answer.json() == {
        "detail": "this needs the role operator; tablet is viewer",
        "code": "role",
        "about": {"role": "operator"},
    }


def test_a_page_is_sent_to_sign_in_and_comes_back(page: Page, made: Review, tmp_path: Path) -> None:
    tokens = Tokens(tmp_path / "out")
    token = tokens.add("reviewer", Role.OPERATOR)
    app = create_review_app(made, access=Access(tmp_path / "out", require_token=True))
    server = Server(app, port=0)
    url = server.start()
    try:
        page.goto(url)
        expect(page).to_have_url(f"{url}login")
        page.goto(login_url(url, token))
        expect(page.locator("#progress")).to_have_text("0 of 4 decided, 0 rejected")
        page.keyboard.press("a")
        expect(page.locator("#progress")).to_have_text("1 of 4 decided, 0 rejected")
        tokens.remove("reviewer")
        page.keyboard.press("a")
        expect(page.locator("#error")).to_have_text("Sign in first.")
        page.get_by_role("link", name="Sign in").click()
        expect(page).to_have_url(f"{url}login")
        assert made.counts()["decided"] == 1
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("host", "n_tokens"),
    [
        pytest.param("127.0.0.1", 0, id="this computer alone"),
        pytest.param("0.0.0.0", 1, id="every network"),
    ],
)
def test_who_is_invited(made: Review, tmp_path: Path, host: str, n_tokens: int) -> None:
    out = tmp_path / "out"
    server = Server(create_review_app(made, access=Access(out)), host, 0)
    server.start()
    try:
        told = _invitation(server, out)
        assert [token.role for token in Tokens(out).list()] == [Role.OPERATOR] * n_tokens
        assert len(told) == n_tokens
        if n_tokens:
            assert "open as operator (told this once): http://" in told[0]
            secret = told[0].rpartition("#token=")[2]
            assert Tokens(out).find(secret) is not None
            # A review that goes on later knows the token, but can not tell it again.
            again = _invitation(server, out)
            assert secret not in again[0] and "remove" in again[0]
    finally:
        server.stop()
