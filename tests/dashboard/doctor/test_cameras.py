"""Cameras that answer, refuse, keep silent, or are something else."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from dashboard.doctor import cameras
from dashboard.doctor.cameras import check_camera, is_address, judge_http
from dashboard.doctor.findings import State
from dashboard.doctor.rtsp import SilentError, describe, video_codecs
from stream.config import CameraEntry
from tests.dashboard.doctor.scripted_camera import SDP, reply, scripted_camera
from tests.stream.sources.rtsp_server import rtsp_camera

DIGEST = 'WWW-Authenticate: Digest realm="cam", nonce="n1"'
BASIC = 'WWW-Authenticate: Basic realm="cam"'
GOOD = reply("200 OK", body=SDP)


@pytest.mark.parametrize(
    ("answers", "state", "found"),
    [
        pytest.param((GOOD,), State.OK, "answers with H264 video", id="it answers"),
        pytest.param(
            (reply("401 Unauthorized", DIGEST, BASIC), GOOD), State.OK, "H264", id="signed in"
        ),
        pytest.param(
            (reply("401 Unauthorized", DIGEST),) * 2, State.MISSING, "refuses user", id="refused"
        ),
        pytest.param((reply("404 Not Found"),), State.MISSING, "no such stream", id="no stream"),
        pytest.param((reply("503 Busy"),), State.MISSING, "answers with 503", id="busy"),
        pytest.param((reply("200 OK"),), State.WARNING, "names no video", id="no video"),
        pytest.param(
            (reply("200 OK", body=SDP.replace("H264", "SX3")),), State.WARNING, "SX3", id="odd"
        ),
        pytest.param(("HTTP/1.1 200 OK\r\n\r\n",), State.MISSING, "not a camera", id="a web site"),
        pytest.param(("x" * 70_000,), State.MISSING, "not a camera", id="a flood"),
        pytest.param((), State.MISSING, "", id="it hangs up"),
    ],
)
def test_a_camera_and_what_it_says(answers: tuple[str, ...], state: State, found: str) -> None:
    with scripted_camera(*answers) as (port, _):
        finding = check_camera(CameraEntry("finish", f"rtsp://ann:s3cret@127.0.0.1:{port}/1"))
    assert finding.name == "camera finish"
    assert (finding.state, found in finding.found) == (state, True), finding.found
    assert "s3cret" not in finding.found + finding.mend


def test_a_silent_camera_is_given_up() -> None:
    with (
        scripted_camera(None) as (port, _),
        pytest.raises(SilentError, match=r"no answer within 0\.3 s"),
    ):
        describe(f"rtsp://127.0.0.1:{port}/1", limit_s=0.3)


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    finding = check_camera(CameraEntry("finish", f"rtsp://127.0.0.1:{port}/1"))
    assert finding.state is State.MISSING
    assert "nothing listens at this port" in finding.found


def test_the_password_goes_out_as_a_digest_and_only_when_asked_for() -> None:
    with scripted_camera(reply("401 Unauthorized", BASIC, DIGEST), GOOD) as (port, asked):
        describe(f"rtsp://ann:s%40cret@127.0.0.1:{port}/1?a=b")
    first, second = asked
    assert "Authorization" not in first
    assert "s@cret" not in second
    assert "ann:" not in first + second
    uri = f"rtsp://127.0.0.1:{port}/1?a=b"
    assert second.startswith(f"DESCRIBE {uri} RTSP/1.0\r\n")
    assert f'Digest username="ann", realm="cam", nonce="n1", uri="{uri}"' in second


def test_a_real_camera_is_described() -> None:
    pytest.importorskip("gi")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with rtsp_camera(port):
        reply = describe(f"rtsp://127.0.0.1:{port}/finish", limit_s=30)
        assert describe(f"rtsp://127.0.0.1:{port}/other", limit_s=30).status == 404
    assert (reply.status, video_codecs(reply.body)) == (200, ("H264",))


@pytest.mark.parametrize(
    ("description", "codecs"),
    [
        pytest.param(
            SDP + "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n", ("H264",), id="sound"
        ),
        pytest.param("m=video 0 RTP/AVP 26\r\n", ("JPEG",), id="JPEG has a number of its own"),
        pytest.param("v=0\r\n", (), id="nothing"),
    ],
)
def test_codecs(description: str, codecs: tuple[str, ...]) -> None:
    assert video_codecs(description) == codecs


@pytest.mark.parametrize(
    ("source", "understood"),
    [
        pytest.param("rtsp://192.168.1.20:554/stream1", True, id="plain"),
        pytest.param("rtsp://ann:pa%2Fss@192.168.1.20/1", True, id="escaped"),
        pytest.param("clip.mp4", True, id="a file"),
        pytest.param("rtsp://ann:pa/ss@192.168.1.20/1", False, id="slash in the password"),
        pytest.param("rtsp://ann:12/34@192.168.1.20/1", False, id="slash between digits"),
        pytest.param("rtsp://[::1/1", False, id="half an address"),
    ],
)
def test_an_address_is_understood(source: str, understood: bool) -> None:
    assert is_address(source) is understood
    if not understood:
        told = check_camera(CameraEntry("c", source))
        assert told.state is State.MISSING
        assert source[7:12] not in told.found


def test_other_places(tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(b"x")
    states = {
        source: check_camera(CameraEntry("c", source)).state
        for source in (str(tmp_path / "v.mp4"), str(tmp_path / "w.mp4"), "/dev/video97", "test://x")
    }
    assert list(states.values()) == [State.OK, State.MISSING, State.MISSING, State.OK]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param(200, State.OK, id="pictures"),
        pytest.param(401, State.MISSING, id="a password is wanted"),
        pytest.param(404, State.MISSING, id="wrong path"),
        pytest.param("timed out", State.MISSING, id="nobody"),
    ],
)
def test_a_web_camera(answer: int | str, state: State) -> None:
    assert judge_http("c", "http://c/", answer).state is state


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("http://127.0.0.1:9/kämera.mjpg", id="an umlaut in the path"),
        pytest.param(f"http://{'a' * 70}.local/1.mjpg", id="a long label"),
        pytest.param("http://a..b/1.mjpg", id="an empty label"),
    ],
)
def test_an_address_that_cannot_be_called_is_a_finding(source: str) -> None:
    finding = check_camera(CameraEntry("c", source))
    assert finding.state is State.MISSING
    assert "cannot be called" in finding.found


def test_every_kind_of_place_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(url: str) -> int:
        asked.append(url)
        return 200

    monkeypatch.setattr(cameras, "_http", ask)
    found = check_camera(CameraEntry("c", "http://ann:s3cret@127.0.0.1/mjpeg")).found
    assert found == "http://ann:***@127.0.0.1/mjpeg: answers"
    assert asked == ["http://ann:s3cret@127.0.0.1/mjpeg"]
