"""Live video in a real browser, and to a peer that keeps what it is sent."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiortc import RTCPeerConnection, RTCRtpReceiver
from playwright.sync_api import Browser, Page, expect

from dashboard.video.feed import CAMERA, ENCODER, LiveVideo
from stream.sources.packets import Packet
from stream.types import Frame
from tests.dashboard.stage import wait_for
from tests.dashboard.video.peer import Peer, post, units_of
from tests.dashboard.video.stage import VideoStage, playing, replayed, seen, video_stage
from tests.dashboard.video.test_video import encoders, frame
from tests.stream.recording.packets import packets_of
from tests.stream.sources.footage import BACKENDS, free_port, make_video, needs_rtsp_server
from tests.stream.sources.rtsp_server import rtsp_camera

Stats = dict[str, Any]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> list[Packet]:
    """A minute of H.264 with a key frame every two seconds: longer than any test takes."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    return packets_of(make_video(path, n=1500, size=(320, 180), key_every=50))


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    peer = Peer(monkeypatch)
    yield peer
    peer.close()


def stats(page: Page) -> Stats:
    """Numbers of the picture stream that the page's first connection gets; empty before."""
    found: Stats = page.evaluate(
        """async () => {
            for (const one of (await window.connection?.getStats())?.values() ?? []) {
                if (one.type === "inbound-rtp" && one.kind === "video") return one;
            }
            return {};
        }"""
    )
    return found


WATCHED = """
    const Connection = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Connection {
        constructor(...said) { super(...said); window.connection = this; }
    };
"""


def turn_on(page: Page, stage: VideoStage) -> None:
    page.add_init_script(WATCHED)
    page.goto(stage.url)
    toggle = page.get_by_role("button", name="Live video: finish")
    expect(toggle).to_be_visible()
    # With the keyboard alone.
    toggle.focus()
    page.keyboard.press("Enter")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".camera.live")).to_be_visible()
    expect(page.locator(".camera-note")).to_be_hidden()


def decoded(page: Page, more: int = 25) -> Stats:
    """Wait until so many more frames have been decoded."""
    before = stats(page).get("framesDecoded", 0)
    assert wait_for(lambda: stats(page).get("framesDecoded", 0) >= before + more), stats(page)
    return stats(page)


@needs_rtsp_server
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_cameras_video_plays_as_it_was_sent(
    page: Page, tmp_path: Path, peer: Peer, backend: Any
) -> None:
    video = LiveVideo("finish", tapped=True)
    kept: list[Packet] = []
    port = free_port()
    with rtsp_camera(port), playing(video, f"rtsp://127.0.0.1:{port}/finish", kept, backend):
        assert wait_for(lambda: len(kept) > 10)
        with video_stage(tmp_path, video) as stage:
            turn_on(page, stage)
            told = decoded(page)
            assert (told["frameWidth"], told["frameHeight"]) == (320, 180)
            # The second one comes in the middle.
            assert peer.watch(stage.url) == CAMERA
            assert wait_for(lambda: len(peer.taker.taken) > 40)
            assert video.status().viewers == 2
            decoded(page)
            assert encoders() == []
            peer.leave()
            page.get_by_role("button", name="Live video: finish").click()
            assert wait_for(lambda: video.status().viewers == 0)
            assert wait_for(lambda: not stage.peers._peers)
    same_as_sent(peer, kept)


def same_as_sent(peer: Peer, kept: list[Packet]) -> None:
    """What the peer took is a piece of what the camera sent, from a key frame on, unit by unit."""
    sent = [
        (units_of(packet.data), units_of(packet.form.parameter_sets), packet.key)
        for packet in kept
        if not packet.form.is_sound
    ]
    taken = [units_of(data) for data in peer.taker.taken]
    whole = [units for units, _, _ in sent]
    begin = next(
        at
        for at, (units, sets, key) in enumerate(sent)
        if key and taken[0] in (units, sets + units) and taken[1] == whole[at + 1]
    )
    for row, units in enumerate(taken):
        own, sets, key = sent[begin + row]
        assert units in ((own, sets + own) if key else (own,)), f"picture {row}"


