"""Keywords in IPTC-IIM, for programs that do not know XMP. Pure.

They stand in a list of Photoshop's image resources, number 0x0404. What stands there otherwise
stays. The formats: IPTC-NAA Information Interchange Model, version 4; Adobe Photoshop File
Formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stream.export.names import folded

BEGINS: Final = b"Photoshop 3.0\0"
_SIGNATURE: Final = b"8BIM"
_IIM: Final = 0x0404
_DIGEST: Final = 0x0425
"""Of the IIM records, for programs to see that nobody changed them; we do."""
_KEYWORD: Final = (2, 25)
_CHARACTERS: Final = (1, 90)
_UTF_8: Final = b"\x1b%G"
_LONGEST_WORD: Final = 64
"""Bytes of a keyword."""

Resource = tuple[int, bytes, bytes]
"""Number, name and content."""
DataSet = tuple[tuple[int, int], bytes]
"""Record and number of a data set, and its content."""


class IptcError(ValueError):
    """A list of image resources is not what such lists are."""


def with_keywords(content: bytes | None, words: Sequence[str]) -> bytes:
    """The content of a JPEG's segment APP13 with more keywords.

    Args:
        content: what there is; None where there is none.
        words: to add; those that are there are not added again.

    Raises:
        IptcError: it cannot be read.
    """
    resources = [] if content is None else _resources(content)
    iim = next((body for number, _, body in resources if number == _IIM), b"")
    sets = _data_sets(iim)
    if not sets:
        sets = [(_CHARACTERS, _UTF_8), ((2, 0), b"\0\4")]
    known = {body for number, body in sets if number == _KEYWORD}
    is_utf_8 = (_CHARACTERS, _UTF_8) in sets
    for word in dict.fromkeys(_word(word, is_utf_8) for word in words):
        if word and word not in known:
            sets.append((_KEYWORD, word))
    sets.sort(key=lambda one: one[0][0])
    kept = [one for one in resources if one[0] not in (_IIM, _DIGEST)]
    return BEGINS + b"".join(map(_resource, [*kept, (_IIM, b"", _iim(sets))]))


def _word(word: str, is_utf_8: bool) -> bytes:
    """A keyword; in plain letters where nobody says how others would be written."""
    if not is_utf_8 and not word.isascii():
        word = folded(word).replace("-", " ")
    return word.encode()[:_LONGEST_WORD].decode(errors="ignore").encode()


def _resources(content: bytes) -> list[Resource]:
    if not content.startswith(BEGINS):
        raise IptcError("it does not begin as image resources do")
    found = []
    at = len(BEGINS)
    while len(content) - at >= 12:
        if content[at : at + 4] != _SIGNATURE:
            raise IptcError(f"no image resource at byte {at}")
        number = int.from_bytes(content[at + 4 : at + 6], "big")
        name_end = at + 7 + content[at + 6]
        name = content[at + 7 : name_end]
        at = name_end + (content[at + 6] + 1) % 2
        length = int.from_bytes(content[at : at + 4], "big")
        body = content[at + 4 : at + 4 + length]
        if len(body) != length:
            raise IptcError(f"the image resource 0x{number:04x} is cut short")
        found.append((number, name, body))
        at += 4 + length + length % 2
    return found


def _resource(one: Resource) -> bytes:
    number, name, body = one
    named = bytes((len(name),)) + name
    head = _SIGNATURE + number.to_bytes(2, "big") + named + b"\0" * (len(named) % 2)
    return head + len(body).to_bytes(4, "big") + body + b"\0" * (len(body) % 2)


def _data_sets(iim: bytes) -> list[DataSet]:
    found = []
    at = 0
    while len(iim) - at >= 5 and iim[at] == 0x1C:
        length = int.from_bytes(iim[at + 3 : at + 5], "big")
        if length >= 0x8000 or at + 5 + length > len(iim):
            raise IptcError(f"the data set at byte {at} cannot be read")
        found.append(((iim[at + 1], iim[at + 2]), iim[at + 5 : at + 5 + length]))
        at += 5 + length
    if iim[at:].strip(b"\0"):
        raise IptcError(f"no data set at byte {at}")
    return found


def _iim(sets: Sequence[DataSet]) -> bytes:
    return b"".join(
        bytes((0x1C, *number)) + len(body).to_bytes(2, "big") + body for number, body in sets
    )
