"""Faces in a process of their own: real processes, and a stand-in for the networks in them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from engines.errors import InferenceError
from engines.types import Box, Image
from stream.identity.face_process import FaceProcess
from stream.identity.face_sight import SeenFace
from tests.stream.identity import face_fakes
from tests.stream.identity.races import crops, widened

PICTURES: list[tuple[Image, Box]] = [
    (widened(crops()[runner][0].image), (1.0, 2.0, 30.0, 60.0)) for runner in (0, 1)
]


@pytest.fixture
def faces() -> Iterator[FaceProcess]:
    with closing(FaceProcess(face_fakes.MODEL, face_fakes.load_sight)) as opened:
        yield opened


def process() -> multiprocessing.process.BaseProcess:
    [one] = [child for child in multiprocessing.active_children() if child.name == "faces"]
    return one


def pid() -> int:
    found = process().pid
    assert found is not None
    return found


def same(one: SeenFace | None, other: SeenFace | None) -> bool:
    if one is None or other is None:
        return one is other
    return (
        np.array_equal(one.template.vector, other.template.vector)
        and one.template.quality == other.template.quality
        and np.array_equal(one.head, other.head)
    )


def test_it_sees_what_is_seen_in_this_process(faces: FaceProcess) -> None:
    assert multiprocessing.active_children() == [], "it begins with the first face"
    here = face_fakes.load_sight().look(PICTURES)
    for _ in range(2):
        there = faces.look(PICTURES)
        assert [same(*pair) for pair in zip(here, there, strict=True)] == [True, True]
    assert faces.look([]) == []


def test_no_face_is_none() -> None:
    with closing(FaceProcess(face_fakes.MODEL, face_fakes.load_blind)) as faces:
        assert faces.look(PICTURES) == [None, None]


def test_the_end_of_the_race_ends_it(faces: FaceProcess) -> None:
    faces.look(PICTURES[:1])
    child = process()
    faces.close()
    assert child.exitcode == 0
    faces.close()


def test_ctrl_c_does_not_end_it(faces: FaceProcess) -> None:
    faces.look(PICTURES[:1])
    os.kill(pid(), signal.SIGINT)
    assert len(faces.look(PICTURES)) == 2


def test_what_cannot_be_loaded_is_said() -> None:
    with (
        closing(FaceProcess(face_fakes.MODEL, face_fakes.load_nothing)) as faces,
        pytest.raises(InferenceError, match=r"pip install 'finishline\[faces\]'"),
    ):
        faces.look(PICTURES)


def test_a_crash_is_said(faces: FaceProcess) -> None:
    faces.look(PICTURES[:1])
    os.kill(pid(), signal.SIGKILL)
    with pytest.raises(InferenceError, match=r"has ended \(exit code -9\)"):
        faces.look(PICTURES)


def test_whoever_closes_does_not_wait_for_a_face() -> None:
    faces = FaceProcess(face_fakes.MODEL, face_fakes.load_sleeper)
    raised: list[str] = []

    def look() -> None:
        try:
            faces.look(PICTURES)
        except InferenceError as error:
            raised.append(str(error))

    looking = threading.Thread(target=look)
    looking.start()
    while not any(child.name == "faces" for child in multiprocessing.active_children()):
        time.sleep(0.05)
    began_s = time.monotonic()
    faces.close()
    looking.join(30)
    assert time.monotonic() - began_s < 20
    assert raised == ["the process that looks at faces has ended (exit code -15)"]


def test_nothing_is_begun_once_it_is_closed() -> None:
    faces = FaceProcess(face_fakes.MODEL, face_fakes.load_sight)
    faces.close()
    with pytest.raises(InferenceError, match="was closed"):
        faces.look(PICTURES)
    assert multiprocessing.active_children() == []