def test_a_second_viewer_begins_at_the_newest_key_frame(
    page: Page, tmp_path: Path, peer: Peer, film: list[Packet]
) -> None:
    """Two seconds lie between key frames: nobody waits for them."""
    video = LiveVideo("finish", tapped=True)
    with replayed(video, film), video_stage(tmp_path, video) as stage:
        assert wait_for(lambda: video.status().via is not None)
        time.sleep(1.0)
        began = time.monotonic()
        peer.watch(stage.url)
        assert wait_for(lambda: len(peer.taker.taken) > 30)
        turn_on(page, stage)
        decoded(page)
        assert time.monotonic() - began < 20
    same_as_sent(peer, film)
    # The pictures of the group come before the clock is told.
    told = [one for one in peer.told if one["type"] == "clock"]
    assert len(told) == 1
    assert told[0]["capture_utc_ns"] in [packet.capture_utc_ns for packet in film]


def test_every_picture_is_shown_with_its_own_time(
    page: Page, tmp_path: Path, film: list[Packet]
) -> None:
    """The grey of each frame tells its number, and the number its time of capture."""
    video = LiveVideo("finish", tapped=True)
    with replayed(video, film), video_stage(tmp_path, video) as stage:
        assert wait_for(lambda: video.status().via is not None)
        page.goto(stage.url)
        shown = page.evaluate(
            """async () => {
                const { LiveVideo } = await import("/static/video.js");
                const video = document.createElement("video");
                Object.assign(video, { muted: true, playsInline: true });
                document.body.append(video);
                const canvas = new OffscreenCanvas(320, 180);
                const pen = canvas.getContext("2d", { willReadFrequently: true });
                const shown = [];
                const live = new LiveVideo("finish", video);
                await new Promise((resolve, reject) => {
                    live.onfailed = reject;
                    live.onframe = ({ captureUtcNs, width, height }) => {
                        if (captureUtcNs === null) return;
                        pen.drawImage(video, 0, 0);
                        const grey = pen.getImageData(80, 90, 1, 1).data[0];
                        shown.push([captureUtcNs, grey, width, height]);
                        if (shown.length >= 60) resolve();
                    };
                    live.start();
                });
                live.stop();
                return shown;
            }"""
        )
    luma = {packet.capture_utc_ns: 20 + 2 * k % 100 for k, packet in enumerate(film)}
    off = 0
    for capture_ns, grey, width, height in shown:
        assert (width, height) == (320, 180)
        near = min(luma, key=lambda at: abs(at - capture_ns))
        assert abs(near - capture_ns) < 5e6
        # Limited range: luma 16 to 235 is shown as 0 to 255.
        off += abs(grey - (luma[near] - 16) * 255 / 219) > 1.5
    # The element may have gone on by a frame between the call and the look at it.
    assert off <= len(shown) // 10


def test_a_file_is_encoded_once_for_two_viewers(
    page: Page, tmp_path: Path, browser: Browser
) -> None:
    video = LiveVideo("finish", tapped=False)

    def frames() -> Iterator[Frame]:
        for index in count():
            yield frame(index, (640, 360))
            time.sleep(0.04)

    with seen(video, frames), video_stage(tmp_path, video) as stage:
        turn_on(page, stage)
        assert stage.video.status().via == ENCODER
        told = decoded(page)
        assert (told["frameWidth"], told["frameHeight"]) == (640, 360)
        other = browser.new_context().new_page()
        turn_on(other, stage)
        decoded(other)
        decoded(page)
        assert len(encoders()) == 1
        assert stage.video.status().viewers == 2
        # A page that is closed says goodbye; one that turns the video off does, too.
        other.close(run_before_unload=False)
        page.get_by_role("button", name="Live video: finish").click()
        expect(page.locator(".camera.live")).to_have_count(0)
        assert wait_for(lambda: stage.video.status().viewers == 0)
        assert wait_for(lambda: encoders() == [])


