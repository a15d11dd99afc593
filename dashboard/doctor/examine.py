"""Makes all checks of a machine and a race file and gathers what they find."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

from dashboard.doctor.cameras import check_camera
from dashboard.doctor.clocks import check_clock
from dashboard.doctor.computing import (
    check_faces,
    check_networks,
    check_onnxruntime,
    check_openvino,
)
from dashboard.doctor.disk import check_room, check_speed
from dashboard.doctor.findings import Check, Finding, Group, State, Told
from dashboard.doctor.machine import check_memory, check_processor, check_python
from dashboard.doctor.needs import Needs, needs_of
from dashboard.doctor.nvidia import check_nvidia
from dashboard.doctor.video import ask_av, ask_gst, check_video
from stream.config import ConfigError, RaceFile, load_race_file
from stream.start_list import StartListError, load_start_list

_AT_ONCE = 8

Answer = TypeVar("Answer")


def examine(race_file: Path | None, folder: Path, deepstream: bool) -> list[Told]:
    """Look at this machine, and at what the race file names.

    Args:
        race_file: None looks at the machine alone.
        folder: where the race will be written; it need not be there.
        deepstream: it is wanted, whatever the race file says.
    """
    race, told = None, []
    if race_file is not None:
        race, finding = _read(race_file)
        told.append(Told(Group.RACE, finding))
    needs = needs_of(race, deepstream)
    told += gather(checks(needs, race))
    # Alone and last: what other checks read from the disk would slow it down.
    told += gather(disk_checks(needs, folder))
    return told


def checks(needs: Needs, race: RaceFile | None) -> list[Check]:
    """All that may run side by side."""
    # Two checks want to know what GStreamer has, which takes seconds to ask: once, for both.
    gst = asked_once(ask_gst)
    found = [
        Check(Group.MACHINE, "Python", check_python),
        Check(Group.MACHINE, "processor", check_processor),
        Check(Group.MACHINE, "memory", check_memory),
        Check(Group.MACHINE, "clock", check_clock),
        Check(Group.VIDEO, "video", lambda: check_video(gst(), ask_av())),
        Check(Group.ENGINES, "OpenVINO", lambda: check_openvino(needs)),
        Check(Group.ENGINES, "ONNX Runtime", lambda: check_onnxruntime(needs)),
        Check(Group.ENGINES, "networks", lambda: check_networks(needs)),
        Check(Group.ENGINES, "faces", lambda: check_faces(needs)),
        Check(Group.NVIDIA, "NVIDIA", lambda: check_nvidia(needs, gst())),
    ]
    if race is not None and race.start_list is not None:
        start_list = race.start_list
        found.append(Check(Group.RACE, "start list", lambda: check_start_list(start_list)))
    found += [
        Check(Group.RACE, f"camera {camera.name}", partial(check_camera, camera))
        for camera in needs.cameras
    ]
    return found


def asked_once(ask: Callable[[], Answer]) -> Callable[[], Answer]:
    """As `ask`, which is called once however many threads want to know; the others wait for it."""
    lock = threading.Lock()
    answer = cache(ask)

    def asked() -> Answer:
        with lock:
            return answer()

    return asked


def disk_checks(needs: Needs, folder: Path) -> list[Check]:
    """Room and speed of the disk."""
    return [
        Check(Group.MACHINE, "disk space", lambda: check_room(folder, needs)),
        Check(Group.MACHINE, "disk speed", lambda: check_speed(folder, needs)),
    ]


def gather(wanted: Sequence[Check]) -> list[Told]:
    """Make checks side by side; what they find, in their order."""
    if not wanted:
        return []
    with ThreadPoolExecutor(min(_AT_ONCE, len(wanted)), "doctor") as pool:
        rows = pool.map(_look, wanted)
        return [
            Told(check.group, finding)
            for check, findings in zip(wanted, rows, strict=True)
            for finding in findings
        ]


def check_start_list(path: Path) -> Finding:
    """Whether the start list can be used."""
    try:
        entries = load_start_list(path).entries
    except (OSError, StartListError) as error:
        return Finding(
            "start list", State.MISSING, str(error), "mend it, or start_list in the race file"
        )
    return Finding("start list", State.OK, f"{path.name}, {len(entries)} runners")


def _look(check: Check) -> Iterable[Finding]:
    found = check.look()
    return [found] if isinstance(found, Finding) else list(found)


def _read(path: Path) -> tuple[RaceFile | None, Finding]:
    try:
        race = load_race_file(path)
    except ConfigError as error:
        return None, Finding("race file", State.MISSING, str(error), "mend the named key")
    n = len(race.cameras)
    found = f"{race.name}, {n} camera{'' if n == 1 else 's'}"
    return race, Finding("race file", State.OK, found)
