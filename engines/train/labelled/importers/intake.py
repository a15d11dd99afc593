"""Checks labels one by one, whatever format they came in, and keeps what passes."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from engines.detector import overlaps
from engines.train.labelled.data_set import (
    BoxLabel,
    DataSet,
    LabelledBox,
    LabelledPicture,
    PictureFolder,
    PictureLabels,
    Problem,
    below,
    bib_text,
    box_flaw,
    clipped,
    common_end,
    is_text,
    name_in,
    name_parts,
    picture_size,
    plain,
)
from engines.types import Kind

SAME_BOX_IOU: Final = 0.9
"""Two boxes of one kind that overlap more are one box, labelled twice."""

CLASS_NAMES: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("person", "people", "human", "pedestrian"), Kind.PERSON),
    **dict.fromkeys(("runner", "athlete", "competitor", "participant"), Kind.PERSON),
    **dict.fromkeys(("bib", "race bib", "racing bib", "dossard", "plate"), Kind.BIB),
    **dict.fromkeys(("number", "digits", "text", "number line"), Kind.NUMBER),
    "face": Kind.FACE,
}
"""Names of classes, singular. "bib number" is not guessed: some draw the bib, some the digits."""

_PARTS: Final = frozenset({"train", "training", "val", "valid", "validation", "test", "testing"})


@dataclass(slots=True)
class Draft:
    """A picture whose boxes are still being read.

    The fields are those of `LabelledPicture`, and how many boxes were lost. What is known of it is
    None where nobody said.
    """

    path: Path
    width: int
    height: int
    race: str
    boxes: list[LabelledBox] = field(default_factory=list)
    lost: int = 0
    known: frozenset[Kind] | None = None


class Intake:
    """Checks labels one by one and keeps what passes.

    Args:
        root: folder of the labels; problems name files relative to it.
        pictures: folder under which the pictures are.
        classes: further names of classes, any case.
        beside: a picture beside its labels comes first.

    Attributes:
        problems: in the order found.
    """

    def __init__(
        self,
        root: Path,
        pictures: Path,
        classes: Mapping[str, Kind] | None = None,
        beside: bool = True,
    ) -> None:
        self.problems: list[Problem] = []
        self._root = root
        self._folder = PictureFolder(pictures)
        self._beside = beside
        self._kinds = {**CLASS_NAMES, **{_class(n): kind for n, kind in (classes or {}).items()}}
        self._unknown: set[str] = set()
        self._drafts: dict[Path, Draft] = {}
        self._claims: dict[Path, tuple[str, ...]] = {}

    def data_set(self) -> DataSet:
        """All that was kept, pictures in the order of their labels.

        A picture that has lost all its boxes shows something, so it is no counterexample.
        """
        drafts = [draft for draft in self._drafts.values() if draft.boxes or not draft.lost]
        # A data set without any box is one of counterexamples.
        known = frozenset(box.kind for draft in drafts for box in draft.boxes) or frozenset(Kind)
        pictures = [
            LabelledPicture(
                one.path,
                one.width,
                one.height,
                tuple(one.boxes),
                one.race,
                known if one.known is None else one.known,
            )
            for one in drafts
        ]
        return DataSet(tuple(pictures), tuple(self.problems))

    def take(self, labels: PictureLabels | Problem) -> None:
        """Keeps the picture and every box that passes; any other is a problem."""
        if isinstance(labels, Problem):
            self.problems.append(labels)
            return
        path = self._found(labels)
        draft = path and self._draft(path, labels)
        if draft:
            kept = [self._add(draft, label, labels.shares) for label in labels.boxes]
            draft.lost += labels.lost + kept.count(False)
            if labels.known is not None:
                draft.known = labels.known | (draft.known or frozenset())

    def take_unlabelled(self) -> None:
        """Keeps, without boxes, the pictures that no labels were for: in the folders of those that
        have some, and in folders ``images``.
        """
        claimed, top = set(self._claims), self._folder.folder
        folders = {path.parent for path in claimed}
        for path in self._folder.paths:
            inner = [plain(part) for part in (top.name, *path.relative_to(top).parts[:-1])]
            full = path.resolve()
            if full not in claimed and (full.parent in folders or "images" in inner):
                self._draft(path, PictureLabels((path.name,), path, name_in(path, self._root)))

    def _report(self, where: str, what: str, mend: str) -> None:
        self.problems.append(Problem(where, what, mend))

    def _found(self, labels: PictureLabels) -> Path | None:
        """The picture that is meant; None, and a problem, if that is not clear."""
        matches = (self._matches(name, labels.label) for name in labels.names)
        found = next((paths for paths in matches if paths), [])
        if len(found) != 1:
            name, where = labels.names[0], labels.where
            if found:
                self._claims.update({path.resolve(): () for path in found})
                what = f"{name} may be {' or '.join(name_in(p, self._root) for p in found)}"
                mend = "name the sub-folder in the labels, or rename one of them"
            else:
                what = f"the picture {name!r} is missing in {self._folder.folder}"
                mend = "put it there, or say where the pictures are with --pictures"
            self._report(where, what, mend)
            return None
        claim: tuple[str, ...] = tuple(name_parts(labels.names[0]))
        if labels.own:
            claim = (*below(labels.label.parent, self._root), *claim)
        first = self._claims.setdefault(found[0].resolve(), claim)
        if common_end(first, claim) < min(len(first), len(claim)):
            name = name_in(found[0], self._root)
            what = f"{'/'.join(claim)} and {'/'.join(first)} both lead to {name}"
            self._report(labels.where, what, "keep the pictures in their own sub-folders")
            return None
        return found[0]

    def _matches(self, name: str, label: Path) -> list[Path]:
        for base in (label.parent, self._folder.folder)[0 if self._beside else 1 :]:
            path = base / name.replace("\\", "/")
            if _is_file(path):
                return [path.resolve() if ".." in path.parts else path]
        return self._folder.matches(name, below(label.parent, self._root))

    def _draft(self, path: Path, labels: PictureLabels) -> Draft | None:
        """A new or a known picture; None, and a problem, if its pixels are not those labelled."""
        name, declared = name_in(path, self._root), labels.declared
        draft = self._drafts.get(path.resolve())
        if draft is None and not is_text(path):
            self._report(
                labels.where, f"the picture {name} has a name that is no text", "rename it"
            )
            return None
        if draft is None:
            size = picture_size(path)
            if size is None:
                mend = "copy it again, or delete it and its labels"
                self._report(labels.where, f"the picture {name} cannot be decoded", mend)
                return None
            draft = Draft(path, *size, self._race(path) if labels.race is None else labels.race)
        if declared and min(declared) > 0 and declared != (draft.width, draft.height):
            what = f"drawn on {declared[0]:g}x{declared[1]:g}, but {name} is "
            what += f"{draft.width}x{draft.height}"
            if declared == (draft.height, draft.width):
                mend = "turn the picture as its EXIF says, and draw the boxes again"
            else:
                mend = "take the picture that the boxes were drawn on"
            self._report(labels.where, what, mend)
            return None
        return self._drafts.setdefault(path.resolve(), draft)

    def _race(self, path: Path) -> str:
        """The first folder of its own: deeper ones (cameras, laps) show the same runners again."""
        folders = below(path.parent, self._folder.folder)
        return next((folder for folder in folders if folder not in _PARTS), "")

    def _add(self, draft: Draft, label: BoxLabel, shares: bool) -> bool:
        """Whether the box passed."""
        kind = self._kind(label.name, label.where)
        if kind is None:
            return False
        size = draft.width, draft.height
        box = label.box
        if box and shares:
            box = (box[0] * size[0], box[1] * size[1], box[2] * size[0], box[3] * size[1])
        flaw = box_flaw(box, *size) if box else "the box has no coordinates"
        if box is None or flaw:
            self._report(label.where, str(flaw), "draw the box again, or delete the row")
            return False
        text = self._text(label)
        new = LabelledBox(kind, clipped(box, *size), text, label.ignored, label.where)
        problem = add_box(draft.boxes, new)
        if problem is not None:
            self.problems.append(problem)
        return True

    def _text(self, label: BoxLabel) -> str | None:
        """The number; None, and a problem, if it is odd. The box is good all the same."""
        try:
            return bib_text(label.text)
        except ValueError as error:
            mend = "write digits, letters and '-' only, or nothing if it is unreadable"
            self._report(label.where, str(error), mend)
            return None

    def _kind(self, name: str, where: str) -> Kind | None:
        """What a class name means; None, and one problem per name, if it is unknown."""
        form = _class(name)
        kind = self._kinds.get(form, self._kinds.get(form.removesuffix("s")))
        if kind is None and not form:
            self._report(where, "the box has no class", "name it person, bib, face or number")
        elif kind is None and form not in self._unknown:
            self._unknown.add(form)
            what = f"the class {name!r} is unknown, so its boxes are left out"
            self._report(where, what, f"name it with --class {shlex.quote(f'{name}=bib')}")
        return kind


def _class(name: str) -> str:
    """For comparing names of classes: "Race_Bib" is "race bib"."""
    return " ".join(re.split(r"[\s_-]+", plain(name))).strip()


def add_box(boxes: list[LabelledBox], new: LabelledBox) -> Problem | None:
    """Adds a box to those of its picture.

    Of two round the same thing the first is kept, with whatever number is known; a problem where
    they read differently.
    """
    row = _same(boxes, new)
    if row is None:
        boxes.append(new)
        return None
    old = boxes[row]
    boxes[row] = replace(old, text=old.text or new.text)
    if not old.text or not new.text or old.text == new.text:
        return None
    what = f"the box reads {new.text}, but {old.text} in {old.where}"
    return Problem(new.where, what, "correct the wrong one")


def _same(boxes: Sequence[LabelledBox], new: LabelledBox) -> int | None:
    """The row of a box round the same thing."""
    rows = [row for row, box in enumerate(boxes) if box.kind is new.kind]
    others = np.array([boxes[row].box for row in rows], np.float32).reshape(-1, 4)
    shares = overlaps(np.array([new.box], np.float32), others)[0]
    found = np.flatnonzero(shares > SAME_BOX_IOU)
    return rows[int(found[0])] if len(found) else None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long for the file system
        return False
