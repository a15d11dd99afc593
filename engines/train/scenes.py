"""Makes training scenes without end: pictures placed, composed, given bibs and relit."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.simulate.race_bibs import RaceBibs
from engines.train.clutter import background, clutter
from engines.train.light import NoiseBank, relight
from engines.train.pictures import Labels, TrainingPicture
from engines.train.place import choose_placement, clip_labels, warp
from engines.train.shirts import print_shirts
from engines.train.sprites import Sprite, cut_out, paste
from engines.train.worn_bibs import DrawnBib, draw_stock, wear

_CUT_OUT_SHARE = 0.12
"""How often a cut-out on its white ground is used as a scene by itself."""

_TILE_PX = (105, 80)
"""Width and height of the smallest tile of a patchwork."""


@dataclass(frozen=True)
class SceneMix:
    """How scenes are made; shares are probabilities 0..1."""

    mosaic_share: float = 0.7
    """How often a scene is a patchwork of two pictures or more."""
    sprite_share: float = 0.2
    bib_share: float = 0.4
    clutter_share: float = 0.4
    """How often posts, boards, cars, fences and the like are put into a scene."""
    ground_share: float = 0.6
    """How often a background is seen where no picture reaches; letterboxed frames have black."""
    person_heights: tuple[float, float] = (0.05, 1.6)
    """Least and greatest height of the chosen person over the canvas' height."""
    print_share: float = 0.15
    """How often a chest without a bib has a number or a word printed on its shirt."""


@dataclass(frozen=True)
class Stock:
    """Everything that scenes are made of, prepared once."""

    scenes: tuple[TrainingPicture, ...]
    cut_outs: tuple[TrainingPicture, ...]
    sprites: tuple[Sprite, ...]
    bibs: tuple[DrawnBib, ...]
    noise: NoiseBank

    @classmethod
    def of(
        cls,
        pictures: Sequence[TrainingPicture],
        seed: int,
        n_bibs: int = 1500,
        race: RaceBibs | None = None,
    ) -> "Stock":
        """Sorts the pictures into scenes and cut-outs and draws the bibs, half of them `race`'s."""
        if not pictures:
            raise ValueError("training needs at least one picture")
        rng = np.random.default_rng(seed)
        sprites = [cut_out(picture) for picture in pictures]
        pairs = list(zip(pictures, sprites, strict=True))
        scenes = tuple(p for p, s in pairs if s is None)
        cut_outs = tuple(p for p, s in pairs if s is not None)
        return cls(
            scenes or cut_outs,
            cut_outs,
            tuple(s for s in sprites if s is not None),
            draw_stock(rng, n_bibs, race=race),
            NoiseBank.of(rng),
        )

    def draw(self, rng: np.random.Generator) -> TrainingPicture:
        """A picture at random."""
        source = self.scenes
        if self.cut_outs and rng.random() < _CUT_OUT_SHARE:
            source = self.cut_outs
        first, second = (source[int(i)] for i in rng.integers(len(source), size=2))
        # Crowds have most of the small runners, and single runners are most of the pictures.
        crowded = len(second.labels.kinds) > len(first.labels.kinds)
        return second if crowded and rng.random() < 0.7 else first


def make_scene(
    stock: Stock, width: int, height: int, mix: SceneMix, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], Labels]:
    """One training scene: uint8 RGB [height, width, 3] and its boxes in pixels."""
    canvas = _ground(stock, width, height, mix, rng)
    labels = Labels.of([])
    low, high = (share * height for share in mix.person_heights)
    mosaic = rng.random() < mix.mosaic_share
    for region in _regions(width, height, rng) if mosaic else [(0, 0, width, height)]:
        picture = stock.draw(rng)
        tall = region[3] - region[1]
        heights = (low, min(high, 1.2 * tall)) if mosaic else (1.5 * low, high)
        placement = choose_placement(picture, region, heights, rng)
        warp(picture, placement, region, canvas)
        own = picture.labels
        placed = Labels(placement.boxes(own.boxes), own.kinds, own.ignored)
        labels = labels.plus(clip_labels(placed, region))
    if rng.random() < mix.clutter_share:
        labels = clutter(canvas, labels, stock.draw(rng), rng)
    if stock.sprites and rng.random() < mix.sprite_share:
        for _ in range(int(rng.integers(1, 4))):
            sprite = stock.sprites[int(rng.integers(len(stock.sprites)))]
            person_px = float(np.exp(rng.uniform(np.log(1.3 * low), np.log(0.9 * high))))
            labels = paste(canvas, labels, sprite, person_px, rng)
    # First, so that a bib may hang over the print as it does on runners.
    print_shirts(canvas, labels, rng, mix.print_share)
    labels = wear(canvas, labels, stock.bibs, rng, mix.bib_share)
    labels = clip_labels(labels, (0, 0, width, height))
    return relight(canvas, rng, stock.noise), labels


def _ground(
    stock: Stock, width: int, height: int, mix: SceneMix, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """What is seen where no picture reaches: black, or a piece of a background."""
    piece = None
    if rng.random() < mix.ground_share:
        piece = background(stock.draw(rng), rng)
    if piece is None:
        return np.zeros((height, width, 3), np.uint8)
    return np.asarray(cv2.resize(piece, (width, height)), np.uint8)


def _regions(width: int, height: int, rng: np.random.Generator) -> list[tuple[int, int, int, int]]:
    """Tiles that cover the canvas: two or more columns, each at least about 100 pixels wide.

    Small tiles are where the small runners of the background come from.
    """
    n_columns = int(rng.integers(2, max(2, round(width / _TILE_PX[0])) + 1))
    n_rows = int(rng.integers(1, max(1, round(height / _TILE_PX[1])) + 1))
    xs = _cuts(width, n_columns, rng)
    ys = _cuts(height, n_rows, rng)
    return [(x0, y0, x1, y1) for y0, y1 in pairwise(ys) for x0, x1 in pairwise(xs)]


def _cuts(length: int, n: int, rng: np.random.Generator) -> list[int]:
    """Cuts a length into `n` parts, each within a third of an even one."""
    even = length / n
    inner = [round(even * (i + rng.uniform(-0.3, 0.3))) for i in range(1, n)]
    return [0, *inner, length]
