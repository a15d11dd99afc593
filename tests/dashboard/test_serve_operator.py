"""`finishline serve --operator`: a finished race is corrected, killed, and served again."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from dashboard.run import DashboardPlace, serve
from stream.forget.erase import forget
from stream.forget.planning import Asked
from stream.hub import Message
from stream.store import NotARaceFolder, StartListRow, Store
from stream.types import Event
from tests.stream.store.builders import closed, opened, tagged


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str], list[str]]]:
    """A process that serves the folder; its address and what it said before."""
    command = [sys.executable, "-m", "tests.dashboard.serving_process", str(folder), *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    before: list[str] = []
    for line in process.stderr:
        found = re.search(r"http://\S+", line)
        if found:
            break
        before.append(line)
    else:
        raise AssertionError("".join(before))
    try:
        yield found[0].rstrip("/"), process, before
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def ask(url: str, body: dict[str, Any] | None = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(url, content, {"content-type": "application/json"})) as answer:
            return json.load(answer)
    except HTTPError as error:
        return json.load(error)


EVENTS: list[Event] = [opened(1), tagged(1), closed(1, "12")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Store.open(tmp_path, race_name="City run") as store:
        for seq, event in enumerate(EVENTS, 1):
            store.record(Message(seq, event, None))
    return tmp_path


WISH = {"kind": "bib", "track_id": 1, "bib": "77", "by": "Ann"}


def test_a_correction_outlives_the_server_that_is_killed_after_the_answer(folder: Path) -> None:
    with serving(folder, "--operator") as (url, process, _):
        assert ask(f"{url}/api/corrections", WISH)["number"] == 1
        process.send_signal(signal.SIGKILL)
    with serving(folder) as (url, _, _):
        [runner] = ask(f"{url}/api/runners")["runners"]
        assert (runner["bib"], runner["state"]) == ("77", "corrected")
        [made] = ask(f"{url}/api/corrections")["corrections"]
        assert (made["bib"], made["by"], made["undone_by"]) == ("77", "Ann", None)
        # Opened to look at only.
        assert "finishline serve --operator" in ask(f"{url}/api/corrections", WISH)["detail"]
    with serving(folder, "--operator") as (url, process, _):
        assert ask(f"{url}/api/corrections/1/undo", {})["runners"][0]["bib"] == "12"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    with Store.open(folder) as store:
        assert [one.number for one in store.corrections()] == [2, 1]


def test_a_folder_in_use_is_shown_without_corrections(folder: Path) -> None:
    with Store.open(folder), serving(folder, "--operator") as (url, _, before):
        [line] = before
        assert "is being written to by another finishline" in line
        assert "shown without corrections" in line
        assert ask(f"{url}/api/corrections")["may_correct"] is False


def test_whoever_is_forgotten_while_the_pages_are_open_is_named_no_more(folder: Path) -> None:
    with Store.open(folder) as store:
        store.replace_start_list([StartListRow("12", "Ann Ek"), StartListRow("13", "Bo Li")])
    with serving(folder, "--no-recognition") as (url, _, _):
        assert "Ann Ek" in json.dumps(ask(f"{url}/api/runners/12"))
        done = forget(Asked(folder, "12", footage=False, by="Dora", at_utc_ns=5))
        assert done.receipt is not None
        for place in ("runners/12", "bibs/12", "runners", "startlist", "search?q=12"):
            assert "Ann Ek" not in json.dumps(ask(f"{url}/api/{place}")), place
        assert "Bo Li" in json.dumps(ask(f"{url}/api/runners/13"))


@pytest.mark.parametrize("operator", [True, False])
def test_no_race_is_begun_where_there_is_none(operator: bool, tmp_path: Path) -> None:
    with pytest.raises(NotARaceFolder):
        serve(tmp_path, DashboardPlace(port=0), operator)
    assert list(tmp_path.iterdir()) == []
