"""``POST /api/video/CAMERA``: a browser's WebRTC offer, and the answer to it."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from dashboard.refusals import Refusal
from dashboard.video.feed import NoVideoError
from dashboard.video.peers import FullError, OfferError, VideoPeers

MOST_BYTES = 64_000
"""An offer is a few kilobytes."""


def video_routes(peers: VideoPeers) -> APIRouter:
    """The way to live video."""
    router = APIRouter(prefix="/api")

    @router.post("/video/{camera}")
    async def watch(camera: str, request: Request) -> JSONResponse:
        """Watch a camera by WebRTC.

        The body is JSON, ``{"type": "offer", "sdp": ...}``: one video to receive, H.264 among its
        codecs, all candidates inside, and a data channel negotiated as number 0. The answer is
        ``{"type": "answer", "sdp": ..., "via": "camera" | "encoder"}``. What is said on the data
        channel: ``{"type": "clock", "rtp", "capture_utc_ns"}``: from the picture with this RTP time
        on, capture times run beside RTP times (90 kHz, 32 bits) from this value; ``{"type":
        "boxes", "capture_utc_ns", "width", "height", "boxes"}``: the runners in the frame taken
        then, as in a preview of the live protocol.
        """
        sdp = _sdp(await _body(request))
        try:
            answer = await peers.answer(camera, sdp)
        except KeyError:
            raise Refusal(404, "camera_unknown", "no such camera") from None
        except OfferError as error:
            raise Refusal(400, error.code, str(error)) from error
        except FullError as error:
            raise Refusal(503, "video_full", str(error), {"most": error.most}) from error
        except NoVideoError as error:
            raise Refusal(503, error.code, str(error)) from error
        return JSONResponse({"type": "answer", "sdp": answer.sdp, "via": answer.via})

    return router


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise Refusal(413, "video_offer", f"an offer has at most {MOST_BYTES} bytes")
    return body


def _sdp(body: bytes) -> str:
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    is_offer = isinstance(told, dict) and told.get("type") == "offer"
    sdp = told.get("sdp") if is_offer else None
    if not isinstance(sdp, str):
        raise Refusal(400, "video_offer", 'expected {"type": "offer", "sdp": ...}')
    return sdp
