"""Writes a simulated race to a folder: film, truth, start list and race file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import asdict, fields
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np

from engines.simulate.compose import Sight
from engines.simulate.entries import Entry
from engines.simulate.errors import SimulationError
from engines.simulate.plan import Simulation
from engines.simulate.truth import Truth
from engines.types import Image

MARK: Final = "simulation.json"
"""Written first, with the settings: it tells a simulation's folder from any other."""
_FILES: Final = ("video.mp4", "truth.json", "start_list.csv", "race.toml", MARK)
_PART: Final = ".part"
_BT601: Final = 6
"""SMPTE 170M in ITU-T H.273: primaries, transfer and matrix alike."""
_LIMITED_RANGE: Final = 1


def write(
    simulation: Simulation,
    folder: Path,
    progress: Callable[[int, int], None],
    force: bool = False,
) -> Truth:
    """Renders, encodes and writes everything; returns the truth.

    Each file appears under its name only when it is complete; the race file comes last.

    Args:
        simulation: from `engines.simulate.plan.plan`.
        folder: made when missing.
        progress: called after each frame with frames done and frames in all.
        force: write into a folder that holds other files.

    Raises:
        SimulationError: when the folder holds something that is not a simulation.
        OSError: when the disk refuses.
    """
    _check_folder(folder, force)
    folder.mkdir(parents=True, exist_ok=True)
    _place(folder / MARK, json.dumps(asdict(simulation.settings), indent=1) + "\n")
    truth = _film(simulation, folder / "video.mp4", progress)
    _place(folder / "truth.json", json.dumps(truth.document(), separators=(",", ":")) + "\n")
    _start_list(folder / "start_list.csv", simulation.start_list)
    _place(folder / "race.toml", race_file(simulation))
    return truth


def race_file(simulation: Simulation) -> str:
    """The race file of a simulation (TOML); the line in shares of the picture's size."""
    settings = simulation.settings
    ends = ", ".join(
        f"[{x / settings.width:.5f}, {y / settings.height:.5f}]"
        for x, y in simulation.camera.finish_line
    )
    return (
        f'name = "Simulated race {settings.seed}"\n'
        'start_list = "start_list.csv"\n'
        "\n"
        "[[camera]]\n"
        'name = "finish"\n'
        'source = "video.mp4"\n'
        f"finish_line = [{ends}]\n"
    )


def _check_folder(folder: Path, force: bool) -> None:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        raise SimulationError(f"{there} is a file; name another folder")
    if force or not folder.exists():
        return
    ours = {name + part for name in _FILES for part in ("", _PART)}
    names = sorted(path.name for path in folder.iterdir())
    foreign = [name for name in names if name not in ours]
    if names and (foreign or MARK not in names):
        others = ", ".join((foreign or names)[:3])
        raise SimulationError(
            f"{folder} holds files that no simulation wrote ({others}); "
            "choose another folder with --out, or add --force to write into this one"
        )


def _film(simulation: Simulation, path: Path, progress: Callable[[int, int], None]) -> Truth:
    """Encodes all frames and gathers the truth on the way, while the sprites are at hand."""
    settings = simulation.settings
    seen: list[list[tuple[int, Sight]]] = [[] for _ in simulation.runners]
    part = path.with_name(path.name + _PART)
    with av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=settings.fps)
        stream.width, stream.height = settings.width, settings.height
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, settings.fps)
        context = stream.codec_context
        # Threads are fixed: x264's output depends on their number.
        context.thread_count = 2
        context.gop_size, context.max_b_frames = settings.fps, 0
        context.color_primaries = context.color_trc = context.colorspace = _BT601
        context.color_range = _LIMITED_RANGE
        context.options = {"preset": "veryfast", "crf": str(simulation.crf), "sc_threshold": "0",
                           "bf": "0"}  # fmt: skip
        for k in range(simulation.frames):
            picture = _planes(simulation.render(k))
            picture.pts, picture.time_base = k, Fraction(1, settings.fps)
            container.mux(stream.encode(picture))
            for index, sight in simulation.sights(k):
                seen[index].append((k, sight))
            progress(k + 1, simulation.frames)
        container.mux(stream.encode(None))
    part.replace(path)
    return simulation.truth_of(seen)


def _planes(image: Image) -> av.VideoFrame:
    """RGB to planar YUV 4:2:0, BT.601, limited range: what OpenCV's conversion computes."""
    planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420), np.uint8)
    frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.colorspace = _BT601
    frame.color_range = _LIMITED_RANGE
    return frame


def _start_list(path: Path, entries: tuple[Entry, ...]) -> None:
    part = path.with_name(path.name + _PART)
    names = [field.name for field in fields(Entry)]
    with part.open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, names, lineterminator="\n")
        rows.writeheader()
        rows.writerows(asdict(entry) for entry in entries)
    part.replace(path)


def _place(path: Path, text: str) -> None:
    part = path.with_name(path.name + _PART)
    part.write_text(text, encoding="utf-8")
    part.replace(path)
