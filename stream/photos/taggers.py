"""What looks at photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from engines.looking import Line
from engines.photo import PhotoTagger, TaggedPhoto
from engines.photo_race import PhotoLine
from engines.picture import RgbPicture


class Tagger(Protocol):
    """What looks at photos; asked by one thread at a time."""

    def tag_all(self, pictures: Sequence[RgbPicture]) -> Sequence[TaggedPhoto]:
        """Finds persons, bibs and lines in each of some photos and reads the lines."""

    def read_again(self, picture: RgbPicture, lines: Sequence[PhotoLine]) -> Sequence[PhotoLine]:
        """Reads lines of a photo anew, where they were found."""


class RaceTagger:
    """A `Tagger` that is the engines' `PhotoTagger`, loaded once there is something to look at."""

    def __init__(self, load: Callable[[], PhotoTagger]) -> None:
        self._load = load
        self._loaded: PhotoTagger | None = None

    @property
    def _tagger(self) -> PhotoTagger:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def tag_all(self, pictures: Sequence[RgbPicture]) -> Sequence[TaggedPhoto]:
        """See `Tagger.tag_all`."""
        return self._tagger.tag_all(pictures)

    def read_again(self, picture: RgbPicture, lines: Sequence[PhotoLine]) -> Sequence[PhotoLine]:
        """See `Tagger.read_again`."""
        return self._tagger.read(picture, [Line(line.number, line.sheet) for line in lines])

    def close(self) -> None:
        """Free the networks, where there are any."""
        if self._loaded is not None:
            self._loaded.close()
