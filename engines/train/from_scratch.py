"""Trains the detector that the project ships: `python -m engines.train.from_scratch --help`.

It learns from COCO files (`--coco`), with the lines of characters that OCR found on their bibs
(`--lines`, see `number_lines`), and from simulated races (`--simulated`), beside them or instead.
"""

import argparse
from pathlib import Path

from engines.train.detector import TrainSettings, train_detector
from engines.train.number_lines import read_lines
from engines.train.pictures import read_coco
from engines.train.races import read_race
from engines.train.run import Pace


def main() -> None:
    """The command.

    Raises:
        ValueError: if there is nothing to learn from.
    """
    parser = argparse.ArgumentParser(description="train the detector")
    parser.add_argument("--coco", type=Path, nargs="*", default=[])
    parser.add_argument("--simulated", type=Path, nargs="*", default=[])
    parser.add_argument("--lines", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=3e-3, help="the highest one")
    parser.add_argument(
        "--large-share", type=float, default=0.14, help="share of the time at the size of use"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the scenes and new weights")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--start-from", type=Path, metavar="NPZ", help="weights to begin with")
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
