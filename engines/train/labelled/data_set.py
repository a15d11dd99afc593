"""Users' own annotated pictures as values, and the checks that all formats share.

An importer turns a file of labels into `PictureLabels`, as its author wrote them. What passes the
checks becomes a `LabelledPicture`; what does not becomes a `Problem` with the row and the mend.
"""

import math
import unicodedata
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
from PIL import Image

from engines.errors import LabelError
from engines.types import ALPHABET, Box, Kind

PICTURE_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})

_JPEG: Final = frozenset({".jpg", ".jpeg"})

OVERHANG_PX: Final = 2.0
OVERHANG_SHARE: Final = 0.02
"""So far, whichever is more, may a box reach out of the picture: rounding does that."""

_CONTAINERS: Final = frozenset(
    {"images", "image", "img", "imgs", "pictures", "photos", "jpegimages", "labels", "annotations"}
)


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """One box that somebody drew.

    Attributes:
        kind: what is in it.
        box: x0, y0, x1, y1 in pixels of the picture, inside the picture.
        text: the bib number if known, characters of `engines.types.ALPHABET`.
        ignored: neither an example nor a counterexample.
        where: file and row that it came from, for instance ``labels/a.txt:3``.
    """

    kind: Kind
    box: Box
    text: str | None
    ignored: bool = False
    where: str = ""


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture file that can be decoded, and its boxes; without boxes it is a counterexample.

    Attributes:
        path: the file.
        width: pixels, turned the way its camera was held (as `cv2.imread` does).
        height: pixels, likewise.
        boxes: in the order of the labels.
        race: the event or folder it belongs to; "" if unknown.
        known: the kinds that its data set labels; where others are in it nobody said.
    """

    path: Path
    width: int
    height: int
    boxes: tuple[LabelledBox, ...]
    race: str
    known: frozenset[Kind] = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be used: where it is, what is wrong, how to mend it."""

    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        return " ".join(f"{self.where}: {self.what}; {self.mend}".split())


@dataclass(frozen=True, slots=True)
class DataSet:
    """What could be read, and what could not."""

    pictures: tuple[LabelledPicture, ...]
    problems: tuple[Problem, ...]


class UnreadableError(LabelError):
    """A whole file of labels cannot be used.

    Attributes:
        problem: the same as a value, for a file that is one of many.
    """

    def __init__(self, where: str, what: str, mend: str) -> None:
        self.problem = Problem(where, what, mend)
        super().__init__(str(self.problem))


@dataclass(frozen=True, slots=True)
class BoxLabel:
    """One row of a file of labels, not yet checked.

    Attributes:
        name: of the class, as the file has it.
        box: x0, y0, x1, y1; None where the row has no four numbers.
        where: file and row.
        text: the bib number, whatever its type.
        ignored: neither an example nor a counterexample.
    """

    name: str
    box: Box | None
    where: str
    text: object = None
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class PictureLabels:
    """What a file of labels says of one picture, not yet checked.

    Attributes:
        names: what the picture's file may be called, the likeliest first.
        label: the file that says so.
        where: its row, or the file.
        boxes: in its order.
        declared: width and height in pixels that the boxes were drawn on, if known.
        own: the file labels this one picture, so no file of another folder can mean it.
        shares: the boxes are shares of width and height, 0..1, not pixels.
        race: what the picture belongs to; None takes the folder under which it lies.
        lost: rows for it, already reported, that are no box; without any box left the picture is
            no counterexample.
        known: the kinds that are labelled in it, where the file says so; None: those of which the
            data set has a box.
    """

    names: tuple[str, ...]
    label: Path
    where: str
    boxes: tuple[BoxLabel, ...] = ()
    declared: tuple[float, float] | None = None
    own: bool = False
    shares: bool = False
    race: str | None = None
    lost: int = 0
    known: frozenset[Kind] | None = None


