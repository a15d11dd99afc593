"""Keywords in XMP: ``dc:subject``, as every photo program shows them. Pure.

What a packet says otherwise stays. The format is that of ISO 16684-1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Final
from xml.etree import ElementTree

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DC: Final = "http://purl.org/dc/elements/1.1/"
_META: Final = "adobe:ns:meta/"
_BEGIN: Final = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END: Final = '\n<?xpacket end="w"?>'
_EMPTY: Final = f'<x:xmpmeta xmlns:x="{_META}"><rdf:RDF xmlns:rdf="{_RDF}"/></x:xmpmeta>'.encode()
_USUAL: Final = {"x": _META, "rdf": _RDF, "dc": _DC}


class XmpError(ValueError):
    """A packet is not what XMP packets are."""


def with_keywords(packet: bytes | None, words: Sequence[str]) -> bytes:
    """An XMP packet with more keywords; those that it has are not added again.

    Args:
        packet: what there is; None where there is none.
        words: to add.

    Raises:
        XmpError: the packet cannot be read.
    """
    root = _read(_EMPTY if packet is None else packet)
    rdf = root if root.tag == f"{{{_RDF}}}RDF" else root.find(f"{{{_RDF}}}RDF")
    if rdf is None:
        raise XmpError("it holds no rdf:RDF")
    bag = _bag(rdf)
    known = {item.text for item in bag}
    for word in dict.fromkeys(words):
        if word not in known:
            ElementTree.SubElement(bag, f"{{{_RDF}}}li").text = word
    body = ElementTree.tostring(root, encoding="unicode")
    return f"{_BEGIN}{body}{_END}".encode()


def _read(packet: bytes) -> ElementTree.Element:
    """The packet's outermost element; its prefixes are used again when it is written."""
    text = re.sub(rb"<\?xpacket.*?\?>", b"", packet, flags=re.DOTALL).strip(b"\0 \t\r\n")
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise XmpError("it defines words of its own")
    try:
        for _, (prefix, uri) in ElementTree.iterparse(BytesIO(text), events=("start-ns",)):
            _use_prefix(prefix, uri)
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise XmpError(f"it is broken: {error}") from error
    for prefix, uri in _USUAL.items():
        _use_prefix(prefix, uri)
    return root


def _use_prefix(prefix: str, uri: str) -> None:
    # Prefixes like ns0 are the library's own; it makes new ones where it needs them.
    if prefix and not re.fullmatch(r"ns\d+", prefix):
        ElementTree.register_namespace(prefix, uri)


def _bag(rdf: ElementTree.Element) -> ElementTree.Element:
    """The list of keywords, made where it is missing."""
    subject = rdf.find(f"{{{_RDF}}}Description/{{{_DC}}}subject")
    if subject is None:
        description = rdf.find(f"{{{_RDF}}}Description")
        if description is None:
            about = {f"{{{_RDF}}}about": ""}
            description = ElementTree.SubElement(rdf, f"{{{_RDF}}}Description", about)
        subject = ElementTree.SubElement(description, f"{{{_DC}}}subject")
    bag = next(iter(subject), None)
    return ElementTree.SubElement(subject, f"{{{_RDF}}}Bag") if bag is None else bag
