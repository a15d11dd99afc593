"""The best few frames of each track, kept small while a crowd passes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engines.types import Image

CROP_PAD = 0.08
"""How much of a person's width and height is kept round them on each side."""
WORTH_CUTTING = 1.08
"""How much better than its neighbour in time a crop must be, to be worth the time of cutting."""


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A person crop worth keeping.

    Attributes:
        image: RGB ``[height, width, 3]``; the keeper must not change it afterwards.
        value: how good it is, larger is better; only compared within a track.
    """

    camera: str
    track_id: int
    frame_index: int
    pts_ns: int
    capture_utc_ns: int
    image: Image
    value: float


class BestFrames:
    """Keeps per track the best few crops, spread over time, within a limit of memory.

    Not thread-safe: it belongs to one thread.
    """

    def __init__(self, keep: int = 5, gap_s: float = 0.3, max_bytes: int = 256 << 20) -> None:
        """Start empty.

        Args:
            keep: crops per track. More shows more of the runner and costs disk.
            gap_s: two crops of a track are at least this far apart in capture time. Larger
                gives more different poses, smaller lets the sharpest moments win.
            max_bytes: pixels kept over all tracks. Beyond it the least valuable crop of the
                track with the most crops goes first, so that every runner keeps a picture
                as long as possible.

        Raises:
            ValueError: `keep` or `max_bytes` is below 1, or `gap_s` is negative.
        """
        if keep < 1 or gap_s < 0 or max_bytes < 1:
            raise ValueError(
                f"keep and max_bytes must be at least 1 and gap_s not negative; "
                f"got {keep}, {max_bytes} and {gap_s}"
            )
        self._keep = keep
        self._gap_ns = round(gap_s * 1e9)
        self._max_bytes = max_bytes
        self._tracks: dict[int, list[Kept]] = {}
        self._bytes = 0
        self._evicted = 0

    @property
    def n_bytes(self) -> int:
        """Bytes of pixels kept now."""
        return self._bytes

    @property
    def n_evicted(self) -> int:
        """Crops given up to stay within `max_bytes`, since the start."""
        return self._evicted

    def wants(self, track_id: int, capture_utc_ns: int, value: float) -> bool:
        """Whether a crop of this value would be kept; ask before cutting it out.

        A runner who nears the camera grows with every frame, and the box of who stands still
        trembles: a crop takes the place of another only when it is better by `WORTH_CUTTING`.
        """
        kept = self._tracks.get(track_id, [])
        near = [k for k in kept if abs(k.capture_utc_ns - capture_utc_ns) < self._gap_ns]
        if near:
            return value > WORTH_CUTTING * max(k.value for k in near)
        return len(kept) < self._keep or value > WORTH_CUTTING * min(k.value for k in kept)

    def offer(self, crop: Kept) -> bool:
        """Keep a crop if it is good enough; says whether it was."""
        if not self.wants(crop.track_id, crop.capture_utc_ns, crop.value):
            return False
        # A crop cut from a frame is often a view that would keep the whole frame in memory.
        crop = replace(crop, image=crop.image.copy()) if crop.image.base is not None else crop
        kept = self._tracks.setdefault(crop.track_id, [])
        for other in list(kept):
            if abs(other.capture_utc_ns - crop.capture_utc_ns) < self._gap_ns:
                self._drop(kept, other)
        kept.append(crop)
        self._bytes += crop.image.nbytes
        if len(kept) > self._keep:
            self._drop(kept, min(kept, key=lambda k: k.value))
        self._shrink()
        return any(k is crop for k in self._tracks.get(crop.track_id, ()))

    def take(self, track_id: int) -> tuple[Kept, ...]:
        """The track's crops in order of time; they are no longer kept here."""
        kept = self._tracks.pop(track_id, [])
        self._bytes -= sum(k.image.nbytes for k in kept)
        return tuple(sorted(kept, key=lambda k: k.capture_utc_ns))

    def _drop(self, kept: list[Kept], crop: Kept) -> None:
        kept[:] = [k for k in kept if k is not crop]
        self._bytes -= crop.image.nbytes

    def _shrink(self) -> None:
        while self._bytes > self._max_bytes and self._tracks:
            track_id, kept = max(self._tracks.items(), key=lambda entry: len(entry[1]))
            self._drop(kept, min(kept, key=lambda k: k.value))
            self._evicted += 1
            if not kept:
                del self._tracks[track_id]
