"""Who watches what, and what is sent to them. The browser and the peers are next door."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from dashboard.video.feed import CAMERA, ENCODER, LONG_WITHOUT_PACKETS, LiveVideo, NoVideoError
from dashboard.video.units import AccessUnit
from engines.picture import RgbPicture
from stream.clock import SECOND_NS
from stream.sources.packets import RAW, Format, Packet
from stream.types import Clock, Frame
from tests.dashboard.stage import wait_for
from tests.dashboard.video.stage import FakeCore
from tests.stream.recording.packets import SOUND, picture

HEVC, JPEG, PIXELS = (Format(codec, False) for codec in ("hevc", "mjpeg", RAW))


@dataclass
class FakeViewer:
    """Writes down what it gets; `gone` raises as a closed event loop does."""

    gone: bool = False
    units: list[AccessUnit] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    ends: int = 0

    def put(self, unit: AccessUnit) -> None:
        if self.gone:
            raise RuntimeError("Event loop is closed")
        self.units.append(unit)

    def tell(self, text: str) -> None:
        self.told.append(text)

    def end(self) -> None:
        self.ends += 1


def frame(index: int, size: tuple[int, int] = (64, 48)) -> Frame:
    image = np.full((size[1], size[0], 3), index * 10 % 250, np.uint8)
    at_ns = index * SECOND_NS // 25
    return Frame("finish", index, at_ns, 7 + at_ns, Clock.FILE, RgbPicture(image))


def pictures(times_s: str, form: Format | None = None) -> list[Packet]:
    """Pictures by their time in frames; K before the number of a key frame."""
    made = []
    for word in times_s.split():
        one = picture(int(word.lstrip("K")) / 25, key=word.startswith("K"))
        made.append(replace(one, form=form) if form else one)
    return made


@pytest.mark.parametrize(
    ("tapped", "came", "seen", "via"),
    [
        pytest.param(True, pictures("K0 1 2"), 0, CAMERA, id="H.264"),
        pytest.param(
            True, pictures("K0 3 1 2 6 4 5"), 0, ENCODER, id="not in the order of showing"
        ),
        pytest.param(True, pictures("K20 21 K0 1"), 0, CAMERA, id="a new connection"),
        pytest.param(True, pictures("K200 201 0 K1"), 0, CAMERA, id="new, without a key frame"),
        pytest.param(
            True, pictures("K9 20 2 3 K4 9 4 5"), 0, CAMERA, id="a line that breaks often"
        ),
        pytest.param(True, pictures("K0 1", HEVC), 0, ENCODER, id="H.265"),
        pytest.param(True, pictures("K0 K1", JPEG), 0, ENCODER, id="JPEG"),
        pytest.param(True, pictures("K0 K1", PIXELS), 0, ENCODER, id="not encoded"),
        pytest.param(True, [], 0, None, id="a camera that has sent nothing"),
        pytest.param(True, [], LONG_WITHOUT_PACKETS + 1, ENCODER, id="a codec nobody can keep"),
        pytest.param(True, [replace(picture(0), form=SOUND)], 0, None, id="sound alone"),
        pytest.param(False, [], 0, ENCODER, id="a file"),
    ],
)
def test_where_video_comes_from(
    tapped: bool, came: list[Packet], seen: int, via: str | None
) -> None:
    video = LiveVideo("finish", tapped=tapped)
    for packet in came:
        video.take(packet)
    for index in range(seen):
        video.see(frame(index), FakeCore())
    viewer = FakeViewer()
    try:
        assert video.status().via == via
        if via is None:
            with pytest.raises(
                NoVideoError, match="no video has come from the camera yet"
            ) as refused:
                video.join(viewer)
            assert refused.value.code == "video_not_yet"
        else:
            assert video.join(viewer)[0] == via
        assert video.status().viewers == (via is not None)
    finally:
        video.close()


def test_a_viewer_gets_what_came_since_the_key_frame_and_then_all_that_comes() -> None:
    video = LiveVideo("finish", tapped=True)
    before, after = pictures("K0 1 K2 3"), pictures("4 5 K6")
    for packet in before:
        video.take(packet)
    viewer = FakeViewer()
    via, group = video.join(viewer)
    for packet in after:
        video.take(packet)
    assert via == CAMERA
    assert [unit.capture_utc_ns for unit in [*group, *viewer.units]] == [
        packet.capture_utc_ns for packet in [*before[2:], *after]
    ]
    video.leave(viewer)
    video.leave(viewer)
    video.take(picture(7 / 25))
    assert (len(viewer.units), video.status().viewers) == (3, 0)


def test_a_viewer_that_is_gone_takes_nobody_along() -> None:
    video = LiveVideo("finish", tapped=True)
    gone, here = FakeViewer(gone=True), FakeViewer()
    video.take(pictures("K0")[0])
    for viewer in (gone, here):
        video.join(viewer)
    for packet in pictures("1 2"):
        video.take(packet)
    assert (len(here.units), video.status().viewers) == (2, 1)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(pictures("K3", HEVC), id="another codec"),
        pytest.param(pictures("4 3 6 5"), id="not in order any more"),
    ],
)
def test_a_camera_that_changes_sends_viewers_to_the_encoder(change: list[Packet]) -> None:
    video = LiveVideo("finish", tapped=True)
    for packet in pictures("K0 1 2"):
        video.take(packet)
    viewer = FakeViewer()
    assert video.join(viewer)[0] == CAMERA
    assert video.prompt()
    for packet in change:
        video.take(packet)
    assert (viewer.ends, video.prompt(), video.status().viewers) == (1, False, 0)
    assert video.join(viewer)[0] == ENCODER
    video.close()
    assert viewer.ends == 2
    with pytest.raises(NoVideoError, match="the run is over") as refused:
        video.join(viewer)
    assert refused.value.code == "video_over"


def test_boxes_go_to_whoever_watches() -> None:
    video = LiveVideo("finish", tapped=True)
    video.take(pictures("K0")[0])
    viewer = FakeViewer()
    video.see(frame(0), FakeCore())
    video.join(viewer)
    video.see(frame(1), FakeCore())
    assert [json.loads(text) for text in viewer.told] == [
        {
            "type": "boxes",
            "capture_utc_ns": 7 + SECOND_NS // 25,
            "width": 64,
            "height": 48,
            "boxes": [
                {
                    "track_id": 7,
                    "box": [40.0, 20.0, 120.0, 170.0],
                    "bib": "101",
                    "state": "confirmed",
                }
            ],
        }
    ]


def test_one_encoder_for_all_who_watch_and_none_after() -> None:
    video = LiveVideo("finish", tapped=False)
    first, second = FakeViewer(), FakeViewer()
    core = FakeCore()
    video.see(frame(0), core)
    assert encoders() == []
    video.join(first)
    offer(video, range(1, 5), lambda: len(first.units) >= 4)
    _, group = video.join(second)
    assert len(encoders()) == 1
    assert [unit.key for unit in group] == [True, False, False, False]
    offer(video, range(5, 8), lambda: len(second.units) >= 3)
    assert [unit.data for unit in first.units] == [unit.data for unit in [*group, *second.units]]
    assert [unit.capture_utc_ns for unit in second.units] == [
        frame(index).capture_utc_ns for index in (5, 6, 7)
    ]
    for viewer in (first, second):
        assert len(encoders()) == 1
        video.leave(viewer)
    assert wait_for(lambda: encoders() == [])
    # Whoever comes now begins with a new key frame.
    third = FakeViewer()
    assert video.join(third)[1] == []
    offer(video, range(8, 10), lambda: len(third.units) >= 2)
    assert [unit.key for unit in third.units] == [True, False]
    video.close()
    assert encoders() == []


def test_an_encoder_that_fails_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*size: int) -> None:
        raise ValueError("no such codec")

    monkeypatch.setattr("dashboard.video.encoder._codec", refuse)
    video = LiveVideo("finish", tapped=False)
    viewer = FakeViewer()
    video.join(viewer)
    video.see(frame(0), FakeCore())
    assert wait_for(lambda: viewer.ends == 1)
    assert video.status().error == "live video cannot be encoded: no such codec"
    with pytest.raises(NoVideoError, match="no such codec") as refused:
        video.join(viewer)
    assert refused.value.code == "video_failed"
    video.close()


def offer(video: LiveVideo, indices: range, came: Callable[[], bool]) -> None:
    """Frames one after the other, each once the encoder has taken the last."""
    for index in indices:
        n_units = video.status().dropped
        video.see(frame(index), FakeCore())
        assert wait_for(lambda: video._encoder is not None and video._encoder._waiting is None)
        assert video.status().dropped == n_units
    assert wait_for(came)


def encoders() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name == "video-finish"]
