"""Trains the detector that the project ships: `python -m engines.train.from_scratch --help`.

It learns from COCO files (`--coco`), with the lines of characters that OCR found on their bibs
(`--lines`, see `number_lines`), and from simulated races (`--simulated`), beside them or instead.
"""

from pathlib import Path

from engines.train.detector import TrainSettings, train_detector
from engines.train.number_lines import read_lines
from engines.train.pictures import read_coco
from engines.train.races import read_race
from engines.train.run import Pace, pace_parser


def main() -> None:
    """The command.

    Raises:
        ValueError: if there is nothing to learn from.
    """
    parser = pace_parser("train the detector", learning_rate=3e-3)
    parser.add_argument("--coco", type=Path, nargs="*", default=[])
    parser.add_argument("--simulated", type=Path, nargs="*", default=[])
    parser.add_argument("--lines", type=Path, nargs="*", default=[])
    parser.add_argument(
        "--large-share", type=float, default=0.14, help="share of the time at the size of use"
    )
    given = parser.parse_args()
    lines = read_lines(given.lines)
    pictures = [picture for path in given.coco for picture in read_coco(path, lines)]
    pictures += [picture for folder in given.simulated for picture in read_race(folder)]
    settings = TrainSettings(
        Pace(given.out, given.minutes, given.learning_rate),
        threads=given.threads,
        large_share=given.large_share,
        seed=given.seed,
        resume=given.resume,
        start_from=given.start_from,
    )
    print(train_detector(settings, pictures))


if __name__ == "__main__":
    main()
