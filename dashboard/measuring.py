"""The commands that measure, `finishline evaluate ...` and `bench`, and `simulate`."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

from dashboard.console import counted, print_json, progress_line
from dashboard.latency.bench import measure as watch_latency
from dashboard.photo_settings import photo_networks, photo_rules, photo_taggers, photos_at_once
from engines.appearance import load_appearance_embedder
from engines.evaluate.detector import evaluate_detector
from engines.evaluate.faces import (
    evaluate_faces,
    labelled_boxes,
    own_boxes,
    read_pairs,
    reports_text,
)
from engines.evaluate.labels import same_digits, same_text
from engines.evaluate.photos import evaluate_photos, read_verdicts, write_error_page
from engines.evaluate.reader import evaluate_bib_pictures, evaluate_reader
from engines.evaluate.speed import measure_speed
from engines.evaluate.yolox import load_baseline
from engines.load import (
    EngineSettings,
    load_bib_picture_reader,
    load_detector,
    load_face_embedder,
    load_photo_tagger,
    load_reader,
)
from engines.models import DetectorManifest, read_manifest
from engines.number_range import NumberRange
from engines.simulate import SimulationSettings, plan, write
from engines.types import Box
from stream.config import load_race_bibs, load_race_file
from stream.evaluate import evaluate_clip
from stream.evaluate_boxes import evaluate_boxes, read_bystanders
from stream.evaluate_export import evaluate_export
from stream.evaluate_hidden import evaluate_hidden
from stream.evaluate_matching import SEED, evaluate_matching
from stream.evaluate_races import Told, evaluate_races
from stream.identity import MatchRules
from stream.matching import MatchSettings
from stream.matching.calibrated import shipped
from stream.measure_live_matching import measure_live_matching
from stream.measure_matching import measure_matching as measure_made_up
from stream.measure_photos import enlarge
from stream.measure_photos import measure_photos as measure_photos_pace
from stream.measure_recording import measure_recording
from stream.photos.files import find_photos
from stream.race import RaceSettings
from stream.reliability import plot_reliability
from stream.start_list import load_start_list
from stream.store import Store
from stream.store.folder import RACE_FILE


def measure_clip(
    video: Path,
    truth: Path,
    start_list: Path | None,
    numbers: Sequence[NumberRange],
    engine: EngineSettings,
    as_json: bool,
) -> None:
    """Play a clip through everything and print the report; `numbers` are the bibs given out."""
    listed = None if start_list is None else load_start_list(start_list)
    report = evaluate_clip(
        video,
        truth,
        listed,
        engine,
        RaceSettings(),
        progress_line(f"evaluating {video.name}"),
        numbers,
    )
    _print_report(report.to_json(), as_json)


def measure_races(
    folder: Path,
    n_races: int,
    plot: Path | None,
    engine: EngineSettings,
    *,
    told: Told,
    as_json: bool,
) -> None:
    """Tag the fixed simulated races and print the report; with `plot`, draw its reliability."""
    report = evaluate_races(
        folder,
        n_races,
        told=told,
        engine=engine,
        race_settings=RaceSettings(),
        progress=progress_line,
    )
    print_json(report.to_json()) if as_json else print(report)
    if plot is not None:
        print(f"reliability: {plot_reliability(report.reliability(), plot)}", file=sys.stderr)


def _print_report(report: dict[str, object], as_json: bool) -> None:
    if as_json:
        print_json(report)
        return
    for key, value in report.items():
        parts = value.items() if isinstance(value, dict) else ()
        shown = ", ".join(f"{name} {figure}" for name, figure in parts) if parts else value
        print(f"{key:<18} {shown}")


def measure_photos(
    labels: Path,
    verdicts: Path | None,
    errors: Path | None,
    engine: EngineSettings,
    *,
    digits_only: bool,
    as_json: bool,
) -> None:
    """Tag whole photos and print the report; with `errors`, write a page of every error."""
    judged = None if verdicts is None else read_verdicts(verdicts)
    at_once, engine = photos_at_once(engine, None)
    with ExitStack() as open_ones:
        taggers = [
            open_ones.enter_context(closing(load_photo_tagger(engine))) for _ in range(at_once)
        ]
        same = same_digits if digits_only else same_text
        report = evaluate_photos(labels, taggers, progress_line("photos"), judged, same=same)
    print_json(report.to_json()) if as_json else print(report)
    if errors is not None:
        page = write_error_page(report, errors)
        print(f"every error: {page}", file=sys.stderr)


def measure_detector(
    labels: Path, baseline: str | None, engine: EngineSettings, as_json: bool
) -> None:
    """Hold the detector's boxes against COCO labels and print the report.

    `baseline` names another detector to measure beside it, see `load_baseline`.
    """
    # Average precision looks at the whole range of scores.
    detector = load_detector(engine, least_score=0.01)
    scores = read_manifest(DetectorManifest, engine.weights).thresholds.score
    other = None if baseline is None else load_baseline(baseline, engine)
    try:
        report = evaluate_detector(labels, detector, scores, progress_line("pictures"), other)
    finally:
        detector.close()
        if other is not None:
            other.detector.close()
    print_json(report.to_json()) if as_json else print(report)


def measure_boxes(
    video: Path,
    truth: Path,
    bystanders: Path | None,
    baseline: str | None,
    engine: EngineSettings,
    as_json: bool,
) -> None:
    """Hold the detector's boxes against a clip's exact ones and print the report.

    `bystanders` is a table of people whom the truth leaves out, see `read_bystanders`; `baseline`
    names another detector to measure beside it, see `load_baseline`.
    """
    aside: tuple[Box, ...] = ()
    if bystanders is not None:
        aside = read_bystanders(bystanders, video.name)
        why = "" if aside else f": no row of {bystanders.name} names it"
        told = f"{counted(len(aside), 'bystander')} of {video.name} left aside{why}"
        print(f"finishline: {told}", file=sys.stderr)
    detector = load_detector(engine, least_score=0.01)
    scores = read_manifest(DetectorManifest, engine.weights).thresholds.score
    other = None if baseline is None else load_baseline(baseline, engine)
    progress = progress_line(f"boxes of {video.name}")
    try:
        report = evaluate_boxes(
            video, truth, detector, scores, progress, baseline=other, bystanders=aside
        )
    finally:
        detector.close()
        if other is not None:
            other.detector.close()
    _print_report(report.to_json(), as_json)


def measure_export(
    folder: Path, out: Path | None, truth: Path, camera: str | None, as_json: bool
) -> bool:
    """Hold exported clips against the truth and print the report; whether all are right."""
    report = evaluate_export(folder, out, truth, camera, progress_line("frames of the source"))
    _print_report(report.to_json(), as_json)
    return report.is_right


def measure_hidden(folder: Path, as_json: bool) -> None:
    """Hide known bibs of a race folder, match and print the report."""
    file = folder / RACE_FILE
    told = load_race_file(file) if file.is_file() else None
    travels = () if told is None else told.travels
    rules = MatchRules(travels, shipped(faces=told is not None and told.faces))
    report = evaluate_hidden(folder, rules)
    print_json(report.to_json()) if as_json else print(report)


def measure_matching(runners: int, seed: int | None, as_json: bool) -> None:
    """Match drawn runners by appearance and print the report."""
    report = evaluate_matching(
        load_appearance_embedder(),
        shipped(),
        MatchSettings(),
        progress_line("drawing runners"),
        runners=runners,
        seed=SEED if seed is None else seed,
    )
    print_json(report.to_json()) if as_json else print(report)


def measure_large_race(pivots: int, unknowns: int, faces: bool, as_json: bool) -> None:
    """Match a large race of made-up templates and print what it took."""
    cost = measure_made_up(pivots, unknowns, faces=faces)
    print_json(cost.to_json()) if as_json else print(cost)


def measure_live_race(seconds: float, faces: bool, as_json: bool) -> None:
    """Match a runner a second live and print what it costs."""
    runners = max(1, round(seconds))
    cost = measure_live_matching(runners, seconds, faces, progress_line("runners"))
    print_json(cost.to_json()) if as_json else print(cost)


def measure_photo_pace(
    photos: Sequence[Path],
    megapixels: float | None,
    engine: EngineSettings,
    at_once: int | None,
    as_json: bool,
) -> None:
    """Tag photos into a folder that is removed and print how long it took.

    Raises:
        SourceError: there are no photos.
    """

    def problem(path: Path, why: str) -> None:
        print(f"finishline: {path} {why}", file=sys.stderr)

    paths = find_photos(photos, (), problem)
    with TemporaryDirectory(prefix="finishline-bench-") as made:
        if megapixels is not None:
            copies = Path(made) / "photos"
            copies.mkdir()
            told = progress_line("enlarging")
            paths = tuple(enlarge(paths, megapixels, copies, problem, told))
        folder = Path(made) / "race"
        with Store.open(folder) as store:
            rules = photo_rules(store, folder, None)
        with photo_taggers(engine, rules.photo, at_once) as taggers:
            pace = measure_photos_pace(
                folder, paths, taggers, photo_networks(engine), rules, problem,
                progress_line("photos"),
            )  # fmt: skip
    _print_report(dataclasses.asdict(pace), as_json) if as_json else print(pace)


def measure_reader(
    labels: Path, engine: EngineSettings, *, whole_bibs: bool, digits_only: bool, as_json: bool
) -> None:
    """Read labelled crops, or pictures of whole bibs, and print the report."""
    same = same_digits if digits_only else same_text
    told = progress_line("bibs" if whole_bibs else "crops")
    if whole_bibs:
        finder = load_bib_picture_reader(engine)
        try:
            report = evaluate_bib_pictures(labels, finder, told, same)
        finally:
            finder.close()
    else:
        reader = load_reader(engine)
        try:
            report = evaluate_reader(labels, reader, told, same)
        finally:
            reader.close()
    print_json(report.to_json()) if as_json else print(report)


def measure_faces(
    pairs: Sequence[Path], embedder: str, engine: EngineSettings, *, own: bool, as_json: bool
) -> None:
    """Compare pairs of faces and print the report.

    Args:
        pairs: files of pairs, see `evaluate_faces`.
        embedder: see `load_face_embedder`.
        engine: how detector and embedder compute.
        own: our detector finds every face, also where a box is labelled.
        as_json: print JSON.
    """
    # A file that cannot be used is told before networks are loaded.
    for one in pairs:
        read_pairs(one)
    loaded = load_face_embedder(embedder, engine, lambda told: print(told, file=sys.stderr))
    with closing(loaded) as faces, closing(load_detector(engine, any_size=True)) as detector:
        find = own_boxes(detector) if own else labelled_boxes(detector)
        reports = [evaluate_faces(one, faces, find, progress_line(one.name)) for one in pairs]
    if as_json:
        print_json([report.to_json() for report in reports])
    else:
        print(reports_text(reports))


def measure_engines(engine: EngineSettings, as_json: bool) -> None:
    """Time detector and reader and print the report."""
    size = read_manifest(DetectorManifest, engine.weights).size
    detector = load_detector(engine)
    reader = load_reader(engine)
    try:
        times = measure_speed(detector, reader, size)
    finally:
        detector.close()
        reader.close()
    report = {name: dataclasses.asdict(taken) for name, taken in times.items()}
    _print_report({"input": f"{size[0]}x{size[1]}", **report}, as_json)


def measure_recording_of(url: str, seconds: float, rounds: int, as_json: bool) -> None:
    """Measure what recording a camera costs and print the report."""
    cost = measure_recording(url, seconds, rounds, progress_line("measuring"))
    _print_report(dataclasses.asdict(cost), as_json)


def measure_latency(video: Path | None, seconds: float, as_json: bool) -> bool:
    """Measure how long tags take to the page and print the report; whether that is quick enough."""
    taken = watch_latency(video, seconds, progress_line("drawing"), progress_line("watching"))
    print_json(taken.to_json()) if as_json else print(taken)
    return taken.reached


def simulate(settings: SimulationSettings, bibs: Path | None, out: Path, force: bool) -> None:
    """Draw a race into a folder, with the bibs of a race file, and say how to run it."""
    race = None if bibs is None else load_race_bibs(bibs)
    write(plan(settings, race), out, progress_line("drawing"), force=force)
    print(f"{out}: video.mp4, truth.json, start_list.csv, race.toml")
    print(f"tag it:   finishline run {out / 'race.toml'}")
    print(
        f"score it: finishline evaluate clip {out / 'video.mp4'} --truth {out / 'truth.json'} "
        f"--start-list {out / 'start_list.csv'}"
    )
