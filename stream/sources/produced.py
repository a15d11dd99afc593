"""A thread that produces frames into a feed, and the consumer's side of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

from stream.graph import LIVE_BUFFERS, WAITING_BUFFERS
from stream.sources.pacing import Feed
from stream.types import Frame

JOIN_S = 0.5
"""How long the consumer waits for the thread; a read from a silent camera ends by its own limit."""


class Production:
    """What sources with a producing thread share.

    Args:
        camera: names the thread.
        live: drop the oldest frame when the consumer is slow; otherwise wait for it.
        work: runs on the thread: puts frames into `feed` until `stop` is set or `feed.put`
            says False. What it raises is raised again by `frames`.
    """

    def __init__(self, camera: str, live: bool, work: Callable[[], None]) -> None:
        self.stop = threading.Event()
        self.feed: Feed[Frame] = Feed(LIVE_BUFFERS if live else WAITING_BUFFERS, live)
        self.state = ""
        self.delivered = 0
        self._camera = camera
        self._work = work

    def frames(self) -> Iterator[Frame]:
        """See `Source.frames`."""
        if self.state:
            raise RuntimeError(f"{self._camera}: frames() may be called once")
        self.state = "opening"
        thread = threading.Thread(target=self._run, name=f"source-{self._camera}", daemon=True)
        thread.start()
        try:
            for frame in self.feed:
                # Dropped frames do not count: indices are those of delivered frames.
                delivered = replace(frame, index=self.delivered)
                self.delivered += 1
                yield delivered
        finally:
            closed = self.stop.is_set()
            self.close()
            thread.join(JOIN_S)
            self.state = "closed" if closed else "ended"

    def close(self) -> None:
        """See `Source.close`."""
        self.stop.set()
        self.feed.close()

    def _run(self) -> None:
        failure: Exception | None = None
        try:
            self._work()
        except Exception as error:
            # Raised again on the thread that consumes the frames.
            failure = error
        self.feed.end(failure)
