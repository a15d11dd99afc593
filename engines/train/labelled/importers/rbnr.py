"""The data set RBNR (Ben-Ami, Basha, Avidan: Racing Bib Number Recognition, BMVC 2012).

Beside each picture ``set1_01.JPG`` lies ``set1_01.JPG.mat`` with three matrices of N rows:

* ``tagp`` [N, 4] and ``facep`` [N, 4]: least and greatest row, least and greatest column, counted
  from one, the greatest included; often fractions of a pixel;
* ``number`` [N, 1] or [1, N]: integers, so leading zeros are lost.

``tagp`` is tight round the digits, not the whole bib, so it becomes a number. Not every readable
bib in a picture is labelled. The set states no licence: use it for research, do not pass it on.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.errors import MissingPackageError
from engines.train.labelled.data_set import (
    BoxLabel,
    PictureLabels,
    Problem,
    UnreadableError,
    as_box,
    name_in,
)

_NAMES = ("tagp", "facep", "number")
_MEND = "take the file of the original data set"


def read_rbnr(path: Path, root: Path) -> Iterator[PictureLabels | Problem]:
    """Labels of the picture that lies beside the file. Its folder is the race: one per set.

    Args:
        path: the .mat file.
        root: folder of the data set.

    Raises:
        MissingPackageError: SciPy is not installed.
        UnreadableError: it is no .mat file with these matrices.
    """
    file = name_in(path, root)
    mat = _load(path, file)
    values: Sequence[float | None] = mat["number"].ravel().tolist()
    if len(values) != len(mat["tagp"]):
        what = f"{len(values)} numbers for {len(mat['tagp'])} rows of tagp, so none is taken"
        yield Problem(f"{file}: number", what, _MEND)
        values = [None] * len(mat["tagp"])
    tags = zip(_boxes(mat["tagp"], "number", f"{file}: tagp"), values, strict=True)
    boxes = [BoxLabel(tag.name, tag.box, tag.where, value) for tag, value in tags]
    boxes += _boxes(mat["facep"], "face", f"{file}: facep")
    race = path.resolve().parent.name
    yield PictureLabels((path.stem,), path, file, tuple(boxes), own=True, race=race)


def _boxes(rows: NDArray[np.float64], name: str, where: str) -> list[BoxLabel]:
    return [
        BoxLabel(name, as_box((left - 1, top - 1, right, bottom)), f"{where} row {n}")
        for n, (top, bottom, left, right) in enumerate(rows.tolist(), start=1)
    ]


def _load(path: Path, file: str) -> Mapping[str, NDArray[np.float64]]:
    """The three matrices as float64: the files have unsigned bytes too, which cannot go below 0."""
    try:
        scipy_io = import_module("scipy.io")
    except ImportError as error:
        raise MissingPackageError("scipy", "pip install 'finishline[train]'") from error
    # SciPy raises whatever its parts stumble over in a damaged file; NotImplementedError is the
    # HDF5 format of newer MATLABs.
    broken = (OSError, ValueError, TypeError, LookupError, NotImplementedError, zlib.error)
    try:
        mat = scipy_io.loadmat(path, variable_names=_NAMES)
    except (*broken, scipy_io.matlab.MatReadError) as error:
        raise UnreadableError(file, f"is no readable .mat file: {error}", _MEND) from error
    missing = [name for name in _NAMES if name not in mat]
    if missing:
        raise UnreadableError(file, f"lacks {', '.join(missing)}", _MEND)
    for name in _NAMES:
        if mat[name].dtype.kind not in "iuf":
            raise UnreadableError(file, f"{name} is no matrix of numbers", _MEND)
        shape = mat[name].shape
        if name != "number" and mat[name].size and (len(shape) != 2 or shape[1] != 4):
            raise UnreadableError(file, f"{name} is {'x'.join(map(str, shape))}, not Nx4", _MEND)
    tables = {name: np.asarray(mat[name], np.float64) for name in _NAMES}
    return {n: t if n == "number" else t.reshape(-1, 4) for n, t in tables.items()}
