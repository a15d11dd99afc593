from __future__ import annotations

import pytest

from dashboard.photo_settings import photo_networks
from engines.load import EngineSettings
from engines.models import ReaderName


@pytest.mark.parametrize(
    ("situation", "asked", "chosen", "n_readers"),
    [
        ("nobody chose a reader", None, ReaderName.PP_OCR, 3),
        ("another one is in use", None, ReaderName.FINISHLINE, 1),
        ("another one was asked for", "finishline", ReaderName.PP_OCR, 1),
    ],
)
def test_every_reader_of_photos_is_kept_with_them(
    situation: str,
    asked: str | None,
    chosen: ReaderName,
    n_readers: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engines.load.chosen_reader", lambda: chosen)
    read_with = photo_networks(EngineSettings(reader=asked)).read_with.split("+")
    assert len(set(read_with)) == n_readers, situation
