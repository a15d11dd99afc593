from __future__ import annotations

import ssl
import stat
import tomllib
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from dashboard.cli import main
from dashboard.race_view import RaceView
from dashboard.serving import dashboard_settings, open_page
from tests.dashboard.fakes import FakeRace


def test_a_certificate_of_ones_own_serves_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["access", "certificate", "--race", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert set(tomllib.loads(told)["dashboard"]) == {"certificate", "key"}
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600
    camera = '[[camera]]\nname = "a"\nsource = "a.mp4"\n'
    (tmp_path / "race.toml").write_text(f'name = "a"\n{camera}{told}')
    race = FakeRace(tmp_path)
    settings = replace(dashboard_settings(tmp_path), port=0)
    page = open_page(race.hub, race.archive, RaceView("City run", tmp_path), settings)
    try:
        trusting = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
        for host in ("127.0.0.1", "localhost"):
            answer = httpx.get(
                f"https://{host}:{page.server.address[1]}/api/status", verify=trusting
            )
            assert answer.json()["race"] == "City run"
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(page.url)
    finally:
        page.server.stop()


def test_no_certificate_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "certificate.pem").write_text("mine")
    assert main(["access", "certificate", "--race", str(tmp_path)]) == 2
    message = "certificate.pem is there already; remove it to make another"
    assert message in capsys.readouterr().err
    assert (tmp_path / "certificate.pem").read_text() == "mine"
    assert not (tmp_path / "key.pem").exists()
