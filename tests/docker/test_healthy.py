"""Where the health check looks, and what it makes of the answer."""

from __future__ import annotations

import http.server
import socket
import threading
from pathlib import Path

import pytest

from docker.genuine import faults
from docker.healthy import address, is_up


@pytest.mark.parametrize(
    ("dashboard", "url"),
    [
        pytest.param("", "http://127.0.0.1:8080/healthz", id="as usual"),
        pytest.param('host = "0.0.0.0"\nport = 81', "http://127.0.0.1:81/healthz", id="everywhere"),
        pytest.param('host = "10.0.0.7"', "http://10.0.0.7:8080/healthz", id="one address"),
        pytest.param('host = "fd00::7"', "http://[fd00::7]:8080/healthz", id="IPv6"),
        pytest.param('certificate = "c"\nkey = "k"', "https://127.0.0.1:8080/healthz", id="TLS"),
    ],
)
def test_where_it_looks(dashboard: str, url: str, tmp_path: Path) -> None:
    file = tmp_path / "race.toml"
    file.write_text(f'name = "Run"\n[dashboard]\n{dashboard}\n', encoding="utf-8")
    assert address(file) == url


def test_without_a_race_file(tmp_path: Path) -> None:
    assert address(tmp_path / "race.toml") == "http://127.0.0.1:8080/healthz"


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 500)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def test_what_answers_is_up_and_what_fails_is_not() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        assert is_up(f"{url}/healthz")
        assert not is_up(f"{url}/other")
        server.shutdown()


def test_nobody_is_not_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert not is_up(f"http://127.0.0.1:{port}/healthz")


CUPY = ["core.so"]


@pytest.mark.parametrize(
    ("service_maker", "pyds", "cupy", "told"),
    [
        pytest.param(["_pyservicemaker.so", "flow.py"], None, CUPY, [], id="NVIDIA's"),
        pytest.param(["_pyservicemaker.so"], ["pyds.so"], CUPY, [], id="both of NVIDIA's"),
        pytest.param(None, None, CUPY, ["pyservicemaker is missing"], id="none"),
        pytest.param(["x.py"], None, CUPY, ["no compiled part"], id="something of that name"),
        pytest.param(
            ["_pyservicemaker.so"], ["pyds.py"], CUPY, ["pip uninstall"], id="the other pyds"
        ),
        pytest.param(["_pyservicemaker.so"], None, None, ["cupy is missing"], id="no cupy"),
    ],
)
def test_genuine(
    service_maker: list[str] | None,
    pyds: list[str] | None,
    cupy: list[str] | None,
    told: list[str],
) -> None:
    found = faults(service_maker, pyds, cupy)
    assert len(found) == len(told)
    assert all(part in fault for part, fault in zip(told, found, strict=True))
