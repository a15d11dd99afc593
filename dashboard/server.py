"""Runs the web application in a thread of its own."""

from __future__ import annotations

import errno
import socket
import sys
import threading
import time
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

_START_TIMEOUT_S = 20.0
_CLOSE_VIEWERS_S = 2
_MAX_RECEIVED_BYTES = 4096
_SEND_BUFFER_BYTES = 256 * 1024
"""What the system keeps on its way to one viewer. More only makes the news of a slow one older."""
_SILENT_PEER_MS = 30_000
"""A line on which nothing was taken for so long is cut by the system, buffers and all."""


class ServerError(OSError):
    """The page cannot be served as asked; the text says what to do about it."""


class Server:
    """A web server: `start` it, show its `url`, `stop` it.

    Args:
        app: the application.
        host: address to listen on; the default is this machine only, ``0.0.0.0`` is every
            network it is in.
        port: port to listen on; 0 takes any free one.
        certificate, key: PEM files, to serve with TLS; see `dashboard.access.tls`.
    """

    def __init__(
        self,
        app: ASGIApp,
        host: str = "127.0.0.1",
        port: int = 8000,
        *,
        certificate: Path | None = None,
        key: Path | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._scheme = "http" if certificate is None else "https"
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            ws_max_size=_MAX_RECEIVED_BYTES,
            ws_per_message_deflate=False,  # pictures do not shrink, and the CPU has better to do
            timeout_graceful_shutdown=_CLOSE_VIEWERS_S,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
        self._server = uvicorn.Server(config)
        self._listener: socket.socket | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="dashboard-server", daemon=True)

    def start(self) -> str:
        """Listen, wait until requests are answered, and return the `url`.

        Raises:
            ServerError: the address is taken, forbidden or not one of this machine.
        """
        self._listener = _listen(self._host, self._port)
        self._thread.start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                self.stop()
                raise ServerError("the web server did not start") from self._failure
            time.sleep(0.01)
        return self.url

    @property
    def address(self) -> tuple[str, int]:
        """The host and port that are really listened on, after `start`."""
        if self._listener is None:
            raise RuntimeError("the server has not been started")
        host, port = self._listener.getsockname()[:2]
        return str(host), int(port)

    @property
    def url(self) -> str:
        """What to open in a browser on this machine."""
        host, _ = self.address
        reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        return self.url_at(reachable)

    def url_at(self, host: str) -> str:
        """The page's address where this machine is called `host`."""
        return f"{self._scheme}://{f'[{host}]' if ':' in host else host}:{self.address[1]}/"

    @property
    def failure(self) -> BaseException | None:
        """What ended the server's thread, if something did."""
        return self._failure

    def stop(self, timeout_s: float = 10.0) -> None:
        """Let viewers go and end the thread; harmless when not running.

        Raises:
            TimeoutError: the thread is still there after `timeout_s`.
        """
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if self._thread.is_alive():
            raise TimeoutError(f"the web server has not ended within {timeout_s:g} s")
        if self._listener is not None:
            self._listener.close()

    def _run(self) -> None:
        listener = self._listener
        assert listener is not None
        try:
            self._server.run(sockets=[listener])
        except (Exception, SystemExit) as failure:  # the top of a thread: handed to the owner
            self._failure = failure


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, or an error that says what to change."""
    if not 0 <= port <= 65535:
        raise ServerError(f"there is no port {port}; choose one from 1 to 65535 with --port")
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.create_server(address[:2], family=family, backlog=128)
    except socket.gaierror as error:
        raise ServerError(f"{host!r} is no address to listen on: {error.strerror}") from error
    except OSError as error:
        raise ServerError(_advice(error, host, port)) from error
    # Every accepted connection inherits these.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
    if sys.platform == "linux":
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENT_PEER_MS)
    return listener


def _advice(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is already in use; choose another one with --port"
    if error.errno == errno.EACCES:
        return f"port {port} needs special rights; choose one above 1023 with --port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; choose another one with --host"
    return f"cannot listen on {host} port {port}: {error}"