class PictureFolder:
    """Finds the pictures under a folder by the names that labels give them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths = sorted(
            path
            for path in folder.rglob("*")
            if path.suffix.lower() in PICTURE_SUFFIXES and path.name[0] != "." and path.is_file()
        )
        self._named: dict[str, list[Path]] = {}
        for path in self.paths:
            for name in {path.name, path.stem}:
                self._named.setdefault(plain(name), []).append(path)

    def matches(self, name: str, label_folders: Sequence[str]) -> list[Path]:
        """The pictures that a name may mean, one if it is clear.

        Args:
            name: a file name, with or without folders and suffix, upper or lower case.
            label_folders: of the label file, see `below`; they decide between equal names.
        """
        *folders, last = name_parts(name)
        found = self._named.get(plain(last), [])
        ranks = []
        for path in found:
            own = below(path.parent, self.folder)
            of_name = common_end([plain(part) for part in path.parent.parts], folders)
            ranks.append((of_name, own == tuple(label_folders), common_end(own, label_folders)))
        best = max(ranks, default=None)
        return [path for path, rank in zip(found, ranks, strict=True) if rank == best]


def below(folder: Path, root: Path) -> tuple[str, ...]:
    """The folders from a root down to a folder, lower case, less those that only hold a sort of
    file: of ``photos/Labels/city`` and ``photos/images/city`` both times ``city``.
    """
    inner = folder.relative_to(root) if folder.is_relative_to(root) else Path(folder.name)
    return tuple(part for part in map(plain, inner.parts) if part not in _CONTAINERS)


def plain(name: str) -> str:
    """For comparing names: without case, and accents as one character, as macOS has them not."""
    return unicodedata.normalize("NFC", name).casefold()


def name_parts(name: str) -> list[str]:
    """The folders and the file of a name with either slash, `plain`."""
    parts = [plain(part) for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    return parts or [""]


def common_end(a: Sequence[str], b: Sequence[str]) -> int:
    """How many last parts are equal."""
    pairs = list(zip(reversed(a), reversed(b), strict=False))
    return next((n for n, (x, y) in enumerate(pairs) if x != y), len(pairs))


def picture_size(path: Path) -> tuple[int, int] | None:
    """Width and height in pixels as training will see them; None if it cannot be decoded, or not
    to its end. Its name must be text, see `is_text`."""
    try:
        pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    except cv2.error:  # more pixels than OpenCV takes
        return None
    return None if pixels is None or not _is_whole(path) else (pixels.shape[1], pixels.shape[0])


def _is_whole(path: Path) -> bool:
    """Whether a picture that OpenCV decodes is there to its end: where a JPEG is cut off, OpenCV
    makes the rest grey."""
    if path.suffix.lower() not in _JPEG:
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                image.draft("L", (image.width // 8, image.height // 8))
                image.load()
    except Image.DecompressionBombError:
        return True
    except OSError:
        return False
    return True


def is_text(path: Path) -> bool:
    """Whether a path is text. Names out of an old archive may not be, and OpenCV ends the process
    on them."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def box_flaw(box: Box, width: int, height: int) -> str | None:
    """What is wrong with a box of a picture, all in pixels; None if nothing is."""
    x0, y0, x1, y1 = box
    shown = " ".join(f"{side:g}" for side in box)
    if x1 <= x0 or y1 <= y0:
        return f"the box {shown} has no area"
    if x1 <= 0 or y1 <= 0 or x0 >= width or y0 >= height:
        return f"the box {shown} lies outside the picture of {width}x{height}"
    for low, high, side in ((x0, x1, width), (y0, y1, height)):
        over = max(-low, high - side)
        if over > max(OVERHANG_PX, OVERHANG_SHARE * side):
            return f"the box {shown} reaches {over:.0f} px out of {width}x{height}"
    return None


def clipped(box: Box, width: int, height: int) -> Box:
    """The part of a box inside a picture, pixels."""
    x0, y0, x1, y1 = box
    return max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))


def bib_text(value: object) -> str | None:
    """A bib number of any type as text, None where there is none.

    Raises:
        ValueError: it has characters that no bib carries; the text names them.
    """
    if isinstance(value, float):
        value = int(value) if value.is_integer() else value if math.isfinite(value) else None
    text = "" if value is None or isinstance(value, bool) else str(value).strip().upper()
    if not set(text) <= set(ALPHABET):
        raise ValueError(f"the number {text!r} has characters that no bib carries")
    return text or None


def numbers(values: Iterable[object]) -> tuple[float, ...] | None:
    """Finite numbers, also from text; None if any is something else."""
    found = []
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            return None
        try:
            found.append(float(value))
        except (ValueError, OverflowError):
            return None
    return tuple(found) if all(map(math.isfinite, found)) else None


def as_box(values: Iterable[object]) -> Box | None:
    """Four numbers x0, y0, x1, y1; None if they are not four numbers."""
    sides = numbers(values)
    return (sides[0], sides[1], sides[2], sides[3]) if sides and len(sides) == 4 else None


def as_box_from_size(values: Iterable[object]) -> Box | None:
    """Four numbers x0, y0, width, height as a box; None if they are not four numbers."""
    box = as_box(values)
    return box and (box[0], box[1], box[0] + box[2], box[1] + box[3])


def name_in(path: Path, root: Path) -> str:
    """A file's name in problems: relative to the data set."""
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def read_bytes(path: Path, root: Path, n: int = -1) -> bytes:
    """A file, or its first `n` bytes.

    Raises:
        UnreadableError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(n)
    except OSError as error:
        what = f"cannot be read: {error.strerror or type(error).__name__}"
        raise UnreadableError(name_in(path, root), what, "check the file") from error


def read_text(path: Path, root: Path) -> str:
    """A text file in UTF-8, with or without a byte order mark.

    Raises:
        UnreadableError: it cannot be read, or is no UTF-8.
    """
    try:
        return read_bytes(path, root).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = "is no UTF-8 text"
        raise UnreadableError(name_in(path, root), what, "save it as UTF-8") from error
