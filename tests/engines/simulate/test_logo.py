from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engines.simulate.logo import print_logos, read_logo


@pytest.fixture
def red(tmp_path: Path) -> str:
    """A red disc's left half on a transparent ground."""
    picture = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 20, 20))
    picture.save(tmp_path / "red.png")
    return str(tmp_path / "red.png")


@pytest.mark.parametrize(
    ("situation", "n", "band", "boxes"),
    [
        # As high as the band lets it, the opaque half to the left of the middle.
        ("one in the middle", 1, (0, 20), [(83, 2, 99, 18)]),
        ("two, each in its half", 2, (80, 100), [(33, 82, 49, 98), (133, 82, 149, 98)]),
        ("a band that is hardly there", 1, (0, 3), []),
        ("none", 0, (0, 20), []),
    ],
)
def test_where_logos_are_printed(
    situation: str, n: int, band: tuple[int, int], boxes: list[tuple[int, ...]], red: str
) -> None:
    sheet = Image.new("RGB", (200, 100), (255, 255, 255))
    print_logos(sheet, [red] * n, *band)
    inked = np.asarray(sheet).min(2) < 128
    expected = np.zeros_like(inked)
    for x0, y0, x1, y1 in boxes:
        expected[y0:y1, x0:x1] = True
    wrong = (inked != expected).sum()
    assert wrong <= 40 * len(boxes), situation
    assert inked.any() == bool(boxes), situation


def test_a_large_picture_is_kept_small(tmp_path: Path) -> None:
    Image.new("RGB", (3000, 1500), (0, 0, 255)).save(tmp_path / "large.jpg")
    logo = read_logo(str(tmp_path / "large.jpg"))
    assert (logo.mode, logo.size) == ("RGBA", (512, 256))


def test_what_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text("<svg/>")
    for name in ("logo.svg", "absent.png"):
        with pytest.raises(OSError, match=name):
            read_logo(str(tmp_path / name))
