"""A second viewer besides the browser: takes live video as it was sent, picture by picture."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.request
from concurrent.futures import Future
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc import rtcrtpreceiver as receiving
from aiortc.mediastreams import MediaStreamError

START = b"\x00\x00\x00\x01"


def units_of(data: bytes) -> list[bytes]:
    """The units of a byte stream, without start codes."""
    parts = data.replace(b"\x00" + START[1:], START[1:]).split(START[1:])
    return [part for part in parts if part]


class Taker:
    """Stands in for aiortc's decoder and keeps what it is given."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def decode(self, encoded: Any) -> list[Any]:
        self.taken.append(bytes(encoded.data))
        return []


class Peer:
    """Watches a camera from a thread of its own."""

    def __init__(self, monkeypatch: Any) -> None:
        self.taker = Taker()
        monkeypatch.setattr(receiving, "get_decoder", lambda codec: self.taker)
        self.told: list[dict[str, Any]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="peer")
        self._thread.start()
        self._connection: RTCPeerConnection | None = None

    def watch(self, url: str, camera: str = "finish") -> str:
        """Connect; where the video comes from."""
        via: str = self._do(self._watch(url, camera)).result(20)
        return via

    def leave(self) -> None:
        self._do(self._leave()).result(20)

    def close(self) -> None:
        self.leave()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _do(self, what: Any) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(what, self._loop)

    async def _leave(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            await self._receiver

    async def _watch(self, url: str, camera: str) -> str:
        connection = self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        receiver = connection.addTransceiver("video", direction="recvonly").receiver
        channel = connection.createDataChannel("frames", negotiated=True, id=0)
        channel.on("message", lambda text: self.told.append(json.loads(text)))
        await connection.setLocalDescription(await connection.createOffer())
        offer = connection.localDescription
        status, told = await asyncio.to_thread(
            post, f"{url}api/video/{camera}", {"type": offer.type, "sdp": offer.sdp}
        )
        assert status == 200, told
        await connection.setRemoteDescription(RTCSessionDescription(told["sdp"], "answer"))
        self._receiver = asyncio.ensure_future(_receive(receiver))
        via: str = told["via"]
        return via


async def _receive(receiver: RTCRtpReceiver) -> None:
    try:
        while True:
            await receiver.track.recv()
    except MediaStreamError:
        pass


def post(url: str, told: object) -> tuple[int, dict[str, Any]]:
    """Status and JSON of the answer."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())
