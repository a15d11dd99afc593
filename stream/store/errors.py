"""What can go wrong with a race folder.

* `StoreError`: anything below, and a write that failed (disk full, folder gone).

  * `NotARaceFolder`: the folder holds something else.
  * `NewerRaceFolder`: a newer finishline wrote it.
  * `RaceFolderInUse`: another process is writing to it.
  * `CorrectionRefused`: what a person said of a track cannot be; nothing was written.

    * `NothingToCorrect`: there is no such track or correction.
"""

from __future__ import annotations

from collections.abc import Mapping

from stream.correction_checks import NOTHING


class StoreError(Exception):
    """The race folder cannot be used as asked; the text says what to do about it."""


class NotARaceFolder(StoreError):  # noqa: N818 - reads as what it says
    """The folder is not a race folder."""


class NewerRaceFolder(StoreError):  # noqa: N818
    """The folder was written by a newer version."""


class RaceFolderInUse(StoreError):  # noqa: N818
    """Another process writes to this folder."""


class CorrectionRefused(StoreError):  # noqa: N818
    """A correction cannot be made; the text says why and what to do instead.

    Attributes:
        code, about: see `stream.correction_checks.CorrectionError`.
    """

    def __init__(self, text: str, code: str, about: Mapping[str, str | int] = NOTHING) -> None:
        super().__init__(text)
        self.code = code
        self.about = about


class NothingToCorrect(CorrectionRefused):
    """There is no such track or correction."""
