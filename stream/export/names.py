"""File names that people and every file system can live with. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

MAX_STEM = 100
"""Characters; numbers and endings come on top and stay far below any system's limit."""
MAX_CAMERA = 40

# As in passports; every other letter loses its accents.
_SPELT = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS",
    "æ": "ae", "Æ": "Ae", "ø": "oe", "Ø": "Oe", "œ": "oe", "Œ": "Oe", "å": "aa", "Å": "Aa",
    "ð": "d", "Ð": "D", "đ": "d", "Đ": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L",
    "ı": "i", "ŋ": "n", "Ŋ": "N", "ħ": "h", "Ħ": "H",
})  # fmt: skip
_PLAIN_BIB = re.compile(r"[0-9A-Z](?:[0-9A-Z-]{0,39})")
_RESERVED = re.compile(r"CON|PRN|AUX|NUL|COM\d|LPT\d")


def file_stem(bib: str, *parts: str | None) -> str:
    """A file name without its ending: the bib, then what else tells people what it is.

    Different bibs never give the same stem, also where upper and lower case are the same. Parts
    are for reading: two of them may look the same when written with plain letters.

    Args:
        bib: as it is worn; leading zeros stay. What is more than plain capitals and digits is
            told apart by a digest.
        parts: name, camera, ... in this order; None and what no plain letter can write are
            left out. The first is shortened first when it gets too long.

    Returns:
        Only ``A-Z a-z 0-9 -``, and ``_`` between the parts.

    Raises:
        ValueError: the bib is empty.
    """
    if not bib:
        raise ValueError("a file needs the bib that it shows; this one is empty")
    kept = [shown for part in parts if part is not None and (shown := folded(part))]
    head = _bib_part(bib)
    while kept and (over := len("_".join([head, *kept])) - MAX_STEM) > 0:
        shorter = kept[0][: max(len(kept[0]) - over, 0)].rstrip("-")
        kept = [shorter, *kept[1:]] if shorter else kept[1:]
    return "_".join([head, *kept])


def camera_part(camera: str, cameras: Iterable[str]) -> str:
    """A camera's name as a part of a file name that no other of `cameras` has."""
    written = folded(camera)
    alike = [other for other in cameras if folded(other).lower() == written.lower()]
    if written and len(written) <= MAX_CAMERA and alike in ([], [camera]):
        return written
    return f"{written[:MAX_CAMERA]}-{_digest(camera)}".strip("-")


def _bib_part(bib: str) -> str:
    if _PLAIN_BIB.fullmatch(bib) and not _RESERVED.fullmatch(bib):
        return bib
    # A small letter that no plain bib has begins the digest, so nothing plain can equal it.
    return f"{folded(bib)[:40]}-x{_digest(bib)}".strip("-")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def folded(text: str) -> str:
    """A text in plain letters and digits with hyphens between; empty where nothing is left."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).translate(_SPELT))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^0-9A-Za-z]+", "-", letters).strip("-")
