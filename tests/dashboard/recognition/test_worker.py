"""The one thread that looks at pictures: in turn, and let go of at the end."""

from __future__ import annotations

import asyncio
import threading

import pytest

from dashboard.recognition.worker import Worker
from dashboard.refusals import Refusal

PATIENCE_S = 30.0


def test_in_turn_on_one_thread_and_closed_by_the_caller() -> None:
    worker = Worker()
    names: list[str] = []

    def work() -> int:
        names.append(threading.current_thread().name)
        return len(names)

    async def both() -> list[int]:
        return [*await asyncio.gather(worker.do(work), worker.do(work))]

    assert asyncio.run(both()) == [1, 2]
    worker.close(lambda: names.append(threading.current_thread().name))
    assert names == ["recognition_0", "recognition_0", threading.current_thread().name]


def test_who_is_sent_away_while_the_worker_is_at_it_reads_why() -> None:
    """As the server cancels requests when it ends."""
    worker = Worker()
    began, end = threading.Event(), threading.Event()

    def look() -> bool:
        began.set()
        return end.wait(PATIENCE_S)

    async def asked() -> None:
        request = asyncio.create_task(worker.do(look))
        await asyncio.to_thread(began.wait, PATIENCE_S)
        request.cancel()
        with pytest.raises(Refusal, match="finishline ends"):
            await request

    asyncio.run(asked())
    end.set()
    worker.close(lambda: None)


def test_a_worker_that_waits_for_ever_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    """As an enrolment waits for room on a full disk; who waits for a turn is sent away."""
    worker = Worker(close_s=0.1)
    began, room = threading.Event(), threading.Event()
    closed: list[str] = []

    def enrol() -> bool:
        began.set()
        return room.wait(PATIENCE_S)

    async def asked() -> tuple[bool, BaseException | bool]:
        first = asyncio.create_task(worker.do(enrol))
        second = asyncio.create_task(worker.do(lambda: True))
        await asyncio.to_thread(began.wait, PATIENCE_S)
        worker.close(lambda: closed.append("models"))
        assert not first.done()
        room.set()
        [answer] = await asyncio.gather(second, return_exceptions=True)
        return await first, answer

    first, second = asyncio.run(asked())
    assert first
    assert isinstance(second, Refusal) and (second.status_code, second.code) == (503, "ending")
    assert closed == [], "the models may be in use"
    assert "recognition has not ended within 0.1 s" in caplog.text


def test_nobody_waits_longer_than_told() -> None:
    """As beside a race that keeps the processor full; what waits behind is left out."""
    worker = Worker()
    began, end = threading.Event(), threading.Event()
    done: list[str] = []

    def look() -> bool:
        began.set()
        return end.wait(PATIENCE_S)

    async def asked() -> list[BaseException | bool | None]:
        # Time enough to begin: the worker's thread gives way to all others.
        first = asyncio.create_task(worker.do(look, within_s=2.0))
        await asyncio.to_thread(began.wait, PATIENCE_S)
        second = worker.do(lambda: done.append("second"), within_s=0.1)
        refused = await asyncio.gather(first, second, return_exceptions=True)
        end.set()
        return [*refused, await worker.do(lambda: True, within_s=PATIENCE_S)]

    first, second, third = asyncio.run(asked())
    for refused, within in ((first, "2 s"), (second, "0.1 s")):
        assert isinstance(refused, Refusal)
        assert (refused.status_code, refused.code) == (503, "no_answer_yet")
        assert refused.headers == {"retry-after": "10"}
        assert f"within {within}; try again in 10 s" in refused.detail
    assert (third, done) == (True, [])
    worker.close(lambda: None)


def test_a_timeout_of_the_work_itself_is_no_refusal() -> None:
    worker = Worker()

    def fail() -> None:
        raise TimeoutError("the disk does not answer")

    with pytest.raises(TimeoutError, match="the disk does not answer"):
        asyncio.run(worker.do(fail, within_s=PATIENCE_S))
    worker.close(lambda: None)
