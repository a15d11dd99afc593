"""Where pictures lie, what they are called, and how they move."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from stream.frames import Kept
from stream.hub import Message
from stream.store import ImageKind, Store, StoreError
from stream.store.folder import INCOMING
from stream.store.images import home, relative, safe_name
from stream.types import Event, State
from tests.stream.store.builders import closed, messages, opened, picture, pixels, tagged

NAME = "finish_f0000005_20260528T202640.123Z_t1_frame.jpg"


def shown(path: Path) -> NDArray[np.uint8]:
    """Pixels of a picture, blue first."""
    image = cv2.imread(str(path))
    assert image is not None
    return image.astype(np.uint8)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("12", "12"),
        ("007", "007"),
        ("A-12", "A-12"),
        ("1/2", "1-2-"),
        ("..", "---"),
        ("1 2", "1-2-"),
        ("é1", "-1-"),
        ("9" * 99, "9" * 60 + "-"),
    ],
)
def test_safe_names(text: str, start: str) -> None:
    found = safe_name(text)
    assert found.startswith(start) and len(found) <= 67
    assert (found == text) == (text == start)
    assert all(c.isascii() and (c.isalnum() or c == "-") for c in found)


def test_different_texts_stay_different() -> None:
    texts = ["1/2", "1-2", "1 2", "1.2", "9" * 99, "9" * 98]
    assert len({safe_name(text) for text in texts}) == len(texts)


def test_an_empty_bib_has_no_folder() -> None:
    with pytest.raises(ValueError, match="empty"):
        home(1, "")


@pytest.mark.parametrize("path", ["/etc/passwd", "../race.db", "pivot/../../x.jpg", "pivot\\x"])
def test_paths_out_of_the_folder_are_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="out of the race folder"):
        relative(path)
    with Store.open(tmp_path) as store, pytest.raises(ValueError, match="out of the race folder"):
        store.find_image(path)


@pytest.mark.parametrize("shape", [(0, 5, 3), (5, 0, 3), (5, 5), (5, 5, 4)])
def test_pictures_without_pixels_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="needs pixels"):
        picture(image=np.zeros(shape, np.uint8))


SAVE = "save"


@pytest.mark.parametrize(
    ("situation", "steps", "folder"),
    [
        ("no bib", [opened(), SAVE], "unknown/1"),
        ("closed without a bib", [opened(), SAVE, closed()], "unknown/1"),
        ("frames come after the track closed", [opened(), closed(), SAVE], "unknown/1"),
        ("a bib only seen", [opened(), tagged(state=State.SEEN), SAVE, closed()], "unknown/1"),
        ("confirmed later", [opened(), SAVE, tagged()], "pivot/12"),
        ("confirmed before", [opened(), tagged(), SAVE], "pivot/12"),
        ("confirmed and closed before", [tagged(), closed(bib="12"), SAVE], "pivot/12"),
        ("taken back", [tagged(), SAVE, tagged(bib=None, state=State.SEEN)], "unknown/1"),
        ("another bib", [tagged(), SAVE, tagged(bib="13")], "pivot/13"),
        (
            "corrected after it closed",
            [tagged(), SAVE, closed(bib="12"), tagged(bib="14", state=State.CORRECTED)],
            "pivot/14",
        ),
        ("corrected and back", [tagged(), SAVE, tagged(bib="13"), tagged()], "pivot/12"),
        ("another track's bib", [opened(), SAVE, tagged(track_id=2)], "unknown/1"),
    ],
)
@pytest.mark.parametrize("flushing", [False, True], ids=["at once", "with pauses"])
def test_where_a_picture_lies(
    situation: str, steps: list[Event | str], folder: str, flushing: bool, tmp_path: Path
) -> None:
    with Store.open(tmp_path) as store:
        saved = ""
        for seq, step in enumerate(steps, 1):
            if isinstance(step, str):
                saved = store.save_image(picture())
            else:
                store.record(Message(seq, step, None))
            if flushing:
                store.flush()
        store.flush()
        (row,) = store.images_of_track(1)
        assert row.path == f"{folder}/{NAME}", situation
        room, of = folder.split("/")
        assert (row.store, row.bib) == (room, of if room == "pivot" else None)
        assert store.find_image(saved) == tmp_path / row.path
        jpegs = [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.jpg")]
        assert jpegs == [row.path]
        rooms = [p for room in ("pivot", "unknown") for p in (tmp_path / room).glob("*")]
        assert [p.relative_to(tmp_path).as_posix() for p in rooms] == [folder]


def test_evidence_is_in_its_pivot_folder_when_the_tag_is_recorded(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        path = store.save_image(picture(bib="12", kind=ImageKind.EVIDENCE))
        assert path.startswith("pivot/12/")
        store.record(Message(1, tagged(), path))
        assert store.wait_for_image(path, 20) == tmp_path / path
        store.record(Message(2, tagged(bib="13", state=State.CORRECTED), None))
        store.flush()
        row = store.runner(1)
        assert row is not None and row.evidence == path.replace("/12/", "/13/")
        assert store.find_image(path) == tmp_path / row.evidence


def test_a_row_says_where_a_picture_is_from(tmp_path: Path) -> None:
    red = pixels(0, width=30, height=50)
    red[..., 0] = 200
    with Store.open(tmp_path) as store:
        store.save_image(picture(image=red))
        store.flush()
        (row,) = store.images_of_track(1)
    assert (row.camera, row.frame_index, row.pts_ns) == ("finish", 5, 40)
    assert row.capture_utc_ns == 1_780_000_000_123_456_789
    assert (row.width, row.height, row.kind) == (30, 50, ImageKind.FRAME)
    blue, green, redness = shown(tmp_path / row.path)[25, 15]
    assert redness > 180 and blue < 20 and green < 20


def test_the_same_picture_is_kept_once_and_never_overwritten(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        paths = [store.save_image(picture(image=pixels(shade))) for shade in (10, 200)]
        store.save_image(picture(kind=ImageKind.EVIDENCE))
        store.flush()
        assert paths[0] == paths[1]
        assert len(store.images_of_track(1)) == 2
        assert shown(tmp_path / paths[0]).mean() < 20


def test_a_file_in_the_way_is_left_alone_and_told(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    mine = tmp_path / "unknown" / "1" / NAME
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    store.save_image(picture())
    with pytest.raises(StoreError, match="is in the way of a picture; move it out"):
        store.flush()
    with pytest.raises(StoreError, match="in the way"):
        store.close()
    assert mine.read_text() == "mine"
    mine.unlink()
    with Store.open(tmp_path) as again:
        assert [row.path for row in again.images_of_track(1)] == [f"unknown/1/{NAME}"]
        assert shown(mine).shape == (40, 20, 3)


def test_a_picture_that_vanished_before_a_move_is_told(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        path = store.save_image(picture())
        store.flush()
        (tmp_path / path).unlink()
        assert store.find_image(path) is None
        store.record(Message(1, tagged(), None))
        store.flush()
        assert [line.split(" was gone")[0] for line in store.mended] == [
            f"the picture pivot/12/{NAME}"
        ]
        assert store.images_of_track(1) == ()


def test_a_picture_thrown_back_by_a_power_failure_is_put_in_its_place(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        path = store.save_image(picture())
    (tmp_path / path).rename(tmp_path / INCOMING / NAME)
    (tmp_path / INCOMING / "never_recorded.jpg").touch()
    with Store.open(tmp_path) as store:
        assert store.find_image(path) == tmp_path / path
        assert list((tmp_path / INCOMING).iterdir()) == []


def test_best_frames_go_where_the_tag_says(tmp_path: Path) -> None:
    frames = [Kept("finish", 1, n, n, n * 10**9, pixels(), 1.0) for n in range(3)]
    with Store.open(tmp_path) as store:
        for message in messages([opened(), tagged(), closed(bib="12")]):
            store.record(message)
        paths = store.save_frames(1, frames)
        store.flush()
        assert [row.frame_index for row in store.images_of_bib("12")] == [0, 1, 2]
        assert all(store.find_image(path) for path in paths)


def test_waiting_for_a_picture_nobody_saved_does_not_wait(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        assert store.wait_for_image("pivot/1/nothing.jpg", 60) is None
