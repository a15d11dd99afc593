"""What every test has."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def shipped_models(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A detector that somebody chose on this machine must not be the one that is tested, nor what
    an earlier version has compiled here."""
    folder: Path = tmp_path_factory.getbasetemp()
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "no-choice"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
