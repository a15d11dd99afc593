from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest

from dashboard.access.tls import Tls
from dashboard.race_view import RaceView
from dashboard.server import ServerError
from dashboard.serving import open_page
from stream.config import DashboardSettings
from tests.dashboard.fakes import FakeRace
from tests.dashboard.serving_certificates import make_certificate


def test_a_certificate_and_its_key_serve_the_page(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, "ours")
    race = FakeRace(tmp_path)
    settings = DashboardSettings(port=0, certificate=certificate, key=key)
    page = open_page(race.hub, race.archive, RaceView("City run", tmp_path), settings)
    try:
        assert page.url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=str(certificate))
        answer = httpx.get(page.url + "api/status", verify=trusting)
        assert answer.json()["race"] == "City run"
        with pytest.raises(httpx.HTTPError):
            httpx.get(page.url.replace("https", "http"))
    finally:
        page.server.stop()


@pytest.mark.parametrize(
    ("situation", "text"),
    [
        ("certificate missing", "[dashboard] certificate: {ours}.none cannot be read (No such"),
        ("key missing", "[dashboard] key: {ours}.none cannot be read (No such file"),
        ("another's key", "{theirs_key} is not the key of {ours}; name the two files that were"),
        ("a password", "{locked_key} is protected by a password; write it without one: openssl"),
        ("no PEM", "{text} and {ours_key} cannot be used ("),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, situation: str, text: str) -> None:
    ours, ours_key = make_certificate(tmp_path, "ours")
    _, theirs_key = make_certificate(tmp_path, "theirs")
    locked, locked_key = make_certificate(tmp_path, "locked", "-passout", "pass:secret")
    plain = tmp_path / "text.pem"
    plain.write_text("certificate")
    none = ours.with_name("ours.pem.none")
    pairs = {
        "certificate missing": (none, ours_key),
        "key missing": (ours, none),
        "another's key": (ours, theirs_key),
        "a password": (locked, locked_key),
        "no PEM": (plain, ours_key),
    }
    certificate, key = pairs[situation]
    with pytest.raises(ServerError) as error:
        Tls(certificate, key).check()
    names = {"ours": ours, "ours_key": ours_key, "theirs_key": theirs_key}
    assert text.format(**names, locked_key=locked_key, text=plain) in str(error.value), situation
