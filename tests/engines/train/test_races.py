import json
from pathlib import Path

import av
import numpy as np
import pytest

from engines.errors import LabelError
from engines.train.races import FILM, TRUTH, frame_rows, read_race
from engines.types import Kind

PERSON, BIB, NUMBER, FACE = [1, 2, 50, 60], [10, 20, 30, 30], [12, 22, 28, 28], [20, 4, 30, 14]


def _truth(
    bib: list[int] | None = BIB, effect: str | None = None, numbers: bool = True
) -> dict[str, object]:
    runner: dict[str, object] = {
        "effect": effect,
        "boxes": [[0, *PERSON, *(bib or (None,) * 4)]],
        "numbers": [[0, *NUMBER]] if numbers else [],
        "faces": [[0, *FACE]],
    }
    return {"runners": [runner], "bystanders": []}


@pytest.mark.parametrize(
    ("truth", "expected"),
    [
        (
            _truth(),
            {(*PERSON, Kind.PERSON, False), (*BIB, Kind.BIB, False),
             (*NUMBER, Kind.NUMBER, False), (*FACE, Kind.FACE, False)},
        ),
        (
            _truth(numbers=False),
            {(*PERSON, Kind.PERSON, False), (*BIB, Kind.BIB, False), (*BIB, Kind.NUMBER, True),
             (*FACE, Kind.FACE, False)},
        ),
        (
            _truth(effect="nobib"),
            {(*PERSON, Kind.PERSON, False), (*BIB, Kind.BIB, True), (*BIB, Kind.NUMBER, True),
             (*FACE, Kind.FACE, False)},
        ),
        (
            _truth(bib=None, numbers=False),
            {(*PERSON, Kind.PERSON, False), (*FACE, Kind.FACE, False)},
        ),
    ],
)  # fmt: skip
def test_rows(truth: dict[str, object], expected: set[tuple[object, ...]]) -> None:
    assert set(frame_rows(truth)[0]) == expected


def test_bystanders_are_in_every_frame() -> None:
    truth = _truth() | {"bystanders": [[100, 0, 110, 40]]}
    rows = frame_rows(truth)[0]
    assert (100, 0, 110, 40, Kind.PERSON, False) in rows
    assert (100, 0, 110, 12, Kind.FACE, True) in rows


def test_frames_are_taken_from_the_film(tmp_path: Path) -> None:
    with av.open(str(tmp_path / FILM), "w", format="mp4") as film:
        stream = film.add_stream("mpeg4", rate=25)
        stream.width, stream.height = 128, 64
        for grey in (200, 20):
            image = np.full((64, 128, 3), grey, np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        film.mux(stream.encode(None))
    (tmp_path / TRUTH).write_text(json.dumps(_truth()))
    (picture,) = read_race(tmp_path, every=1)
    assert picture.levels[0].shape == (64, 128, 3)
    assert picture.levels[0].mean() > 150
    assert len(picture.labels.kinds) == 4


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="is no simulated race"):
        read_race(tmp_path)
