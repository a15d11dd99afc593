"""Fits the weights of `engines.photo_judge` on simulated races:
`python -m engines.train.photo_judge RACE...`.

Frames of the films are tagged like photos. A line is an example where it lies on a bib, right
where its likeliest text is that runner's whole bib. The races are not those that anything is
measured on (`finishline evaluate races`).
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
from engines.consensus import likeliest_bib
from engines.errors import LabelError
from engines.load import EngineSettings, load_photo_tagger
from engines.photo import PhotoRules, PhotoTagger
from engines.photo_judge import JUDGE, Evidence, Judge, evidence_of
from engines.photo_race import KnownRace, PhotoLine
from engines.picture import RgbPicture
from engines.train.races import FILM, TRUTH
from engines.types import Box

PENALTY: Final = 1.0
"""Of squared weights: keeps the weight of what is seldom seen small."""

LEAST: Final = 0.02
"""Texts less probable than this by the readings are no example: nobody would tag them."""

TURNS: Final = 4
"""A race's frames are dealt into so many races of photos, so that a bib is in one or two of each
and these lie seconds apart, as photographers' photos do."""

Worn = Mapping[int, Sequence[tuple[str, Box]]]
"""By frame: bibs and their boxes, pixels."""

Lines = tuple[PhotoLine, ...]
Example = tuple[Evidence, bool]
"""What speaks for a line's likeliest text, and whether it was right."""


def examples(folder: Path, tagger: PhotoTagger, every: int) -> list[Example]:
    """What speaks for every line of every `every`-th frame of a race, and whether it was right.

    Raises:
        LabelError: the folder is no simulated race.
    """
    read = list(_read(folder, tagger, every))
    return [one for first in range(TURNS) for one in _examples(read[first::TURNS])]


def _examples(photos: Sequence[tuple[Lines, Sequence[tuple[str, Box]]]]) -> list[Example]:
    race = KnownRace.of([lines for lines, _ in photos])
    found = []
    for number, (lines, worn) in enumerate(photos):
        for line in lines:
            text, probability = likeliest_bib(line.texts, race.patterns)
            bibs = [bib for bib, box in worn if holds(box, line.number)]
            # With the support of one view there is no tag, however probable.
            if bibs and probability >= LEAST and line.support.get(text, 0) > 1:
                elsewhere = race.elsewhere(text, number)
                longer = race.patterns.longer_share(len(text))
                evidence = evidence_of(line, text, probability, elsewhere, longer)
                found.append((evidence, text in bibs))
    return found


def fitted(known: Sequence[Example]) -> Judge:
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


def threshold(known: Sequence[Example], judge: Judge, share: float) -> float:
    """The least probability from which so large a share of the tags is right, 0..1.

    Raises:
        LabelError: whatever it is, fewer are right.
    """
    told = sorted(((judge.probability(e), is_right) for e, is_right in known), reverse=True)
    right = np.cumsum([is_right for _, is_right in told]) / np.arange(1, len(told) + 1)
    enough = np.flatnonzero(right >= share)
    if not len(enough):
        raise LabelError(f"nowhere are {share:.0%} of the tags right")
    return told[int(enough[-1])][0]


def right_from(known: Sequence[Example], judge: Judge, least: float) -> tuple[int, int]:
    """How many tags there are from a probability on, and how many of them are right."""
    tags = [is_right for evidence, is_right in known if judge.probability(evidence) >= least]
    return len(tags), sum(tags)


def _read(
    folder: Path, tagger: PhotoTagger, every: int
) -> Iterator[tuple[Lines, Sequence[tuple[str, Box]]]]:
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
    known: list[Example] = []
    try:
        for folder in given.races:
            known += examples(folder, tagger, given.every)
            right = sum(is_right for _, is_right in known)
            print(f"{folder}: {len(known)} lines so far, {right} right", file=sys.stderr)
    finally:
        tagger.close()
    judge = fitted(known)
    print(f"JUDGE: Final = {judge!r}")
    for share in (0.94, 0.95, 0.96, 0.97):
        print(f"# {share:.0%} of these tags are right from {threshold(known, judge, share):.2f} on")
    least = PhotoRules().least_probability
    tags, right = right_from(known, JUDGE, least)
    print(f"# of those in use, {right} of {tags} tags are right from {least:.2f} on")


if __name__ == "__main__":
    main()