def test_boxes_are_drawn_over_the_video(page: Page, tmp_path: Path) -> None:
    video = LiveVideo("finish", tapped=False)

    def frames() -> Iterator[Frame]:
        for index in count():
            yield frame(index, (320, 180))
            time.sleep(0.04)

    with seen(video, frames), video_stage(tmp_path, video) as stage:
        turn_on(page, stage)
        decoded(page)
        found = """() => {
            const canvas = document.querySelector('.camera canvas');
            const scale = canvas.width / 320;
            const at = (x, y) => [...canvas.getContext("2d")
                .getImageData(Math.round(x * scale), Math.round(y * scale), 1, 1).data];
            return [at(40, 100), at(80, 100)];
        }"""
        edge, inside = [46, 229, 129, 255], [0, 0, 0, 0]
        assert wait_for(lambda: page.evaluate(found) == [edge, inside]), page.evaluate(found)


def test_pictures_of_a_camera_are_not_sent_while_its_video_plays(
    page: Page, tmp_path: Path, film: list[Packet]
) -> None:
    video = LiveVideo("finish", tapped=True)
    with replayed(video, film), video_stage(tmp_path, video) as stage:
        turn_on(page, stage)
        hub = stage.race.hub
        assert wait_for(lambda: not hub.wants_previews("finish"))
        assert hub.wants_previews("side"), "of other cameras they go on"
        # A new line asks for no more than the former one.
        page.get_by_role("button", name="Hide pictures").click()
        assert wait_for(lambda: not hub.wants_previews("side"))
        page.get_by_role("button", name="Show pictures").click()
        assert wait_for(lambda: hub.wants_previews("side"))
        assert wait_for(lambda: not hub.wants_previews("finish"))
        page.get_by_role("button", name="Live video: finish").click()
        assert wait_for(lambda: hub.wants_previews("finish"))


def test_a_page_without_live_video_keeps_its_pictures(page: Page, tmp_path: Path) -> None:
    video = LiveVideo("finish", tapped=True)
    with video_stage(tmp_path, video) as stage:
        page.goto(stage.url)
        toggle = page.get_by_role("button", name="Live video: finish")
        toggle.click()
        expect(page.locator(".camera-note")).to_have_text(
            "No live video: no video has come from the camera yet"
        )
        expect(toggle).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".camera.live")).to_have_count(0)
        toggle.click()
        expect(toggle).to_have_attribute("aria-pressed", "false")


def test_video_comes_back_when_the_server_does(
    page: Page, tmp_path: Path, film: list[Packet]
) -> None:
    video = LiveVideo("finish", tapped=True)
    with replayed(video, film), video_stage(tmp_path, video) as stage:
        assert wait_for(lambda: video.status().via is not None)
        turn_on(page, stage)
        video._passed.end()
        # Looked for at once: by itself, after some seconds, it comes back.
        lost = page.locator(".camera:not(.live) .camera-note")
        expect(lost).to_have_text("No live video: the connection was lost")
        expect(page.locator(".camera.live")).to_be_visible()
        assert video.status().viewers == 1


def test_a_camera_that_comes_back_is_seen_again(
    page: Page, tmp_path: Path, film: list[Packet]
) -> None:
    video = LiveVideo("finish", tapped=True)
    with video_stage(tmp_path, video) as stage:
        with replayed(video, film):
            assert wait_for(lambda: video.status().via is not None)
            turn_on(page, stage)
            decoded(page)
        time.sleep(1.0)
        # Its running time begins anew, in the middle of a group of pictures.
        with replayed(video, film[20:]):
            before = stats(page)["framesDecoded"]
            assert wait_for(lambda: stats(page)["framesDecoded"] > before + 50)
            expect(page.locator(".camera.live")).to_be_visible()
        assert video.status().viewers == 1


EXPECTED = 'expected {"type": "offer", "sdp": ...}'
SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"


