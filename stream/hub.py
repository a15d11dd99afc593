"""Events to whoever watches the race: bounded, in order, resumable by sequence number.

The hub keeps the newest messages in a ring and the newest preview of each camera.
A subscription is a cursor into that ring and owns no queue, so a slow viewer costs no
memory: it loses the oldest messages, is told so (`Batch.missed`) and asks for a snapshot.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from engines.types import Box
from stream.types import Event, State


@dataclass(frozen=True, slots=True)
class Message:
    """An event with its place in the race's order.

    Attributes:
        seq: strictly increasing within a race, also across restarts.
        evidence: path of the picture that shows it, inside the race folder, with slashes.
    """

    seq: int
    event: Event
    evidence: str | None


@dataclass(frozen=True, slots=True)
class PreviewBox:
    """One runner to draw on a preview, pixels of the preview's width and height."""

    track_id: int
    box: Box
    bib: str | None
    state: State | None


@dataclass(frozen=True, slots=True)
class Preview:
    """A small picture of one camera and what is known of the runners in it."""

    camera: str
    frame_index: int
    capture_utc_ns: int
    width: int
    height: int
    jpeg: bytes
    boxes: tuple[PreviewBox, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """What is new for one subscription.

    Attributes:
        messages: in order of `seq`, without gaps.
        previews: the newest preview of each camera that has a new one, in order of camera name.
        missed: messages were lost to this subscription. The viewer needs a snapshot; see
            `Subscription.resume`. `messages` is empty then.
    """

    messages: tuple[Message, ...]
    previews: tuple[Preview, ...]
    missed: bool


class Hub:
    """Takes events from the race and hands them to any number of subscriptions. Thread-safe."""

    def __init__(self, first_seq: int = 1, keep: int = 10_000) -> None:
        """Start empty.

        Args:
            first_seq: number of the first message, one more than the store's last.
            keep: messages that stay available to slow or returning viewers.

        Raises:
            ValueError: `first_seq` or `keep` is below 1.
        """
        if first_seq < 1 or keep < 1:
            raise ValueError(f"first_seq and keep must be at least 1; got {first_seq} and {keep}")
        self._lock = threading.Lock()
        self._ring: list[Message | None] = [None] * keep
        self._first_seq = first_seq
        self._next_seq = first_seq
        self._previews: dict[str, tuple[int, Preview]] = {}
        self._shown = 0
        self._subscriptions: tuple[Subscription, ...] = ()

    @property
    def last_seq(self) -> int:
        """Number of the newest message; ``first_seq - 1`` before the first."""
        with self._lock:
            return self._next_seq - 1

    def publish(self, event: Event, evidence: str | None = None) -> Message:
        """Number an event, keep it and wake the subscriptions."""
        with self._lock:
            message = Message(self._next_seq, event, evidence)
            self._ring[message.seq % len(self._ring)] = message
            self._next_seq += 1
            subscriptions = self._subscriptions
        for subscription in subscriptions:
            subscription._rouse()
        return message

    def show(self, preview: Preview) -> None:
        """Replace the camera's preview and wake the subscriptions that want previews."""
        with self._lock:
            self._shown += 1
            self._previews[preview.camera] = (self._shown, preview)
            subscriptions = self._subscriptions
        for subscription in subscriptions:
            if subscription.wants(preview.camera):
                subscription._rouse()

    def wants_previews(self, camera: str) -> bool:
        """Whether someone watches a camera, so that drawing and encoding previews is worth it."""
        with self._lock:
            return any(subscription.wants(camera) for subscription in self._subscriptions)

    def subscribe(
        self, wake: Callable[[], None], after: int | None = None, previews: bool = True
    ) -> Subscription:
        """Follow the race from now on, or from the message after `after`.

        Args:
            wake: called once per arrival, on the publisher's thread and outside the hub's lock.
                It must be cheap, such as ``loop.call_soon_threadsafe``. A RuntimeError (the
                loop is closed) ends this subscription and no other.
            after: the last message the viewer has; None starts with the next one.
            previews: whether this viewer wants pictures.
        """
        with self._lock:
            cursor = self._next_seq - 1 if after is None else after
            subscription = Subscription(self, wake, cursor, previews)
            self._subscriptions += (subscription,)
        return subscription

    def _oldest(self) -> int:
        return max(self._first_seq, self._next_seq - len(self._ring))

    def _take(self, subscription: Subscription, limit: int) -> Batch:
        with self._lock:
            previews = self._unseen_previews(subscription)
            oldest, cursor = self._oldest(), subscription._cursor
            # A cursor ahead of the hub comes from before a restart that lost unwritten messages.
            if cursor < oldest - 1 or cursor >= self._next_seq:
                subscription._cursor = oldest - 1
                return Batch((), previews, True)
            end = min(self._next_seq, cursor + 1 + limit)
            found = (self._ring[seq % len(self._ring)] for seq in range(cursor + 1, end))
            messages = tuple(message for message in found if message is not None)
            subscription._cursor = end - 1
            return Batch(messages, previews, False)

    def _unseen_previews(self, subscription: Subscription) -> tuple[Preview, ...]:
        if not subscription.previews:
            return ()
        seen, subscription._seen = subscription._seen, self._shown
        return tuple(
            preview
            for camera, (shown, preview) in sorted(self._previews.items())
            if shown > seen and subscription.wants(camera)
        )

    def _resume(self, subscription: Subscription, seq: int) -> None:
        with self._lock:
            subscription._cursor = seq

    def _leave(self, subscription: Subscription) -> None:
        with self._lock:
            self._subscriptions = tuple(s for s in self._subscriptions if s is not subscription)


class Subscription:
    """One viewer's cursor. `take` belongs to one thread; the hub may wake it from any.

    Attributes:
        previews: whether the viewer wants pictures.
        without: cameras of which it wants none all the same, such as those whose video it watches.
    """

    def __init__(self, hub: Hub, wake: Callable[[], None], cursor: int, previews: bool) -> None:
        """Made by `Hub.subscribe`."""
        self.previews = previews
        self.without: frozenset[str] = frozenset()
        self._hub = hub
        self._wake = wake
        self._cursor = cursor
        self._seen = 0
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether it has ended, by `close` or because waking the viewer was no longer possible."""
        return self._closed

    def wants(self, camera: str) -> bool:
        """Whether the viewer wants pictures of a camera."""
        return self.previews and camera not in self.without

    def take(self, limit: int = 500) -> Batch:
        """Up to `limit` messages after the cursor, and the previews not yet taken.

        When messages were lost, the cursor jumps to before the oldest message still kept, so
        that nothing newer than a snapshot can be lost; `resume` spares the viewer the overlap.

        Raises:
            ValueError: `limit` is below 1.
        """
        if limit < 1:
            raise ValueError(f"limit must be at least 1; got {limit}")
        if self._closed:
            return Batch((), (), False)
        return self._hub._take(self, limit)

    def resume(self, seq: int) -> None:
        """Go on after `seq`, the number of the snapshot that was sent to the viewer."""
        self._hub._resume(self, seq)

    def close(self) -> None:
        """Stop following. Closing twice is allowed."""
        self._closed = True
        self._hub._leave(self)

    def _rouse(self) -> None:
        if self._closed:
            return
        try:
            self._wake()
        except RuntimeError:
            # The viewer's event loop is gone; the race goes on without this viewer.
            self.close()
