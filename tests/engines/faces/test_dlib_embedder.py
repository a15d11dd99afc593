"""dlib's templates, with the real networks where the extra is installed."""

import dataclasses
import importlib
import importlib.util
from collections.abc import Iterator
from types import ModuleType

import cv2
import numpy as np
import pytest

from engines.errors import InferenceError, MissingPackageError, ModelFileError
from engines.faces import dlib_embedder
from engines.faces.dlib_embedder import SIDE, DlibEmbedder, enlarged, face_points, square
from engines.faces.port import FaceCrop
from engines.simulate.face import FACE_SHARE, FaceStyle, draw_face
from engines.types import Image

INSTALLED = all(importlib.util.find_spec(name) for name in ("dlib", "face_recognition_models"))
needs_dlib = pytest.mark.skipif(not INSTALLED, reason="the extra 'faces' is not installed")

FAIR = FaceStyle((238, 196, 168), (150, 112, 68), 0.2, 0.0, None, None, 0.3, 1.0, 1.0, 1.0, 0.1,
                 (180, 90, 90))  # fmt: skip
DARK = FaceStyle((104, 68, 48), (32, 26, 24), 0.15, 0.9, None, None, 0.0, 1.06, 1.1, 0.9, 0.6,
                 (120, 60, 60))  # fmt: skip


def drawn(style: FaceStyle, seed: int = 1, scale: float = 1.0) -> FaceCrop:
    """A drawn head on a grey ground, its face marked."""
    texture = draw_face(style, np.random.default_rng(seed))
    height, width = texture.shape[:2]
    image: Image = np.full((2 * height, 2 * width, 3), 120, np.uint8)
    top, left = height // 2, width // 2
    image[top : top + height, left : left + width] = texture
    image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale), np.uint8)
    shares = np.array(FACE_SHARE) * [width, height, width, height] + [left, top, left, top]
    x0, y0, x1, y1 = (shares * scale).tolist()
    return FaceCrop(image, (x0, y0, x1, y1))


@pytest.fixture(scope="module")
def embedder() -> Iterator[DlibEmbedder]:
    loaded = DlibEmbedder()
    yield loaded
    loaded.close()


@pytest.mark.parametrize("size", [(20, 45), (300, 147)])
def test_a_face_is_brought_to_the_size_of_the_network(size: tuple[int, int]) -> None:
    width, height = size
    face = FaceCrop(np.zeros((2 * height, 2 * width, 3), np.uint8), (5, 6, 5 + width, 6 + height))
    image, (x0, y0, x1, y1), scale = enlarged(face)
    assert (x1 - x0) * (y1 - y0) == pytest.approx(SIDE**2)
    assert scale == pytest.approx(SIDE / np.sqrt(width * height))
    assert image.shape[:2] == (round(2 * height * scale), round(2 * width * scale))
    assert (x0, y0) == pytest.approx((5 * scale, 6 * scale))


def test_where_the_points_are_looked_for() -> None:
    assert square((100, 100, 200, 200)) == pytest.approx((150, 154, 47.5))


def test_dlibs_points_as_eyes_and_nose() -> None:
    corners = np.array([[90.0, 40], [70, 42], [10, 40], [30, 42], [50, 70]])
    seen = face_points(corners)
    assert (seen.left_eye, seen.right_eye, seen.nose) == ((20, 41), (80, 41), (50, 70))
    assert seen.could_be_a_face()


@pytest.mark.parametrize("missing", ["dlib", "face_recognition_models"])
def test_a_missing_package_is_named_with_its_mend(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str, package: str | None = None) -> ModuleType:
        if name == missing:
            raise ModuleNotFoundError(name=name)
        return ModuleType(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match=r"pip install 'finishline\[faces\]'") as told:
        DlibEmbedder()
    assert told.value.package == missing


@needs_dlib
def test_another_network_in_the_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    other = dataclasses.replace(dlib_embedder.NETWORK, sha256="0" * 64)
    monkeypatch.setattr(dlib_embedder, "NETWORK", other)
    with pytest.raises(ModelFileError, match="not the one described"):
        DlibEmbedder()


@needs_dlib
def test_one_face_is_more_like_itself_than_like_another(embedder: DlibEmbedder) -> None:
    fair, again, dark = embedder.embed([drawn(FAIR), drawn(FAIR, 2, 0.6), drawn(DARK)])
    assert fair is not None
    assert again is not None
    assert dark is not None
    assert fair.vector.shape == (128,)
    assert fair.vector.dtype == np.float32
    assert fair.likeness(again) > fair.likeness(dark) + 0.02


@needs_dlib
def test_a_smaller_face_is_worth_less(embedder: DlibEmbedder) -> None:
    large, small = embedder.embed([drawn(FAIR), drawn(FAIR, 1, 0.25)])
    assert large is not None
    assert small is not None
    assert small.quality < large.quality


@needs_dlib
def test_a_batch_is_its_faces_one_by_one(embedder: DlibEmbedder) -> None:
    faces = [drawn(FAIR), drawn(DARK, 3)]
    together = embedder.embed(faces)
    for face, template in zip(faces, together, strict=True):
        [alone] = embedder.embed([face])
        assert alone is not None
        assert template is not None
        assert alone.vector == pytest.approx(template.vector, abs=1e-5)
    assert embedder.embed([]) == []


@needs_dlib
def test_a_closed_embedder_says_so() -> None:
    closed = DlibEmbedder()
    closed.close()
    closed.close()
    with pytest.raises(InferenceError, match="closed"):
        closed.embed([drawn(FAIR)])
