"""Live video over WebRTC: one peer connection for each viewer.

Everything runs on the event loop of the web server; pictures come to it from the threads of
cameras and encoders through bounded queues.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import TimeoutError as LateError
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError
from av.packet import Packet

from dashboard.video.feed import LiveVideo, VideoStatus
from dashboard.video.units import AccessUnit, CaptureClock, ViewerQueue

CONNECT_S = 15.0
"""A peer that has not connected by then never will."""
CATCH_UP_BYTES_S = 6_000_000
"""How fast the pictures since the last key frame are sent: faster, and a browser loses some."""
MOST_UNSENT_BYTES = 64_000
"""Boxes are left out while a viewer has not taken so much of the earlier ones."""
CHANNEL = "frames"
"""The data channel, number 0, on which times and boxes travel."""

_TICKS = Fraction(1, 90_000)
_HIDDEN_CANDIDATE = re.compile(r"^a=candidate:\S+ \d+ \S+ \d+ \S+\.local .*\r?\n", re.MULTILINE)


class FullError(Exception):
    """As many watch already as may.

    Args:
        most: may watch.
    """

    def __init__(self, most: int) -> None:
        super().__init__(
            f"as many watch live video as may ({most}); "
            "raise video_viewers in the race file's [dashboard]"
        )
        self.most = most


class OfferError(ValueError):
    """The offer cannot be answered; the message says why, and `code` for pages to translate.

    Args:
        text: for people, in English.
        code: as in `dashboard.refusals`.
    """

    def __init__(self, text: str, code: str = "video_offer") -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What a viewer is told: the session description, and where the video comes from."""

    sdp: str
    via: str


class VideoPeers:
    """Everybody who watches live video of a run.

    Args:
        videos: by camera.
        most: viewers at a time, all cameras together.
    """

    def __init__(self, videos: Mapping[str, LiveVideo], most: int) -> None:
        self._videos = dict(videos)
        self._most = most
        self._peers: set[Peer] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def status(self, camera: str) -> VideoStatus | None:
        """How a camera's live video is doing; None where it has none."""
        video = self._videos.get(camera)
        return None if video is None else video.status()

    async def answer(self, camera: str, sdp: str) -> Answer:
        """Let one more viewer watch.

        Args:
            sdp: the browser's offer, complete with its candidates.

        Raises:
            KeyError: there is no such camera.
            FullError, OfferError, NoVideoError: with the reason.
        """
        self._loop = asyncio.get_running_loop()
        video = self._videos[camera]
        if len(self._peers) >= self._most:
            raise FullError(self._most)
        peer = Peer(video, self._loop, self._peers.discard)
        self._peers.add(peer)
        try:
            return await peer.answer(sdp)
        except BaseException:
            await peer.close()
            raise

    async def aclose(self) -> None:
        """Send everybody away."""
        await asyncio.gather(*(peer.close() for peer in tuple(self._peers)))

    def close(self, timeout_s: float = 5.0) -> None:
        """Send everybody away; from any thread but the server's, while the server runs."""
        loop = self._loop
        if loop is not None and loop.is_running():
            with contextlib.suppress(LateError):
                asyncio.run_coroutine_threadsafe(self.aclose(), loop).result(timeout_s)
        for video in self._videos.values():
            video.close()


