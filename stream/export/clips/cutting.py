"""Cuts a clip out of recorded video: what to take of which file, copied or encoded anew.

A clip's time begins with 0 at its first frame. Within a camera it runs as the capture times do,
so that a gap between two files stays a gap, and what two files both show is shown once. Several
cameras stand one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import av

from stream.export.clips.copying import CopiedPictures
from stream.export.clips.encoding import EncodedPictures
from stream.export.clips.sound import AnySound, sound_of
from stream.export.clips.takes import Shown, Stretch, Take
from stream.export.errors import ExportError
from stream.export.films import Film, open_film
from stream.export.video import Piece

COPIED_SOUND = frozenset({"aac", "mp3", "mp3float", "opus", "ac3", "eac3", "alac", "flac"})
"""Sound that MP4 takes as it is; any other (G.711, PCM) becomes AAC."""
_PLAYABLE = frozenset(
    {"Baseline", "Constrained Baseline", "Main", "High", "Progressive High", "Constrained High"}
)
"""Profiles of H.264 with 8 bits and halved colour; browsers play no others."""


OPTIONS = {"movflags": "+faststart"}
"""The index stands before the pictures, so a clip plays while it loads."""


class Pictures(Protocol):
    """The pictures of a clip that is being written, copied or encoded anew."""

    @property
    def shown(self) -> Shown | None:
        """What has been written so far; None before the first picture."""

    def begin_take(self) -> None:
        """What comes now stands behind all that was there before."""

    def take(self, stretch: Stretch, sound: AnySound | None) -> None:
        """Write a stretch of one file, and its sound."""

    def finish(self) -> None:
        """Write what is still held back."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a clip is cut.

    Attributes:
        exact: begins and ends with the exact frame; encodes the picture anew.
        browser: what a browser would not play is encoded anew: H.264 and AAC.
    """

    exact: bool = False
    browser: bool = False


def stretches(pieces: Sequence[tuple[Piece, Film]], from_ns: int, to_ns: int) -> list[Stretch]:
    """What to take of each file to see ``[from_ns, to_ns)`` once.

    Where two files show the same moment the later one is taken: it begins with a keyframe.
    """
    found: list[Stretch] = []
    for n, (piece, film) in enumerate(pieces):
        next_ns = pieces[n + 1][0].first_utc_ns if n + 1 < len(pieces) else to_ns
        begin_ns = max(from_ns, piece.first_utc_ns)
        until_ns = min(to_ns, piece.end_utc_ns, next_ns)
        if begin_ns < until_ns:
            shift_ns = piece.first_utc_ns - film.first_ns
            found.append(Stretch(film, shift_ns, begin_ns, until_ns, is_last=False))
    if found:
        found[-1] = replace(found[-1], is_last=True)
    return found


def parts(takes: Sequence[Take], manner: Manner) -> list[tuple[Take, ...]]:
    """The files that a clip becomes: one where pictures are encoded or all formats agree.

    Copied packets of different formats cannot stand in one file; there a new one begins.
    """
    if len(takes) > 1 or _is_encoded(takes, manner):
        return [tuple(takes)]
    found: list[list[Stretch]] = []
    for stretch in takes[0].stretches:
        if found and _agree([*found[-1], stretch]):
            found[-1].append(stretch)
        else:
            found.append([stretch])
    return [(Take(tuple(group)),) for group in found]


def cut(takes: Sequence[Take], target: Path, manner: Manner) -> Shown:
    """Write a part of a clip as MP4 that plays while it loads.

    Raises:
        ExportError: a file cannot be read or the disk refuses.
    """
    films = [stretch.film for take in takes for stretch in take.stretches]
    sounds = {film.sound for film in films if film.sound is not None}
    kept = {"aac"} if manner.browser else COPIED_SOUND
    copies_sound = len(sounds) == 1 and all(sound.codec in kept for sound in sounds)
    try:
        return _write(takes, target, _is_encoded(takes, manner), copies_sound)
    except (av.FFmpegError, OSError) as error:
        raise ExportError(
            f"{films[0].file} cannot be cut ({error.strerror or error}); "
            f"check the space on the disk of {target.parent}, and that the video plays"
        ) from error


def _write(takes: Sequence[Take], target: Path, encodes: bool, copies_sound: bool) -> Shown:
    """Write takes one after the other; encoded, in the size of the first, others letterboxed."""
    first = takes[0].stretches[0]
    with ExitStack() as opened:
        out = opened.enter_context(av.open(str(target), "w", format="mp4", options=OPTIONS))
        template = opened.enter_context(open_film(first.film.file)).streams.video[0]
        pictures: Pictures = (EncodedPictures if encodes else CopiedPictures)(out, template)
        sound = sound_of(out, takes, copies_sound)
        for take in takes:
            pictures.begin_take()
            for stretch in take.stretches:
                pictures.take(stretch, sound)
        if pictures.shown is None:
            raise ExportError(
                f"{first.film.file} shows nothing at the moment that is asked for; it is cut off "
                "or damaged: put a good copy in its place"
            )
        pictures.finish()
        if sound is not None:
            sound.finish()
    return pictures.shown


def codec_of(takes: Sequence[Take], manner: Manner) -> str:
    """What the pictures of a part are coded with, FFmpeg's name."""
    return "h264" if _is_encoded(takes, manner) else takes[0].stretches[0].film.video.codec


def _is_encoded(takes: Sequence[Take], manner: Manner) -> bool:
    """Whether pictures must be made anew."""
    all_stretches = [stretch for take in takes for stretch in take.stretches]
    if manner.exact:
        return True
    if manner.browser and not all(_is_playable(one.film) for one in all_stretches):
        return True
    # One after the other, or for a browser, a clip is one file whatever the formats are.
    return (len(takes) > 1 or manner.browser) and not _agree(all_stretches)


def _is_playable(film: Film) -> bool:
    return film.video.codec == "h264" and film.video.profile in _PLAYABLE


def _agree(taken: Sequence[Stretch]) -> bool:
    """Whether packets of all can stand in one file; sound may be missing in some."""
    sounds = {one.film.sound for one in taken if one.film.sound is not None}
    return len({one.film.video for one in taken}) == 1 and len(sounds) <= 1
