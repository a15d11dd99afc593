"""Serves with one session until a better one is there, and changes over between two batches."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from engines.errors import EngineError
from engines.runtimes.session import Session
from engines.types import Bytes, Floats

log = logging.getLogger(__name__)


class Coming(Protocol):
    """A session in the making."""

    def arrived(self) -> Callable[[], Session] | None:
        """What opens it; None while it is in the making.

        Raises:
            EngineError: it will never come.
        """

    def stop(self) -> None:
        """It is not wanted any more."""


class SwapSession:
    """The port `Session`: the first session serves until the other has arrived.

    Nothing is computed twice, and no batch waits for anything but the opening. Where the other
    never comes, or cannot be opened, the first goes on; the log says why, once.
    """

    def __init__(self, first: Session, coming: Coming) -> None:
        """Takes ownership of both."""
        self._serving = first
        self._coming: Coming | None = coming

    def run(self, tensors: Mapping[str, Floats | Bytes]) -> dict[str, Floats]:
        """See `Session.run`."""
        if self._coming is not None:
            self._change_over(self._coming)
        return self._serving.run(tensors)

    def _change_over(self, coming: Coming) -> None:
        try:
            opening = coming.arrived()
            if opening is None:
                return
            better = opening()
        except EngineError as error:
            self._coming = None
            coming.stop()
            log.warning("the processor goes on computing: %s", error)
            return
        self._coming = None
        coming.stop()
        former, self._serving = self._serving, better
        former.close()

    def close(self) -> None:
        """See `Session.close`."""
        coming, self._coming = self._coming, None
        if coming is not None:
            coming.stop()
        self._serving.close()


class Choosy(Session, Protocol):
    """A session that takes some shapes only."""

    def fits(self, tensors: Mapping[str, Floats | Bytes]) -> bool:
        """Whether it takes inputs of those shapes."""


class ElseSession:
    """The port `Session`: a choosy session, and another for the shapes that it does not take.

    Photos come in sizes that no engine was built for.
    """

    def __init__(self, first: Choosy, other: Callable[[], Session]) -> None:
        """Takes ownership of `first`; the other is opened when it is needed."""
        self._first = first
        self._open_other = other
        self._other: Session | None = None

    def run(self, tensors: Mapping[str, Floats | Bytes]) -> dict[str, Floats]:
        """See `Session.run`."""
        if self._first.fits(tensors):
            return self._first.run(tensors)
        if self._other is None:
            # Sizes of photos are many; but an engine may be older than a shape that is in use now.
            log.info(
                "the engine was not built for %s, so the processor computes that, and whatever "
                "else it was not built for; if an older finishline built it, make it anew: "
                "finishline models build",
                {name: tuple(tensor.shape) for name, tensor in tensors.items()},
            )
            self._other = self._open_other()
        return self._other.run(tensors)

    def close(self) -> None:
        """See `Session.close`."""
        self._first.close()
        if self._other is not None:
            self._other.close()
