"""Over a real server: sizes while they come, several at once, and a page that goes on."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from dashboard.recognition.gate import Limits
from dashboard.server import Server
from tests.dashboard.recognition.house import FakeRecogniser, House, open_house, person, picture

PHOTO = picture()
PATIENCE_S = 30.0
LINE_END = b"\r\n"


@contextmanager
def served(house: House) -> Iterator[str]:
    server = Server(house.app, port=0)
    try:
        yield server.start()
    finally:
        if house.recogniser.gate is not None:
            house.recogniser.gate.set()
        server.stop()
        house.close()


def test_the_page_answers_while_pictures_wait(tmp_path: Path) -> None:
    """Were the picture looked at on the event loop, nobody would get an answer before the end."""
    house = open_house(tmp_path, FakeRecogniser(people=(person(),), gate=threading.Event()))
    with served(house) as url, ThreadPoolExecutor(2) as clients:
        sent = [
            clients.submit(
                httpx.post, f"{url}recognition", files={"file": PHOTO}, timeout=PATIENCE_S
            )
            for _ in range(2)
        ]
        assert house.recogniser.began.wait(PATIENCE_S)
        for path in ("healthz", "recognition", "api/runners"):
            assert httpx.get(f"{url}{path}", timeout=PATIENCE_S).status_code == 200
        assert not any(one.done() for one in sent)
        assert house.recogniser.gate is not None
        house.recogniser.gate.set()
        assert [one.result().status_code for one in sent] == [200, 200]
        assert house.recogniser.threads == {"recognition_0"}, "one worker"


def test_who_waits_when_the_server_ends_reads_why(tmp_path: Path) -> None:
    house = open_house(tmp_path, FakeRecogniser(gate=threading.Event()))
    server = Server(house.app, port=0)
    address = f"{server.start()}recognition"
    with ThreadPoolExecutor(1) as clients:
        sent = clients.submit(httpx.post, address, files={"file": PHOTO}, timeout=PATIENCE_S)
        assert house.recogniser.began.wait(PATIENCE_S)
        server.stop()
        answer = sent.result()
    assert (answer.status_code, answer.json()["code"]) == (503, "ending")
    assert house.recogniser.gate is not None
    house.recogniser.gate.set()
    house.close()


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        pytest.param(Limits(at_once=1), (429, "too_many_at_once"), id="one client's"),
        pytest.param(Limits(waiting=1), (503, "busy"), id="everybody's"),
        pytest.param(Limits(per_minute=1), (429, "too_often"), id="in a minute"),
    ],
)
def test_too_many(tmp_path: Path, limits: Limits, expected: tuple[int, str]) -> None:
    house = open_house(tmp_path, FakeRecogniser(gate=threading.Event()), limits)
    with served(house) as url, ThreadPoolExecutor(1) as clients:
        first = clients.submit(
            httpx.post, f"{url}recognition", files={"file": PHOTO}, timeout=PATIENCE_S
        )
        assert house.recogniser.began.wait(PATIENCE_S)
        answer = httpx.post(f"{url}recognition", files={"file": PHOTO}, timeout=PATIENCE_S)
        assert (answer.status_code, answer.json()["code"]) == expected
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.json()["about"]["seconds"] == int(answer.headers["retry-after"])
        assert house.recogniser.gate is not None
        house.recogniser.gate.set()
        assert first.result().status_code == 200


def request_head(url: str, kind: bytes, length: bytes) -> bytes:
    place = urlsplit(url).netloc.encode()
    lines = [
        b"POST /recognition HTTP/1.1",
        b"host: " + place,
        b"content-type: " + kind,
        length,
        LINE_END,
    ]
    return LINE_END.join(lines)


def chunk(content: bytes) -> bytes:
    return f"{len(content):x}".encode() + LINE_END + content + LINE_END


def answer_of(line: socket.socket) -> tuple[int, str]:
    with line.makefile("rb") as told:
        status = int(told.readline().split()[1])
        length = 0
        while header := told.readline().strip():
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return status, json.loads(told.read(length))["code"]


FORM = b"multipart/form-data; boundary=a"
FORM_BEGIN = LINE_END.join(
    [b"--a", b'content-disposition: form-data; name="file"; filename="a"', b"", b""]
)


@pytest.mark.parametrize(
    ("kind", "begin", "length"),
    [
        pytest.param(b"image/jpeg", b"", b"content-length: 500000000", id="told in advance"),
        pytest.param(b"image/jpeg", b"", b"transfer-encoding: chunked", id="without a length"),
        pytest.param(FORM, FORM_BEGIN, b"transfer-encoding: chunked", id="in a form"),
        pytest.param(
            b"application/json", b'{"file": "', b"transfer-encoding: chunked", id="in JSON"
        ),
    ],
)
def test_a_body_without_end_is_refused_while_it_comes(
    tmp_path: Path, kind: bytes, begin: bytes, length: bytes
) -> None:
    """The answer comes though the body never ends: so it was not waited for."""
    house = open_house(tmp_path, limits=Limits(max_bytes=200_000))
    with served(house) as url:
        place = urlsplit(url)
        assert place.hostname is not None
        line = socket.create_connection((place.hostname, place.port or 0), PATIENCE_S)
        with line:
            line.sendall(request_head(url, kind, length))
            if b"chunked" in length:
                line.sendall(chunk(begin + b"A" * 1000))
                for _ in range(50):
                    line.sendall(chunk(b"A" * 8000))
            assert answer_of(line) == (413, "too_large")
    assert house.recogniser.sizes == []


def test_a_picture_a_little_too_large_is_refused_in_words(tmp_path: Path) -> None:
    """Though all of it is sent before anybody listens for an answer."""
    house = open_house(tmp_path, limits=Limits(max_bytes=200_000))
    with served(house) as url, httpx.Client(timeout=PATIENCE_S) as client:
        for _ in range(2):
            kind = {"content-type": "image/jpeg"}
            answer = client.post(f"{url}recognition", content=bytes(5_000_000), headers=kind)
            assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
            assert "connection" not in answer.headers


@pytest.mark.parametrize(
    "length", [b"content-length: 900000000", b"transfer-encoding: chunked"], ids=["told", "untold"]
)
def test_who_sends_far_too_much_is_cut_off(tmp_path: Path, length: bytes) -> None:
    house = open_house(tmp_path, limits=Limits(max_bytes=200_000))
    content = chunk(bytes(1_000_000))
    n_sent = 0
    with served(house) as url:
        place = urlsplit(url)
        line = socket.create_connection((place.hostname or "", place.port or 0), PATIENCE_S)
        with line, pytest.raises(OSError, match=r"reset|pipe"):
            line.sendall(request_head(url, b"image/jpeg", length))
            while n_sent < 900:
                line.sendall(content)
                n_sent += 1
    assert n_sent < 100, "what lies in the lines between them comes on top"


def test_a_body_that_stops_coming(tmp_path: Path) -> None:
    house = open_house(tmp_path, limits=Limits(receive_s=1.5, at_once=1))
    with served(house) as url:
        place = urlsplit(url)
        assert place.hostname is not None
        line = socket.create_connection((place.hostname, place.port or 0), PATIENCE_S)
        with line:
            line.sendall(request_head(url, b"image/jpeg", b"content-length: 5000") + PHOTO[:100])
            assert answer_of(line) == (408, "too_slow")
        again = httpx.post(f"{url}recognition", files={"file": PHOTO}, timeout=PATIENCE_S)
        assert again.status_code == 200, "its place is free again"


def test_closing_frees_the_models(tmp_path: Path) -> None:
    house = open_house(tmp_path)
    with served(house) as url:
        answer = httpx.post(f"{url}recognition", files={"file": PHOTO}, timeout=PATIENCE_S)
        assert answer.status_code == 200
        assert not house.recogniser.closed
    assert house.recogniser.closed
    assert "recognition_0" not in {thread.name for thread in threading.enumerate()}
