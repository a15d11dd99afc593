"""YOLO labels: one text file per picture, a row ``class cx cy width height`` per box, 0..1.

The class names stand in ``data.yaml``, ``dataset.yaml`` (the key ``names``), ``classes.txt`` or
``obj.names``. The layouts of Ultralytics, Roboflow, LabelImg, CVAT and Darknet are understood.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from engines.train.labelled.data_set import (
    BoxLabel,
    PictureFolder,
    PictureLabels,
    Problem,
    UnreadableError,
    name_in,
    numbers,
    read_bytes,
    read_text,
)
from engines.types import Box

_FLOW_ENTRY = re.compile(r"""(?:[^,"']|"[^"]*"|'[^']*')+""")
_KEYED = re.compile(r"(\d+)\s*:\s*(.*)")
_ROW_BEGINS = re.compile(rb"\s*\d+(?:\s+[-+.\deE]+){4}")
_SLACK = 0.02


def names_files(root: Path) -> list[Path]:
    """The files under a folder that name YOLO's classes, the surest of one folder last."""
    plain = [*root.rglob("*.names"), *root.rglob("classes.txt")]
    yamls = [
        path
        for path in (*root.rglob("*.yml"), *root.rglob("*.yaml"))
        if path.is_file() and re.search(rb"^(\xef\xbb\xbf)?names\s*:", read_bytes(path, root), re.M)
    ]
    return [path for path in (*sorted(plain), *sorted(yamls)) if path.is_file()]


def label_files(root: Path) -> list[Path]:
    """The files under a folder that hold YOLO's boxes.

    All in a folder ``labels`` do; elsewhere, where notes may lie too, those beside a picture of
    their name and those that begin with a box.
    """
    stems = {path.with_suffix("") for path in PictureFolder(root).paths}

    def has_boxes(path: Path) -> bool:
        folders = [part.lower() for part in (root.name, *path.relative_to(root).parts[:-1])]
        if "labels" in folders or path.with_suffix("") in stems:
            return True
        return _ROW_BEGINS.match(read_bytes(path, root, 200)) is not None

    texts = (path for path in sorted(root.rglob("*.txt")) if path.name != "classes.txt")
    return [path for path in texts if path.is_file() and has_boxes(path)]


def read_yolo(path: Path, root: Path) -> Iterator[PictureLabels | Problem]:
    """Labels of every label file under a folder; pictures have the same name.

    Args:
        path: the folder.
        root: folder of the data set; problems name files relative to it.

    Raises:
        UnreadableError: a file of class names cannot be read.
    """
    names_of = {file.parent: _names(file, root) for file in names_files(path)}
    for label in label_files(path):
        names, file = _nearest(names_of, label.parent, path), name_in(label, root)
        read = list(_rows(label, names, root))
        yield from (row for row in read if isinstance(row, Problem))
        boxes = tuple(row for row in read if isinstance(row, BoxLabel))
        lost = len(read) - len(boxes)
        yield PictureLabels((label.stem,), label, file, boxes, own=True, shares=True, lost=lost)


def _rows(label: Path, names: Mapping[int, str], root: Path) -> Iterator[BoxLabel | Problem]:
    try:
        rows = read_text(label, root).splitlines()
    except UnreadableError as error:
        yield error.problem
        return
    for n, row in enumerate(rows, start=1):
        if row.strip():
            yield _box(row, names, f"{name_in(label, root)}:{n}")


def _nearest(
    names_of: Mapping[Path, Mapping[int, str]], folder: Path, root: Path
) -> Mapping[int, str]:
    """Of several data sets in one folder each has its own names."""
    for parent in (folder, *folder.parents):
        if parent in names_of:
            return names_of[parent]
        if parent == root:
            break
    return next(iter(names_of.values())) if len(names_of) == 1 else {}


def _box(row: str, names: Mapping[int, str], where: str) -> BoxLabel | Problem:
    values = row.split()
    if len(values) != 5:
        what = f"the row has {len(values)} values, not class cx cy width height"
        return Problem(where, what, "export boxes, not outlines or predictions")
    known = numbers(values)
    if known is None or not values[0].isdecimal():
        return Problem(where, f"the row {row.strip()!r} is no five numbers", "correct the row")
    if not all(-_SLACK <= share <= 1 + _SLACK for share in known[1:]):
        what = f"the row {row.strip()!r} is not in shares of the picture"
        return Problem(where, what, "divide by its width and height, so that all are 0 to 1")
    number = int(values[0])
    return BoxLabel(names.get(number, values[0]), _as_box(known), where)


def _as_box(row: tuple[float, ...]) -> Box:
    _, cx, cy, width, height = row
    return cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2


def _names(path: Path, root: Path) -> dict[int, str]:
    """Class names by number.

    Raises:
        UnreadableError: the file cannot be read, or its key ``names`` is neither list nor mapping.
    """
    text = read_text(path, root)
    if path.suffix not in (".yaml", ".yml"):
        return dict(enumerate(line.strip() for line in text.strip().splitlines()))
    names = names_from_yaml(text)
    if not names:
        mend = "write it as names: [person, bib]"
        raise UnreadableError(name_in(path, root), "its key 'names' is not understood", mend)
    return names


def names_from_yaml(text: str) -> dict[int, str]:
    """The key ``names`` of a data.yaml: a list or a mapping, in either notation of YAML.

    Nothing else of YAML is needed here, and a parser is no dependency of ours.
    """
    lines = [re.sub(r"(^|\s)#.*", "", line).rstrip() for line in text.splitlines()]
    start = next((n for n, line in enumerate(lines) if re.match(r"names\s*:", line)), None)
    if start is None:
        return {}
    first = lines[start].partition(":")[2].strip()
    if first[:1] in ("[", "{"):
        flow = " ".join([first, *lines[start + 1 :]])
        close = flow.find("]" if first[0] == "[" else "}")
        return _numbered(_FLOW_ENTRY.findall(flow[1:close]) if close > 0 else [])
    block = []
    for line in lines[start + 1 :]:
        if line and line[0] not in " \t-":
            break
        if line.strip():
            block.append(line.strip().removeprefix("-"))
    return _numbered([] if first else block)


def _numbered(entries: list[str]) -> dict[int, str]:
    """Entries ``0: bib`` or ``bib``, quoted or not, by number."""
    names = {}
    for position, entry in enumerate(e.strip() for e in entries if e.strip()):
        keyed = _KEYED.fullmatch(entry)
        number, name = (int(keyed[1]), keyed[2]) if keyed else (position, entry)
        names[number] = name.strip().strip("\"'")
    return names
