"""What stands along the road: barriers with banners, an arch, a marquee."""

from __future__ import annotations

import cv2
import numpy as np

from engines.simulate.backdrop import value_noise
from engines.simulate.bib import Colour
from engines.simulate.face import mixed
from engines.simulate.ground import Camera
from engines.simulate.outfit import cloth_colour
from engines.types import Image

_SPONSORS = ("FINISH", "SPRINT", "VOLT", "AQUA+", "CITY RUN", "NORDIC", "PULSE", "RADIO 7", "MILK")


def lay_furniture(picture: Image, rng: np.random.Generator, camera: Camera) -> None:
    """Draws barriers with banners and the arch over what is there."""
    _barriers(picture, rng, camera)
    _arch(picture, rng, camera)


def paint_marquee(picture: Image, rng: np.random.Generator, camera: Camera, z: float) -> None:
    """A tent beside the road at a distance, behind which runners come round the bend."""
    left, right = camera.half_road + 0.5, camera.half_road + 8.0
    wall = np.empty((90, 220, 3), np.uint8)
    wall[:] = mixed((236, 236, 232), cloth_colour(rng), 0.12)
    for x in range(0, 220, 44):
        cv2.line(wall, (x, 0), (x, 90), (196, 198, 200), 2)
    lay(picture, wall, _upright(camera, z, (left, right), (0.0, 2.5)))
    roof = np.empty((40, 220, 3), np.uint8)
    roof[:] = mixed(cloth_colour(rng), (230, 230, 230), 0.3)
    eaves = _upright(camera, z, (left - 0.3, right + 0.3), (2.4, 3.4))
    ridge = _upright(camera, z, (left + 0.8, right - 0.8), (2.4, 3.4))
    lay(picture, roof, [*ridge[:2], *eaves[2:]])


def _barriers(picture: Image, rng: np.random.Generator, camera: Camera) -> None:
    """Banners on barriers along both sides of the road."""
    words = [_SPONSORS[int(i)] for i in rng.integers(0, len(_SPONSORS), 3)]
    panels = [_panel(rng, word, cloth_colour(rng)) for word in words]
    for side in (-1, 1):
        edge = side * (camera.half_road + 0.35)
        for k in reversed(range(14)):
            near = 3.2 + 2.6 * k
            ends = (near, near + 2.5)
            # On the left the near end of a panel is its left edge, on the right its right one.
            first, second = ends if side < 0 else ends[::-1]
            spots = ((1.05, first), (1.05, second), (0.08, second), (0.08, first))
            corners = [camera.project(edge, y, z) for y, z in spots]
            lay(picture, panels[k % 3], corners)


def _arch(picture: Image, rng: np.random.Generator, camera: Camera) -> None:
    """An inflated arch across the road, well behind the line."""
    colour, z = cloth_colour(rng), camera.line_z + 17.0
    reach = camera.half_road + 0.15
    post = _panel(rng, "", colour)
    for left in (-(reach + 0.6), reach):
        lay(picture, post, _upright(camera, z, (left, left + 0.6), (0.0, 3.6)))
    beam = _panel(rng, _SPONSORS[int(rng.integers(len(_SPONSORS)))], colour)
    edges = cv2.copyMakeBorder(beam, 0, 0, 180, 180, cv2.BORDER_REPLICATE)
    wide = np.asarray(cv2.resize(edges, (900, 130)), np.uint8)
    lay(picture, wide, _upright(camera, z, (-(reach + 0.6), reach + 0.6), (3.1, 4.1)))


def _upright(
    camera: Camera, z: float, across: tuple[float, float], height: tuple[float, float]
) -> list[tuple[float, float]]:
    """Corners of an upright surface that faces the camera, clockwise from the upper left."""
    (left, right), (low, high) = across, height
    spots = ((left, high), (right, high), (right, low), (left, low))
    return [camera.project(x, y, z) for x, y in spots]


def _panel(rng: np.random.Generator, word: str, colour: Colour) -> Image:
    """A printed banner, ``[80, 200, 3]``."""
    panel = np.empty((80, 200, 3), np.uint8)
    panel[:] = colour
    ink = (245, 245, 245) if sum(colour) < 400 else (24, 30, 60)
    cv2.rectangle(panel, (0, 0), (199, 79), mixed(colour, (20, 20, 20), 0.4), 2)
    width = cv2.getTextSize(word, cv2.FONT_HERSHEY_DUPLEX, 1.2, 3)[0][0]
    at = ((200 - width) // 2, 52)
    cv2.putText(panel, word, at, cv2.FONT_HERSHEY_DUPLEX, 1.2, ink, 3, cv2.LINE_AA)
    fold = 1 + 0.12 * value_noise(rng, 80, 200, 50, 2)[..., None]
    return np.clip(panel * fold, 0, 255).astype(np.uint8)


def lay(picture: Image, panel: Image, corners: list[tuple[float, float]]) -> None:
    """Lays a flat panel into the picture; corners clockwise from its upper left."""
    quad = np.array(corners, np.float32)
    x0, y0 = np.maximum(np.floor(quad.min(axis=0)).astype(int) - 1, 0)
    x1, y1 = np.minimum(np.ceil(quad.max(axis=0)).astype(int) + 1, picture.shape[1::-1])
    if x1 <= x0 or y1 <= y0:
        return
    rows, columns = panel.shape[:2]
    source = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    warp = cv2.getPerspectiveTransform(source, quad - np.array([x0, y0], np.float32))
    size = (int(x1 - x0), int(y1 - y0))
    laid = cv2.warpPerspective(panel, warp, size, flags=cv2.INTER_AREA)
    whole = np.full((rows, columns), 255, np.uint8)
    cover = cv2.warpPerspective(whole, warp, size, flags=cv2.INTER_LINEAR)
    part = picture[y0:y1, x0:x1]
    alpha = cover[..., None].astype(np.float32) / 255
    part[:] = (part * (1 - alpha) + laid * alpha).astype(np.uint8)
