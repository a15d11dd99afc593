"""The shipped models on a picture that the product draws."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dashboard.recognition.opening import open_recognition
from engines.simulate import scene
from engines.types import Kind
from stream.store import Store


@pytest.mark.parametrize("live", [False, True])
def test_a_drawn_bib_is_found(tmp_path: Path, live: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a race, nothing is loaded while the first picture waits."""
    drawn = scene(np.random.default_rng(3), 1280, 720)
    content = io.BytesIO()
    Image.fromarray(drawn.image).save(content, "JPEG", quality=95)
    with Store.open(tmp_path) as store:
        recognition = open_recognition(store.people, None, None, print, live=live)
        if live:
            monkeypatch.delattr("dashboard.recognition.looking.load_detector")
            monkeypatch.delattr("dashboard.recognition.looking.load_photo_tagger")
        try:
            told = asyncio.run(recognition.recognise(content.getvalue(), tell_enrolled=True))
        finally:
            recognition.close()
    texts = {text for text, kind in zip(drawn.texts, drawn.kinds, strict=True) if text}
    assert int(Kind.NUMBER) in drawn.kinds
    read = {one.bib.text for one in told.people if one.bib is not None}
    assert read & texts, (read, texts)
    assert (told.width, told.height) == (1280, 720)
    assert told.faces_compared is False
    assert all(0 <= one.box[0] < one.box[2] <= 1281 for one in told.people)
