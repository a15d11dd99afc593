"""The command `finishline match`: unknown runners of a race folder matched to its bibs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath

from dashboard.commands.shared import EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE
from dashboard.console import counted, moment, print_json, progress_line
from dashboard.matching_faces import FaceWork, face_work, faces_json, faces_told, tell_deleted
from dashboard.stopping import stopped_by_signals
from engines.appearance import AppearanceEmbedder, load_appearance_embedder
from stream.clock import now_ns
from stream.config import RaceFile, load_race_file
from stream.forget.old_templates import delete_old_faces
from stream.identity import (
    Described,
    FacesDescribed,
    Matched,
    MatchRules,
    describe_new,
    describe_race,
    match_race,
    would_match,
)
from stream.matching import Evidence, Refusal
from stream.matching.calibrated import shipped
from stream.store import Store, StoreReader
from stream.store.assignment_values import AssignmentRow
from stream.store.errors import NotARaceFolder
from stream.store.folder import RACE_FILE, holds_race
from stream.store.subjects import Seen, Subject
from stream.store.templates import Template

_REASONS = {
    Refusal.NOTHING_TO_COMPARE: "without a picture, or nobody to compare with",
    Refusal.TOO_POOR: "too small, cut off or dark",
    Refusal.NOBODY_LIKE_IT: "look like nobody with a bib",
    Refusal.UNSURE: "not sure enough",
    Refusal.TOO_CLOSE: "look like several",
}


@dataclass(frozen=True, slots=True)
class MatchOptions:
    """What to match or to take back; see `finishline match --help`."""

    folder: Path
    race_file: Path | None = None
    dry: bool = False
    undo: int | None = None
    wrong: int | None = None
    by: str | None = None
    as_json: bool = False

    @property
    def number(self) -> int | None:
        """Of the match to take back; None where there is none."""
        return self.undo if self.undo is not None else self.wrong


@dataclass(frozen=True, slots=True)
class _Line:
    """A match as it is shown.

    Attributes:
        number: None where it is not written down.
        who: the unknown runner, for people.
    """

    number: int | None
    who: str
    seen: Seen
    bib: str
    name: str | None
    evidence: Evidence


def match(options: MatchOptions) -> int:
    """Match a race and say what came of it.

    Returns:
        0; 130 where somebody stopped it.

    Raises:
        ConfigError, StartListError: the race file or its start list cannot be used.
        StoreError, EngineError: see there.
    """
    race_file = _race_file(options)
    embedder = load_appearance_embedder()
    stop = threading.Event()
    done = (
        _would(options, race_file, embedder, stop)
        if options.dry
        else _do(options, race_file, embedder, stop)
    )
    described, matched, faces = done.described, done.matched, done.faces
    if matched is None:
        n = described.tracks + described.sightings + described.without
        print(
            f"finishline: interrupted after {counted(n, 'runner')}; the same command goes on",
            file=sys.stderr,
        )
        return EXIT_INTERRUPTED
    lines = done.lines
    if options.as_json:
        print_json(_json(described, matched, lines, options.dry) | {"faces": faces_json(faces)})
    else:
        _print(matched, lines, options.dry)
        if done.with_faces or faces.erased:
            print(faces_told(faces, dry=options.dry))
    return EXIT_OK


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of a command.

    Attributes:
        matched: None where somebody stopped it.
        with_faces: whether the race allows faces.
    """

    described: Described
    faces: FacesDescribed
    with_faces: bool
    matched: Matched | None = None
    lines: Sequence[_Line] = ()


def _do(
    options: MatchOptions,
    race_file: RaceFile | None,
    embedder: AppearanceEmbedder,
    stop: threading.Event,
) -> _Done:
    with _opened(options.folder) as store:
        work = face_work(race_file, options.folder)
        allowed = work.permission.faces
        faces = FacesDescribed()
        with stopped_by_signals(stop.set):
            told = progress_line("describing runners")
            described = describe_race(store, embedder, stop, told, _problem)
            if not stop.is_set():
                faces = work.describe(store, stop, _problem)
        if described.stopped or faces.stopped:
            return _Done(described, faces, allowed)
        matched = match_race(store, _rules(race_file, work), passing=faces.passing)
        if matched.made and work.permission.of_unknown:
            # With a match an unknown runner's face has gone; it is kept anew where it may be.
            work.describe(store, stop, _problem)
        return _Done(described, faces, allowed, matched, _lines(store, matched))


def _would(
    options: MatchOptions,
    race_file: RaceFile | None,
    embedder: AppearanceEmbedder,
    stop: threading.Event,
) -> _Done:
    """As `_do`, and every byte of the folder stays as it is."""
    store = Store.open_read_only(options.folder)
    work = face_work(race_file, options.folder)
    allowed = work.permission.faces
    faces = FacesDescribed()
    made: list[Template] = []
    with stopped_by_signals(stop.set):
        told = progress_line("describing runners")
        described = describe_new(
            store, embedder, stop, told, _problem, lambda template, _: made.append(template)
        )
        if not stop.is_set():
            faces = work.compare(store, stop, _problem)
    if described.stopped or faces.stopped:
        return _Done(described, faces, allowed)
    matched = would_match(
        store, _rules(race_file, work), passing=(*made, *faces.passing), barred=faces.barred
    )
    return _Done(described, faces, allowed, matched, _lines(store, matched))


