"""Dockerfiles and .dockerignore as they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from docker.dockerfile import (
    DockerfileError,
    environment,
    ignore_rules,
    is_ignored,
    left_by,
    parse_dockerfile,
)

TEXT = """\
# A comment.
FROM debian:bookworm-slim

RUN one \\
    # told between
    && two
ENV A=b \\
    C=d/e
CMD ["run", "race.toml"]
"""


def test_instructions_are_joined_and_numbered() -> None:
    steps = parse_dockerfile(TEXT)
    told = [(step.line, step.name, step.text) for step in steps]
    assert told == [
        (2, "FROM", "debian:bookworm-slim"),
        (4, "RUN", "one && two"),
        (7, "ENV", "A=b C=d/e"),
        (9, "CMD", '["run", "race.toml"]'),
    ]
    assert steps[-1].words == ["run", "race.toml"]
    assert environment(steps[2].text) == {"A": "b", "C": "d/e"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("FROM a:1\nADD http://x /x\n", "line 2: cannot replay ADD", id="unknown"),
        pytest.param("RUN x\n", "FROM must be first", id="no base"),
        pytest.param("", "FROM must be first", id="empty"),
    ],
)
def test_what_cannot_be_replayed_is_told(text: str, fault: str) -> None:
    with pytest.raises(DockerfileError, match=fault):
        parse_dockerfile(text)


@pytest.mark.parametrize(
    ("path", "rules", "ignored"),
    [
        pytest.param("a.txt", [], False, id="no rules"),
        pytest.param("a.txt", ["*"], True, id="all"),
        pytest.param("a/b/c.txt", ["*", "!a"], False, id="a folder comes back whole"),
        pytest.param("a/b/x.pyc", ["*", "!a", "**/*.pyc"], True, id="the last rule decides"),
        pytest.param("x.pyc", ["**/*.pyc"], True, id="stars fit no folder, too"),
        pytest.param("a/__pycache__/x", ["**/__pycache__"], True, id="what lies in it"),
        pytest.param("a/b.txt", ["*.txt"], False, id="a star ends at the slash"),
        pytest.param("ab/c", ["a"], False, id="names are whole"),
    ],
)
def test_dockerignore(path: str, rules: list[str], ignored: bool) -> None:
    assert is_ignored(path, rules) is ignored


def test_what_a_copy_takes(tmp_path: Path) -> None:
    for name in ("a/b.py", "a/__pycache__/b.pyc", "a/c/d.py", "e.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    rules = ignore_rules("# why\n\n**/__pycache__\n")
    assert left_by(rules, tmp_path, "a") == [Path("a/b.py"), Path("a/c/d.py")]
    assert left_by(rules, tmp_path, "e.py") == [Path("e.py")]
    assert left_by(rules, tmp_path, "nothing") == []
