"""Opens the page over a race as its settings say: where, with TLS or without, and for whom."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter

from dashboard.access.rules import Access
from dashboard.access.tls import Tls
from dashboard.access.tokens import Role, Tokens
from dashboard.app import create_app
from dashboard.feeds.api import Records
from dashboard.race_view import RaceView
from dashboard.server import Server
from dashboard.uploads.uploads import Uploads
from stream.config import DashboardSettings, load_race_file
from stream.hub import Hub

FIRST_VIEWER = "viewer"
"""Name of the token that is made when others can look and nobody has one."""

_NOWHERE = ("192.0.2.1", 9)
"""An address that is nobody's (RFC 5737): asking for the way there sends nothing."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is served. `invitation` are lines to print: how others get in."""

    server: Server
    url: str
    invitation: tuple[str, ...] = ()


def open_page(
    hub: Hub,
    archive: Records,
    view: RaceView,
    settings: DashboardSettings,
    *,
    video: APIRouter | None = None,
    corrections: APIRouter | None = None,
    views: APIRouter | None = None,
    recognition: APIRouter | None = None,
    uploads: Uploads | None = None,
) -> Page:
    """Serve the page over the race in `view.folder`; the arguments are `create_app`'s.

    Raises:
        ServerError: the address, the certificate or the file of tokens cannot be used.
    """
    if settings.certificate is not None and settings.key is not None:
        Tls(settings.certificate, settings.key).check()
    access = Access(view.folder, require_token=settings.require_token)
    app = create_app(
        hub,
        archive,
        view,
        access=access,
        most_viewers=settings.most_viewers,
        video=video,
        corrections=corrections,
        views=views,
        recognition=recognition,
        uploads=uploads,
    )
    server = Server(
        app, settings.host, settings.port, certificate=settings.certificate, key=settings.key
    )
    url = server.start()
    try:
        return Page(server, url, _invitation(server, settings, view.folder))
    except BaseException:
        server.stop()
        raise


def dashboard_settings(folder: Path) -> DashboardSettings:
    """What the race file in a race folder says of the dashboard; the defaults without one.

    Raises:
        ConfigError: the race file cannot be used.
    """
    file = folder / "race.toml"
    return load_race_file(file).dashboard if file.is_file() else DashboardSettings()


def login_url(page: str, token: str) -> str:
    """The address that signs in; the token stands where no server and no log sees it."""
    return f"{page}login#token={token}"


def page_url(settings: DashboardSettings) -> str:
    """The page's address for other machines, before anything listens."""
    scheme = "http" if settings.certificate is None else "https"
    host = lan_host(settings.host)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}/"


def lan_host(host: str) -> str:
    """What other machines call a server on `host`: for all networks, the way out of this one."""
    if host not in {"0.0.0.0", "::", ""}:
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_NOWHERE)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _invitation(server: Server, settings: DashboardSettings, folder: Path) -> tuple[str, ...]:
    tokens = Tokens(folder)
    more = f"more addresses, for operators too: finishline access add NAME --race {folder}"
    if is_loopback(server.address[0]) and not settings.require_token:
        return ()
    page = server.url_at(lan_host(server.address[0]))
    if tokens.list():
        return (f"others sign in at {page} with the address they were given", more)
    role = Role.VIEWER
    if settings.require_token and is_loopback(server.address[0]):
        role = Role.ADMIN
    address = login_url(page, tokens.add(FIRST_VIEWER if role is Role.VIEWER else "admin", role))
    return (f"open as {role.word} (told this once): {address}", more)
