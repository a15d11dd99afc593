"""COCO detection files: one JSON with pictures, categories and annotations.

The bib number may stand in an annotation as ``text`` or ``number``, or in its ``attributes``, as
CVAT writes them. What is marked ``ignore`` or ``iscrowd`` is ignored. An image's `KINDS` say what
is labelled in it; only files of `coco_out` have them.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from engines.train.labelled.data_set import (
    BoxLabel,
    PictureLabels,
    Problem,
    UnreadableError,
    as_box_from_size,
    name_in,
    numbers,
    read_text,
)
from engines.types import Kind

KINDS: Final = "labelled_kinds"
"""Names of the kinds that are labelled in an image: in one file they may differ."""

_LISTS = ("images", "categories", "annotations")
_MEND = "correct the entry, or delete it"


def read_coco(path: Path, root: Path) -> Iterator[PictureLabels | Problem]:
    """Labels of every picture that the file lists; file names are relative to it.

    Args:
        path: the JSON file.
        root: folder of the data set.

    Raises:
        UnreadableError: it is no COCO file.
    """
    file = name_in(path, root)
    images, categories, annotations = _lists(path, root, file)
    names = {_key(entry.get("id")): str(entry.get("name", "")) for _, entry in categories}
    boxes: dict[str, list[BoxLabel]] = {}
    lost: Counter[str] = Counter()
    listed: dict[str, tuple[str, Mapping[str, object]]] = {}
    for where, entry in images:
        key = _key(entry.get("id"))
        if not key or not isinstance(entry.get("file_name"), str):
            yield Problem(where, "the picture has no id or no file_name", _MEND)
        elif key in listed:
            yield Problem(where, f"the picture has the id {key} of {listed[key][0]}", _MEND)
        else:
            listed[key] = (where, entry)
    for where, entry in annotations:
        image, category = _key(entry.get("image_id")), _key(entry.get("category_id"))
        if image not in listed:
            yield Problem(where, f"image_id {image or '(none)'} is not listed in images", _MEND)
        elif category not in names:
            what = f"category_id {category or '(none)'} is not listed in categories"
            yield Problem(where, what, _MEND)
            lost[image] += 1
        else:
            boxes.setdefault(image, []).append(_box(entry, names[category], where))
    for key, (where, entry) in listed.items():
        size = numbers((entry.get("width"), entry.get("height")))
        yield PictureLabels(
            (str(entry["file_name"]),),
            path,
            where,
            tuple(boxes.get(key, ())),
            declared=(size[0], size[1]) if size else None,
            lost=lost[key],
            known=_known(entry.get(KINDS)),
        )


def _known(names: object) -> frozenset[Kind] | None:
    """None where nothing is said, or by somebody else's words."""
    kinds = {kind.name.lower(): kind for kind in Kind}
    if not isinstance(names, list) or not all(name in kinds for name in map(str, names)):
        return None
    return frozenset(kinds[name] for name in names)


def _lists(path: Path, root: Path, file: str) -> tuple[list[tuple[str, Mapping[str, object]]], ...]:
    """Rows of the three lists, each with its place in the file."""
    text = read_text(path, root)
    try:
        pack = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(file, f"is broken JSON: {error}", "export it again") from error
    lists = [pack.get(name) if isinstance(pack, dict) else None for name in _LISTS]
    rows_of = [rows for rows in lists if isinstance(rows, list)]
    if len(rows_of) < len(_LISTS):
        what = "is no COCO detection file, it needs the lists images, categories and annotations"
        raise UnreadableError(file, what, "export it as COCO detection")
    return tuple(
        [(f"{file}: {name}[{n}]", row if isinstance(row, dict) else {}) for n, row in enumerate(r)]
        for name, r in zip(_LISTS, rows_of, strict=True)
    )


def _box(entry: Mapping[str, object], name: str, where: str) -> BoxLabel:
    sides = entry.get("bbox")
    attributes = entry.get("attributes")
    more = attributes if isinstance(attributes, dict) else {}
    texts = (entry.get("text"), entry.get("number"), more.get("number"), more.get("text"))
    return BoxLabel(
        name,
        as_box_from_size(sides) if isinstance(sides, list) else None,
        where,
        text=next((text for text in texts if text not in (None, "")), None),
        ignored=_is_set(entry.get("ignore")) or _is_set(entry.get("iscrowd")),
    )


def _is_set(flag: object) -> bool:
    """Some tools write flags as text."""
    return flag not in (None, False, 0, "", "0", "false")


def _key(value: object) -> str:
    """Ids are compared as text: some tools quote them in one list only."""
    return str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
