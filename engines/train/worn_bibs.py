"""Puts drawn bibs on the chests of photographed persons; gives exact bib and number boxes."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.simulate.bib import BibSheet, render_bib
from engines.simulate.race_bibs import RaceBibs
from engines.train.pictures import Labels, shrinking_levels
from engines.types import Kind


@dataclass(frozen=True)
class DrawnBib:
    """A sheet at several sizes, RGBA, with its number's box in pixels of the largest."""

    levels: tuple[NDArray[np.uint8], ...]
    number_xyxy: tuple[float, float, float, float]

    @classmethod
    def of(cls, sheet: BibSheet) -> "DrawnBib":
        """Shrinks the sheet four times by half."""
        return cls(shrinking_levels(sheet.image, 5), sheet.number_xyxy)


def draw_stock(
    rng: np.random.Generator, n: int, height_px: int = 144, race: RaceBibs | None = None
) -> tuple[DrawnBib, ...]:
    """`n` bibs of all lengths; three and four characters are the most frequent.

    Every other one is of `race` where there is one: the network is to know these bibs, and not to
    forget that the runner beside may still wear last year's.
    """
    stock = []
    for place in range(n):
        if race is not None and place % 2:
            sheet = render_bib(race.text(rng), rng, height_px, race.style(rng))
            stock.append(DrawnBib.of(sheet))
            continue
        length = int(rng.choice([1, 2, 3, 4, 5], p=[0.05, 0.13, 0.34, 0.34, 0.14]))
        text = "".join(str(d) for d in rng.integers(0, 10, length))
        if rng.random() < 0.06:
            text = str(rng.choice(list("ABCDEFGKMSTW"))) + text[:4]
        stock.append(DrawnBib.of(render_bib(text, rng, height_px)))
    return tuple(stock)


def chests(labels: Labels, rng: np.random.Generator) -> NDArray[np.float32]:
    """Where a bib could be worn: float32 [M, 3] of centre x, y and bib height in pixels.

    From the face where there is one (a bib is about as wide as two faces and hangs two below
    it), else from the upper part of the person's box.
    """
    counted = ~labels.ignored
    faces = labels.boxes[counted & (labels.kinds == Kind.FACE)]
    places = []
    for box in labels.boxes[counted & (labels.kinds == Kind.PERSON)]:
        width, height = box[2] - box[0], box[3] - box[1]
        if height < 24:
            continue
        middle = (faces[:, :2] + faces[:, 2:]) / 2 if len(faces) else np.zeros((0, 2), np.float32)
        own = (middle[:, 0] > box[0]) & (middle[:, 0] < box[2]) if len(faces) else None
        if own is not None and own.any():
            at = middle[own]
            own_faces = faces[own]
            top = (at[:, 1] > box[1]) & (at[:, 1] < box[1] + 0.35 * height)
            if top.any():
                face = own_faces[top][0]
                side = float(np.sqrt((face[2] - face[0]) * (face[3] - face[1])))
                y = face[3] + side * rng.uniform(1.3, 2.7)
                x = (face[0] + face[2]) / 2 + side * rng.normal(0, 0.3)
                places.append((x, y, side * rng.uniform(1.05, 1.9)))
                continue
        size = min(0.16 * height, 0.5 * width) * rng.uniform(0.7, 1.25)
        places.append(
            ((box[0] + box[2]) / 2 + width * rng.normal(0, 0.05),
             box[1] + height * rng.uniform(0.3, 0.46), size)
        )  # fmt: skip
    return np.array(places, np.float32).reshape(-1, 3)


