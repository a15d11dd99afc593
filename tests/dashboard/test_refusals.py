"""What the server refuses: codes that stay, and texts in the page's language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.access.rules import Access
from dashboard.access.tokens import Role, Tokens
from dashboard.app import create_app
from dashboard.corrections import correction_routes
from dashboard.race_view import NoEntries
from dashboard.server import Server
from stream.correction_checks import Because
from tests.dashboard.stage import Stage
from tests.dashboard.test_corrections import LAN, House, said

WORDS = """async () => {
    const { TEXTS } = await import("/static/texts.js");
    const about = new Proxy({}, { get: (_, name) => `<${String(name)}>` });
    const said = (refusals) => Object.fromEntries(
        Object.entries(refusals).map(([key, say]) => [key, say(about)]));
    return Object.fromEntries(Object.entries(TEXTS).map(
        ([code, { refusals }]) => [code, said(refusals)]));
}"""
NOT_FROM_A_PAGE = {Because.UNDO_OF_TRACK}


def test_every_refusal_of_a_correction_is_told_in_every_language(page: Page, stage: Stage) -> None:
    page.goto(stage.url)
    words = page.evaluate(WORDS)
    assert set(words) == {"en", "fr", "de", "it"}
    for language, texts in words.items():
        assert {str(code) for code in set(Because) - NOT_FROM_A_PAGE} <= set(texts), language
        assert set(texts) == set(words["en"]), language
        for code, text in texts.items():
            assert text.strip(), (language, code)
            names = {part.split(">")[0] for part in text.split("<")[1:]}
            english = {part.split(">")[0] for part in words["en"][code].split("<")[1:]}
            assert names == english, (language, code)


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        pytest.param(
            "", said("bib", 99, bib="1"),
            (404, "track_unknown", {"track": 99}), id="no such track",
        ),
        pytest.param(
            "", said("bib", 1, bib="1/2"),
            (409, "bib_character", {"bib": "1/2", "character": "/"}), id="no bib",
        ),
        pytest.param(
            "", said("wrong_person", 1, bib="13"),
            (409, "bib_changed", {"track": 1, "bib": "12", "former": "13"}), id="changed",
        ),
        pytest.param("/9/undo", {}, (404, "correction_unknown", {"number": 9}), id="no such one"),
        pytest.param("", said("bib", 1, bib="1", by="a\nb"), (422, "name", {}), id="a name"),
    ],
)  # fmt: skip
def test_codes_beside_the_english_text(
    tmp_path: Path, path: str, body: dict[str, Any], expected: tuple[int, str, dict[str, object]]
) -> None:
    house = House(tmp_path)
    try:
        answer = house.client().post(f"/api/corrections{path}", json=body)
        told = answer.json()
        assert (answer.status_code, told["code"], told["about"]) == expected
        assert len(told["detail"]) > 10
    finally:
        house.store.close()


def test_codes_of_who_may_not(tmp_path: Path) -> None:
    house = House(tmp_path)
    try:
        url, body = "/api/corrections", said("bib", 1, bib="5")
        stranger = house.client(LAN).post(url, json=body).json()
        assert (stranger["code"], stranger["detail"]) == ("sign_in", "sign in first")
        token = {"authorization": f"Bearer {house.tokens['viewer']}"}
        viewer = house.client(LAN).post(url, json=body, headers=token).json()
        assert (viewer["code"], viewer["about"]) == ("role", {"role": "operator"})
        only = house.client(desk=False).post(url, json=body).json()
        assert (only["code"], only["about"]) == ("read_only", {"folder": str(tmp_path)})
        unknown = house.client().get("/api/runners/finish/99").json()
        assert unknown == {"detail": "no such runner", "code": "runner_unknown", "about": {}}
        foreign = house.client().post(url, json=body, headers={"origin": "http://evil.example"})
        assert foreign.json()["code"] == "foreign_page"
    finally:
        house.store.close()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(
            {"detail": "x", "code": "in_view", "about": {"track": 7}},
            "Die Spur 7 ist noch im Bild. Warten Sie, bis der Läufer vorbei ist.",
            id="a code",
        ),
        pytest.param({"detail": "x", "code": "of a later version"}, None, id="an unknown code"),
        pytest.param({"detail": "x", "code": "toString"}, None, id="not of the table"),
        pytest.param({"detail": "x"}, None, id="no code"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_texts_of_codes(page: Page, stage: Stage, told: object, expected: str | None) -> None:
    page.goto(f"{stage.url}?lang=de")
    found = page.evaluate(
        "async (told) => (await import('/static/words.js')).refusalText(told)", told
    )
    assert found == expected


def test_the_operator_is_told_in_their_language(page: Page, tmp_path: Path) -> None:
    house = House(tmp_path)
    routes = correction_routes(house.store, house.desk, NoEntries(), str(tmp_path))
    server = Server(create_app(house.hub, house.store, house.view, corrections=routes), port=0)
    try:
        page.goto(f"{server.start()}operator?lang=de")
        page.locator('.row[data-bib="12"]').click()
        page.locator("#bib").fill("AB")
        page.keyboard.press("Enter")
        expect(page.locator("#refusal")).to_have_text(
            "Startnummer AB hat keine Ziffer. Mindestens eine muss sein."
        )
    finally:
        server.stop()
        house.store.close()


def test_the_login_page_tells_it_too(browser: Browser, stage: Stage, tmp_path: Path) -> None:
    Tokens(tmp_path).add("caster", Role.VIEWER)
    feed = Tokens(tmp_path).add("graphics", Role.FEED)
    access = Access(tmp_path, require_token=True)
    app = create_app(stage.race.hub, stage.race.archive, stage.view, access=access)
    server = Server(app, port=0)
    context = browser.new_context(locale="fr")
    try:
        page = context.new_page()
        page.goto(f"{server.start()}login")
        for token, text in (
            ("wrong", "Ce jeton est inconnu ici. Demandez-en un nouveau."),
            (
                feed,
                "Ce jeton ne sert qu’aux habillages graphiques. Demandez-en un pour voir la page.",
            ),
        ):
            page.get_by_label("Jeton").fill(token)
            page.keyboard.press("Enter")
            expect(page.get_by_role("alert")).to_have_text(text)
    finally:
        context.close()
        server.stop()
