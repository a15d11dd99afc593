"""A camera of a few lines for the tests: answers RTSP as a script says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SDP = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"


def reply(status: str, *fields: str, body: str = "") -> str:
    """An answer with its length."""
    head = [f"RTSP/1.0 {status}", "CSeq: 1", *fields, f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", body])


@contextmanager
def scripted_camera(*answers: str | None) -> Iterator[tuple[int, list[str]]]:
    """Port and what was asked. None keeps silent until the caller has gone."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, answers, asked), daemon=True)
        thread.start()
        yield server.getsockname()[1], asked
    thread.join(10)


def _serve(server: socket.socket, answers: tuple[str | None, ...], asked: list[str]) -> None:
    line, _ = server.accept()
    with line:
        for answer in answers:
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                got = line.recv(4096)
                if not got:
                    return
                request += got
            asked.append(request.decode())
            if answer is None:
                line.recv(1)
                return
            line.sendall(answer.encode())
