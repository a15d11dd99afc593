from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dashboard import messages
from dashboard.audience import Bell, SharedWords
from dashboard.race_view import RaceView
from tests.dashboard.fakes import FakeRace, entries


def test_one_ring_wakes_all_and_the_loop_only_once() -> None:
    bell = Bell()
    bell.ring()  # Nobody is here yet.

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        woken = 0
        call = loop.call_soon_threadsafe

        def count(*what: object) -> object:
            nonlocal woken
            woken += 1
            return call(*what)  # type: ignore[arg-type]

        loop.call_soon_threadsafe = count  # type: ignore[method-assign, assignment]
        with bell.heard() as one, bell.heard() as other:
            assert bell.listeners == 2
            bell.ring()
            bell.ring()
            assert woken == 1, "the second is heard with the first"
            await asyncio.to_thread(bell.ring)
            await asyncio.wait_for(asyncio.gather(one.wait(), other.wait()), 5)
            one.clear()
            bell.ring()
            await asyncio.wait_for(one.wait(), 5)
        assert bell.listeners == 0

    asyncio.run(listen())
    with pytest.raises(RuntimeError):
        bell.ring()  # The loop is closed, which the hub takes as goodbye.


def test_an_event_is_put_into_words_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    race = FakeRace(tmp_path)
    race.runner(1, "101")
    message = race.hub.subscribe(lambda: None, after=0).take(1).messages[0]
    encoded: list[object] = []
    encode = messages.encode

    def spy(told: messages.JsonObject) -> str:
        encoded.append(told)
        return encode(told)

    monkeypatch.setattr(messages, "encode", spy)
    words = SharedWords()
    texts = {words.event(message, entries()) for _ in range(200)}
    assert (len(texts), len(encoded)) == (1, 1)
    other = FakeRace(tmp_path / "other")
    other.opened(9)
    again = other.hub.subscribe(lambda: None, after=0).take(1).messages[0]
    assert again.seq == message.seq
    assert words.event(again, entries()) not in texts, "another message of the same number"


def test_a_beat_asks_for_the_status_twice_a_second(tmp_path: Path) -> None:
    race = FakeRace(tmp_path)
    asked: list[int] = []
    now_ns = 0

    def status() -> dict[str, object]:
        asked.append(1)
        return {}

    view = RaceView("City run", tmp_path, status=status)
    words = SharedWords()
    for _ in range(100):
        words.beat(view, race.hub, lambda: now_ns)
    assert len(asked) == 1
    now_ns = 500_000_000
    words.beat(view, race.hub, lambda: now_ns)
    assert len(asked) == 2
