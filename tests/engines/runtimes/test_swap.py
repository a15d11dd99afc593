from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from engines.errors import InferenceError
from engines.runtimes.session import Session
from engines.runtimes.swap import ElseSession, SwapSession
from engines.types import Bytes, Floats
from tests.engines.tiny_models import FakeSession

ONE = {"x": np.zeros((1, 3), np.float32)}


def session(value: float) -> FakeSession:
    return FakeSession({"y": np.full((1, 1), value, np.float32)})


def value(of: Session) -> float:
    return float(of.run(ONE)["y"][0, 0])


class Script:
    """A `Coming` that answers by a script, one entry per question."""

    def __init__(self, *answers: Callable[[], Session] | Exception | None) -> None:
        self.answers = list(answers)
        self.stopped = 0

    def arrived(self) -> Callable[[], Session] | None:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def stop(self) -> None:
        self.stopped += 1


def refuses() -> Session:
    raise InferenceError("the GPU's memory is full")


def test_it_changes_over_between_two_batches() -> None:
    first, better = session(1), session(2)
    coming = Script(None, None, lambda: better)
    swap = SwapSession(first, coming)
    assert [value(swap) for _ in range(5)] == [1, 1, 2, 2, 2]
    assert (first.closed, better.closed) == (True, False)
    assert (len(first.inputs), len(better.inputs), coming.stopped) == (2, 3, 1)
    swap.close()
    assert better.closed


@pytest.mark.parametrize(
    "last",
    [
        pytest.param(InferenceError("no operator"), id="it never comes"),
        pytest.param(refuses, id="it cannot be opened"),
    ],
)
def test_the_first_goes_on_where_the_other_fails_and_the_log_says_why(
    last: Callable[[], Session] | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    first, coming = session(1), Script(None, last)
    swap = SwapSession(first, coming)
    with caplog.at_level(logging.WARNING):
        assert [value(swap) for _ in range(4)] == [1, 1, 1, 1]
    assert len(caplog.messages) == 1
    assert "the processor goes on computing: " in caplog.messages[0]
    assert (first.closed, coming.stopped) == (False, 1)


def test_a_fault_of_the_computation_itself_is_not_swallowed() -> None:
    class Broken(FakeSession):
        def run(self, tensors: Mapping[str, Floats | Bytes]) -> dict[str, Floats]:
            raise InferenceError("cudaErrorIllegalAddress")

    swap = SwapSession(session(1), Script(lambda: Broken({})))
    with pytest.raises(InferenceError, match="IllegalAddress"):
        swap.run(ONE)


def test_closing_stops_what_is_coming() -> None:
    first, coming = session(1), Script()
    swap = SwapSession(first, coming)
    swap.close()
    assert (first.closed, coming.stopped) == (True, 1)


class Choosy(FakeSession):
    def fits(self, tensors: Mapping[str, Floats | Bytes]) -> bool:
        return len(tensors["x"]) == 1


def test_shapes_that_do_not_fit_go_elsewhere_and_the_log_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, opened = Choosy({"y": np.ones((1, 1), np.float32)}), [session(2)]
    both = ElseSession(first, opened.pop)
    caplog.set_level(logging.INFO)
    assert value(both) == 1
    assert (len(opened), caplog.messages) == (1, [])
    other = opened[0]
    for _ in range(2):
        assert both.run({"x": np.zeros((2, 3), np.float32)})["y"].tolist() == [[2], [2]]
    [line] = caplog.messages
    assert line.startswith("the engine was not built for {'x': (2, 3)}, so the processor computes")
    assert line.endswith("make it anew: finishline models build")
    both.close()
    assert (first.closed, other.closed) == (True, True)


def test_closing_opens_nothing() -> None:
    first = Choosy({})
    ElseSession(first, lambda: pytest.fail("opened")).close()
    assert first.closed
