"""What a source is; `stream.sources.choose.open_source` opens any of them.

A source is one camera, file, folder of photos or simulation. It yields frames on the
thread that asks for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from stream.graph import Transport
from stream.sources.packets import Prompt, Taken
from stream.types import Frame

Backend = Literal["auto", "gst", "av"]


class Speed(StrEnum):
    """How fast recorded or simulated footage is played."""

    REAL_TIME = "real time"
    """By its own time stamps, as if it were a camera: a slow consumer loses the oldest frames."""
    MAXIMUM = "maximum"
    """As fast as the frames are taken; none is lost."""


class SourceError(Exception):
    """A source cannot be opened or has failed. The message names it, the cause and the mend."""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How a source is doing. It may be asked from any thread, at any time.

    Attributes:
        state: one line for people: "opening", "playing", "ended", "closed",
            "reconnecting in 2 s: <why>".
        frames: delivered by `frames()`.
        dropped: decoded in time, but the consumer was too slow.
        damaged: packets or photos that could not be decoded and were skipped.
        reconnects: times that a lost camera came back.
        fps: nominal frames per second, or measured where the stream does not say; 0 unknown.
        width, height: pixels, 0 before the first frame.
        decoder: what decodes, for instance ``avdec_h264``; empty before the first frame.
        duration_ns: length of the footage, None where it has no end or does not say.
        nominal_fps: frames per second that the stream says it has; None where it does not say.
        clock_offset_ns: how far the camera's own clock is behind this computer's, the delay on the
            way included; negative where it is ahead. None where it does not tell its time.
    """

    camera: str
    state: str
    frames: int = 0
    dropped: int = 0
    damaged: int = 0
    reconnects: int = 0
    fps: float = 0.0
    width: int = 0
    height: int = 0
    decoder: str = ""
    duration_ns: int | None = None
    nominal_fps: float | None = None
    clock_offset_ns: int | None = None


class Source(Protocol):
    """Frames of one camera."""

    @property
    def camera(self) -> str:
        """The camera's name, as it stands on every frame."""

    @property
    def live(self) -> bool:
        """True: the oldest frame is dropped, and counted, when the consumer is slow.

        False: the source waits for its consumer.
        """

    def frames(self) -> Iterator[Frame]:
        """Each frame once, in order; blocks until there is one. May be called once.

        Ends after the last frame of footage, or soon after `close`.

        Raises:
            SourceError: the source cannot be opened or has failed for good.
        """

    def close(self) -> None:
        """End `frames()` within a second. From any thread; more than once is allowed."""

    def status(self) -> SourceStatus:
        """How it is doing."""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How a source is to be opened.

    Attributes:
        speed: of footage and simulations; cameras have their own.
        start_utc_ns: capture time of the first frame of footage; None counts from 1970.
        latency_ms: how late a network camera's packets may come before they count as lost.
        transport: how a network camera sends.
        threads: decoder threads, 0 for one per core.
        attempts: how often in a row a lost camera is called again; None for ever.
        taken: gets a camera's encoded stream; None where nobody wants it.
        prompt: whether it is wanted without delay; None never. See `Prompt`.
    """

    speed: Speed = Speed.REAL_TIME
    start_utc_ns: int | None = None
    latency_ms: int = 200
    transport: Transport = "tcp"
    threads: int = 2
    attempts: int | None = None
    taken: Taken | None = None
    prompt: Prompt | None = None
