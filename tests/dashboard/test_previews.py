"""Previews of photos that Pillow cannot open by itself."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import IO

import pytest
from PIL import Image, ImageFile

from dashboard.previews import Previews
from stream.store import Store
from tests.dashboard.fakes import jpeg
from tests.stream.store.seen_race import TEN_NS, put_photo, sighting

HEAD = b"\0\0\0\x18ftypheic"
"""How a HEIC file begins; a JPEG follows it here."""


@pytest.fixture
def race(tmp_path: Path) -> Path:
    content = HEAD + jpeg(64, 40)
    photo = tmp_path / "IMG_1.HEIC"
    photo.write_bytes(content)
    with Store.open(tmp_path / "race") as store:
        seen = [sighting(None, None)]
        put_photo(store, photo, hashlib.sha256(content).hexdigest(), seen, TEN_NS)
    return tmp_path / "race"


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A stand-in for pillow_heif, which is not shipped."""

    def opened(file: IO[bytes], name: str | bytes) -> ImageFile.ImageFile:
        file.seek(len(HEAD))
        return Image.open(BytesIO(file.read()))

    def register_heif_opener() -> None:
        Image.register_open("HEIF", opened, lambda prefix: prefix.startswith(HEAD))

    module = ModuleType("pillow_heif")
    module.register_heif_opener = register_heif_opener  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pillow_heif", module)
    yield
    Image.OPEN.pop("HEIF", None)
    if "HEIF" in Image.ID:
        Image.ID.remove("HEIF")


@pytest.mark.usefixtures("reader")
def test_heic_is_shown_where_it_can_be_read(race: Path) -> None:
    """Although nobody has read a photo in this process before."""
    shown = Previews(race).jpeg(1)
    assert shown is not None
    with Image.open(BytesIO(shown)) as preview:
        assert (preview.format, preview.size) == ("JPEG", (64, 40))


def test_heic_that_cannot_be_read_has_no_preview(
    race: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert Previews(race).jpeg(1) is None


@pytest.mark.parametrize(
    "opens",
    [
        pytest.param(
            "from stream.photos.files import load_photo\nload_photo(file, lambda _: False)",
            id="tagging",
        ),
        pytest.param(
            "from dashboard.previews import _small\n_small(file.read_bytes(), False)", id="previews"
        ),
        pytest.param(
            "import dashboard.app\nfrom dashboard.recognition.gate import Limits\n"
            "from dashboard.recognition.picture import check_header\n"
            "check_header(file, Limits())",
            id="sent photos",
        ),
    ],
)
def test_nothing_warns_of_photos_of_large_cameras(tmp_path: Path, opens: str) -> None:
    """In a process of its own: what is set for warnings is each test's in this one."""
    Image.new("RGB", (64, 64)).save(tmp_path / "a.jpg")
    code = (
        "from pathlib import Path\nfrom PIL import Image\n"
        f"Image.MAX_IMAGE_PIXELS = 3000\nfile = Path({str(tmp_path / 'a.jpg')!r})\n{opens}"
    )
    command = [sys.executable, "-W", "always", "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert "DecompressionBombWarning" not in ended.stderr
