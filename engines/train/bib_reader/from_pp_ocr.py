"""Trains PP-OCR's recognition network on with drawn bibs and photographs:
`python -m engines.train.bib_reader.from_pp_ocr --help`.

The texts of photographs are not known. What PP-OCR reads on a part of one is shown to the network
small and blurred, which comes nearer to that reading (Hinton et al. 2015). The mean of the weights
learnt and of those that it began with reads more than either (Wortsman et al. 2022); what share
each should have is told by photographed lines that were not learnt from.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from engines import reader
from engines.ctc import greedy
from engines.evaluate.labels import table
from engines.load import EngineSettings, load_detector
from engines.looking import widened
from engines.models import DETECTOR, PP_OCR, DetectorManifest, ReaderManifest, read_manifest, stamp
from engines.picture import RgbPicture
from engines.train.bib_reader.crops import make_crop
from engines.train.bib_reader.fonts import bib_fonts
from engines.train.bib_reader.photographs import is_held_out, read_photographs
from engines.train.bib_reader.pp_ocr import PpOcrNetwork
from engines.train.bib_reader.real import lines_of_ocr
from engines.train.bib_reader.stock import (
    NO_PHOTOGRAPHS,
    NOISE_PX,
    CropStock,
    NumberLine,
    Photographs,
    Pixels,
)
from engines.train.bib_reader.training import (
    PP_OCR_KEEP,
    PP_OCR_MIX,
    ReaderSettings,
    batch_of,
    mixed,
    train_reader,
)
from engines.train.light import NoiseBank
from engines.train.run import CHECKPOINT, Pace, pace_parser
from engines.types import View

SHARES: Final = (0.0, 0.3, 0.5, 0.65, 0.8, 1.0)

_SEED: Final = 999
"""Of the drawn crops that nothing learns from."""

_N_CROPS: Final = 1000
_SPOILT: Final = 6
"""How often each photographed line is seen from afar."""

_BATCH: Final = 32
_NAME: Final = "PP-OCRv6 recognition, small, trained on with bibs"

Shown = tuple[Pixels, str]
"""A crop and its text."""


def shown_lines(lines: Sequence[NumberLine]) -> list[Shown]:
    """Photographed lines as a race shows them to its reader, tight and wide."""
    return [
        (RgbPicture(line.levels[0]).crop(widened(line.box, view)), line.text)
        for view in View
        for line in lines
    ]


def spoilt_lines(lines: Sequence[NumberLine]) -> list[Shown]:
    """Photographed lines as farther and worse cameras show them, each a few times."""
    rng = np.random.default_rng(_SEED)
    stock = CropStock((), tuple(lines), NoiseBank.of(rng, NOISE_PX))
    mix = replace(PP_OCR_MIX, real_share=1.0, stroke_share=0.0, heights_px=(9.0, 30.0))
    return [make_crop(stock, mix, rng) for _ in range(_SPOILT * len(lines))]


def drawn_crops(fonts: Sequence[str], n: int) -> list[Shown]:
    """Crops as they are learnt from, of sheets that are not and without photographed clothes."""
    rng = np.random.default_rng(_SEED)
    letter_share = PP_OCR_MIX.letter_share
    stock = CropStock.of(rng, max(n // 4, 1), [], fonts, letter_share=letter_share)
    return [make_crop(stock, PP_OCR_MIX, rng) for _ in range(n)]


def n_right(network: PpOcrNetwork, crops: Sequence[Shown]) -> int:
    """How many crops a network reads whole."""
    return sum(text == wanted for text, wanted in _read(network, crops))


@torch.inference_mode()
def _read(network: PpOcrNetwork, crops: Sequence[Shown]) -> Iterator[tuple[str, str]]:
    ordered = sorted(crops, key=lambda shown: network.input.own_width(shown[0]))
    for start in range(0, len(ordered), _BATCH):
        some = ordered[start : start + _BATCH]
        for log_probs, (_, text) in zip(
            network(batch_of(some, network.input).images).numpy(), some, strict=True
        ):
            yield greedy(log_probs)[0], text


def told_shares(
    first: PpOcrNetwork, learnt: PpOcrNetwork, sets: Mapping[str, Sequence[Shown]]
) -> str:
    """How many crops of each set are read whole, by the share of the first weights."""
    rows = []
    for share in SHARES:
        network = mixed(first, learnt, share)
        right = [f"{n_right(network, crops)} of {len(crops)}" for crops in sets.values()]
        rows.append([f"{share:g}", *right])
    return table(["share of the first weights", *sets], rows)


def _photographs(coco: Path, threads: int) -> Photographs:
    detector = load_detector(EngineSettings(threads=threads, detector=DETECTOR))
    try:
        torso_size = read_manifest(DetectorManifest, DETECTOR).torso_size
        return read_photographs(coco, detector, torso_size, np.random.default_rng(_SEED))
    finally:
        detector.close()


def main() -> None:
    """The command."""
    parser = pace_parser("train PP-OCR's recognition on with bibs", learning_rate=3e-4)
    parser.add_argument("--drawn", type=int, default=9000, help="sheets drawn before the run")
    parser.add_argument(
        "--fonts", type=Path, nargs="*", default=[], metavar="DIR", help="draw with these as well"
    )
    parser.add_argument(
        "--keep",
        type=float,
        default=PP_OCR_KEEP,
        help="share of the first weights in the result, 0..1",
    )
    parser.add_argument(
        "--coco", type=Path, help="photographs to learn from; one in five compares shares"
    )
    parser.add_argument(
        "--lines", type=Path, help="texts of their lines, see engines.train.number_lines"
    )
    given = parser.parse_args()
    if (given.coco is None) != (given.lines is None):
        parser.error("--coco and --lines belong together")
    first = given.start_from or PP_OCR.find()
    if first.suffix != ".onnx":
        parser.error(f"--start-from {first}: name PP-OCR's network or one made of it, an ONNX file")
    fonts = bib_fonts(given.fonts)
    photographs = NO_PHOTOGRAPHS
    if given.coco is not None:
        photographs = _photographs(given.coco, given.threads)
    settings = ReaderSettings(
        Pace(given.out, given.minutes, given.learning_rate, weight_decay=0.01),
        resume=given.resume,
        start_from=first,
        keep=given.keep,
        mix=PP_OCR_MIX,
        n_drawn=given.drawn,
        fonts=fonts,
        photographs=photographs,
        threads=given.threads,
        seed=given.seed,
    )
    file = train_reader(settings, [])
    stamp(file, ReaderManifest(name=_NAME, height=reader.HEIGHT))
    print(file)
    begun, learnt = PpOcrNetwork.of(first), PpOcrNetwork.of(first)
    learnt.load_state_dict(torch.load(given.out / CHECKPOINT, weights_only=True)["average"])
    sets = {"drawn": drawn_crops(fonts, _N_CROPS)}
    if given.coco is not None:
        lines = lines_of_ocr(given.coco, given.lines, is_held_out)
        sets |= {"photographed": shown_lines(lines), "from afar": spoilt_lines(lines)}
    print(told_shares(begun, learnt, sets))


if __name__ == "__main__":
    main()