def wear(
    canvas: NDArray[np.uint8], labels: Labels, stock: tuple[DrawnBib, ...],
    rng: np.random.Generator, share: float,
) -> Labels:  # fmt: skip
    """Draws bibs on bare chests and over real bibs; changes `canvas`, returns all boxes.

    A chest with a counted bib gets no second one, one where nobody knows (an ignored box) may;
    a real bib is covered in `share` / 2 of the cases, which makes its unknown line of characters
    a known one.
    """
    bib_rows = labels.kinds == Kind.BIB
    bibs = labels.boxes[bib_rows & ~labels.ignored]
    keep = np.ones(len(labels.kinds), bool)
    added: list[tuple[float, float, float, float, int, bool]] = []
    for x, y, size in chests(labels, rng):
        if rng.random() > share:
            continue
        near = (bibs[:, 0] - size < x) & (x < bibs[:, 2] + size)
        near &= (bibs[:, 1] - size < y) & (y < bibs[:, 3] + size)
        if not near.any():
            added += _draw(canvas, (x, y), size, stock, rng)
    for row in (bib_rows & ~labels.ignored).nonzero()[0]:
        box = labels.boxes[row]
        width, height = box[2] - box[0], box[3] - box[1]
        if rng.random() > share / 2 or min(width, height) < 5:
            continue
        middle = (box[:2] + box[2:]) / 2
        rows = _draw(
            canvas, (middle[0], middle[1]), 1.1 * height, stock, rng, width=1.1 * width, turn=0.05
        )
        if rows:
            added += rows
            keep[row] = False
            inside = (labels.boxes[:, :2] + labels.boxes[:, 2:]) / 2
            own = (np.abs(inside - middle) < [width / 2, height / 2]).all(1)
            keep[own & (labels.kinds == Kind.NUMBER)] = False
    kept = Labels(labels.boxes[keep], labels.kinds[keep], labels.ignored[keep])
    return kept.plus(Labels.of(added))


def _draw(
    canvas: NDArray[np.uint8], at: tuple[float, float], height: float,
    stock: tuple[DrawnBib, ...], rng: np.random.Generator,
    width: float | None = None, turn: float = 0.14,
) -> list[tuple[float, float, float, float, int, bool]]:  # fmt: skip
    """Warps one sheet onto the canvas; returns its bib and number rows (none if off canvas)."""
    bib = stock[int(rng.integers(len(stock)))]
    full = bib.levels[0]
    wide = width if width is not None else height * full.shape[1] / full.shape[0]
    level = 0
    while level + 1 < len(bib.levels) and bib.levels[level + 1].shape[0] >= height:
        level += 1
    source = bib.levels[level]
    angle = rng.normal(0, turn)
    axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [wide / 2, height / 2]
    corners = corners + rng.normal(0, 0.04, (4, 2)) * height
    quad = (corners @ axes.T + at).astype(np.float32)
    low = np.floor(quad.min(0)).astype(int) - 1
    high = np.ceil(quad.max(0)).astype(int) + 1
    low_in = np.maximum(low, 0)
    high_in = np.minimum(high, [canvas.shape[1], canvas.shape[0]])
    if (high_in - low_in < 3).any():
        return []
    h, w = source.shape[:2]
    flat = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    to_canvas = cv2.getPerspectiveTransform(flat, quad)
    shift = np.array([[1, 0, -low_in[0]], [0, 1, -low_in[1]], [0, 0, 1]], np.float64)
    size = (int(high_in[0] - low_in[0]), int(high_in[1] - low_in[1]))
    patch = cv2.warpPerspective(source, shift @ to_canvas, size, flags=cv2.INTER_LINEAR)
    under = canvas[low_in[1] : high_in[1], low_in[0] : high_in[0]]
    _blend(under, np.asarray(patch, np.uint8), rng)
    scale = source.shape[0] / full.shape[0]
    x0, y0, x1, y1 = (v * scale for v in bib.number_xyxy)
    line = np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]], np.float32)
    line = cv2.perspectiveTransform(line, to_canvas)[0]
    return [
        (*quad.min(0).tolist(), *quad.max(0).tolist(), int(Kind.BIB), False),
        (*line.min(0).tolist(), *line.max(0).tolist(), int(Kind.NUMBER), False),
    ]


def _blend(under: NDArray[np.uint8], patch: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """Lays the patch over the canvas in the light of the place: darker on a dark chest."""
    alpha = patch[..., 3:].astype(np.float32) / 255
    light = 0.55 + 0.45 * float(under.mean()) / 128
    light = min(light, 1.0) * float(rng.uniform(0.65, 1.05))
    mixed = under * (1 - alpha) + patch[..., :3] * (alpha * light)
    np.copyto(under, np.clip(mixed, 0, 255).astype(np.uint8))