@pytest.mark.parametrize(
    ("camera", "said", "status", "code", "detail"),
    [
        ("finish", b"{", 400, "video_offer", EXPECTED),
        ("finish", b"[]", 400, "video_offer", EXPECTED),
        ("finish", {"type": "answer", "sdp": SDP}, 400, "video_offer", EXPECTED),
        ("finish", {"type": "offer", "sdp": 5}, 400, "video_offer", EXPECTED),
        ("finish", {"type": "offer", "sdp": "nonsense"}, 400, "video_offer", None),
        ("finish", {"type": "offer", "sdp": SDP}, 400, "video_offer", None),
        ("start", {"type": "offer", "sdp": SDP}, 404, "camera_unknown", "no such camera"),
        ("finish", b" " * 70_000, 413, "video_offer", "an offer has at most 64000 bytes"),
    ],
)
def test_what_is_no_offer_is_refused(
    tmp_path: Path, camera: str, said: object, status: int, code: str, detail: str | None
) -> None:
    video = LiveVideo("finish", tapped=False)
    with video_stage(tmp_path, video) as stage:
        answered, told = post(f"{stage.url}api/video/{camera}", said)
        assert (answered, told["code"], told["about"]) == (status, code, {})
        assert detail is None or told["detail"] == detail
        assert (video.status().viewers, len(stage.peers._peers)) == (0, 0)


async def vp8_alone() -> str:
    """What a browser without H.264 offers."""
    connection = RTCPeerConnection()
    known = RTCRtpReceiver.getCapabilities("video")
    assert known is not None
    vp8 = [codec for codec in known.codecs if codec.mimeType == "video/VP8"]
    connection.addTransceiver("video", "recvonly").setCodecPreferences(vp8)
    await connection.setLocalDescription(await connection.createOffer())
    sdp: str = connection.localDescription.sdp
    await connection.close()
    return sdp


def test_a_browser_without_h264_is_told_so(tmp_path: Path) -> None:
    with video_stage(tmp_path, LiveVideo("finish", tapped=False)) as stage:
        # The browser of other tests leaves its loop running on this thread.
        with ThreadPoolExecutor(1) as aside:
            sdp = aside.submit(lambda: asyncio.run(vp8_alone())).result()
        status, told = post(f"{stage.url}api/video/finish", {"type": "offer", "sdp": sdp})
        assert (status, told["code"]) == (400, "video_no_h264")


def test_no_more_may_watch_than_allowed(tmp_path: Path, peer: Peer, film: list[Packet]) -> None:
    video = LiveVideo("finish", tapped=True)
    with replayed(video, film), video_stage(tmp_path, video, most=1) as stage:
        assert wait_for(lambda: video.status().via is not None)
        peer.watch(stage.url)
        status, told = post(f"{stage.url}api/video/finish", {"type": "offer", "sdp": SDP})
        assert (status, told["code"], told["about"], told["detail"]) == (
            503,
            "video_full",
            {"most": 1},
            "as many watch live video as may (1); raise video_viewers in the race file's "
            "[dashboard]",
        )
        assert wait_for(lambda: bool(peer.taker.taken))
        peer.leave()
        assert wait_for(lambda: not stage.peers._peers)


def test_why_there_is_no_video_is_told_in_the_page_s_language(page: Page, tmp_path: Path) -> None:
    video = LiveVideo("finish", tapped=True)
    with video_stage(tmp_path, video) as stage:
        page.goto(f"{stage.url}?lang=de")
        page.get_by_role("button", name="Live-Video").click()
        expect(page.locator(".camera-note")).to_have_text(
            "Kein Live-Video: von der Kamera ist noch kein Video gekommen"
        )


def test_everything_is_freed_when_the_page_is_shut_down(
    tmp_path: Path, peer: Peer, film: list[Packet]
) -> None:
    video = LiveVideo("finish", tapped=True)
    with replayed(video, film):
        with video_stage(tmp_path, video) as stage:
            assert wait_for(lambda: video.status().via is not None)
            peer.watch(stage.url)
            assert wait_for(lambda: len(peer.taker.taken) > 5)
        assert (video.status().viewers, stage.peers._peers) == (0, set())
    assert not [one for one in threading.enumerate() if one.name == "dashboard-server"]
