"""Reads what a Linux library exports and needs, without loading it.

Loading NVIDIA's libraries pulls in CUDA and may end the process; their dynamic section tells as
much. Only 64-bit little-endian files, which x86-64 and ARM64 have. Layout: the System V ABI,
chapters 4 and 5.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MAGIC: Final = b"\x7fELF\x02\x01"
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_SYMBOL: Final = struct.Struct("<IBBHQQ")
_DYNAMIC: Final = struct.Struct("<QQ")
_DYNSYM, _DYNAMIC_SECTION, _NEEDED = 11, 6, 1


class NotElfError(ValueError):
    """The file is no library of this kind, or is cut off."""


@dataclass(frozen=True, slots=True)
class Library:
    """What a library says of itself.

    Attributes:
        exports: names that others may use.
        needs: libraries that must be there, such as ``libnvinfer.so.10``.
    """

    exports: frozenset[str]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Section:
    kind: int
    link: int
    content: bytes


def read_library(path: Path) -> Library:
    """Read a library.

    Raises:
        OSError: it cannot be read.
        NotElfError: it is no 64-bit little-endian ELF file with section headers.
    """
    raw = path.read_bytes()
    if not raw.startswith(_MAGIC):
        raise NotElfError(f"{path}: not a 64-bit library of Linux")
    try:
        return _library(raw)
    except (struct.error, IndexError, ValueError) as error:
        raise NotElfError(f"{path}: damaged: {error}") from error


def _library(raw: bytes) -> Library:
    [at] = struct.unpack_from("<Q", raw, 0x28)
    size, count = struct.unpack_from("<HH", raw, 0x3A)
    sections = [_section(raw, at + size * number) for number in range(count)]
    exports, needs = set[str](), list[str]()
    for section in sections:
        if section.kind == _DYNSYM:
            exports.update(_exports(section, sections[section.link].content))
        elif section.kind == _DYNAMIC_SECTION:
            names = sections[section.link].content
            for tag, value in _DYNAMIC.iter_unpack(section.content):
                if tag == _NEEDED:
                    needs.append(_text(names, value))
    return Library(frozenset(exports), tuple(needs))


def _section(raw: bytes, at: int) -> _Section:
    _, kind, _, _, offset, size, link, *_ = _SECTION.unpack_from(raw, at)
    if kind not in (_DYNSYM, _DYNAMIC_SECTION, 3):
        return _Section(kind, link, b"")
    if offset + size > len(raw):
        raise ValueError("it ends too early")
    return _Section(kind, link, raw[offset : offset + size])


def _exports(section: _Section, names: bytes) -> Iterator[str]:
    for name, _, _, home, _, _ in _SYMBOL.iter_unpack(section.content):
        # Home 0 is a name that the library wants from others.
        if name and home:
            yield _text(names, name)


def _text(names: bytes, at: int) -> str:
    return names[at : names.index(b"\0", at)].decode("utf-8", "replace")
