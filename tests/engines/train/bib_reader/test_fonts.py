"""Which fonts of a machine a bib could be printed in."""

import shutil
from importlib import resources
from pathlib import Path

import pytest

from engines.errors import LabelError
from engines.train.bib_reader.fonts import bib_fonts


def packaged(name: str, folder: Path) -> Path:
    package, file = name.split("/")
    with resources.as_file(resources.files(package) / "files" / file) as path:
        return Path(shutil.copy(path, folder))


@pytest.mark.parametrize(
    ("situation", "font", "usable"),
    [
        ("a bold one", "font_roboto/Roboto-Bold.ttf", True),
        ("a hairline", "font_roboto/Roboto-Thin.ttf", False),
        ("a regular one", "font_source_sans_pro/SourceSansPro-Semibold.ttf", True),
    ],
)
def test_fonts(situation: str, font: str, usable: bool, tmp_path: Path) -> None:
    good = packaged("font_manrope/Manrope-Bold.ttf", tmp_path)
    one = packaged(font, tmp_path)
    wanted = {str(good), str(one)} if usable else {str(good)}
    assert set(bib_fonts([tmp_path])) == wanted, situation


def test_copies_are_drawn_with_once(tmp_path: Path) -> None:
    font = packaged("font_roboto/Roboto-Bold.ttf", tmp_path)
    shutil.copy(font, tmp_path / "copy.ttf")
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    assert len(bib_fonts([tmp_path])) == 1


@pytest.mark.parametrize(("folder", "said"), [("absent", "is absent"), (".", "has no font")])
def test_a_folder_without_fonts_is_said(folder: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=said):
        bib_fonts([tmp_path / folder])
