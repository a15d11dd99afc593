"""The command `finishline access`: tokens for tablets, operators and programs, with QR codes."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import qrcode
from qrcode.image.svg import SvgPathImage

from dashboard.access.tokens import AccessError, Role, Tokens
from dashboard.serving import dashboard_settings, is_loopback, login_url, page_url


def add(folder: Path, name: str, role: Role, svg: Path | None, host: str | None) -> None:
    """Make a token and print its address and QR code: on stdout, this once.

    Args:
        folder: the race folder.
        name: whose it is, for the record of corrections.
        role: what it allows.
        svg: also writes the code there, to be printed or sent.
        host: what the tablet calls this machine; None finds it out.

    Raises:
        AccessError: the name is taken or the files cannot be written.
        ConfigError: the race file cannot be used.
    """
    settings = dashboard_settings(folder)
    if host is not None:
        settings = replace(settings, host=host)
    elif is_loopback(settings.host):
        print(
            f"the page listens on {settings.host} alone; others reach it with --host 0.0.0.0, "
            'or host = "0.0.0.0" in [dashboard]',
            file=sys.stderr,
        )
        settings = replace(settings, host="0.0.0.0")
    page = page_url(settings)
    token = Tokens(folder).add(name, role)
    address = f"{page}overlay#token={token}" if role is Role.FEED else login_url(page, token)
    print(address)
    if role is Role.FEED:
        print(f"{page}api/scoreboard.json?token={token}")
    print(terminal_code(address))
    if svg is not None:
        write_svg(address, svg)


def show(folder: Path) -> None:
    """Print names, roles and ages; tokens are not known any more.

    Raises:
        AccessError: there is no such folder, or its tokens cannot be read.
    """
    if not folder.is_dir():
        raise AccessError(f"{folder}: no such folder; name the race's folder")
    tokens = Tokens(folder).list()
    for token in tokens:
        print(f"{token.name:<20} {token.role.word:<9} {token.made}")
    if not tokens:
        print("no tokens: only this computer is let in", file=sys.stderr)


def remove(folder: Path, name: str) -> None:
    """Forget a token; who is signed in with it is signed out within seconds."""
    Tokens(folder).remove(name)
    print(f"{name} is signed out", file=sys.stderr)


def terminal_code(address: str) -> str:
    """A QR code of half-height blocks, to be read from a dark terminal as well as a light one."""
    text = io.StringIO()
    code = _code(address)
    code.print_ascii(out=text, invert=True)
    return text.getvalue().rstrip("\n")


def write_svg(address: str, file: Path) -> None:
    """Write the QR code as a picture. Raises AccessError."""
    try:
        with file.open("wb") as written:
            _code(address).make_image().save(written)
    except OSError as error:
        raise AccessError(f"{file} cannot be written: {error.strerror}") from error


def _code(address: str) -> qrcode.QRCode[SvgPathImage]:
    code = qrcode.QRCode(border=2, image_factory=SvgPathImage)
    code.add_data(address)
    code.make()
    return code