class Peer:
    """One viewer: a `Viewer` of its video and a peer connection."""

    def __init__(
        self,
        video: LiveVideo,
        loop: asyncio.AbstractEventLoop,
        gone: Callable[[Peer], None],
    ) -> None:
        self._video = video
        self._loop = loop
        self._gone = gone
        self._queue = ViewerQueue()
        self._news = asyncio.Event()
        self._clock = CaptureClock()
        self._sent: AccessUnit | None = None
        self._origin: int | None = None
        self._closing: asyncio.Task[None] | None = None
        # Only addresses of this machine: video stays in the local network and no one is asked.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._channel = self._connection.createDataChannel(CHANNEL, negotiated=True, id=0)
        self._sender = self._connection.addTrack(_Track(self._next))
        self._connection.on("connectionstatechange", self._connection_changed)

    # -- from any thread ---------------------------------------------------------------------

    def put(self, unit: AccessUnit) -> None:
        """See `Viewer.put`."""
        self._loop.call_soon_threadsafe(self._queued, unit)

    def tell(self, text: str) -> None:
        """See `Viewer.tell`."""
        self._loop.call_soon_threadsafe(self._say, text)

    def end(self) -> None:
        """See `Viewer.end`."""
        self._loop.call_soon_threadsafe(self._begin_to_close)

    # -- on the event loop -------------------------------------------------------------------

    async def answer(self, sdp: str) -> Answer:
        """Answer an offer and begin to send once connected."""
        if "m=video" in sdp and "H264/90000" not in sdp:
            raise OfferError("this browser takes no H.264; try another one", "video_no_h264")
        transceiver = self._connection.getTransceivers()[0]
        codecs = RTCRtpSender.getCapabilities("video").codecs
        wanted = ("video/h264", "video/rtx")
        transceiver.setCodecPreferences([c for c in codecs if c.mimeType.lower() in wanted])
        offer = RTCSessionDescription(_HIDDEN_CANDIDATE.sub("", sdp), "offer")
        try:
            await self._connection.setRemoteDescription(offer)
            if transceiver.mid is None and transceiver.stopped:
                raise OfferError("the offer asks for no video")
            answer = await self._connection.createAnswer()
            if "H264/90000" not in answer.sdp:
                raise OfferError("the offer's H.264 cannot be sent", "video_no_h264")
            # Only now: what has come from the camera since is what the viewer begins with.
            via, group = self._video.join(self)
            self._queue.begin(group)
            await self._connection.setLocalDescription(answer)
        except _REFUSALS as error:
            raise OfferError(f"the offer cannot be answered: {error}") from error
        self._loop.call_later(CONNECT_S, self._give_up)
        return Answer(self._connection.localDescription.sdp, via)

    async def close(self) -> None:
        """Send the viewer away and free everything. Closing twice is allowed."""
        self._begin_to_close()
        assert self._closing is not None
        await self._closing

    def _begin_to_close(self) -> None:
        if self._closing is None:
            self._closing = self._loop.create_task(self._close())

    async def _close(self) -> None:
        self._video.leave(self)
        self._news.set()
        await self._connection.close()
        self._gone(self)

    def _give_up(self) -> None:
        if self._connection.connectionState != "connected":
            self._begin_to_close()

    def _connection_changed(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self._begin_to_close()

    def _queued(self, unit: AccessUnit) -> None:
        self._queue.put(unit)
        self._news.set()

    def _say(self, text: str) -> None:
        channel = self._channel
        if channel.readyState == "open" and channel.bufferedAmount < MOST_UNSENT_BYTES:
            channel.send(text)

    async def _next(self) -> Packet[Any]:
        """The next picture for the sender, which has sent the one before."""
        self._learn_origin()
        while (taken := self._queue.take()) is None:
            if self._closing is not None:
                raise MediaStreamError
            self._news.clear()
            await self._news.wait()
        unit, behind = taken
        if behind:
            await asyncio.sleep(len(unit.data) / CATCH_UP_BYTES_S)
        elif self._origin is not None and self._channel.readyState == "open":
            self._tell_clock(unit, self._origin)
        self._sent = unit
        packet: Packet[Any] = Packet(unit.data)
        packet.pts, packet.time_base = unit.rtp, _TICKS
        return packet

    def _learn_origin(self) -> None:
        """RTP times begin at random; the sender keeps where, but for the last that it sent."""
        if self._sent is not None and self._origin is None:
            stamp: int = self._sender._RTCRtpSender__rtp_timestamp  # type: ignore[attr-defined]
            # Zero: nothing was in the picture that could be sent.
            self._origin = stamp - self._sent.rtp if stamp else None

    def _tell_clock(self, unit: AccessUnit, origin: int) -> None:
        if self._clock.changes(unit):
            rtp = (origin + unit.rtp) & 0xFFFFFFFF
            told = {"type": "clock", "rtp": rtp, "capture_utc_ns": unit.capture_utc_ns}
            self._channel.send(json.dumps(told))


_REFUSALS = (ValueError, InternalError, InvalidAccessError, InvalidStateError, OperationError)
"""What aiortc raises for an offer it does not understand."""


class _Track(MediaStreamTrack):
    """Encoded pictures for aiortc's sender, which sends packets as they are."""

    kind = "video"

    def __init__(self, following: Callable[[], Awaitable[Packet[Any]]]) -> None:
        super().__init__()
        self._following = following

    async def recv(self) -> Packet[Any]:
        """The next picture."""
        return await self._following()
