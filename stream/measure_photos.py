"""How many photos a second are tagged: `finishline bench photos`."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final

from PIL import Image

from engines.bunches import TOGETHER, bunches_of
from stream.photos.files import PhotoError, Problem, load_photo
from stream.photos.judging import judge_photos
from stream.photos.reading import Networks, PhotoReading
from stream.photos.seen import SeenRules
from stream.photos.taggers import Tagger
from stream.sources.port import SourceError
from stream.store import Store

_WARM_SHARE: Final = 0.25
"""Of the photos: networks are loaded, and compiled for new shapes, during the first of them."""

_QUALITY: Final = 90
_MIB: Final = 1 << 20

Tick = Callable[[int, int], None]
"""Told how many are done, of how many."""


@dataclass(frozen=True, slots=True)
class PhotoPace:
    """What tagging a folder took.

    Attributes:
        photos: that were tagged.
        megapixels: of one, on average.
        at_once: photos in work at once.
        wall_s: from the first file to the last tag, with loading and compiling the networks.
        later_per_s: photos a second, once a quarter of them was done; None where too few come after
            that to tell.
        processor_ms: of all threads, for one photo, with loading and compiling.
        mib_after_half, mib_at_end: memory of the process, 2^20 bytes.
    """

    photos: int
    megapixels: float
    at_once: int
    wall_s: float
    later_per_s: float | None
    processor_ms: float
    mib_after_half: float
    mib_at_end: float

    def __str__(self) -> str:
        later = ""
        if self.later_per_s is not None:
            later = f"{self.later_per_s:.1f} a second after the first quarter, "
        return (
            f"{self.photos} photos of {self.megapixels:.1f} megapixels, {self.at_once} at once: "
            f"{later}{self.photos / self.wall_s:.1f} a second with loading "
            f"({self.wall_s:.1f} s in all)\n"
            f"  {self.processor_ms:.0f} ms of processor time a photo, "
            f"{self.mib_after_half:.0f} MiB of memory after half of them, "
            f"{self.mib_at_end:.0f} at the end"
        )


def measure_photos(
    folder: Path,
    paths: Sequence[Path],
    taggers: Sequence[Tagger],
    networks: Networks,
    rules: SeenRules,
    problem: Problem,
    tick: Tick,
) -> PhotoPace:
    """Tag photos into a new race folder, both passes, as `finishline tag` does.

    Args:
        folder: the race's, without a photo.
        paths: photos, no two alike.
        taggers: look at them; as many at once.
        networks: which ones they have.
        rules: of the tags.
        problem: told of each file that cannot be read.
        tick: told after each photo.

    Raises:
        SourceError: there are no photos.
        InferenceError: a network failed.
        StoreError: the folder cannot be written to.
    """
    if not paths:
        raise SourceError("there is no photo that can be read")
    began, began_processor = time.monotonic(), time.process_time()
    done_at: list[float] = []
    half: list[float] = []

    def told(done: int, total: int) -> None:
        done_at.append(time.monotonic())
        if not half and 2 * done >= total:
            half.append(_resident_mib())
        tick(done, total)

    stop = threading.Event()
    with Store.open(folder) as store:
        reading = PhotoReading(store, taggers, networks, rules, problem)
        counts = reading.read(paths, stop, told)
        judge_photos(store, rules, stop, lambda done, total: None)
        ended, ended_processor = time.monotonic(), time.process_time()
        pixels = sum(row.photo.width * row.photo.height for row in store.photos.each())
    warm = _warm(len(paths), len(taggers))
    return PhotoPace(
        counts.new,
        round(pixels / 1e6 / max(counts.new, 1), 2),
        len(taggers),
        round(ended - began, 2),
        round((len(paths) - warm) / (ended - done_at[warm - 1]), 2) if warm else None,
        round((ended_processor - began_processor) / max(counts.new, 1) * 1e3, 1),
        round(half[0]),
        round(_resident_mib()),
    )


def _warm(n: int, n_taggers: int) -> int:
    """After how many of `n` photos the networks are warm; 0 where too few come after them.

    Photos tagged together are done at one moment, so a bunch ends there.
    """
    sizes = [len(bunch) for bunch in bunches_of(range(n), n_taggers, TOGETHER)]
    ends = [end for end in accumulate(sizes) if end >= _WARM_SHARE * n]
    return ends[0] if len(ends) > 2 * n_taggers else 0


def enlarge(
    paths: Sequence[Path], megapixels: float, into: Path, problem: Problem, tick: Tick
) -> list[Path]:
    """Copies of photos, as large as those of a good camera, upright, as JPEG.

    Args:
        paths: photos.
        megapixels: of each copy.
        into: folder of the copies, which exists.
        problem: told of each file that cannot be read; it has no copy.
        tick: told after each photo.

    Raises:
        OSError: a copy cannot be written.
    """
    made = []
    for number, path in enumerate(paths, start=1):
        tick(number, len(paths))
        try:
            picture = load_photo(path, lambda sha256: False).picture
        except PhotoError as error:
            problem(path, str(error))
            continue
        assert picture is not None, "only a known content is not decoded"
        upright = Image.fromarray(picture.image)
        scale = (megapixels * 1e6 / (upright.width * upright.height)) ** 0.5
        size = round(upright.width * scale), round(upright.height * scale)
        copy = into / f"{number:05d}.jpg"
        upright.resize(size, Image.Resampling.BICUBIC).save(copy, quality=_QUALITY)
        made.append(copy)
    return made


def _resident_mib() -> float:
    """Memory that the process has in use now; on Linux."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB
