from __future__ import annotations

from pathlib import Path

import pytest

from tests.stream.test_core_is_pure import STANDARD, STREAM, imported

FILES = sorted((STREAM / "matching").glob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_matching_imports_pure_things_only(path: Path) -> None:
    foreign = {
        module
        for module in imported(path)
        if module.split(".")[0] not in STANDARD | {"numpy", "heapq", "typing"}
        and module != "engines.types"
        and not module.startswith("stream.matching")
    }
    assert foreign == set()