def take_back(options: MatchOptions) -> int:
    """Take a match back and say so.

    Returns:
        0; 2 where nobody is named.

    Raises:
        StoreError: there is no such match, or the race cannot be written to.
    """
    number = options.number
    assert number is not None
    if not (options.by or "").strip():
        print("finishline: say who takes it back: --by NAME", file=sys.stderr)
        return EXIT_USAGE
    with _opened(options.folder) as store:
        at_ns, by = now_ns(), str(options.by)
        if options.wrong is None:
            row = store.assignments.undo(number, by, at_ns)
        else:
            row = store.assignments.wrong(number, by, at_ns)
    if options.as_json:
        print_json(_row_json(row))
        return EXIT_OK
    never = "" if options.wrong is None else "; they are not matched again"
    print(f"match {row.number} is taken back: {row.subject} is not taken for {row.bib}{never}")
    return EXIT_OK


def _opened(folder: Path) -> Store:
    """The race, open to write: there must be one."""
    if not holds_race(folder):
        raise NotARaceFolder(f"{folder} holds no race; name a folder that finishline has written")
    tell_deleted(delete_old_faces(folder, now_ns()))
    return Store.open(folder)


def _race_file(options: MatchOptions) -> RaceFile | None:
    file = options.race_file
    if file is None:
        file = options.folder / RACE_FILE
        if not file.is_file():
            return None
    return load_race_file(file)


def _rules(race_file: RaceFile | None, work: FaceWork) -> MatchRules:
    travels = () if race_file is None else race_file.travels
    return MatchRules(travels, shipped(faces=work.sight is not None))


def _problem(path: str, why: str) -> None:
    begin = "\r" if sys.stderr.isatty() else ""
    print(f"{begin}finishline: {path} {why}", file=sys.stderr)


def _lines(store: StoreReader, matched: Matched) -> list[_Line]:
    numbers = {(row.subject, row.bib): row.number for row in store.assignments.not_undone()}
    names = {row.bib: row.name for row in store.start_list()}
    return [
        _Line(
            numbers.get((seen.subject, made.bib)),
            _who(store, seen),
            seen,
            made.bib,
            names.get(made.bib),
            made.evidence,
        )
        for seen, made in matched.assigned
    ]


def _who(store: StoreReader, seen: Seen) -> str:
    if seen.photo is None:
        return f"{seen.camera} {moment(seen.last_ns)} ({seen.subject})"
    files = store.photos.paths(seen.photo)
    return f"{PurePath(files[0]).name if files else 'a photo'} ({seen.subject})"


def _print(matched: Matched, lines: Sequence[_Line], dry: bool) -> None:
    if lines:
        wide = max(len(line.who) for line in lines)
        print(f"{'no.':>5}  {'runner without a bib':<{wide}}  {'bib':>7}  sure  second best, name")
        for line in lines:
            number = "new" if line.number is None else str(line.number)
            print(f"{number:>5}  {line.who:<{wide}}  {_told(line)}")
    changed = f"{matched.made} new, {matched.kept} as before, {matched.taken_back} taken back"
    if dry:
        changed = f"would be {changed}"
    print(
        f"{len(lines)} of {counted(len(matched.unknowns), 'runner')} without a bib matched to "
        f"{counted(matched.pivots, 'bib')}: {changed}"
    )
    if any(seen.photo is None for seen, _ in matched.assigned):
        print("how sure it is in videos was learnt from drawn runners: compare each pair first")
    for why, n in sorted(matched.refused.items(), key=lambda one: -one[1]):
        print(f"{n:>7} {_REASONS[why]}")


def _told(line: _Line) -> str:
    evidence = line.evidence
    second = "nobody else"
    if evidence.second is not None:
        second = f"{evidence.second}, {min(evidence.margin, 99):.1f} behind"
    name = "" if line.name is None else f"  {line.name}"
    return f"{line.bib:>7}  {min(evidence.posterior, 0.9999):.2%}  {second}{name}"


def _json(
    described: Described, matched: Matched, lines: Sequence[_Line], dry: bool
) -> dict[str, object]:
    return {
        "dry_run": dry,
        "described": asdict(described),
        "pivots": matched.pivots,
        "unknowns": len(matched.unknowns),
        "made": matched.made,
        "kept": matched.kept,
        "taken_back": matched.taken_back,
        "matches": [_line_json(line) for line in lines],
        "refused": _reasons_json(matched.refused),
    }


def _line_json(line: _Line) -> dict[str, object]:
    return {
        "number": line.number,
        **_subject_json(line.seen.subject),
        "photo": line.seen.photo,
        "camera": line.seen.camera or None,
        "bib": line.bib,
        "name": line.name,
        **_evidence_json(line.evidence),
    }


def _row_json(row: AssignmentRow) -> dict[str, object]:
    return {
        "number": row.number,
        **_subject_json(row.subject),
        "bib": row.bib,
        **_evidence_json(row.evidence),
        "undone_by": row.undone_by,
    }


def _subject_json(subject: Subject) -> dict[str, object]:
    return {"track_id": subject.track_id, "sighting": subject.sighting}


def _evidence_json(evidence: Evidence) -> dict[str, object]:
    margin = None if evidence.second is None else round(evidence.margin, 3)
    return {
        "posterior": round(evidence.posterior, 6),
        "likeness": evidence.appearance,
        "face": evidence.face,
        "second": evidence.second,
        "margin": margin,
        "possible": evidence.possible,
    }


def _reasons_json(refused: Mapping[Refusal, int]) -> dict[str, int]:
    return {why.value: n for why, n in sorted(refused.items())}
