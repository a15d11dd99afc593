"""Reads annotated pictures in whatever format lies there, and checks every picture and box."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engines.errors import LabelError
from engines.train.labelled.data_set import (
    DataSet,
    LabelledPicture,
    PictureLabels,
    Problem,
    UnreadableError,
    plain,
    read_bytes,
)
from engines.train.labelled.importers.coco import read_coco
from engines.train.labelled.importers.intake import Intake, add_box
from engines.train.labelled.importers.rbnr import read_rbnr
from engines.train.labelled.importers.turk import read_turk
from engines.train.labelled.importers.vgg import read_vgg
from engines.train.labelled.importers.voc import read_voc
from engines.train.labelled.importers.yolo import label_files, names_files, read_yolo
from engines.types import Kind

Reader = Callable[[Path, Path], Iterator[PictureLabels | Problem]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of labels.

    Attributes:
        name: as its users call it.
        read: reads one source of a data set: a file or, for YOLO, a folder.
        suffix: of its files; "" for YOLO.
        marks: what its files contain.
        per_picture: a file labels one picture, so a broken one does not spoil the others.
    """

    name: str
    read: Reader
    suffix: str
    marks: tuple[bytes, ...] = ()
    per_picture: bool = False

    def sources(self, folder: Path) -> list[Path]:
        """What there is of this format under a folder."""
        if not self.suffix:
            return [folder] if names_files(folder) or label_files(folder) else []
        found = [path for path in sorted(folder.rglob("*")) if path.name[0] != "."]
        return [path for path in found if path.is_file() and self.is_source(path)]

    def is_source(self, path: Path) -> bool:
        """Whether a file is of this format; an empty one may have been."""
        if not self.suffix or path.suffix.lower() != self.suffix:
            return False
        packed = read_bytes(path, path.parent) if self.marks else b""
        return all(mark in packed for mark in self.marks) or (self.per_picture and not packed)


FORMATS: Final = (
    Format("COCO (json)", read_coco, ".json", (b'"images"', b'"annotations"')),
    Format("YOLO (data.yaml or classes.txt, labels/*.txt)", read_yolo, ""),
    Format("Pascal VOC (xml)", read_voc, ".xml", (b"<annotation",), per_picture=True),
    Format("VGG Image Annotator (csv)", read_vgg, ".csv", (b"region_shape_attributes",)),
    Format("RBNR (mat)", read_rbnr, ".mat", per_picture=True),
    Format("Mechanical Turk results (csv)", read_turk, ".csv", (b"Answer.annotation_data",)),
)


def read_data_set(
    path: Path, pictures: Path | None = None, classes: Mapping[str, Kind] | None = None
) -> DataSet:
    """Reads a data set: COCO, YOLO, Pascal VOC, VGG Image Annotator, RBNR or Mechanical Turk.

    Args:
        path: its folder, or one file of labels.
        pictures: where its pictures are, if not beside the labels or in the same folder.
        classes: further names of classes; they win over `CLASS_NAMES`.

    Raises:
        LabelError: nothing of the kind lies there, or two formats do, or a file that everything
            depends on cannot be read. One bad row is a `Problem` instead.
        MissingPackageError: RBNR's files need SciPy.
    """
    for given in (path, pictures):
        if given and not given.exists():
            raise LabelError(f"{given} does not exist; check the path")
    if pictures and not pictures.is_dir():
        raise LabelError(f"{pictures} is no folder; name the folder that holds the pictures")
    root = path if path.is_dir() else path.parent
    found, sources = _recognised(path)
    # Beside ``annotations/`` lie the folders of the pictures that it is about.
    apart = root.parent if plain(root.name) in ("annotations", "labels") else root
    intake = Intake(root, pictures or apart, classes, beside=pictures is None)
    for source in sources:
        try:
            for labels in found.read(source, root):
                intake.take(labels)
        except UnreadableError as error:
            if len(sources) == 1 or not found.per_picture:
                raise
            intake.problems.append(error.problem)
    if found.read is read_yolo:  # there a picture without boxes need not have a file of labels
        intake.take_unlabelled()
    data_set = intake.data_set()
    if not data_set.pictures and not data_set.problems:
        raise LabelError(f"{path} labels no picture; check that it is the right one")
    return data_set


def read_data_sets(
    paths: Sequence[Path], pictures: Path | None = None, classes: Mapping[str, Kind] | None = None
) -> DataSet:
    """Several data sets as one; see `read_data_set`.

    Raises:
        LabelError, MissingPackageError: see there.
    """
    return joined([read_data_set(path, pictures, classes) for path in paths])


def joined(parts: Sequence[DataSet]) -> DataSet:
    """Several data sets as one. A picture that several label is one picture with all its boxes;
    where these read one number differently, that is a problem."""
    pictures: dict[Path, LabelledPicture] = {}
    problems = [problem for part in parts for problem in part.problems]
    for new in (picture for part in parts for picture in part.pictures):
        path = new.path.resolve()
        old = pictures.setdefault(path, new)
        if old is new:
            continue
        boxes = list(old.boxes)
        found = (add_box(boxes, box) for box in new.boxes)
        problems += [problem for problem in found if problem is not None]
        pictures[path] = replace(
            old, boxes=tuple(boxes), race=old.race or new.race, known=old.known | new.known
        )
    return DataSet(tuple(pictures.values()), tuple(problems))


def _recognised(path: Path) -> tuple[Format, list[Path]]:
    """The format of a path and what to read of it."""
    if path.is_dir():
        found = [(each, sources) for each in FORMATS if (sources := each.sources(path))]
    elif path.name == "classes.txt" or path.suffix.lower() in (".yaml", ".yml", ".names"):
        found = [(each, [path.parent]) for each in FORMATS if each.read is read_yolo]
    else:
        found = [(each, [path]) for each in FORMATS if each.suffix == path.suffix.lower()]
        if len(found) > 1:
            found = [(each, [path]) for each, _ in found if each.is_source(path)]
    if not found:
        known = ", ".join(each.name for each in FORMATS)
        raise LabelError(f"{path} holds no labels of a known format; finishline reads {known}")
    if len(found) > 1:
        names = " and ".join(each.name for each, _ in found)
        raise LabelError(f"{path} holds {names}; name the file or folder of the one to read")
    return found[0]
