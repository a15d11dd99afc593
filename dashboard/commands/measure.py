"""`finishline evaluate` and `bench`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dashboard.commands.shared import (
    EXIT_FAILED,
    EXIT_OK,
    EXIT_USAGE,
    Commands,
    add_measured,
    at_least_one,
    engine_of,
    folder,
)
from engines.number_range import NumberRange


def add_evaluate(commands: Commands) -> None:
    """The parser of `finishline evaluate` and what it measures."""
    parser = commands.add_parser("evaluate", help="measure against labels")
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    clip = kinds.add_parser("clip", help="a video with truth: tags, crossings, speed")
    clip.add_argument("video", type=Path)
    clip.add_argument("--truth", type=Path, required=True, metavar="JSON")
    clip.add_argument("--start-list", type=Path, metavar="CSV")
    clip.add_argument(
        "--numbers",
        type=_number_range,
        nargs="*",
        default=(),
        metavar="RANGE",
        help="the bibs given out, as in the race file: 1-999 A1-A200",
    )
    clip.set_defaults(command=_evaluate_clip)
    boxes = kinds.add_parser("boxes", help="the detector's persons and bibs on a video with truth")
    boxes.add_argument("video", type=Path)
    boxes.add_argument("--truth", type=Path, required=True, metavar="JSON")
    boxes.add_argument(
        "--bystanders",
        type=Path,
        metavar="CSV",
        help="people who stand about all the time, not in the truth: columns video, x0, y0, x1, y1",
    )
    _add_baseline(boxes)
    boxes.set_defaults(command=_evaluate_boxes)
    photos = kinds.add_parser("photos", help="whole photos with labelled bibs")
    photos.add_argument("labels", type=Path, metavar="LABELS.json|TABLE.csv")
    photos.add_argument(
        "--verdicts",
        type=Path,
        metavar="CSV",
        help="what was seen in tags without a label: columns file, bib, verdict (right, wrong)",
    )
    photos.add_argument("--errors", type=folder, metavar="DIR", help="a page of every error")
    _add_digits_only(photos)
    photos.set_defaults(command=_evaluate_photos)
    detector = kinds.add_parser("detector", help="boxes against COCO labels")
    detector.add_argument("labels", type=Path, metavar="COCO.json")
    _add_baseline(detector)
    detector.set_defaults(command=_evaluate_detector)
    reader = kinds.add_parser("reader", help="crops with their text, or true number boxes")
    reader.add_argument("labels", type=Path, metavar="LABELS.csv|LABELS.json")
    reader.add_argument(
        "--whole-bibs",
        action="store_true",
        help="the pictures show whole bibs of one race: find the line first",
    )
    _add_digits_only(reader)
    reader.set_defaults(command=_evaluate_reader)
    faces = kinds.add_parser("faces", help="pairs of faces of one person and of two")
    faces.add_argument("pairs", type=Path, nargs="+", metavar="PAIRS.csv")
    faces.add_argument(
        "--embedder",
        default="dlib",
        metavar="dlib|insightface[:FOLDER]",
        help="what makes the templates (default: dlib)",
    )
    faces.add_argument(
        "--own-boxes",
        action="store_true",
        help="our detector finds every face anew; labelled boxes only say where to look",
    )
    faces.set_defaults(command=_evaluate_faces)
    races = kinds.add_parser("races", help="ten simulated races of 100 runners: wrong tags")
    races.add_argument("--folder", type=Path, required=True, metavar="DIR", help="keeps the films")
    races.add_argument("--races", type=int, default=10, choices=range(1, 11), metavar="1..10")
    told = races.add_mutually_exclusive_group()
    told.add_argument("--without-list", action="store_true", help="do not use the start lists")
    told.add_argument(
        "--numbers-only",
        action="store_true",
        help="only how far the bibs of the start lists go is known: numbers of the race file",
    )
    races.add_argument("--plot", type=Path, metavar="SVG", help="draw how reliable posteriors are")
    races.set_defaults(command=_evaluate_races)
    _add_export(kinds)
    _add_matching(kinds)
    for kind in (clip, boxes, photos, detector, reader, faces, races):
        add_measured(kind)


def _add_export(kinds: Commands) -> None:
    export = kinds.add_parser("export", help="clips of a race with truth: is each run in its clip")
    export.add_argument("--race", type=Path, required=True, metavar="DIR")
    export.add_argument("--truth", type=Path, required=True, metavar="JSON")
    export.add_argument("--camera", metavar="C", help="whose truth it is, where there are several")
    export.add_argument(
        "--out", type=Path, metavar="DIR", help="the export (default: export in the race folder)"
    )
    export.add_argument("--json", action="store_true", help="the report as JSON on stdout")
    export.set_defaults(command=_evaluate_export)


def _add_matching(kinds: Commands) -> None:
    matching = kinds.add_parser(
        "matching", help="unknown drawn runners matched to pivots by appearance"
    )
    matching.add_argument("--runners", type=int, default=1000, metavar="N", help="how many (1000)")
    matching.add_argument(
        "--seed", type=int, help="draw others than those that the README's figures are for"
    )
    matching.add_argument(
        "--race",
        type=Path,
        metavar="DIR",
        help="instead of drawn ones: hide half of the known bibs of this race, which was matched "
        "before, six times; the folder stays as it is",
    )
    matching.add_argument("--json", action="store_true", help="the report as JSON on stdout")
    matching.set_defaults(command=_evaluate_matching)


def _add_digits_only(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--digits-only", action="store_true", help="letters and leading zeros do not count"
    )


def _add_baseline(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--baseline", metavar="yolox=ONNX", help="measure this network's persons beside ours"
    )


def add_bench(commands: Commands) -> None:
    """The parser of `finishline bench`."""
    parser = commands.add_parser(
        "bench", help="how long things take, from engines to tags on the page"
    )
    add_measured(parser)
    parser.add_argument(
        "what",
        nargs="?",
        choices=("engines", "recording", "latency", "matching", "photos", "cuda"),
        default="engines",
        help="engines: detector and reader (default); recording: a --camera with and without it; "
        "latency: from a frame's capture to its tag on the page, in a real browser; matching: "
        "a large race of made-up templates; photos: tagging --photos into a folder that is "
        "removed; cuda: memory, arithmetic and pace of an NVIDIA GPU, "
        "without TensorRT",
    )
    parser.add_argument("--camera", metavar="URL", help="of recording, like rtsp://...")
    parser.add_argument(
        "--seconds",
        type=float,
        help="recording: of each half of a round (20); latency: that the page is watched (60)",
    )
    parser.add_argument("--rounds", type=int, default=3, help="of recording")
    parser.add_argument(
        "--video",
        type=Path,
        metavar="MP4",
        help="of latency: the film that the camera plays, H.264 (default: a simulated one)",
    )
    parser.add_argument(
        "--pivots", type=int, default=100_000, metavar="N", help="of matching: known bibs (100000)"
    )
    parser.add_argument(
        "--unknowns", type=int, default=10_000, metavar="N", help="of matching: runners (10000)"
    )
    parser.add_argument("--faces", action="store_true", help="of matching: compare faces, too")
    parser.add_argument(
        "--live",
        action="store_true",
        help="of matching: what it costs while a race runs, in --seconds (60), with a runner a "
        "second",
    )
    parser.add_argument(
        "--photos", type=Path, nargs="+", metavar="PHOTO|DIR", help="of photos: which"
    )
    parser.add_argument(
        "--megapixels", type=_above_zero, metavar="M", help="of photos: enlarge (or shrink) first"
    )
    parser.add_argument(
        "--at-once",
        type=at_least_one,
        metavar="N",
        help="of photos: so many (one for each processor)",
    )
    parser.set_defaults(command=_bench)


def _number_range(text: str) -> NumberRange:
    try:
        return NumberRange.of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _above_zero(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"must be above 0, got {text}")
    return value


def _evaluate_clip(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_clip

    measure_clip(
        options.video,
        options.truth,
        options.start_list,
        options.numbers,
        engine_of(options),
        options.json,
    )
    return EXIT_OK


def _evaluate_races(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_races
    from stream.evaluate_races import Told

    known = Told.NUMBERS if options.numbers_only else Told.LIST
    measure_races(
        options.folder,
        options.races,
        options.plot,
        engine_of(options),
        told=Told.NOTHING if options.without_list else known,
        as_json=options.json,
    )
    return EXIT_OK


def _evaluate_matching(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_hidden, measure_matching

    if options.race is not None:
        measure_hidden(options.race, options.json)
        return EXIT_OK
    measure_matching(options.runners, options.seed, options.json)
    return EXIT_OK


def _evaluate_boxes(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_boxes

    measure_boxes(
        options.video,
        options.truth,
        options.bystanders,
        options.baseline,
        engine_of(options),
        options.json,
    )
    return EXIT_OK


def _evaluate_export(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_export

    right = measure_export(options.race, options.out, options.truth, options.camera, options.json)
    return EXIT_OK if right else EXIT_FAILED


def _evaluate_photos(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_photos

    measure_photos(
        options.labels,
        options.verdicts,
        options.errors,
        engine_of(options),
        digits_only=options.digits_only,
        as_json=options.json,
    )
    return EXIT_OK


def _evaluate_detector(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_detector

    measure_detector(options.labels, options.baseline, engine_of(options), options.json)
    return EXIT_OK


def _evaluate_reader(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_reader

    measure_reader(
        options.labels,
        engine_of(options),
        whole_bibs=options.whole_bibs,
        digits_only=options.digits_only,
        as_json=options.json,
    )
    return EXIT_OK


def _evaluate_faces(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_faces

    measure_faces(
        options.pairs,
        options.embedder,
        engine_of(options),
        own=options.own_boxes,
        as_json=options.json,
    )
    return EXIT_OK


def _bench(options: argparse.Namespace) -> int:
    if options.what == "cuda":
        from dashboard.engines_built import measure_cuda

        return EXIT_OK if measure_cuda(options.gpu or 0) else EXIT_FAILED
    if options.what == "matching":
        return _bench_matching(options)
    if options.what == "photos":
        return _bench_photos(options)
    from dashboard.measuring import measure_engines, measure_latency, measure_recording_of

    if options.what == "recording":
        if not options.camera:
            print("finishline: bench recording needs --camera URL", file=sys.stderr)
            return EXIT_USAGE
        seconds = 20.0 if options.seconds is None else options.seconds
        measure_recording_of(options.camera, seconds, options.rounds, options.json)
    elif options.what == "latency":
        seconds = 60.0 if options.seconds is None else options.seconds
        reached = measure_latency(options.video, seconds, options.json)
        return EXIT_OK if reached else EXIT_FAILED
    else:
        measure_engines(engine_of(options), options.json)
    return EXIT_OK


def _bench_photos(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_photo_pace

    if not options.photos:
        print("finishline: bench photos needs --photos, pictures or folders", file=sys.stderr)
        return EXIT_USAGE
    measure_photo_pace(
        options.photos, options.megapixels, engine_of(options), options.at_once, options.json
    )
    return EXIT_OK


def _bench_matching(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_large_race, measure_live_race

    if options.live:
        measure_live_race(options.seconds or 60.0, options.faces, options.json)
        return EXIT_OK
    if not 1 <= options.unknowns <= options.pivots:
        print(
            f"finishline: bench matching needs 1 to {options.pivots} --unknowns, as many as "
            "--pivots at most",
            file=sys.stderr,
        )
        return EXIT_USAGE
    measure_large_race(options.pivots, options.unknowns, options.faces, options.json)
    return EXIT_OK
