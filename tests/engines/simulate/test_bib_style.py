from importlib import resources

import numpy as np
import pytest

from engines.simulate.bib_style import FONTS, Colour, luminance, random_colour, random_style


def test_every_font_is_there() -> None:
    for name in FONTS:
        package, file = name.split("/")
        assert (resources.files(package) / "files" / file).is_file(), name


def test_styles_stay_in_their_ranges_and_can_be_read() -> None:
    rng = np.random.default_rng(1)
    for _ in range(300):
        style = random_style(rng)
        assert 1.0 <= style.aspect <= 1.6
        assert style.top_band + style.bottom_band < 0.6
        assert 0 <= style.logos <= 5
        assert abs(luminance(style.paper) - luminance(style.ink)) > 25
        assert style.font in FONTS


def test_the_seed_decides() -> None:
    assert random_style(np.random.default_rng(3)) == random_style(np.random.default_rng(3))
    assert random_style(np.random.default_rng(3)) != random_style(np.random.default_rng(4))


@pytest.mark.parametrize(
    ("colour", "expected"), [((0, 0, 0), 0.0), ((255, 255, 255), 255.0), ((0, 255, 0), 149.685)]
)
def test_luminance(colour: Colour, expected: float) -> None:
    assert luminance(colour) == pytest.approx(expected)


def test_colours_are_bytes() -> None:
    rng = np.random.default_rng(2)
    assert all(0 <= part <= 255 for _ in range(50) for part in random_colour(rng))
