"""Trains the bib reader that the project ships:
`python -m engines.train.bib_reader.from_scratch --help`.

Most crops are drawn; `--coco` and `--lines` add photographed ones whose text an OCR engine was sure
of (see `engines.train.number_lines`).
"""

from pathlib import Path

from engines.train.bib_reader.fonts import bib_fonts
from engines.train.bib_reader.network import ReaderSize
from engines.train.bib_reader.real import lines_of_ocr
from engines.train.bib_reader.training import ReaderSettings, train_reader
from engines.train.run import Pace, pace_parser


def main() -> None:
    """The command."""
    parser = pace_parser("train the bib reader", learning_rate=2e-3)
    parser.add_argument("--coco", type=Path, nargs="*", default=[])
    parser.add_argument("--lines", type=Path, nargs="*", default=[], help="one for each of --coco")
    parser.add_argument("--drawn", type=int, default=8000, help="sheets drawn before the run")
    parser.add_argument(
        "--fonts", type=Path, nargs="*", default=[], metavar="DIR", help="draw with these as well"
    )
    parser.add_argument(
        "--widths", type=int, nargs=4, default=ReaderSize().widths, help="channels of the network"
    )
    given = parser.parse_args()
    if len(given.coco) != len(given.lines):
        parser.error("give one --lines file for each --coco file")
    pairs = zip(given.coco, given.lines, strict=True)
    real = [line for coco, lines in pairs for line in lines_of_ocr(coco, lines)]
    settings = ReaderSettings(
        Pace(given.out, given.minutes, given.learning_rate),
        resume=given.resume,
        start_from=given.start_from,
        n_drawn=given.drawn,
        fonts=bib_fonts(given.fonts),
        network=ReaderSize(tuple(given.widths)),
        threads=given.threads,
        seed=given.seed,
    )
    print(train_reader(settings, real))


if __name__ == "__main__":
    main()
