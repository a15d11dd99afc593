from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard.server import Server, ServerError


def app() -> Starlette:
    return Starlette(routes=[Route("/", lambda _: PlainTextResponse("hello"))])


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def test_answers_once_started_and_leaves_nothing_behind() -> None:
    server = Server(app(), port=0)
    url = server.start()
    assert url == f"http://127.0.0.1:{server.address[1]}/"
    assert "dashboard-server" in threads()
    assert httpx.get(url).text == "hello"
    server.stop()
    server.stop()
    assert "dashboard-server" not in threads()
    assert server.failure is None
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_the_same_port_can_be_used_again_at_once() -> None:
    first = Server(app(), port=0)
    first.start()
    port = first.address[1]
    assert httpx.get(first.url).text == "hello"
    first.stop()
    second = Server(app(), port=port)
    assert httpx.get(second.start()).text == "hello"
    second.stop()


def test_on_all_networks_the_url_is_one_that_works_here() -> None:
    server = Server(app(), host="0.0.0.0", port=0)
    try:
        assert httpx.get(server.start()).text == "hello"
        assert server.address[0] == "0.0.0.0"
    finally:
        server.stop()


def test_a_taken_port_is_said_with_its_mend(taken_port: int) -> None:
    with pytest.raises(ServerError) as error:
        Server(app(), port=taken_port).start()
    assert str(error.value) == (
        f"port {taken_port} on 127.0.0.1 is already in use; choose another one with --port"
    )
    assert "dashboard-server" not in threads()


@pytest.mark.parametrize(
    ("host", "port", "part"),
    [
        ("192.0.2.1", 0, "192.0.2.1 is no address of this machine; choose another one with --host"),
        ("no such host", 0, "'no such host' is no address to listen on"),
        ("127.0.0.1", 70000, "there is no port 70000; choose one from 1 to 65535 with --port"),
    ],
)
def test_an_impossible_address_is_said(host: str, port: int, part: str) -> None:
    with pytest.raises(ServerError) as error:
        Server(app(), host=host, port=port).start()
    assert part in str(error.value)


def test_the_address_is_not_known_before_the_start() -> None:
    with pytest.raises(RuntimeError, match="not been started"):
        _ = Server(app()).url
