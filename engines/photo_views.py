"""Reads the lines of photos: several views of each, by up to two readers.

The first reader is quick: it sees every line tight and, where that has any hope, wide and as wide
as the characters that the wide view showed. The second reader is slow and believed more: it is
asked only about lines of which the first is not sure in every view, and for further views only
where its tight view left a doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engines.consensus import is_bib, likely_texts, mean_probability
from engines.legibility import sharpness
from engines.looking import Line, widened
from engines.photo_lines import fitted_box
from engines.photo_race import PhotoLine, heard
from engines.types import Finding, Picture, Reading, View

Shown = tuple[Picture, Line]
"""A line and the photo that it is in."""

Read = Callable[[Sequence[Shown]], list[Finding]]
"""Reads lines of any photos, see `engines.looking.read_lines`."""


@dataclass(frozen=True, slots=True)
class ViewRules:
    """When a line is looked at once more.

    Attributes:
        least_hope: least probability of any bib in the first tight view, 0..1, for further views.
        second_trust: how much more the word of the second reader weighs.
        sure: probability of a bib, 0..1, from which nobody else is asked: in each view of the
            first reader, or in the mean of both readers.
        least_doubt: mean probability of any bib below which the second reader, after its tight
            view, is not asked again, 0..1.
    """

    least_hope: float = 0.03
    second_trust: float = 2.0
    sure: float = 0.9
    least_doubt: float = 0.1


@dataclass(slots=True)
class _Told:
    """What was said of one line so far."""

    picture: Picture
    found: Finding
    readings: list[Reading]
    trusts: list[float]

    def add(self, reading: Reading | None, trust: float) -> None:
        """One view more; None where there was nothing to see."""
        if reading is not None:
            self.readings.append(reading)
            self.trusts.append(trust)

    def shown(self, view: View = View.TIGHT) -> Shown:
        """The line in a view."""
        return self.picture, Line(self.found.number, self.found.bib, view)

    def likeliest(self) -> tuple[str, float]:
        """The likeliest bib by all that was said; ("", 0.0) where nothing looks like one."""
        likely = mean_probability(self.readings, self.trusts)
        return max(
            ((text, p) for text, p in likely.items() if is_bib(text)),
            key=lambda told: told[1],
            default=("", 0.0),
        )

    def is_sure(self, least: float) -> bool:
        """Whether every reading says the same bib, each at least so probable."""
        text, _ = self.likeliest()
        return bool(text) and all(
            likely_texts(one).get(text, 0.0) >= least for one in self.readings
        )

    def line(self) -> PhotoLine:
        """The line as it is kept."""
        texts, support = heard(self.readings, self.trusts)
        assert self.found.number is not None, "only lines with a number are hopeful"
        crisp = sharpness(self.picture.crop(widened(self.found.number, View.TIGHT)))
        return PhotoLine(self.found.number, self.found.bib, crisp, texts, support)


def reading_once(read: Read) -> Read:
    """The same reader, who looks at no line twice in the same view."""
    known: dict[Shown, Finding] = {}

    def remembered(lines: Sequence[Shown]) -> list[Finding]:
        new = [line for line in dict.fromkeys(lines) if line not in known]
        known.update(zip(new, read(new), strict=True))
        return [known[line] for line in lines]

    return remembered


def read_views(
    first: Read, second: Read | None, lines: Sequence[Shown], rules: ViewRules
) -> list[PhotoLine | None]:
    """Reads lines of photos, in order; None where the tight view is hopeless.

    Args:
        first: the quick reader.
        second: the other one; None where there is none.
        lines: where numbers may be read.
        rules: when to look once more.

    Raises:
        InferenceError: a network failed.
    """
    told = [
        _Told(picture, finding, [], []) if hope(finding) >= rules.least_hope else None
        for (picture, _), finding in zip(lines, first(lines), strict=True)
    ]
    hopeful = [one for one in told if one is not None]
    for one in hopeful:
        one.add(one.found.reading, 1.0)
    _read_further(first, hopeful, 1.0)
    if second is not None:
        _ask_second(second, hopeful, rules)
    return [None if one is None else one.line() for one in told]


def _ask_second(read: Read, told: Sequence[_Told], rules: ViewRules) -> None:
    """The second reader's word about the lines that the first is not sure of."""
    asked = [one for one in told if not one.is_sure(rules.sure)]
    tight = read([one.shown() for one in asked])
    for one, finding in zip(asked, tight, strict=True):
        one.add(finding.reading, rules.second_trust)
    open_ones = [one for one in asked if rules.least_doubt <= one.likeliest()[1] < rules.sure]
    _read_further(read, open_ones, rules.second_trust)


def _read_further(read: Read, told: Sequence[_Told], trust: float) -> None:
    """What one reader says of lines shown wide, and as wide as their characters."""
    wide = read([one.shown(View.WIDE) for one in told])
    fitted = read(
        [
            (one.picture, Line(fitted_box(finding), None))
            for one, finding in zip(told, wide, strict=True)
        ]
    )
    for one, *views in zip(told, wide, fitted, strict=True):
        for finding in views:
            one.add(finding.reading, trust)


def hope(finding: Finding) -> float:
    """Probability of the likeliest bib in one view, 0..1."""
    if finding.reading is None:
        return 0.0
    likely = likely_texts(finding.reading)
    return max((p for text, p in likely.items() if is_bib(text)), default=0.0)
