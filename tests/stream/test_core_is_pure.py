"""The race has no I/O: what its files import is the rule, and this is its test."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

STREAM = Path(__file__).parents[2] / "stream"
CORE = ("race", "runner", "looks", "judging", "settings", "tracking", "motion", "geometry",
        "voting", "votes", "likelihood", "finish", "start_list", "rulings", "corrections",
        "correction_checks", "hiding", "opinions", "outlines", "search", "unread",
        "types")  # fmt: skip
STANDARD = {"__future__", "collections", "csv", "dataclasses", "enum", "io", "itertools", "math",
            "re", "statistics", "types", "unicodedata"}  # fmt: skip
OTHERS = {
    "numpy", "engines", "engines.types", "engines.ctc", "engines.patterns", "engines.number_range",
} | {f"stream.{name}" for name in CORE}  # fmt: skip
# The start list may read its own file.
FILES = {"start_list": {"pathlib"}}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
            if node.module in ("engines", "stream"):
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("name", CORE)
def test_a_file_of_the_core_imports_pure_things_only(name: str) -> None:
    allowed = STANDARD | OTHERS | FILES.get(name, set())
    foreign = {
        module
        for module in imported(STREAM / f"{name}.py")
        if module not in allowed
        and module.split(".")[0] not in STANDARD
        and not module.startswith("numpy.")
    }
    assert foreign == set()


@pytest.mark.parametrize("name", ["patterns", "number_range"])
def test_what_the_core_takes_of_the_engines_is_pure(name: str) -> None:
    allowed = STANDARD | {"collections.abc", "typing", "engines.number_range"}
    assert imported(STREAM.parent / "engines" / f"{name}.py") <= allowed
