"""Pascal VOC: one XML file per picture, as LabelImg, CVAT and Roboflow write it.

``difficult`` boxes are ignored. The bib number may stand in an object as ``number`` or ``text``,
or in its ``attributes``, as CVAT writes them. The format's own boxes count pixels from one, those
of most tools from zero and none says which; they are taken as they are.
"""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from engines.train.labelled.data_set import (
    BoxLabel,
    PictureLabels,
    UnreadableError,
    as_box,
    name_in,
    numbers,
    read_bytes,
)

_TEXTS = ("number", "text")


def read_voc(path: Path, root: Path) -> Iterator[PictureLabels]:
    """Labels of the picture that the file names, or else of the one named like the file.

    Args:
        path: the XML file.
        root: folder of the data set.

    Raises:
        UnreadableError: it is no XML of this format, or declares entities.
    """
    file = name_in(path, root)
    tree = _parse(read_bytes(path, root), file)
    if tree.tag != "annotation":
        what = f"begins with <{tree.tag}>, not with <annotation>"
        raise UnreadableError(file, what, "export it as Pascal VOC")
    size = numbers((tree.findtext("size/width"), tree.findtext("size/height")))
    named = (tree.findtext("filename") or "").strip()
    yield PictureLabels(
        (named, path.stem) if named else (path.stem,),
        path,
        file,
        tuple(
            _box(element, f"{file}: object {n}")
            for n, element in enumerate(tree.findall("object"), start=1)
        ),
        declared=(size[0], size[1]) if size else None,
        own=True,
    )


def _parse(packed: bytes, file: str) -> ElementTree.Element:
    """The tree of a file without document type: entities can read files and fill the memory."""

    def refuse(*_: object) -> None:
        raise UnreadableError(file, "declares a document type", "delete the line <!DOCTYPE ...>")

    guard = expat.ParserCreate()
    guard.StartDoctypeDeclHandler = refuse
    try:
        guard.Parse(packed, True)
        return ElementTree.fromstring(packed)
    except UnreadableError:
        raise
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise UnreadableError(file, f"is broken XML: {error}", "export it again") from error


def _box(element: ElementTree.Element, where: str) -> BoxLabel:
    sides = (element.findtext(f"bndbox/{side}") for side in ("xmin", "ymin", "xmax", "ymax"))
    return BoxLabel(
        element.findtext("name") or "",
        as_box(sides),
        where,
        text=_text(element),
        ignored=(element.findtext("difficult") or "").strip().lower() not in ("", "0", "false"),
    )


def _text(element: ElementTree.Element) -> str | None:
    for attribute in element.iterfind("attributes/attribute"):
        if (attribute.findtext("name") or "").strip().lower() in _TEXTS:
            return attribute.findtext("value")
    return next((text for text in map(element.findtext, _TEXTS) if text), None)
