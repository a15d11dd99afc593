"""What `finishline evaluate boxes` tells of the table that it is given."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from dashboard.measuring import measure_boxes
from engines.errors import EngineError
from engines.load import EngineSettings

BOX = "easy.mp4,1,2,3,4\n"
OTHER = "hard.mp4,1,2,3,4\n"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        pytest.param(None, "", id="no table"),
        pytest.param(
            OTHER,
            "finishline: 0 bystanders of easy.mp4 left aside: no row of t.csv names it\n",
            id="of another video",
        ),
        pytest.param(
            BOX + OTHER, "finishline: 1 bystander of easy.mp4 left aside\n", id="of this too"
        ),
        pytest.param(BOX * 2, "finishline: 2 bystanders of easy.mp4 left aside\n", id="two"),
    ],
)
def test_who_is_left_aside(
    rows: str | None,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def unavailable(*_: object, **__: object) -> NoReturn:
        raise EngineError("what follows is not asked for here")

    monkeypatch.setattr("dashboard.measuring.load_detector", unavailable)
    table = None
    if rows is not None:
        table = tmp_path / "t.csv"
        table.write_text("video,x0,y0,x1,y1\n" + rows)
    with pytest.raises(EngineError):
        measure_boxes(
            tmp_path / "easy.mp4", tmp_path / "truth.json", table, None, EngineSettings(), True
        )
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", told)
