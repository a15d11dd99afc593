from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from dashboard import serving
from dashboard.access.tokens import ACCESS_FILE, AccessError, Role, Tokens
from dashboard.race_view import RaceView
from dashboard.serving import Page, dashboard_settings, is_loopback, lan_host, open_page, page_url
from stream.config import ConfigError, DashboardSettings
from tests.dashboard.fakes import FakeRace


def opened(folder: Path, settings: DashboardSettings) -> Page:
    race = FakeRace(folder)
    return open_page(race.hub, race.archive, RaceView("City run", folder), settings)


@pytest.mark.parametrize(
    ("situation", "host", "require_token", "tokens", "says"),
    [
        ("this machine alone", "127.0.0.1", False, False, None),
        ("this machine, with tokens", "127.0.0.1", False, True, None),
        ("everybody, no token yet", "0.0.0.0", False, False, "open as viewer (told this once)"),
        ("everybody, tokens", "0.0.0.0", False, True, "others sign in at http://"),
        ("this machine, token required", "127.0.0.1", True, False, "open as admin (told this"),
        ("everybody, token required", "0.0.0.0", True, False, "open as viewer (told this once)"),
    ],
)
def test_how_others_get_in_is_said_at_the_start(
    tmp_path: Path, situation: str, host: str, require_token: bool, tokens: bool, says: str | None
) -> None:
    if tokens:
        Tokens(tmp_path).add("tablet", Role.VIEWER)
    page = opened(tmp_path, DashboardSettings(host, 0, require_token))
    try:
        assert bool(page.invitation) is (says is not None), situation
        if says is None:
            assert (tmp_path / ACCESS_FILE).exists() is tokens
            return
        first, more = page.invitation
        assert first.startswith(says)
        assert "finishline access add NAME" in more and str(tmp_path) in more
        found = re.search(r"#token=(\S+)", first)
        assert (found is None) is tokens
        if found is not None:
            answer = httpx.post(page.url + "api/login", json={"token": found[1]})
            assert answer.json()["role"] in first
    finally:
        page.server.stop()
    again = opened(tmp_path, DashboardSettings(host, 0, require_token))
    again.server.stop()
    assert "#token" not in "".join(again.invitation), "told once"


def test_a_broken_file_of_tokens_stops_the_start_and_leaves_no_server(tmp_path: Path) -> None:
    (tmp_path / ACCESS_FILE).write_text("{")
    with pytest.raises(AccessError):
        opened(tmp_path, DashboardSettings("0.0.0.0", 0))


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("127.0.0.9", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("192.168.1.20", False), ("timing.local", False)],
)  # fmt: skip
def test_what_only_this_machine_reaches(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_what_others_call_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lan_host("192.168.1.20") == "192.168.1.20"
    assert lan_host("0.0.0.0") not in {"0.0.0.0", ""}
    assert page_url(DashboardSettings("192.168.1.20", 81)) == "http://192.168.1.20:81/"
    tls = DashboardSettings("fe80::1", 81, certificate=Path("a"), key=Path("b"))
    assert page_url(tls) == "https://[fe80::1]:81/"
    monkeypatch.setattr(serving, "_NOWHERE", ("", -1))
    monkeypatch.setattr("socket.socket.connect", no_way)
    assert lan_host("0.0.0.0") == "127.0.0.1", "without any network"


def no_way(*address: object) -> None:
    raise OSError("Network is unreachable")


def test_a_finished_race_is_served_as_its_race_file_says(tmp_path: Path) -> None:
    assert dashboard_settings(tmp_path) == DashboardSettings()
    file = tmp_path / "race.toml"
    camera = '[[camera]]\nname = "a"\nsource = "a.mp4"\n'
    file.write_text(f'name = "a"\n{camera}[dashboard]\nport = 81\n')
    assert dashboard_settings(tmp_path).port == 81
    file.write_text("name = 1")
    with pytest.raises(ConfigError):
        dashboard_settings(tmp_path)
