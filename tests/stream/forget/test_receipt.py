"""What a receipt says, and what it never says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from stream.forget.errors import ForgetError
from stream.forget.receipt import outlook, stays, write
from stream.forget.spans import Span
from stream.forget.work import CutOut, Work, read, written

S = 1_000_000_000
WORK = Work(
    key="12",
    bib="12",
    by="Dora",
    at_utc_ns=1_780_000_000 * S,
    rows={"tracks": 2, "looks": 40, "people": 0},
    files=("pivot/12/a.jpg",),
    exports={"clip": 1},
    spans=(Span(1, "finish", 7 * S, 18 * S),),
    segments=2,
)


@pytest.mark.parametrize(
    ("work", "said"),
    [
        pytest.param(WORK, "2 recorded video files that show the runner stay", id="video stays"),
        pytest.param(
            replace(WORK, footage=True, cut_out=(CutOut("finish", 11.0),), others=("34", "56")),
            "11.0 s of video were cut out",
            id="video is cut",
        ),
        pytest.param(
            replace(WORK, footage=True, others=("34", "56")), "bibs 34, 56", id="others lose video"
        ),
        pytest.param(
            replace(WORK, footage=True, cut_out=(CutOut("finish", 9.0, whole=True),)),
            "1 damaged video files could not be cut",
            id="a file that could not be cut",
        ),
        pytest.param(
            replace(WORK, referenced=("/videos/a.mp4",)), "/videos/a.mp4", id="somebody's video"
        ),
        pytest.param(
            replace(WORK, uploads_left=("uploads/a.jpg",)),
            "1 photos sent through the page stay, because they show others, too; remove them "
            "yourself if they are not to: uploads/a.jpg",
            id="an upload with others",
        ),
        pytest.param(
            replace(WORK, uploads_unseen=2), "2 photos sent through the page wait", id="unseen"
        ),
        pytest.param(replace(WORK, namesakes=1), "have no bib", id="a namesake"),
    ],
)
def test_what_stays(work: Work, said: str) -> None:
    assert said in " ".join(stays(work))


def test_a_path_that_tells_the_name_is_counted_and_not_written(tmp_path: Path) -> None:
    work = replace(WORK, originals=("/photos/ann-ek.jpg", "/photos/7.jpg"))
    receipt = write(tmp_path, work, ["Ann Ek"], ["lists/Ann.csv", "start.csv"])
    for file in receipt.files:
        text = file.read_text(encoding="utf-8")
        assert "ann" not in text.lower().replace("cannot", "")
        assert "/photos/7.jpg" in text and "start.csv" in text
        assert "1 whose path tells the name" in text
    told = json.loads(receipt.files[0].read_text(encoding="utf-8"))
    assert told["erased"] == {
        "tracks": 2,
        "looks": 40,
        "people": 0,
        "picture_files": 1,
        "uploads": 0,
        "exported": {"clip": 1},
    }
    assert {file.name for file in (tmp_path / "forgotten").iterdir()} == {
        "20260528T202640.000Z.json",
        "20260528T202640.000Z.txt",
    }


def test_a_receipt_of_work_that_was_broken_off_says_what_was_not_checked(tmp_path: Path) -> None:
    assert "was not checked" in write(tmp_path, WORK, (), None).text


def test_the_outlook_says_what_cannot_be_done_later() -> None:
    assert "cut them now with --footage" in outlook(WORK)
    assert "about 11 s of video, out of 2 recorded files" in outlook(replace(WORK, footage=True))


def test_work_comes_back_as_it_was_written() -> None:
    work = replace(
        WORK, cut_out=(CutOut("finish", 1.5),), replaced=("video/a.mp4",), uploads=("a",)
    )
    assert read(written(work)) == work


def test_a_receipt_that_cannot_be_written_leaves_no_piece_of_one(tmp_path: Path) -> None:
    written = write(tmp_path, WORK, (), ())
    for file in written.files:
        file.unlink()
        file.mkdir()
    with pytest.raises(ForgetError, match="run the same command again"):
        write(tmp_path, WORK, (), ())
    assert [file for file in (tmp_path / "forgotten").iterdir() if file.is_file()] == []
