"""Builds events, looks and pictures from the few values that a test is about."""

from __future__ import annotations

import numpy as np

from engines.types import Image
from stream.hub import Message
from stream.store import ImageKind, NewImage
from stream.types import (
    Clock,
    Closed,
    Crossed,
    Event,
    Look,
    LookKind,
    Opened,
    Reason,
    State,
    Tagged,
)

BOX = (1.0, 2.0, 3.0, 4.0)
SECOND_NS = 1_000_000_000


def look(track_id: int = 1, frame_index: int = 5) -> Look:
    return Look(
        "finish", track_id, frame_index, 7, 9, LookKind.NUMBER, BOX, (1.0, 1.0, 2.0, 2.0), None, 0.5
    )


def opened(track_id: int = 1, at_s: float = 0.0, camera: str = "finish") -> Opened:
    return Opened(camera, track_id, 0, round(at_s * SECOND_NS), BOX)


def tagged(
    track_id: int = 1, bib: str | None = "12", state: State = State.CONFIRMED, at_s: float = 1.0
) -> Tagged:
    time_ns = round(at_s * SECOND_NS)
    return Tagged("finish", track_id, 3, time_ns, BOX, bib, state, 0.99, 2, look(track_id), True)


def crossed(track_id: int = 1, at_s: float = 1.5) -> Crossed:
    return Crossed("finish", track_id, 4, 11, round(at_s * SECOND_NS), Clock.RTCP)


def closed(track_id: int = 1, bib: str | None = None, at_s: float = 2.0) -> Closed:
    state = None if bib is None else State.CONFIRMED
    time_ns = round(at_s * SECOND_NS)
    return Closed("finish", track_id, 9, time_ns, bib, state, 0.0, 1, {Reason.BLURRED: 2})


def messages(events: list[Event], first_seq: int = 1) -> list[Message]:
    return [Message(first_seq + n, event, None) for n, event in enumerate(events)]


def pixels(shade: int = 90, width: int = 20, height: int = 40) -> Image:
    return np.full((height, width, 3), shade, np.uint8)


def picture(
    track_id: int = 1,
    frame_index: int = 5,
    bib: str | None = None,
    kind: ImageKind = ImageKind.FRAME,
    image: Image | None = None,
) -> NewImage:
    shown = pixels() if image is None else image
    time_ns = 1_780_000_000_123_456_789
    return NewImage("finish", track_id, frame_index, 40, time_ns, kind, shown, bib)
