from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest

from stream.export.manifest import ExportedFile
from stream.export.site.pages import (
    POLICY,
    TEMPLATES,
    Clip,
    Html,
    RunnerPage,
    fill,
    index_page,
    link,
    runner_page,
)
from stream.export.tables.results import Result, results
from stream.store.values import RunnerRow, StartListRow
from tests.stream.export.finishers import NO_DATE, START_NS, entry, track

EVIL = "<script>alert(\"1\")</script> & 'Bobby'"


def file(path: str, kind: str, camera: str | None = "finish") -> ExportedFile:
    return ExportedFile(path, kind, "0" * 64, 10, "7", camera, START_NS, START_NS)


def page(
    tracks: list[RunnerRow], listed: list[StartListRow] | None = None, **shown: tuple[Clip, ...]
) -> RunnerPage:
    result = results(tracks, listed or []).rows[0]
    return RunnerPage(result, f"runners/{result.bib}.html", shown.get("clips", ()), ())


class Elements(HTMLParser):
    """Every element with its attributes, and the text outside of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_place_takes_text_as_text_and_markup_as_markup() -> None:
    row = {"page": "a.html", "n": "3", "picture": Html("<img>"), "more": "", "when": ""}
    text = fill("index_runner.html", bib="7", name="<b>", **row)
    assert "&lt;b&gt;" in text
    assert "<img>" in text
    with pytest.raises(KeyError):
        fill("index_runner.html", bib="7")


def test_every_text_of_a_runner_is_escaped() -> None:
    listed = [entry("7", EVIL, EVIL, category=EVIL, wave=EVIL)]
    runner = page([track(1, "7", 2, camera=EVIL)], listed)
    still = file(f"stills/{EVIL}.jpg", "still", EVIL)
    clips = (Clip(file("clips/a.mp4", "clip", EVIL), True), Clip(file("b.mov", "clip"), False))
    runner = RunnerPage(runner.result, runner.path, clips, (still,))
    odd = RunnerPage(Result(EVIL, runner.result.standing, name=EVIL), "runners/x.html", (), ())
    for text in (index_page(EVIL, [runner, odd]), runner_page(EVIL, runner, odd, odd),
                 runner_page(EVIL, odd, runner, None)):  # fmt: skip
        elements = Elements(text)
        scripts = [attributes.get("src") for tag, attributes in elements.found if tag == "script"]
        assert all(src and src.endswith(("times.js", "find.js")) for src in scripts)
        assert EVIL in elements.text
        assert "<script>" not in text


@pytest.mark.parametrize(
    ("path", "up", "expected"),
    [
        ("stills/7-1.jpg", 0, "./stills/7-1.jpg"),
        ("stills/7-1.jpg", 1, "../stills/7-1.jpg"),
        ("clips/50% & #1?.mp4", 1, "../clips/50%25%20%26%20%231%3F.mp4"),
        ("javascript:alert(1)", 0, "./javascript%3Aalert%281%29"),
        ("stills/Zoë\".jpg", 1, "../stills/Zo%C3%AB%22.jpg"),
    ],
)  # fmt: skip
def test_links_are_relative_and_percent_encoded(path: str, up: int, expected: str) -> None:
    assert link(path, up) == expected


@pytest.mark.parametrize(
    ("tracks", "index_says", "page_says"),
    [
        pytest.param(
            [track(1, "7", 62.3999)], "09:31:02.3", "2026-05-03, 09:31:02.3 UTC", id="crossed"
        ),
        pytest.param(
            [track(1, "7", 62.3999, start_ns=NO_DATE)],
            "00:01:02.3",
            "00:01:02.3 into the footage",
            id="crossed on undated footage",
        ),
        pytest.param(
            [track(1, "7", seen_s=(62, 63))], "seen 09:31:02.0", "2026-05-03, 09:31:02.0 UTC",
            id="seen only",
        ),
    ],
)  # fmt: skip
def test_times_are_written_to_a_tenth(
    tracks: list[RunnerRow], index_says: str, page_says: str
) -> None:
    runner = page(tracks)
    index = Elements(index_page("City run", [runner])).text
    assert index_says in index
    text = Elements(runner_page("City run", runner, None, None)).text
    assert page_says in text
    assert "1970" not in index + text


@pytest.mark.parametrize(
    ("runners", "count", "clock"),
    [
        pytest.param([], "0 runners", "", id="nobody"),
        pytest.param([page([track(1, "7", 2)])], "1 runner", "Camera times, UTC", id="one"),
        pytest.param(
            [page([track(1, "7", 2, start_ns=NO_DATE)])] * 2,
            "2 runners",
            "Camera times since the start of the footage",
            id="undated",
        ),
        pytest.param([page([track(1, "7")])], "1 runner", "", id="nobody crossed"),
    ],
)
def test_the_list_says_how_many_and_which_times(
    runners: list[RunnerPage], count: str, clock: str
) -> None:
    text = index_page("City run", runners)
    summary = re.search(r'<p class="summary">(.*?)</p>', text)
    assert summary is not None
    assert Elements(summary[1]).text == count + clock
    nobody = re.search(r'<p id="nobody"[^>]*>', text)
    assert nobody is not None
    assert ("hidden" in nobody[0]) is bool(runners)


def test_a_clip_that_browsers_do_not_play_is_a_link() -> None:
    clips = (Clip(file("clips/a.mp4", "clip"), True), Clip(file("clips/b.mp4", "clip"), False))
    elements = Elements(runner_page("City run", page([track(1, "7", 2)], clips=clips), None, None))
    videos = [attributes for tag, attributes in elements.found if tag == "video"]
    assert [video["src"] for video in videos] == ["../clips/a.mp4"]
    assert videos[0]["preload"] == "metadata"
    saved = [at["href"] for tag, at in elements.found if tag == "a" and "download" in at]
    assert saved == ["../clips/a.mp4", "../clips/b.mp4"]
    assert "which browsers do not play" in elements.text


def test_a_page_without_pictures_says_so() -> None:
    text = runner_page("City run", page([track(1, "7", 2)]), None, None)
    assert "No clips, stills or photos of this runner have been exported." in text
    assert "<h2" not in text


def test_a_runner_s_neighbours_are_linked() -> None:
    first, second, third = (page([track(n, str(n), n)], [entry("2", "Bo")]) for n in (1, 2, 3))
    elements = Elements(runner_page("City run", second, first, third))
    turns = {at["rel"]: at["href"] for tag, at in elements.found if tag == "a" and "rel" in at}
    assert turns == {"prev": "../runners/1.html", "next": "../runners/3.html"}
    alone = Elements(runner_page("City run", second, None, None))
    assert not [at for tag, at in alone.found if tag == "a" and "rel" in at]


@pytest.mark.parametrize("name", ["index.html", "runner.html"])
def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(name: str) -> None:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    assert '<html lang="en">' in text
    assert 'content="$policy"' in text
    assert "http://" not in text and "https://" not in text
    assert " style=" not in text and " onclick=" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert "default-src 'none'" in html.unescape(POLICY)
