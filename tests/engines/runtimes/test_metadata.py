from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engines.errors import ModelFileError
from engines.models import PP_OCR
from engines.runtimes.metadata import onnx_metadata
from engines.types import ALPHABET, Kind
from tests.engines.tiny_models import write_detector


def test_notes_are_read(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    one = np.ones(1, np.float32)
    path = write_detector(tmp_path / "tiny.onnx", np.ones((1, 4), np.float32), one, [Kind.BIB])
    assert onnx_metadata(path) == {"character": "0\n1\n2", "note": "tiny"}


def test_the_reader_carries_its_characters() -> None:
    characters = onnx_metadata(PP_OCR.find())["character"].splitlines()
    assert set(ALPHABET) <= set(characters)


@pytest.mark.parametrize("content", [b"", b"\x0a\xff\x01short", b"\x07", b"\x80\x80"])
def test_a_damaged_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"broken\.onnx"):
        onnx_metadata(path)


def test_an_absent_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"absent\.onnx"):
        onnx_metadata(tmp_path / "absent.onnx")
