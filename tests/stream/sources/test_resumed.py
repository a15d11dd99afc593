"""Footage that was seen in part goes on after the last frame seen."""

import pytest

from stream.sources.resumed import Resumed
from tests.stream.scripted import FRAME_NS, ScriptedSource


@pytest.mark.parametrize(
    ("situation", "after_ns", "indices"),
    [
        ("nothing yet", -1, [0, 1, 2, 3]),
        ("after the second frame", FRAME_NS, [2, 3]),
        ("to the end", 3 * FRAME_NS, []),
    ],
)
def test_resumed(situation: str, after_ns: int, indices: list[int]) -> None:
    source = Resumed(ScriptedSource(n_frames=4), after_ns)
    assert [frame.index for frame in source.frames()] == indices, situation
    assert (source.camera, source.live, source.status().camera) == ("a", False, "a")


def test_closing_closes_the_footage() -> None:
    inner = ScriptedSource(endless=True)
    Resumed(inner, 0).close()
    assert inner.closed.is_set()
