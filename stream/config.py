"""The race file: what to watch and how, as frozen values that were checked on reading.

`stream/race.sample.toml` shows every table; a key that is not known is an error.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path

from engines.load import EngineSettings
from engines.models import READERS_TOLD, ReaderName
from engines.simulate.race_bibs import RaceBibs
from stream.finish import Approach, FinishSettings, Line
from stream.judging import JudgeSettings
from stream.looks import LookSettings
from stream.matching import Travel
from stream.matching_settings import MatchingSettings, parse_travels
from stream.race_bibs import complete_bibs, parse_bibs
from stream.recording.settings import RecordingSettings
from stream.settings import CameraSettings, RaceSettings
from stream.toml_values import ConfigError, Table, made
from stream.tracking import TrackerSettings
from stream.votes import VoteSettings
from stream.waves import Starts, parse_starts
from stream.webhook_settings import WebhookSettings, parse_webhooks

__all__ = [
    "CameraEntry", "ConfigError", "DashboardSettings", "RaceFile", "load_race_bibs",
    "load_race_file",
]  # fmt: skip

FACES_DAYS, MOST_FACES_DAYS = 30, 3650
_TOP = ("name", "start_list", "camera", "tracking", "looks", "legibility", "vote", "finish",
        "engine", "dashboard", "bibs", "recording", "webhook", "gun", "waves",
        "faces", "faces_of_unknown", "faces_delete_after_days", "travel", "matching")  # fmt: skip
_CAMERA = ("name", "source", "start_utc", "transport", "latency_ms", "finish_line", "approach",
           "region")  # fmt: skip


@dataclass(frozen=True, slots=True)
class CameraEntry:
    """One camera of the race file.

    Attributes:
        name: letters, digits, ``-`` and ``_``; it names folders.
        source: see `stream.sources.choose.open_source`; paths are absolute here.
        start_utc_ns: capture time of the first frame of footage; None where not told.
        transport: ``tcp`` or ``udp``, of network cameras.
        latency_ms: how late a network camera's packets may come.
        view: finish line, approach and region.
    """

    name: str
    source: str
    start_utc_ns: int | None = None
    transport: str = "tcp"
    latency_ms: int = 200
    view: CameraSettings = CameraSettings()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class DashboardSettings:
    """Where the dashboard listens, and to whom. The default host is this machine alone.

    Attributes:
        require_token: this machine needs a token as well.
        most_viewers: live lines at a time.
        certificate, key: PEM files to serve with TLS; both or none.
        video_viewers: how many may watch live video at a time, all cameras together; 0 is nobody.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    require_token: bool = False
    most_viewers: int = 200
    certificate: Path | None = None
    key: Path | None = None
    video_viewers: int = 8


@dataclass(frozen=True, slots=True)
class RaceFile:
    """A whole race file.

    `cameras` is empty where a race is made of photos alone, which cannot be run, only tagged;
    `start_list` is None where nobody said who runs; `bibs` says what the race's bibs look like;
    `path` is the file itself, None where there is none; `faces` says whether faces may be compared,
    see `stream.faces_consent`, `faces_of_unknown` whether those of unknown runners may be kept,
    too, `faces_delete_after_days` how long they stay after the race; `travels` and `matching` are
    about unknown runners.
    """

    name: str
    cameras: tuple[CameraEntry, ...]
    start_list: Path | None = None
    race: RaceSettings = field(default_factory=RaceSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)
    dashboard: DashboardSettings = field(default_factory=DashboardSettings)
    bibs: RaceBibs = field(default_factory=RaceBibs)
    recording: RecordingSettings = field(default_factory=RecordingSettings)
    webhooks: tuple[WebhookSettings, ...] = ()
    starts: Starts = field(default_factory=Starts)
    path: Path | None = field(default=None, compare=False)
    faces: bool = False
    faces_of_unknown: bool = False
    faces_delete_after_days: int = FACES_DAYS
    travels: tuple[Travel, ...] = ()
    matching: MatchingSettings = field(default_factory=MatchingSettings)


