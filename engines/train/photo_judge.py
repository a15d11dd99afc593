"""Fits the weights of `engines.photo_judge` on simulated races:
`python -m engines.train.photo_judge RACE...`.

Frames of the films are tagged like photos. A line is an example where it lies on a bib, right
where its likeliest text is that runner's whole bib; a race's frames share their patterns. The
races are not those that anything is measured on (`finishline evaluate races`).
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from engines.boxes import holds
from engines.consensus import likeliest_bib, mean_probability
from engines.errors import LabelError
from engines.load import EngineSettings, load_photo_tagger
from engines.photo import PhotoTagger, patterns_of
from engines.photo_judge import Evidence, Judge, PhotoLine, evidence_of
from engines.picture import RgbPicture
from engines.train.races import FILM, TRUTH
from engines.types import Box

PENALTY: Final = 1.0
"""Of squared weights: keeps the weight of what is seldom seen small."""

LEAST: Final = 0.02
"""Texts less probable than this by the readings are no example: nobody would tag them."""

Worn = Mapping[int, Sequence[tuple[str, Box]]]
"""By frame: bibs and their boxes, pixels."""


def examples(folder: Path, tagger: PhotoTagger, every: int) -> list[tuple[Evidence, bool]]:
    """What speaks for every line of every `every`-th frame of a race, and whether it was right.

    Raises:
        LabelError: the folder is no simulated race.
    """
    read = list(_read(folder, tagger, every))
    patterns = patterns_of([lines for lines, _ in read])
    found = []
    for lines, worn in read:
        for line in lines:
            text, probability = likeliest_bib(mean_probability(line.readings), patterns)
            bibs = [bib for bib, box in worn if holds(box, line.number)]
            if bibs and text and probability >= LEAST:
                found.append((evidence_of(line, text, probability), text in bibs))
    return found


def fitted(known: Sequence[tuple[Evidence, bool]]) -> Judge:
    """The weights under which `known` is likeliest: logistic regression by Newton's method.

    Raises:
        LabelError: no line was right, or none wrong.
    """
    if len({is_right for _, is_right in known}) < 2:
        raise LabelError("to judge readings takes right ones and wrong ones: give more races")
    rows = np.array([[*evidence.row(), 1.0] for evidence, _ in known])
    right = np.array([float(is_right) for _, is_right in known])
    weights = np.zeros(rows.shape[1])
    penalty = np.full(len(weights), PENALTY)
    penalty[-1] = 0.0
    for _ in range(50):
        said = 1 / (1 + np.exp(-(rows @ weights)))
        slope = rows.T @ (said - right) + penalty * weights
        curve = (rows * (said * (1 - said))[:, None]).T @ rows + np.diag(penalty + 1e-9)
        weights -= np.linalg.solve(curve, slope)
    values = [round(float(w), 2) for w in weights]
    return Judge(Evidence(*values[:-1]), values[-1])


def _read(
    folder: Path, tagger: PhotoTagger, every: int
) -> Iterator[tuple[tuple[PhotoLine, ...], Sequence[tuple[str, Box]]]]:
    film, truth = folder / FILM, folder / TRUTH
    if not film.is_file() or not truth.is_file():
        raise LabelError(f"{folder} is no simulated race: it needs {FILM} and {TRUTH}")
    worn = _worn(json.loads(truth.read_text(encoding="utf-8")))
    with av.open(str(film)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % every == 0 and number in worn:
                image: NDArray[np.uint8] = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                yield tagger.tag(RgbPicture(image)).lines, worn[number]


def _worn(truth: Mapping[str, Sequence[Mapping[str, Sequence[Sequence[float]]]]]) -> Worn:
    worn: dict[int, list[tuple[str, Box]]] = {}
    for runner in truth["runners"]:
        for row in runner["boxes"]:
            if row[5] is not None:
                box = (row[5], row[6], row[7], row[8])
                worn.setdefault(int(row[0]), []).append((str(runner["bib"]), box))
    return worn


def main() -> None:
    """Fits and prints what belongs into `engines.photo_judge`."""
    parser = argparse.ArgumentParser(description="fit how far photos' readings are believed")
    parser.add_argument("races", nargs="+", type=Path, metavar="RACE", help="simulated races")
    parser.add_argument("--every", type=int, default=20, help="frames; default: 20")
    given = parser.parse_args()
    if given.every < 1:
        parser.error("--every takes 1 or more")
    tagger = load_photo_tagger(EngineSettings())
    known: list[tuple[Evidence, bool]] = []
    try:
        for folder in given.races:
            known += examples(folder, tagger, given.every)
            right = sum(is_right for _, is_right in known)
            print(f"{folder}: {len(known)} lines so far, {right} right", file=sys.stderr)
    finally:
        tagger.close()
    print(f"JUDGE: Final = {fitted(known)!r}")


if __name__ == "__main__":
    main()
