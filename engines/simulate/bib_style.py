"""How a race prints its bibs: fonts, colours and layout, drawn at random."""

from dataclasses import dataclass
from typing import Final, TypeVar

import cv2
import numpy as np

Colour = tuple[int, int, int]
T = TypeVar("T")

FONTS: Final[tuple[str, ...]] = (
    "font_roboto/Roboto-Black.ttf",
    "font_roboto/Roboto-Bold.ttf",
    "font_roboto/Roboto-BoldItalic.ttf",
    "font_roboto/Roboto-Medium.ttf",
    "font_roboto/Roboto-Regular.ttf",
    "font_source_sans_pro/SourceSansPro-Black.ttf",
    "font_source_sans_pro/SourceSansPro-Bold.ttf",
    "font_source_sans_pro/SourceSansPro-BlackIt.ttf",
    "font_source_sans_pro/SourceSansPro-Semibold.ttf",
    "font_source_serif_pro/SourceSerifPro-Bold.ttf",
    "font_source_serif_pro/SourceSerifPro-Black.ttf",
    "font_manrope/Manrope-ExtraBold.ttf",
    "font_manrope/Manrope-Bold.ttf",
    "font_hanken_grotesk/HankenGrotesk-Bold.otf",
    "font_fredoka_one/FredokaOne-Regular.ttf",
    "font_caladea/Caladea-Bold.ttf",
    "font_amatic_sc/AmaticSC-Bold.ttf",
)
"""`package/file` of every packaged number font; the first are drawn more often, as on real bibs."""

_EVENTS: Final = (
    "CITY MARATHON", "10 KM", "HALF MARATHON", "TRAIL RUN", "SPRING RACE", "NIGHT RUN", "5K",
    "TRIATHLON", "RIVER RUN", "CROSS COUNTRY", "WINTER CUP", "OPEN 2024", "FUN RUN", "ULTRA 50",
)  # fmt: skip
_NAMES: Final = (
    "ANNA", "LUCA", "MIA", "NOAH", "EMMA", "LEON", "SOFIA", "PAUL", "MARIE", "JONAS", "ELIF",
    "TOM", "INES", "OMAR", "YUKI", "SARA", "IVAN", "KATE", "HUGO", "LENA",
)  # fmt: skip
_PAPERS: Final[tuple[Colour, ...]] = (
    (250, 250, 248), (255, 255, 255), (238, 240, 242), (253, 236, 90), (255, 150, 60),
    (170, 215, 250), (190, 240, 170), (250, 180, 200), (235, 60, 50), (30, 60, 140),
    (20, 20, 24), (20, 120, 70),
)  # fmt: skip
_DARK_INKS: Final[tuple[Colour, ...]] = (
    (10, 10, 12), (15, 15, 20), (20, 25, 90), (160, 10, 20), (10, 70, 40), (70, 20, 90),
)  # fmt: skip
_LIGHT_INKS: Final[tuple[Colour, ...]] = ((250, 250, 250), (255, 235, 60), (240, 240, 240))


@dataclass(frozen=True)
class BibStyle:
    """How a race prints its bibs. Lengths are shares of the sheet's height unless said otherwise.

    One race uses one style (with the colours of a wave): draw it once and render every runner.
    """

    font: str
    """`package/file` of a declared package, or an absolute path."""
    aspect: float
    """Width over height; a random style's is 1.0 to 1.6."""
    paper: Colour
    ink: Colour
    number_height: float
    """Wanted height of the digits; shrunk where the text would not fit the width."""
    stretch: float
    """Horizontal stretch of the digits: below 1 condensed."""
    number_shift: float
    """Offset of the number's centre from the middle of the free band."""
    outline: Colour | None
    top_band: float
    """Height of the sponsor band, 0 for none."""
    top_colour: Colour
    bottom_band: float
    bottom_colour: Colour
    event: str
    name: str
    """A first name under the number, empty for none."""
    logos: int
    """Number of sponsor shapes in the bands, 0 to 5."""
    border: float
    """Width of a coloured frame, 0 for none."""
    pins: bool
    chip: bool
    """A timing chip's dark bar near the lower edge."""
    gradient: float
    """Strength of a colour gradient across the paper, 0 to 1."""
    folds: float
    """Strength of the folds' shading, 0 (flat) to 1."""
    pictures: tuple[str, ...] = ()
    """Absolute paths of logos, printed side by side in one band."""
    pictures_above: bool = False
    """Whether that is the top band; the event's title then stands in the other."""


def random_style(rng: np.random.Generator) -> BibStyle:
    """Draws a style: mostly white paper with dark digits, as most races print."""
    n = len(FONTS)
    weights = np.linspace(2.0, 0.6, n)
    font = FONTS[int(rng.choice(n, p=weights / weights.sum()))]
    paper = _PAPERS[int(rng.integers(2))] if rng.random() < 0.6 else _pick(rng, _PAPERS)
    dark_paper = luminance(paper) < 110
    ink = _pick(rng, _LIGHT_INKS) if dark_paper else _pick(rng, _DARK_INKS)
    if not dark_paper and rng.random() < 0.4:
        ink = _DARK_INKS[0]
    has_outline = rng.random() < 0.1
    return BibStyle(
        font=font,
        aspect=float(rng.uniform(1.0, 1.6)),
        paper=paper,
        ink=ink,
        number_height=float(rng.uniform(0.3, 0.62)),
        stretch=float(rng.uniform(0.7, 1.1)),
        number_shift=float(rng.uniform(-0.05, 0.05)),
        outline=random_colour(rng) if has_outline else None,
        top_band=float(rng.uniform(0.1, 0.28)) if rng.random() < 0.75 else 0.0,
        top_colour=paper if rng.random() < 0.3 else random_colour(rng),
        bottom_band=float(rng.uniform(0.06, 0.24)) if rng.random() < 0.65 else 0.0,
        bottom_colour=paper if rng.random() < 0.3 else random_colour(rng),
        event=_pick(rng, _EVENTS) if rng.random() < 0.75 else "",
        name=_pick(rng, _NAMES) if rng.random() < 0.25 else "",
        logos=int(rng.integers(0, 6)),
        border=float(rng.uniform(0.01, 0.04)) if rng.random() < 0.2 else 0.0,
        pins=bool(rng.random() < 0.6),
        chip=bool(rng.random() < 0.15),
        gradient=float(rng.uniform(0.2, 0.9)) if rng.random() < 0.15 else 0.0,
        folds=float(rng.uniform(0.0, 1.0)),
    )


def _pick(rng: np.random.Generator, choices: tuple[T, ...]) -> T:
    return choices[int(rng.integers(len(choices)))]


def random_colour(rng: np.random.Generator) -> Colour:
    """A saturated print colour."""
    hsv = np.array([[[rng.integers(180), rng.integers(90, 256), rng.integers(60, 256)]]], np.uint8)
    red, green, blue = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0].tolist()
    return (red, green, blue)


def luminance(colour: Colour) -> float:
    """Brightness as the eye sees it, 0..255 (ITU-R BT.601 weights)."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
