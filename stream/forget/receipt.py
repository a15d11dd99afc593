"""What was erased and what stays, for people and programs: neither a name nor a face is in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stream.clock import SECOND_NS, stamp
from stream.export.times import moment_text
from stream.forget.errors import ForgetError
from stream.forget.work import Work
from stream.store.folder import UNREADABLE, UPLOADS
from stream.whole_files import put_whole

FOLDER: Final = "forgotten"
_ROWS: Final = {
    "tracks": "tracks", "tags": "tags", "looks": "looks", "crossings": "crossings",
    "events": "events", "images": "rows of pictures", "photo_sightings": "sightings in photos",
    "templates": "templates", "face_crops": "rows of face crops",
    "assignments": "assignments", "negative_pairs": "negative pairs",
    "people": "enrolled people", "corrections": "corrections",
    "entries": "entries of the start list",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Receipt:
    """A finished erasure.

    Attributes:
        text: for people.
        files: where it was written, JSON and text; none while nothing was done.
    """

    text: str
    files: tuple[Path, ...] = ()


def erased(work: Work) -> dict[str, int]:
    """How much goes, by kind, as people call it; what there is none of is left out."""
    told = {_ROWS[kind]: n for kind, n in work.rows.items()}
    told["pictures of the runner (files)"] = len(work.files)
    told["photos sent through the page"] = len(work.uploads)
    told |= {f"exported {kind}s": n for kind, n in work.exports.items()}
    if work.footage:
        told["recorded video files cut"] = work.segments
    return {kind: n for kind, n in told.items() if n}


def stays(work: Work, names: Iterable[str] = ()) -> list[str]:
    """What is not erased, and why, a sentence each.

    Args:
        names: of the runner; a path that tells one is not written.
    """
    told = [
        "The bib stays, marked as forgotten: a start list that is read in later brings no name for "
        "it. Its numbers that were misread on other runners stay theirs."
    ]
    told += _of_video(work)
    if work.uploads_left:
        told.append(
            f"{len(work.uploads_left)} photos sent through the page stay, because they show "
            f"others, too; remove them yourself if they are not to: "
            f"{_listed(work.uploads_left, names)}"
        )
    if work.uploads_unseen:
        told.append(
            f"{work.uploads_unseen} photos sent through the page wait to be tagged or cannot be "
            f"read, so that nobody knows whom they show: look into {UPLOADS} and {UNREADABLE}."
        )
    if work.originals:
        told.append(
            f"{len(work.originals)} photos that show the runner stay, as finishline never touches "
            f"photos: {_listed(work.originals, names)}. Where the number stands in each stays, "
            "too: or else a later finishline tag took the runner for somebody unknown."
        )
    if work.namesakes:
        told.append(
            f"{work.namesakes} enrolled of the same name have no bib and may be somebody "
            "else: remove them yourself if they are not."
        )
    told.append(
        "Start lists outside the race folder, exports and copies made to other folders, and copies "
        "of this folder are not known here: erase the runner there as well."
    )
    told.append(
        "Pictures of other runners may show this one in the background, and so may tracks whose "
        "bib nobody could read."
    )
    return told


def _of_video(work: Work) -> list[str]:
    told = []
    if work.footage and work.segments:
        seconds = sum(one.seconds for one in work.cut_out)
        told.append(
            f"{seconds:.1f} s of video were cut out, from a little before the runner came to the "
            "next keyframe behind. "
            + (
                f"Others in view then are missing from it, too: bibs {', '.join(work.others)}."
                if work.others
                else "No other runner with a bib was in view then."
            )
        )
        whole = sum(one.whole for one in work.cut_out)
        if whole:
            told.append(
                f"{whole} damaged video files could not be cut and were removed as a whole."
            )
    elif work.segments:
        told.append(
            f"{work.segments} recorded video files that show the runner stay, because they show "
            "others, too; --footage would have cut them, and nothing tells where the runner is "
            "any more."
        )
    if work.referenced:
        told.append(
            "Video that finishline did not record is not touched: " + _listed(work.referenced, ())
        )
    return told


def again(work: Work) -> list[str]:
    """What to do next, a sentence each."""
    told = []
    if work.exports:
        told.append(
            "Tables and pages listed everybody and were removed with the runner's files: "
            "export again."
        )
    if work.footage and work.segments and work.exports:
        told.append(
            "Clips and stills of others from the video that was cut were removed, too; what is "
            "left of them can be exported again."
        )
    told.append("Pages that are open now may show the runner until they are loaded again.")
    return told


def outlook(work: Work) -> str:
    """What would be erased, for people who have not decided yet."""
    lines = [f"bib {work.bib}: this would be erased"]
    lines += [f"  {kind}: {n}" for kind, n in erased(work).items()] or ["  nothing"]
    if work.footage and work.segments:
        seconds = sum(span.until_ns - span.from_ns for span in work.spans) / SECOND_NS
        lines.append(f"  about {seconds:.0f} s of video, out of {work.segments} recorded files")
        if work.others:
            lines.append(f"  with them others in view then: bibs {', '.join(work.others)}")
    elif work.segments:
        lines.append(
            f"{work.segments} recorded video files show the runner and stay; cut them now with "
            "--footage, since later nothing tells where the runner is"
        )
    if work.uploads_left:
        lines.append(
            f"{len(work.uploads_left)} photos sent through the page show others, too, and stay: "
            f"{_listed(work.uploads_left, ())}"
        )
    if work.referenced:
        lines.append(
            "video that finishline did not record is never touched: " + _listed(work.referenced, ())
        )
    return "\n".join(lines)


def write(folder: Path, work: Work, names: Sequence[str], found: Sequence[str] | None) -> Receipt:
    """Write the receipt, on the disk when this returns.

    Args:
        names: of the runner, in memory only.
        found: files of the race folder that still tell the name; None where nobody could look.

    Raises:
        ForgetError: the disk refuses.
    """
    kept = stays(work, names)
    if found is None:
        kept.append(
            "The work was broken off and finished later, when the name was no longer known: "
            "whether files of the folder still tell it was not checked."
        )
    elif found:
        kept.append(
            "These files of the folder still tell the runner's name and are yours: mend them. "
            + _listed(found, names)
        )
    body = {
        "schema": "finishline.forgotten",
        "version": 1,
        "bib": work.bib,
        "at": moment_text(work.at_utc_ns),
        "by": work.by,
        "footage": work.footage,
        "erased": {
            **work.rows,
            "picture_files": len(work.files),
            "uploads": len(work.uploads),
            "exported": dict(work.exports),
        },
        "video_cut": [
            {"camera": one.camera, "seconds": one.seconds, "whole_file": one.whole}
            for one in work.cut_out
        ],
        "stays": kept,
        "next": again(work),
    }
    text = _text(work, kept)
    place = folder / FOLDER / stamp(work.at_utc_ns)
    files = place.with_suffix(place.suffix + ".json"), place.with_suffix(place.suffix + ".txt")
    for file, content in zip(files, (json.dumps(body, indent=1) + "\n", text), strict=True):
        _write(file, content)
    return Receipt(text, files)


def _text(work: Work, kept: Sequence[str]) -> str:
    lines = [
        f"Bib {work.bib} was forgotten at {moment_text(work.at_utc_ns)}, asked for by {work.by}."
    ]
    lines += ["", "Erased:", *(f"  {kind}: {n}" for kind, n in erased(work).items())]
    lines += ["", "What stays, and why:", *(f"  - {line}" for line in kept)]
    lines += ["", "Next:", *(f"  - {line}" for line in again(work))]
    return "\n".join(lines) + "\n"


def _listed(paths: Sequence[str], names: Iterable[str]) -> str:
    """Paths, without those that tell a name; at most twenty."""
    words = {word.casefold() for name in names for word in name.split() if len(word) > 2}
    shown, hidden = [], 0
    for path in paths:
        if any(word in path.casefold() for word in words):
            hidden += 1
        else:
            shown.append(path)
    more = len(shown) - 20
    told = shown[:20] + ([f"and {more} more"] if more > 0 else [])
    if hidden:
        told.append(f"and {hidden} whose path tells the name")
    return ", ".join(told)


def _write(file: Path, content: str) -> None:
    try:
        put_whole(file, lambda opened: opened.write(content.encode()))
    except OSError as error:
        raise ForgetError(
            f"{file} cannot be written ({error.strerror or error}); check the disk and run the "
            "same command again: it finishes what is left"
        ) from error
