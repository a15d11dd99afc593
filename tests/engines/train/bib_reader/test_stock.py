"""What crops are made of: texts, drawn sheets, clothes."""

import re
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from engines.number_range import NumberRange
from engines.simulate.bib import FONTS, character_edges, random_style, render_bib
from engines.simulate.race_bibs import RaceBibs
from engines.train.bib_reader.stock import CropStock, number_text, on_cloth
from engines.types import ALPHABET


def test_texts_are_bibs() -> None:
    rng = np.random.default_rng(1)
    texts = [number_text(rng) for _ in range(500)]
    assert all(set(text) <= set(ALPHABET) and 1 <= len(text) <= 6 for text in texts)
    assert any(text.isdigit() for text in texts)
    assert any(re.match(r"[A-Z]-?\d", text) for text in texts)
    assert {len(text) for text in texts} >= {1, 2, 3, 4, 5}


@pytest.mark.parametrize("share", [0.0, 0.15, 0.32, 1.0])
def test_so_many_texts_have_a_letter(share: float) -> None:
    rng = np.random.default_rng(1)
    n = sum(not number_text(rng, share).isdigit() for _ in range(1000))
    assert abs(n / 1000 - share) < 0.04


def test_edges_lie_between_characters() -> None:
    rng = np.random.default_rng(9)
    style = replace(random_style(rng), font=FONTS[0])
    sheet = render_bib("1111", rng, 120, style)
    edges = character_edges(sheet, style.font)
    assert edges[0] == sheet.number_xyxy[0] and edges[-1] == pytest.approx(sheet.number_xyxy[2])
    assert np.allclose(np.diff(edges), np.diff(edges)[0])


def test_a_sheet_on_a_shirt_keeps_its_number() -> None:
    rng = np.random.default_rng(4)
    sheet = render_bib("4711", rng, 120)
    worn = on_cloth(sheet, rng)
    assert worn.text == "4711"
    x0, y0, x1, y1 = (round(side) for side in worn.box)
    sx0, sy0, sx1, sy1 = (round(side) for side in sheet.number_xyxy)
    assert np.array_equal(worn.levels[0][y0:y1, x0:x1], sheet.image[sy0:sy1, sx0:sx1, :3])


def test_a_sheet_lies_on_a_photographed_cloth() -> None:
    rng = np.random.default_rng(4)
    cloth = np.full((50, 40, 3), (10, 200, 30), np.uint8)
    worn = [on_cloth(render_bib("4711", rng, 120), rng, (), [cloth]) for _ in range(20)]
    corners = [tuple(line.levels[0][0, 0]) for line in worn]
    assert 10 <= corners.count((10, 200, 30)) < 20


def test_half_of_the_sheets_are_of_the_race() -> None:
    race = RaceBibs(numbers=(NumberRange.of("Z1000-Z9999"),))
    stock = CropStock.of(np.random.default_rng(3), 8, [], (), race)
    texts = [drawn.text for drawn in stock.drawn]
    assert [len(text) == 5 and text[0] == "Z" for text in texts] == [False, True] * 4
    assert all(len(drawn.edges) == len(drawn.text) + 1 for drawn in stock.drawn)
