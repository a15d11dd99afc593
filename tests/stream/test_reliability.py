from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from stream.reliability import EDGES, plot_reliability, reliability

SVG = "{http://www.w3.org/2000/svg}"


def test_tags_are_counted_by_how_sure_they_were() -> None:
    tags = [(0.3, False), (0.4, True), (0.96, True), (0.99, True), (1.0, True), (1.0, False)]
    low, sure, surest = reliability(tags)
    assert (low.low, low.high, low.n, low.right) == (0.0, 0.5, 2, 1)
    assert low.mean_posterior == pytest.approx(0.35)
    assert (sure.low, sure.n, sure.right_share) == (0.95, 1, 1.0)
    assert (surest.n, surest.right) == (3, 2)


@pytest.mark.parametrize("edge", EDGES)
def test_every_posterior_is_in_one_bin(edge: float) -> None:
    assert [one.n for one in reliability([(edge, True)])] == [1]


def test_no_tags_no_bins() -> None:
    assert reliability([]) == ()


def test_the_picture_has_a_circle_per_bin_on_the_line_where_it_keeps_its_word(
    tmp_path: Path,
) -> None:
    bins = reliability([(0.75, True)] * 3 + [(0.75, False)] + [(1.0, True)])
    picture = ElementTree.parse(plot_reliability(bins, tmp_path / "r.svg")).getroot()
    circles = picture.findall(f"{SVG}circle")
    assert len(circles) == 2
    for circle in circles:
        x, y = (float(circle.get(name, "nan")) for name in ("cx", "cy"))
        assert x + y == pytest.approx(360, abs=0.2)
