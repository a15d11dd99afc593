"""The first pass: every photo that is new is decoded, looked at and read, once.

Each tagger has a thread that decodes and tags the next few photos together, and one thread keeps
what they found, in the order of the files. The pixels of no more than these are in memory, however
many there are.
"""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path
from typing import Final

from engines.bunches import TOGETHER, TOGETHER_PIXELS, bunches_of
from engines.photo import TaggedPhoto
from engines.photo_race import PhotoLine
from engines.picture import RgbPicture
from stream.clock import SECOND_NS, monotonic_ns
from stream.photos.ahead import ahead
from stream.photos.files import (
    LoadedPhoto,
    PassingPhotoError,
    PhotoError,
    Problem,
    file_of,
    is_gone,
    load_photo,
)
from stream.photos.found import Found
from stream.photos.pictures import changes, stem_of
from stream.photos.seen import SeenRules, seen_in
from stream.photos.taggers import Tagger
from stream.store import Store
from stream.store.photo_values import NewPhoto, PhotoFile, SightingChanges

Progress = Callable[[int, int], None]
"""Told how many are done, of how many."""

_NOT_YET_WRITTEN: Final = 5000
"""Photos that may wait for the store's writer, see `stream.store.writer`."""


@dataclass(frozen=True, slots=True)
class Networks:
    """Which networks look at photos, in short: the detector, and the readers."""

    found_with: str
    read_with: str


@dataclass(slots=True)
class ReadCounts:
    """What became of the files of one run.

    Attributes:
        new: photos looked at.
        again: photos whose lines were read anew.
        known: files that hold what the race has.
        failed: files that could not be read.
        other_networks: photos of `known` that other networks had looked at.
        seconds: that all of them took.
        stopped: not all were done.
    """

    new: int = 0
    again: int = 0
    known: int = 0
    failed: int = 0
    other_networks: int = 0
    seconds: float = 0.0
    stopped: bool = False

    @property
    def done(self) -> int:
        """Files so far."""
        return self.new + self.again + self.known + self.failed

    @property
    def photos_per_s(self) -> float:
        """Photos looked at or read anew in a second."""
        return (self.new + self.again) / max(self.seconds, 1e-6)


@dataclass(frozen=True, slots=True, eq=False)
class _Loaded:
    """A file on its way: what it holds, or the number of the photo it is known to hold, or why it
    cannot be read.

    Attributes:
        new: what is to be kept of a photo that is new.
        lines: of a photo that is known and stale, read anew.
    """

    file: PhotoFile
    photo: LoadedPhoto | None = None
    number: int | None = None
    problem: PhotoError | None = None
    new: tuple[NewPhoto, SightingChanges] | None = None
    lines: Sequence[PhotoLine] | None = None

    @property
    def n_pixels(self) -> int:
        """In memory."""
        picture = None if self.photo is None else self.photo.picture
        return 0 if picture is None else picture.width * picture.height


