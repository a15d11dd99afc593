from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engines.number_range import NumberRange
from engines.simulate.bib import render_bib
from engines.simulate.bib_style import Colour
from engines.simulate.race_bibs import RaceBibs, hex_of, missing_characters

WHITE, BLACK, YELLOW, BLUE = (255, 255, 255), (0, 0, 0), (255, 210, 0), (10, 40, 160)
RANGES = (NumberRange.of("1-3"), NumberRange.of("A1-A2"))


@pytest.fixture
def logo(tmp_path: Path) -> str:
    Image.new("RGB", (30, 30), (255, 0, 255)).save(tmp_path / "logo.png")
    return str(tmp_path / "logo.png")


@pytest.mark.parametrize(
    ("situation", "race", "texts"),
    [
        ("ranges", RaceBibs(numbers=RANGES), {"1", "2", "3", "A1", "A2"}),
        ("a start list", RaceBibs(listed=("7", "B12")), {"7", "B12"}),
        ("ranges go first", RaceBibs(numbers=RANGES[1:], listed=("7",)), {"A1", "A2"}),
    ],
)
def test_numbers(situation: str, race: RaceBibs, texts: set[str]) -> None:
    rng = np.random.default_rng(0)
    assert {race.text(rng) for _ in range(200)} == texts, situation
    assert set(race.some_texts(rng, 9)) == texts, situation
    assert len(set(race.some_texts(rng, 2))) == 2, situation
    assert set("".join(texts)) <= race.characters, situation


def test_ranges_that_overlap_give_no_bib_twice() -> None:
    race = RaceBibs(numbers=(NumberRange.of("1-6"), NumberRange.of("4-9")))
    rng = np.random.default_rng(1)
    for most in (5, 9, 20):
        bibs = race.some_texts(rng, most)
        assert len(bibs) == len(set(bibs))
        assert len(bibs) <= most


def test_a_race_without_numbers() -> None:
    race, rng = RaceBibs(), np.random.default_rng(0)
    assert race.some_texts(rng, 3) == ()
    with pytest.raises(ValueError, match="numbers are not known"):
        race.text(rng)


@pytest.mark.parametrize(
    ("papers", "inks", "pairs"),
    [
        ((WHITE, YELLOW), (BLACK, BLUE), [(WHITE, BLACK), (YELLOW, BLUE)]),
        ((WHITE, YELLOW), (BLACK,), [(WHITE, BLACK), (YELLOW, BLACK)]),
        ((WHITE,), (BLACK, BLUE), [(WHITE, BLACK), (WHITE, BLUE)]),
    ],
)
def test_the_colours_of_waves(
    papers: tuple[Colour, ...], inks: tuple[Colour, ...], pairs: list[tuple[Colour, Colour]]
) -> None:
    race = RaceBibs(papers=papers, inks=inks)
    rng = np.random.default_rng(2)
    styles = race.waves(race.style(rng))
    assert [(style.paper, style.ink) for style in styles] == pairs
    assert {(s.paper, s.ink) for s in (race.style(rng) for _ in range(40))} == set(pairs)
    assert all(style.outline is None and not style.gradient for style in styles)


@pytest.mark.parametrize(
    ("told", "bright_paper"),
    [
        (RaceBibs(papers=(YELLOW,)), True),
        (RaceBibs(papers=(BLUE,)), False),
        (RaceBibs(inks=(BLUE,)), True),
        (RaceBibs(inks=(YELLOW,)), False),
    ],
)
def test_the_colour_that_is_not_told_fits(told: RaceBibs, bright_paper: bool) -> None:
    style = told.style(np.random.default_rng(3))
    assert (sum(style.paper) > sum(style.ink)) is bright_paper


@pytest.mark.parametrize(
    ("papers", "inks", "words"),
    [
        ((WHITE, YELLOW), (BLACK, BLUE, WHITE), "2 paper and 3 ink colours make no pairs"),
        ((WHITE,), ((240, 240, 240),), "ink #f0f0f0 on paper #ffffff cannot be read"),
        ((WHITE, BLUE), (BLACK, (20, 50, 150)), "ink #143296 on paper #0a28a0"),
    ],
)
def test_colours_that_do_not_go_together(
    papers: tuple[Colour, ...], inks: tuple[Colour, ...], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        RaceBibs(papers=papers, inks=inks)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_told_is_drawn(seed: int, logo: str) -> None:
    rng = np.random.default_rng(seed)
    race = RaceBibs(logos=(logo, logo), title="RIVER RUN", aspect=1.9, numbers=RANGES)
    style = race.style(rng)
    assert (style.event, style.name, style.logos) == ("RIVER RUN", "", 0)
    assert min(style.top_band, style.bottom_band) >= 0.05
    sheet = render_bib(race.text(rng), rng, 160, replace(style, folds=0.0))
    height, width = sheet.image.shape[:2]
    assert width == round(1.9 * height)
    red, green, blue = np.moveaxis(sheet.image[..., :3].astype(int), 2, 0)
    printed = (red > 180) & (green < 70) & (blue > 180)
    rows = printed.nonzero()[0]
    assert len(rows) > 30
    above = rows.mean() < sheet.number_xyxy[1]
    assert above is np.bool_(style.pictures_above)


def test_nothing_told_is_any_style() -> None:
    styles = {RaceBibs().style(np.random.default_rng(seed)).font for seed in range(20)}
    assert len(styles) > 3


def test_a_style_without_logos_is_drawn_as_ever() -> None:
    rng = np.random.default_rng(5)
    style = RaceBibs(title="RUN").style(rng)
    first = render_bib("12", np.random.default_rng(6), 80, style)
    again = render_bib("12", np.random.default_rng(6), 80, replace(style, pictures=()))
    assert np.array_equal(first.image, again.image)


def test_characters_that_a_font_lacks(tmp_path: Path) -> None:
    with resources.as_file(resources.files("font_roboto") / "files" / "Roboto-Bold.ttf") as font:
        assert missing_characters(str(font), "0A-") == ""
        assert missing_characters(str(font), ["7", "\uee10", " "]) == " \uee10"
    (tmp_path / "no.ttf").write_text("hello")
    with pytest.raises(OSError, match=r"."):
        missing_characters(str(tmp_path / "no.ttf"), "0")


def test_colours_in_words() -> None:
    assert hex_of((255, 10, 0)) == "#ff0a00"
