"""How large a network is whose weights a file holds."""

from pathlib import Path

import pytest

pytest.importorskip("torch")

from engines.errors import ModelFileError
from engines.models import WEIGHTS
from engines.train.bib_reader.network import ReaderNetwork, ReaderSize, reader_size_of
from engines.train.weights import read_weights, write_weights


@pytest.mark.parametrize("size", [ReaderSize((8, 12, 16, 24), 2), ReaderSize((4, 4, 4, 8), 0)])
def test_the_size_is_read_from_the_weights(size: ReaderSize, tmp_path: Path) -> None:
    path = write_weights(ReaderNetwork(size), tmp_path / "reader.npz")
    assert reader_size_of(path) == size
    read_weights(ReaderNetwork(reader_size_of(path)), path)


@pytest.mark.parametrize("situation", ["a detector's", "no file", "no weights"])
def test_other_files_are_refused(situation: str, tmp_path: Path) -> None:
    path = tmp_path / "reader.npz"
    if situation == "a detector's":
        path = WEIGHTS / "detector.npz"
    elif situation == "no weights":
        path.write_bytes(b"PK\x03\x04")
    with pytest.raises(ModelFileError, match="holds no reader's weights"):
        reader_size_of(path)
