"""Measures matching on a race folder: bibs that are known are hidden, and found again or not.

Of each bib with several runners (tracks, or photos) half of them are hidden, so that a pivot is
left; of half of the other bibs everybody. The folder stays as it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from stream.identity.assigning import MatchRules, decide
from stream.matching import Assignment
from stream.store import StoreError
from stream.store.assignments import AssignmentsReader
from stream.store.folder import check_readable
from stream.store.subjects import Seen, Subject
from stream.store.templates import TemplateKind, TemplatesReader

DRAWS: Final = 6


@dataclass(frozen=True, slots=True)
class HiddenReport:
    """Counts over all draws together; the same runner is counted in several of them.

    Attributes:
        draws: how often bibs were drawn to be hidden.
        hidden: runners whose bib was.
        with_pivot: of whom somebody with their bib was left.
        right: hidden ones matched to their own bib.
        wrong: hidden ones matched to another.
        others: all runners whose bib nobody knows.
        others_matched: of those, matched; whether rightly, nobody knows.
    """

    draws: int
    hidden: int
    with_pivot: int
    right: int
    wrong: int
    others: int
    others_matched: int

    def to_json(self) -> dict[str, object]:
        """The report as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"{self.draws} draws: {self.hidden} hidden, {self.with_pivot} of them with a pivot\n"
            f"  right    {self.right:>5}\n  wrong    {self.wrong:>5}\n"
            f"  {self.others_matched} of {self.others} whose bib nobody knows were matched"
        )


def evaluate_hidden(folder: Path, rules: MatchRules, draws: int = DRAWS) -> HiddenReport:
    """Hide bibs of a race that was matched before, so that it has templates, and match.

    Faces count where the rules' calibrations name a model of them, as far as they are kept.

    Raises:
        StoreError: the folder cannot be read, or nobody in it has a template.
    """
    check_readable(folder)
    model = rules.calibrations.appearance.model
    templates = TemplatesReader(folder).load(TemplateKind.APPEARANCE, model)
    if not templates:
        raise StoreError(f"{folder}: nobody is described; run finishline match --race {folder}")
    face = rules.calibrations.face
    faces = () if face is None else TemplatesReader(folder).load(TemplateKind.FACE, face.model)
    assignments = AssignmentsReader(folder)
    seen, negatives = assignments.seen(), assignments.negative_pairs()
    counted: Counter[str] = Counter()
    for seed in range(draws):
        shown, truth = hide(seen, seed)
        decisions = decide(shown, templates, negatives, rules, faces)
        left = {one.bib for one in shown}
        counted["hidden"] += len(truth)
        counted["with_pivot"] += sum(bib in left for bib in truth.values())
        unknowns = [one for one in shown if one.bib is None]
        counted["others"] += len(unknowns) - len(truth)
        for one, decision in zip(unknowns, decisions, strict=True):
            if isinstance(decision, Assignment):
                counted[_outcome(truth.get(one.subject), decision.bib)] += 1
    return HiddenReport(
        draws=draws,
        hidden=counted["hidden"],
        with_pivot=counted["with_pivot"],
        right=counted["right"],
        wrong=counted["wrong"],
        others=counted["others"],
        others_matched=counted["others_matched"],
    )


def hide(seen: Sequence[Seen], seed: int) -> tuple[tuple[Seen, ...], dict[Subject, str]]:
    """Everybody with some bibs hidden, and what those were: that they wear one still shows."""
    rng = np.random.default_rng((seed, 21))
    by_bib: dict[str, list[Subject]] = defaultdict(list)
    for one in seen:
        if one.bib is not None:
            by_bib[one.bib].append(one.subject)
    truth: dict[Subject, str] = {}
    for bib, subjects in by_bib.items():
        several = len(subjects) > 1
        if several or rng.random() < 0.5:
            n = len(subjects) // 2 if several else 1
            truth |= {subjects[k]: bib for k in rng.permutation(len(subjects))[:n]}
    shown = tuple(
        replace(one, bib=None, wears_bib=True) if one.subject in truth else one for one in seen
    )
    return shown, truth


def _outcome(own: str | None, bib: str) -> str:
    if own is None:
        return "others_matched"
    return "right" if own == bib else "wrong"
