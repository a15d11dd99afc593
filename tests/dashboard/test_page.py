from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from stream.types import Clock, State
from tests.dashboard.fakes import entries, jpeg
from tests.dashboard.stage import Stage, bibs, row, visit


def test_an_empty_race_says_what_will_come(page: Page, stage: Stage) -> None:
    visit(page, stage)
    expect(page.locator("#race")).to_have_text("City run")
    expect(page.locator("#empty")).to_contain_text("Waiting for the first runner")
    expect(page.locator(".camera-note")).to_have_text("No picture yet")
    stage.race.runner(1, "101")
    expect(page.locator("#empty")).to_be_hidden()


def test_runners_appear_newest_first_and_keep_their_place(page: Page, stage: Stage) -> None:
    stage.race.runner(1, "101")
    visit(page, stage)
    expect(page.locator("#runners .runner")).to_have_count(1)
    stage.race.runner(2, "7")
    stage.race.opened(3)
    stage.race.runner(4, "88")
    stage.race.tagged(3, "55")
    stage.race.tagged(1, "101", State.CORRECTED)
    expect(row(page, "101")).to_have_attribute("data-state", "corrected")
    assert bibs(page) == ["88", "55", "7", "101"]
    page.reload()
    expect(page.locator("#runners .runner")).to_have_count(4)
    assert bibs(page) == ["88", "55", "7", "101"]


@pytest.mark.parametrize(
    ("state", "word", "style"),
    [
        (State.SEEN, "Seen", "dashed"),
        (State.CONFIRMED, "Confirmed", "solid"),
        (State.CORRECTED, "Corrected", "double"),
    ],
)
def test_states_differ_by_word_icon_and_border(
    page: Page, stage: Stage, state: State, word: str, style: str
) -> None:
    visit(page, stage)
    stage.race.runner(1, "101", state)
    chip = row(page, "101").locator(".chip").first
    expect(chip).to_contain_text(word)
    assert chip.locator("use").get_attribute("href") == f"#i-{state.value}"
    border = row(page, "101").locator(".bib").evaluate("it => getComputedStyle(it).borderTopStyle")
    assert border == style
    # Only a sure name is put in large and read aloud.
    sure = state is not State.SEEN
    expect(page.locator("#latest")).to_be_visible(visible=sure)
    expect(page.locator("#announce")).to_have_text(f"{word}: Bib 101, Anna Meier" if sure else "")


def test_a_row_says_who_when_where_and_how_sure(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.opened(1)
    stage.race.tagged(1, "101", posterior=0.99871)
    stage.race.crossed(1, Clock.ARRIVAL)
    stage.race.opened(2)
    stage.race.tagged(2, "9911", listed=False)
    anna = row(page, "101")
    expect(anna.locator(".name")).to_have_text("Anna Meier")
    expect(anna.locator(".more")).to_have_text("TV Nord")
    expect(anna.locator(".crossed dd")).to_have_text("≈ 15:06:41.0")
    expect(anna.locator(".from dd")).to_have_text("finish")
    expect(anna.locator(".sure dd")).to_have_text("99.8 %")
    expect(row(page, "9911")).to_contain_text("Not on the start list")
    expect(anna).not_to_contain_text("Not on the start list")


def test_a_tag_taken_back_leaves_the_list(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.runner(1, "101")
    stage.race.runner(2, "7")
    expect(page.locator("#latest .digits")).to_have_text("7")
    stage.race.tagged(2, None)
    expect(page.locator("#latest .digits")).to_have_text("101")
    assert bibs(page) == ["101"]


def test_counts_and_filters(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.runner(1, "101")
    stage.race.runner(2, "7", State.SEEN)
    stage.race.opened(3)
    stage.race.closed(3)
    stage.race.closed(1)
    expect(page.locator("#count-view")).to_have_text("1")
    expect(page.locator("#count-confirmed")).to_have_text("1")
    expect(page.locator("#count-unread")).to_have_text("1")
    for name, expected in (("Confirmed", ["101"]), ("Not read", ["–"]), ("With bib", ["7", "101"])):
        page.get_by_role("button", name=name).click()
        expect(page.locator("#runners .digits")).to_have_text(expected)


def test_a_conflict_is_shown_on_both_runners(page: Page, stage: Stage) -> None:
    visit(page, stage)
    warned = row(page, "7").filter(has_text="Another runner has this bib too")
    stage.race.runner(1, "7")
    stage.race.runner(2, "7", State.SEEN)
    stage.race.conflict(2, 1, "7")
    expect(warned).to_have_count(2)
    # It is over for both as soon as one has another bib.
    stage.race.tagged(1, "101")
    expect(row(page, "101")).to_have_count(1)
    expect(warned).to_have_count(0)


def test_names_are_text_and_never_markup(page: Page, tmp_path: Path) -> None:
    evil = '<img src=x onerror="window.hacked=1"><b>Bobby</b>'
    stage = Stage(tmp_path, entries(("101", evil, "", evil)))
    try:
        visit(page, stage)
        stage.race.runner(1, "101")
        stage.race.runner(2, evil)
        expect(row(page, "101").locator(".name")).to_have_text(evil)
        expect(page.locator("#runners .digits").first).to_have_text(evil)
        assert page.locator("#runners b, #latest b, #runners img").count() == 0
        assert page.evaluate("window.hacked") is None
    finally:
        stage.server.stop()


def test_a_picture_that_arrives_after_its_tag_is_shown(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.opened(1)
    stage.race.tagged(1, "101", evidence="pivot/101/a.jpg")
    expect(row(page, "101")).to_be_visible()
    (stage.race.archive.folder / "pivot/101").mkdir(parents=True)
    (stage.race.archive.folder / "pivot/101/a.jpg").write_bytes(jpeg(60, 90))
    picture = row(page, "101").locator(".crop img")
    expect(picture).to_be_visible()
    assert picture.evaluate("it => it.naturalWidth") == 60
