"""Cuts a runner's stretches out of recorded video, without encoding anew.

What is left of a file becomes new files beside it, each beginning with a keyframe; so what is gone
reaches from the beginning of a stretch to the first keyframe behind it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
from sqlite_utils import Database

from stream.clock import SECOND_NS
from stream.export.clips.cutting import Manner, cut
from stream.export.clips.takes import Stretch, Take
from stream.export.errors import ExportError
from stream.export.films import Film, look_into, open_film, packet_ns
from stream.forget.errors import ForgetError
from stream.forget.spans import Span, kept_parts, overlap
from stream.forget.work import CutOut
from stream.recording.fragments import whole_packets
from stream.recording.mend import readable_ns
from stream.store.segments import begin, end
from stream.store.values import NewSegment
from stream.types import Clock

_DAMAGE: Final = (av.error.InvalidDataError, av.error.EOFError)
"""What FFmpeg says of a file that it has read and cannot use."""


@dataclass(frozen=True, slots=True)
class Filmed:
    """A recorded file that is there; `path` inside the race folder, or absolute."""

    id: int
    new: NewSegment
    end_utc_ns: int


def filmed(db: Database, folder: Path, spans: Sequence[Span]) -> tuple[Filmed, ...]:
    """The files that show something of the spans, those only referred to as well."""
    rows = db.execute(
        "SELECT id, footage_id, camera, path, referenced, codec, sound, width, height, "
        "first_utc_ns, clock, end_utc_ns FROM segments WHERE deleted = 0 ORDER BY id"
    ).fetchall()
    found: list[Filmed] = []
    for row in rows:
        row_id, footage_id, camera, path, referenced = row[:5]
        codec, sound, width, height, first_ns, clock, end_ns = row[5:]
        if not overlap(spans, footage_id, first_ns, end_ns or 2**63):
            continue
        if not (folder / path).is_file():
            continue
        known = end_ns or first_ns + (readable_ns(folder / path) or 0)
        new = NewSegment(
            footage_id,
            camera,
            path,
            bool(referenced),
            codec,
            sound,
            width,
            height,
            first_ns,
            Clock(clock),
        )
        if overlap(spans, footage_id, first_ns, known) or end_ns is None:
            found.append(Filmed(row_id, new, known))
    return tuple(found)


def cut_out(folder: Path, segment: Filmed, spans: Sequence[Span]) -> tuple[CutOut, list[Part]]:
    """Write what is left of a recorded file beside it; the file itself stays for now.

    A file that is too damaged to be cut is to go as a whole. Whatever else goes wrong is raised:
    a disk that refuses says nothing about the video.

    Raises:
        ForgetError: what is left cannot be written; nothing of it lies beside the file.
        OSError: the file cannot be read.
    """
    file = folder / segment.new.path
    whole_s = max(0, segment.end_utc_ns - segment.new.first_utc_ns) / SECOND_NS
    _read_through(file)
    try:
        film = look_into(file)
        left = _left(film, segment, spans)
    except ExportError as error:
        if not _is_damage(error):
            raise _refused(file, error) from error
        return CutOut(segment.new.camera, round(whole_s, 1), whole=True), []
    parts = _parts(folder, film, segment, left)
    kept_s = sum(part.end_utc_ns - part.new.first_utc_ns for part in parts) / SECOND_NS
    return CutOut(segment.new.camera, round(max(0.0, whole_s - kept_s), 1)), parts


@dataclass(frozen=True, slots=True)
class Part:
    """A file that holds what is left."""

    new: NewSegment
    end_utc_ns: int
    n_bytes: int


def replace_rows(db: Database, segment: Filmed, parts: Sequence[Part]) -> None:
    """Put the parts in the place of the file; whoever calls has a transaction open."""
    for part in parts:
        end(db, begin(db, part.new), part.end_utc_ns, part.n_bytes)
    db.execute("DELETE FROM segments WHERE id = ?", (segment.id,))


def _left(film: Film, segment: Filmed, spans: Sequence[Span]) -> tuple[tuple[int, int], ...]:
    new = segment.new
    mine = [one for one in spans if one.footage_id == new.footage_id]
    shift_ns = new.first_utc_ns - film.first_ns
    keyframes = [at_ns + shift_ns for at_ns in _keyframes(film.file)]
    if not keyframes:
        raise ExportError(f"{film.file} holds no keyframe that can be read")
    return kept_parts(new.first_utc_ns, segment.end_utc_ns, mine, keyframes)


def _keyframes(file: Path) -> Iterator[int]:
    """The file's own times of its keyframes, rising."""
    with open_film(file) as container:
        video = container.streams.video[0]
        times = [packet_ns(p) for p in whole_packets(container, video) if p.is_keyframe]
    yield from sorted(times)


def _read_through(file: Path) -> None:
    """Make sure that the disk gives every byte: FFmpeg takes what it cannot read for the end.

    Raises:
        OSError: it does not.
    """
    with file.open("rb") as content:
        while content.read(1 << 20):
            pass


def _is_damage(error: ExportError) -> bool:
    """Whether a file was read and is no video, rather than that the system refused something."""
    return error.__cause__ is None or isinstance(error.__cause__, _DAMAGE)


def _parts(
    folder: Path, film: Film, segment: Filmed, left: Sequence[tuple[int, int]]
) -> list[Part]:
    """All that is left, written; none of it where one cannot be."""
    parts: list[Part] = []
    try:
        for number, (from_ns, until_ns) in enumerate(left, 1):
            parts.append(_written(folder, film, segment, number, from_ns, until_ns))
    except (ExportError, OSError) as error:
        for number in range(1, len(left) + 1):
            place = folder / _place(segment, number)
            if place.is_file():
                place.unlink()
        raise _refused(film.file, error) from error
    return parts


def _refused(file: Path, error: Exception) -> ForgetError:
    return ForgetError(
        f"{file} cannot be cut and stays as it is ({error}); mend that and run the same command "
        "again: it finishes what is left. Where the video itself is broken, delete the file first"
    )


def _place(segment: Filmed, number: int) -> Path:
    place = Path(segment.new.path)
    return place.with_name(f"{place.stem}-cut{number}.mp4")


def _written(
    folder: Path, film: Film, segment: Filmed, number: int, from_ns: int, until_ns: int
) -> Part:
    new, path = segment.new, _place(segment, number)
    # Never the last of a take: no picture behind the end may be in it.
    stretch = Stretch(film, new.first_utc_ns - film.first_ns, from_ns, until_ns, is_last=False)
    shown = cut([Take((stretch,))], folder / path, Manner())
    with (folder / path).open("rb") as written:
        os.fsync(written.fileno())
    left = look_into(folder / path)
    return Part(
        NewSegment(
            new.footage_id,
            new.camera,
            path.as_posix(),
            referenced=False,
            codec=new.codec,
            sound=None if left.sound is None else left.sound.codec,
            width=new.width,
            height=new.height,
            first_utc_ns=shown.first_utc_ns,
            clock=new.clock,
        ),
        shown.end_utc_ns,
        (folder / path).stat().st_size,
    )