@dataclass(slots=True)
class PhotoReading:
    """Reads photos into a race.

    Attributes:
        store: of the race.
        taggers: look at them, each by one thread at a time: so many threads are at work.
        networks: which ones each tagger has.
        rules: for the first tags, of each photo alone.
        problem: told of each file that cannot be read, and why.
        together: so many photos at most are tagged together; a stop waits for them.
        passing: told in its place of those that may be read another time; None: it is, too. What
            the race knows of them stays.
        relabel: read the lines of known photos anew where other readers had read them.
        zone: of cameras that do not tell theirs; None is this computer's.
    """

    store: Store
    taggers: Sequence[Tagger]
    networks: Networks
    rules: SeenRules
    problem: Problem
    relabel: bool = False
    zone: tzinfo | None = None
    passing: Problem | None = None
    together: int = TOGETHER
    _added: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _idle: queue.SimpleQueue[Tagger] = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        for tagger in self.taggers:
            self._idle.put(tagger)

    def read(self, paths: Sequence[Path], stop: threading.Event, progress: Progress) -> ReadCounts:
        """Read all that is new among some files; returns early once `stop` is set.

        Photos that are tagged together with one on which a network fails are not kept.

        Raises:
            InferenceError: a network failed.
            StoreError: the race folder cannot be written to.
        """
        counts = ReadCounts()
        all_seen = True
        began_ns = monotonic_ns()
        n_taggers = len(self.taggers)
        bunches = bunches_of(paths, n_taggers, self.together)
        with (
            ahead(bunches, self._looked_at, n_taggers) as done,
            self.store.photos.kept_open(),
        ):
            for bunch in done:
                for one in bunch:
                    self._take(one, counts)
                    all_seen &= not isinstance(one.problem, PassingPhotoError)
                    progress(counts.done, len(paths))
                if stop.is_set():
                    break
        counts.stopped = counts.done < len(paths)
        # A file that nobody could see may hold a photo that no other file holds any more.
        if all_seen and not counts.stopped:
            self.store.photos.forget_replaced()
        self.store.flush()
        self.store.photos.check_kept()
        counts.seconds = (monotonic_ns() - began_ns) / SECOND_NS
        return counts

    def _looked_at(self, paths: Sequence[Path]) -> list[_Loaded]:
        """Read files, and look together at those photos that are new; on a thread of its own.

        Their pixels stay no longer than that.
        """
        done: list[_Loaded] = []
        some: list[_Loaded] = []
        tagger = self._idle.get()
        try:
            with self.store.photos.kept_open():
                for path in paths:
                    some.append(self._load(path))
                    if sum(one.n_pixels for one in some) >= TOGETHER_PIXELS:
                        done += self._tagged(some, tagger)
                        some = []
                return done + self._tagged(some, tagger)
        finally:
            self._idle.put(tagger)

    def _tagged(self, loaded: Sequence[_Loaded], tagger: Tagger) -> list[_Loaded]:
        """What was found in those that are new, or read anew in those that are stale."""
        new = {
            place: one.photo.picture
            for place, one in enumerate(loaded)
            if one.photo is not None
            and one.photo.picture is not None
            and self.store.photos.with_content(one.photo.sha256) is None
        }
        tagged = tagger.tag_all([*new.values()]) if new else ()
        found = dict(zip(new, tagged, strict=True))
        return [
            self._with_photo(one, new[place], found[place])
            if place in found
            else self._reread(one, tagger)
            for place, one in enumerate(loaded)
        ]

    def _with_photo(self, one: _Loaded, picture: RgbPicture, tagged: TaggedPhoto) -> _Loaded:
        """With all that the race keeps of a new photo."""
        assert one.photo is not None, "whose picture was looked at"
        found = Found.of(tagged)
        size = (picture.width, picture.height)
        new = NewPhoto(
            one.photo.sha256,
            one.photo.taken_utc_ns,
            one.photo.orientation,
            *size,
            self.networks.found_with,
            self.networks.read_with,
            found.text(),
        )
        seen = seen_in(found, size, self.rules)
        made = changes(stem_of(one.file.path), (), seen, picture)
        return replace(one, photo=replace(one.photo, picture=None), new=(new, made))

    def _reread(self, one: _Loaded, tagger: Tagger) -> _Loaded:
        """With the lines of a known photo read anew, where they are stale."""
        if one.photo is None or one.photo.picture is None:
            return one
        number = self.store.photos.with_content(one.photo.sha256)
        lines = None
        if number is not None and self._is_stale(number):
            lines = tagger.read_again(one.photo.picture, self._found_of(number).lines)
        return replace(one, photo=replace(one.photo, picture=None), lines=lines)

    def _load(self, path: Path) -> _Loaded:
        """Read a file where it has anything new."""
        file = PhotoFile(str(path), 0, 0)
        try:
            file = file_of(path)
            number = self.store.photos.at(file)
            if number is not None and not self._is_stale(number):
                return _Loaded(file, number=number)
            return _Loaded(file, load_photo(path, self._is_known, self.zone))
        except PhotoError as error:
            return _Loaded(file, problem=error)

    def _is_known(self, sha256: str) -> bool:
        number = self.store.photos.with_content(sha256)
        return number is not None and not self._is_stale(number)

    def _is_stale(self, number: int) -> bool:
        """Whether its lines are to be read anew."""
        return self.relabel and self._networks_of(number).read_with != self.networks.read_with

    def _networks_of(self, number: int) -> Networks:
        row = self.store.photos.find(number)
        if row is None:
            return self.networks
        return Networks(row.photo.found_with, row.photo.read_with)

    def _take(self, one: _Loaded, counts: ReadCounts) -> None:
        if one.problem is not None:
            tell = self.problem
            if not isinstance(one.problem, PassingPhotoError):
                self.store.photos.add_problem(one.file, str(one.problem))
            elif self.passing is not None:
                tell = self.passing
            tell(Path(one.file.path), str(one.problem))
            counts.failed += 1
        elif one.photo is None:
            assert one.number is not None, "a file without problem holds a photo"
            counts.known += 1
            counts.other_networks += self._networks_of(one.number) != self.networks
        else:
            self._take_photo(one, one.photo, counts)

    def _take_photo(self, one: _Loaded, photo: LoadedPhoto, counts: ReadCounts) -> None:
        if photo.sha256 in self._added:
            self.store.flush()
        number = self.store.photos.with_content(photo.sha256)
        if number is None:
            assert one.new is not None, "only a known content is not looked at"
            self._add(one.file, *one.new)
            counts.new += 1
            return
        self.store.photos.add_path(one.file, number)
        self._forget_left(number, one.file.path)
        if one.lines is not None and self._is_stale(number):
            found = self._found_of(number).with_lines(one.lines)
            self.store.photos.read_again(number, self.networks.read_with, found.text())
            counts.again += 1
        else:
            counts.known += 1

    def _forget_left(self, number: int, path: str) -> None:
        """A known photo in a new place was moved there from where it is not any more."""
        for other in self.store.photos.paths(number):
            if other != path and is_gone(Path(other)):
                self.store.photos.forget_path(other, number)

    def _add(self, file: PhotoFile, new: NewPhoto, made: SightingChanges) -> None:
        self.store.photos.add(new, file, made)
        self._added[new.sha256] = None
        if len(self._added) > _NOT_YET_WRITTEN:
            self._added.popitem(last=False)

    def _found_of(self, number: int) -> Found:
        row = self.store.photos.find(number)
        assert row is not None, "only a photo that is there is stale"
        return Found.read(row.photo.found)
