from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from dashboard.access.codes import show, terminal_code
from dashboard.access.tokens import AccessError, Role, Tokens
from dashboard.cli import main


def scanned(code: str) -> str:
    """What a camera reads from the terminal: light where a half block is set."""
    halves = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), " ": (0, 0), "\xa0": (0, 0)}
    rows = []
    for line in code.splitlines():
        rows += [[halves[sign][half] for sign in line] for half in (0, 1)]
    picture = np.kron(np.array(rows, np.uint8), np.ones((8, 8), np.uint8))
    # The quiet zone that the terminal's own margin gives. OpenCV's older QRCodeDetector misses
    # one in thirty of these upright, spotless codes, so which one depended on the token.
    camera = cv2.QRCodeDetectorAruco()
    text, _, _ = camera.detectAndDecode(np.pad(picture, 32, constant_values=255))
    return str(text)


def test_the_code_in_the_terminal_can_be_scanned() -> None:
    address = "https://192.168.1.20:8080/login#token=9OpE0LL4AyipnOb8hcYqF3gABuByMMVL"
    assert scanned(terminal_code(address)) == address


@pytest.mark.parametrize(
    ("role", "path"),
    [("viewer", "login"), ("operator", "login"), ("admin", "login"), ("feed", "overlay")],
)
def test_a_token_is_added_listed_and_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], role: str, path: str
) -> None:
    svg = tmp_path / "code.svg"
    where = ["--race", str(tmp_path)]
    added = ["access", "add", "Tablet 1", "--role", role, "--svg", str(svg), *where]
    assert main([*added, "--host", "192.168.1.20"]) == 0
    told = capsys.readouterr().out
    found = re.match(rf"http://192\.168\.1\.20:8080/{path}#token=(\S+)\n", told)
    assert found is not None
    token = Tokens(tmp_path).find(found[1])
    assert token is not None and token.role is Role.of(role)
    assert "<svg" in svg.read_text()
    assert (f"api/scoreboard.json?token={found[1]}" in told) is (role == "feed")
    assert scanned(told[told.index("█") :]) == found[0].strip()

    assert main(["access", "list", *where]) == 0
    listed = capsys.readouterr().out
    assert re.match(rf"Tablet 1 +{role} +20\d\d-", listed)
    assert found[1] not in listed
    assert main(["access", "remove", "Tablet 1", *where]) == 0
    assert Tokens(tmp_path).find(found[1]) is None


@pytest.mark.parametrize(
    ("situation", "arguments", "message"),
    [
        ("nobody", ["remove", "x"], "has no token 'x'"),
        ("a folder as a file", ["add", "x", "--svg", "."], ". cannot be written: Is a directory"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    situation: str,
    arguments: list[str],
    message: str,
) -> None:
    assert main(["access", *arguments, "--race", str(tmp_path)]) == 2, situation
    assert message in capsys.readouterr().err


def test_a_page_for_this_machine_alone_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["access", "add", "tablet", "--race", str(tmp_path)]) == 0
    assert "the page listens on 127.0.0.1 alone" in capsys.readouterr().err


def test_a_folder_that_is_not_there_has_no_tokens_to_list(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="no such folder"):
        show(tmp_path / "nowhere")