def load_race_file(path: Path) -> RaceFile:
    """Read a race file.

    Raises:
        ConfigError: the file is missing, is not TOML, or says something that cannot be.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file. Copy race.sample.toml to begin.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}. Save it as UTF-8 text.") from error
    race = parse_race_file(text, str(path), path.resolve().parent)
    return replace(race, path=path.resolve())


def load_race_bibs(path: Path) -> RaceBibs:
    """The bibs of a race, ready to be drawn.

    Args:
        path: the race file; see `stream.race_bibs`.

    Raises:
        ConfigError: the race file, the font or a logo cannot be used, or no numbers are told.
        StartListError: the numbers are those of a start list that cannot be used.
    """
    race = load_race_file(path)
    return complete_bibs(race.bibs, race.start_list, path)


def parse_race_file(text: str, file: str, folder: Path) -> RaceFile:
    """Read the text of a race file.

    Args:
        text: TOML.
        file: name of the file, for messages.
        folder: the file's folder; paths in it are relative to that.

    Raises:
        ConfigError: see `load_race_file`.
    """
    try:
        top = Table(file, "", tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not TOML: {error}.") from None
    top.refuse_unknown(_TOP)
    cameras = _cameras(top, folder)
    race = RaceSettings(
        {camera.name: camera.view for camera in cameras},
        made(TrackerSettings, top.table("tracking"), folder),
        made(LookSettings, top.table("looks"), folder),
        made(JudgeSettings, top.table("legibility"), folder),
        made(VoteSettings, top.table("vote"), folder),
        made(FinishSettings, top.table("finish"), folder),
    )
    return RaceFile(
        top.text("name"),
        cameras,
        folder / top.text("start_list") if "start_list" in top.values else None,
        race,
        _engine(top.table("engine"), folder),
        _dashboard(top.table("dashboard"), folder),
        parse_bibs(top.table("bibs"), folder),
        _recording(top.table("recording"), folder),
        parse_webhooks(top),
        parse_starts(top),
        faces=_switch(top, "faces"),
        faces_of_unknown=_faces_of_unknown(top),
        faces_delete_after_days=_faces_days(top),
        travels=parse_travels(top, [camera.name for camera in cameras]),
        matching=made(MatchingSettings, top.table("matching"), folder),
    )


def _switch(top: Table, key: str) -> bool:
    said = top.values.get(key, False)
    if not isinstance(said, bool):
        raise top.error(key, "must be true or false, without quotes.")
    return said


def _faces_of_unknown(top: Table) -> bool:
    said = _switch(top, "faces_of_unknown")
    if said and not _switch(top, "faces"):
        raise top.error("faces_of_unknown", "is true while faces is not. Write faces = true, too.")
    return said


def _faces_days(top: Table) -> int:
    days = top.values.get("faces_delete_after_days", FACES_DAYS)
    if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= MOST_FACES_DAYS:
        raise top.error(
            "faces_delete_after_days", f"must be a whole number of days, 0 to {MOST_FACES_DAYS}."
        )
    return days


def _engine(table: Table, folder: Path) -> EngineSettings:
    engine = made(EngineSettings, table, folder)
    if engine.reader is None or engine.reader in list(ReaderName):
        return engine
    if not engine.reader.endswith(".onnx"):
        raise table.error("reader", f"must be {READERS_TOLD}, not {engine.reader!r}.")
    return replace(engine, reader=str(folder / engine.reader))


def _dashboard(table: Table, folder: Path) -> DashboardSettings:
    settings = made(DashboardSettings, table, folder)
    if settings.most_viewers < 1:
        raise table.error("most_viewers", f"must be at least 1, not {settings.most_viewers}.")
    for key, other in (("certificate", "key"), ("key", "certificate")):
        if key in table.values and other not in table.values:
            raise table.error(other, f"missing. A {key} alone cannot be used.")
    return settings


def _recording(table: Table, folder: Path) -> RecordingSettings:
    settings = made(RecordingSettings, table, folder)
    fault = settings.fault()
    if fault is not None:
        raise ConfigError(f"{table.file}: [recording]: {fault}")
    return settings


def _cameras(top: Table, folder: Path) -> tuple[CameraEntry, ...]:
    raw = top.values.get("camera", [])
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise top.error("camera", "must be a table [[camera]] with name and source.")
    cameras: list[CameraEntry] = []
    for number, values in enumerate(raw, start=1):
        table = Table(top.file, f"[[camera]] {number}", values)
        camera = _camera(table, folder)
        if camera.name in [other.name for other in cameras]:
            raise table.error("name", f"{camera.name!r} is taken. Give each camera its own name.")
        cameras.append(camera)
    return tuple(cameras)


def _camera(table: Table, folder: Path) -> CameraEntry:
    table.refuse_unknown(_CAMERA)
    name = table.text("name")
    if not all(c.isascii() and (c.isalnum() or c in "-_") for c in name):
        raise table.error("name", f"{name!r} may have only letters, digits, - and _.")
    transport = table.text("transport", "tcp")
    if transport not in ("tcp", "udp"):
        raise table.error("transport", f"must be one of tcp, udp, not {transport!r}.")
    latency_ms = table.values.get("latency_ms", 200)
    if not isinstance(latency_ms, int) or isinstance(latency_ms, bool) or latency_ms < 0:
        raise table.error("latency_ms", "must be a whole number of milliseconds from 0 up.")
    view = CameraSettings(_line(table), _approach(table), _region(table))
    source = table.text("source")
    is_path = "://" not in source and not source.startswith("/dev/")
    return CameraEntry(
        name,
        str(folder / source) if is_path else source,
        table.utc_ns("start_utc"),
        transport,
        latency_ms,
        view,
    )


def _line(table: Table) -> Line | None:
    if "finish_line" not in table.values:
        return None
    # The ends of the painted line may lie outside the picture.
    ax, ay, bx, by = table.numbers("finish_line", (2, 2), -1.0, 2.0)
    if (ax, ay) == (bx, by):
        raise table.error("finish_line", "both ends are the same point. Give two ends.")
    return (ax, ay), (bx, by)


def _approach(table: Table) -> Approach:
    raw = table.text("approach", Approach.AUTO.value)
    names = [member.value for member in Approach]
    if raw not in names:
        raise table.error("approach", f"must be one of {', '.join(names)}, not {raw!r}.")
    return Approach(raw)


def _region(table: Table) -> tuple[float, float, float, float] | None:
    if "region" not in table.values:
        return None
    x0, y0, x1, y1 = table.numbers("region", (4,), 0.0, 1.0)
    if x0 >= x1 or y0 >= y1:
        raise table.error("region", "is empty. Write left, top, right, bottom.")
    return x0, y0, x1, y1
