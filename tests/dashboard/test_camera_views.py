"""Views of cameras over HTTP: who may change them, and what is answered to what cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboard.access.rules import Access, Role
from dashboard.access.tokens import Tokens
from dashboard.app import create_app
from dashboard.camera_views import view_routes
from dashboard.race_view import RaceView
from stream.finish import Approach
from stream.race_file_edit import read_view
from stream.settings import CameraSettings
from stream.view_desk import ViewDesk
from tests.dashboard.fakes import FakeRace
from tests.stream.test_view_desk import racing

HERE = ("127.0.0.1", 40000)
LAN = ("192.168.1.50", 40000)
URL = "/api/cameras/finish/view"
TEXT = 'name = "City"\n[[camera]]\nname = "finish"  # gantry\nsource = "a.mp4"\n'
DRAWN = {
    "finish_line": [[0.1, 0.8], [0.9, 0.8]], "approach": "above", "region": [0.0, 0.2, 1.0, 1.0],
}  # fmt: skip
VIEW = CameraSettings(((0.1, 0.8), (0.9, 0.8)), Approach.ABOVE, (0.0, 0.2, 1.0, 1.0))


class Gate:
    """A race that does not run, its file, its page, and what was told on the way."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "race.toml"
        self.file.write_text(TEXT)
        self.folder = folder
        self.told: list[str] = []
        tokens = Tokens(folder)
        self.tokens = {role.word: tokens.add(f"Mr {role.word}", role) for role in Role}

    def client(self, desk: ViewDesk, where: tuple[str, int] = HERE) -> TestClient:
        race = FakeRace(self.folder)
        view = RaceView("City run", self.folder, ("finish",))
        routes = view_routes(desk, self.told.append)
        app = create_app(race.hub, race.archive, view, access=Access(self.folder), views=routes)
        return TestClient(app, "http://localhost", client=where)

    def has(self) -> CameraSettings:
        return read_view(self.file, "finish").view


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def test_a_view_is_read_changed_and_told_of(gate: Gate) -> None:
    with racing(gate.file) as (desk, pipeline):
        client = gate.client(desk)
        before = client.get(URL).json()
        version = before.pop("version")
        assert before == {
            "camera": "finish", "finish_line": None, "approach": "auto", "region": None,
            "kept": True, "differs": "",
        }  # fmt: skip
        answer = client.put(URL, json={**DRAWN, "version": version})
        assert answer.status_code == 200, answer.text
        assert answer.json() == client.get(URL).json()
        assert answer.json()["version"] != version
        assert (gate.has(), pipeline.race.view("finish")) == (VIEW, VIEW)
        assert 'name = "finish"  # gantry' in gate.file.read_text()
        [line] = gate.told
        assert "finish line [[0.1, 0.8], [0.9, 0.8]] from above" in line
        assert line.endswith("by this computer")
        gone = {"finish_line": None, "region": None, "version": answer.json()["version"]}
        assert client.put(URL, json=gone).status_code == 200
        assert gate.file.read_text() == TEXT
        assert "no finish line, no region" in gate.told[1]


@pytest.mark.parametrize(
    ("role", "looks", "draws"),
    [(None, 401, 401), ("feed", 403, 403), ("viewer", 200, 403), ("operator", 200, 403),
     ("admin", 200, 200)],
)  # fmt: skip
def test_only_an_admin_draws(gate: Gate, role: str | None, looks: int, draws: int) -> None:
    version = read_view(gate.file, "finish").version
    with racing(gate.file, runs=False) as (desk, _):
        client = gate.client(desk, LAN)
        if role is not None:
            client.headers["authorization"] = f"Bearer {gate.tokens[role]}"
        assert client.get(URL).status_code == looks
        answer = client.put(URL, json={**DRAWN, "version": version})
        assert answer.status_code == draws
        if draws == 403 and role != "feed":
            assert "needs the role admin" in answer.json()["detail"]
        assert gate.has() == (VIEW if draws == 200 else CameraSettings())
        assert [line.rsplit("by ")[-1] for line in gate.told] == ["Mr admin"] * (draws == 200)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        pytest.param({"version": "old"}, 409, "Cancel, and draw anew", id="drawn over an old one"),
        pytest.param(
            {"finish_line": [[0.5, 0.5], [0.5, 0.5]]}, 422, "both ends are the same", id="a point"
        ),
        pytest.param({"finish_line": [[9, 0], [0, 0]]}, 422, "from -1 to 2", id="far outside"),
        pytest.param({"region": [0.5, 0, 0.5, 1]}, 422, "region: is empty", id="empty region"),
        pytest.param({"region": [0, 0, 1]}, 422, "region", id="three numbers"),
        pytest.param({"approach": "behind"}, 422, "approach", id="no such side"),
        pytest.param({"colour": "red"}, 422, "colour", id="what is not known"),
    ],
)
def test_what_cannot_be_changes_nothing(
    gate: Gate, body: dict[str, Any], status: int, words: str
) -> None:
    version = read_view(gate.file, "finish").version
    with racing(gate.file) as (desk, pipeline):
        answer = gate.client(desk).put(URL, json={**DRAWN, "version": version, **body})
        assert answer.status_code == status
        assert words in answer.text
        codes = {"race_file_changed"} if status == 409 else {"camera_view", "parameter"}
        assert answer.json()["code"] in codes
        assert gate.file.read_text() == TEXT
        assert pipeline.race.view("finish") == CameraSettings()
        assert gate.told == []


def test_a_camera_that_is_not_there(gate: Gate) -> None:
    with racing(gate.file, runs=False) as (desk, _):
        client = gate.client(desk)
        for answer in (
            client.get("/api/cameras/gate/view"),
            client.put("/api/cameras/gate/view", json={**DRAWN, "version": ""}),
        ):
            assert answer.status_code == 404
            assert "There are: finish" in answer.json()["detail"]


def test_a_disk_that_refuses_is_told_with_the_mend(gate: Gate) -> None:
    version = read_view(gate.file, "finish").version
    gate.file.chmod(0o444)
    with racing(gate.file, runs=False) as (desk, pipeline):
        answer = gate.client(desk).put(URL, json={**DRAWN, "version": version})
        assert answer.status_code == 503
        assert "chmod u+w" in answer.json()["detail"]
        assert pipeline.race.view("finish") == CameraSettings()


def test_another_page_may_not_draw(gate: Gate) -> None:
    version = read_view(gate.file, "finish").version
    with racing(gate.file, runs=False) as (desk, _):
        answer = gate.client(desk).put(
            URL, json={**DRAWN, "version": version}, headers={"origin": "http://evil.example"}
        )
        assert answer.status_code == 403
        assert gate.has() == CameraSettings()
