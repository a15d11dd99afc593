"""Puts a race together and runs it: sources, engines, core, store, hub and page."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from fastapi import APIRouter

from dashboard.camera_views import view_routes
from dashboard.corrections import correction_routes
from dashboard.feeds.webhooks import Webhooks
from dashboard.latency.journey import Journeys
from dashboard.latency.painted import Painted
from dashboard.matching_faces import live_faces
from dashboard.race_view import NoEntries, RaceView
from dashboard.recognition.api import recognition_routes
from dashboard.recognition.opening import open_recognition
from dashboard.serving import open_page
from dashboard.stopping import stopped_by_signals
from dashboard.uploads.uploads import Uploads, open_uploads
from dashboard.video.api import video_routes
from dashboard.video.feed import LiveVideo, VideoListener, VideoStatus
from dashboard.video.peers import VideoPeers
from engines.appearance import load_appearance_embedder
from engines.load import PipelineName, load_detector, load_looker, warm_up
from engines.runtimes.session import Precision
from stream.clock import SECOND_NS, monotonic_ns, now_ns
from stream.config import CameraEntry, RaceFile
from stream.deepstream.choose import Asked, open_batch
from stream.deepstream.source import Batch
from stream.desk import Desk
from stream.drops import RecentDrops
from stream.forget.old_templates import delete_old_faces
from stream.hub import Hub, Message
from stream.identity import LiveMatching, MatchRules
from stream.matching.calibrated import shipped
from stream.pipeline import CameraCount, Listener, Pipeline
from stream.race import Race
from stream.recording import Recordings
from stream.recording.recorder import RecordingStatus
from stream.recording.room import DiskStatus
from stream.scribe import Scribe
from stream.set_up_meter import SetUpMeter
from stream.sources.address import Place, address
from stream.sources.choose import CAMERAS, open_source
from stream.sources.packets import Taken, to_all
from stream.sources.port import Source, Speed
from stream.sources.resumed import Resumed
from stream.start_list import StartList, load_start_list
from stream.store import StartListRow, Store, fingerprint
from stream.store.forgetting import forgotten_in
from stream.view_desk import ViewDesk

Told = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A camera whose footage this race has already seen to its end."""

    camera: str
    source: str


class RaceRun:
    """One run of a race, opened in the constructor and closed by `close`.

    Args:
        race_file: what to watch and how.
        folder: the race folder; made when missing, added to when there.
        speed: of files.
        serve: whether to serve the dashboard.
        told: called with every message, on the race's thread.
        listeners: who else listens to the pipeline.
        painted: keeps how long tags take to the page; the default is for the page's own use.
        recognition: answer ``/recognition`` as well; see `dashboard.recognition`.

    Raises:
        SourceError, StartListError, StoreError, EngineError, ServerError: with the mend.
    """

    def __init__(
        self,
        race_file: RaceFile,
        folder: Path,
        speed: Speed,
        *,
        serve: bool,
        told: Told,
        listeners: Sequence[Listener] = (),
        painted: Painted | None = None,
        recognition: bool = False,
    ) -> None:
        self._opened = ExitStack()
        self._recognises = recognition
        self.painted = painted or Painted()
        self.skipped: list[Skipped] = []
        self.invitation: tuple[str, ...] = ()
        try:
            self._open(race_file, folder, speed, serve, told, listeners)
        except BaseException:
            self._opened.close()
            raise

    def _open(
        self,
        race_file: RaceFile,
        folder: Path,
        speed: Speed,
        serve: bool,
        told: Told,
        listeners: Sequence[Listener],
    ) -> None:
        # What can be wrong with the input comes first: nothing is written before it is known.
        start_list = None if race_file.start_list is None else load_start_list(race_file.start_list)
        recordings = Recordings(race_file.recording)
        videos = live_videos(race_file, speed) if serve else {}
        batch, sources = _sources(race_file, speed, recordings, videos)
        self.start_list = start_list
        delete_old_faces(folder, now_ns(), race_file.faces_delete_after_days)
        self.store = self._opened.enter_context(Store.open(folder, race_name=race_file.name))
        self.store.keep_faces_for(race_file.faces_delete_after_days)
        if start_list is not None:
            self.store.replace_start_list(_rows(start_list))
            # Who was forgotten has no name any more, whatever the file says.
            start_list = self.start_list = start_list.without(forgotten_in(folder))
        if race_file.starts:
            self.store.replace_starts(race_file.starts)
        sources, footage = self._unseen(race_file.cameras, sources, recordings)
        if batch is not None:
            batch.only(set(footage))
        self._opened.callback(recordings.close)
        recordings.begin(self.store, footage)
        self.recordings = recordings
        self._in_step = speed is Speed.MAXIMUM and not any(source.live for source in sources)
        hub = Hub(first_seq=self.store.last_seq() + 1)
        webhooks = Webhooks(race_file.webhooks, hub, race_file.name, start_list or NoEntries())
        self._opened.callback(webhooks.close)
        journeys = Journeys(self.painted.send)
        scribe = Scribe(self.store, hub, footage, _to_both(journeys.told, told))
        self._opened.callback(scribe.close)
        engine = race_file.engine
        detector = load_detector(engine)
        # Live, the thread that reads computes by itself, and gives way to those that see frames.
        looker = load_looker(engine if self._in_step else replace(engine, threads=1))
        self._opened.callback(detector.close)
        self._opened.callback(looker.close)
        warm_up(detector, looker, len(sources))
        race = Race(race_file.race, start_list, self.store.next_track_id(), race_file.bibs.numbers)
        self.meter = SetUpMeter(
            race_file.race.judge, needed_agreement=race_file.race.vote.hard_second
        )
        heard: list[Listener] = [journeys, scribe, self.meter, VideoListener(videos), *listeners]
        self._matching = self._live_matching(race_file)
        if self._matching is not None:
            heard.append(self._matching)
        self.pipeline = Pipeline(sources, detector, looker, race, heard, in_step=self._in_step)
        self.video = VideoPeers(videos, race_file.dashboard.video_viewers)
        self._status = Status(
            self.pipeline, sources, self.meter, recordings, self.video, webhooks, self.painted
        )
        self.url = self._serve(race_file, folder, hub) if serve else None

    def run(self) -> None:
        """Work until every source has ended, or until SIGINT or SIGTERM asks to stop."""
        with stopped_by_signals(self.pipeline.stop):
            self.pipeline.run()
        self.recordings.close()
        self.store.flush()
        if self._matching is not None:
            print("finishline: matching whoever came last; Ctrl-C leaves it out", file=sys.stderr)
            with stopped_by_signals(self._matching.stop):
                self._matching.finish()

    def close(self) -> None:
        """Let go of everything, the page last seen included."""
        self._opened.close()

    def _live_matching(self, race_file: RaceFile) -> LiveMatching | None:
        if not race_file.matching.live:
            return None
        faces = live_faces(race_file, self.store.folder, self.start_list)
        rules = MatchRules(race_file.travels, shipped(faces=faces is not None))
        matching = LiveMatching(self.store, load_appearance_embedder(), rules, faces)
        self._opened.callback(matching.close)
        return matching

    def _unseen(
        self, cameras: Sequence[CameraEntry], sources: Sequence[Source], recordings: Recordings
    ) -> tuple[list[Source], dict[str, int]]:
        """The sources with something new in them, and their footage in the store."""
        new: list[Source] = []
        footage: dict[str, int] = {}
        for camera, source in zip(cameras, sources, strict=True):
            known = self.store.begin_footage(
                camera.name, camera.source, footage_key(camera.source), camera.start_utc_ns
            )
            if known.complete:
                self.skipped.append(Skipped(camera.name, camera.source))
                continue
            footage[camera.name] = known.id
            recordings.refer(self.store, known.id, camera.name, camera.source, camera.start_utc_ns)
            after_ns = known.resume_after_pts_ns
            new.append(source if after_ns is None else Resumed(source, after_ns))
        return new, footage

    def _serve(self, race_file: RaceFile, folder: Path, hub: Hub) -> str:
        view = RaceView(
            name=race_file.name,
            folder=folder,
            cameras=tuple(camera.name for camera in race_file.cameras),
            entries=self.start_list or NoEntries(),
            status=self._status,
            legible=race_file.race.judge,
            painted=self.painted,
            starts=self.store.starts(),
        )
        video = video_routes(self.video)
        desk = Desk(self.store, hub, self.pipeline)
        views = ViewDesk(race_file.path, self.pipeline, view.cameras)
        page = open_page(
            hub,
            self.store,
            view,
            race_file.dashboard,
            video=video,
            corrections=correction_routes(self.store, desk, view.entries, str(folder)),
            views=view_routes(views, lambda line: print(line, file=sys.stderr)),
            recognition=self._recognition(race_file) if self._recognises else None,
            uploads=self._uploads(race_file),
        )
        self.invitation = page.invitation
        self._opened.callback(page.server.stop)
        # Before the server: it is on its event loop that viewers are sent away.
        self._opened.callback(self.video.close)
        return page.url

    def _uploads(self, race_file: RaceFile) -> Uploads:
        uploads = open_uploads(self.store, race_file, live=True)
        self._opened.callback(uploads.close)
        return uploads

    def _recognition(self, race_file: RaceFile) -> APIRouter:
        recognition = open_recognition(
            self.store.people,
            race_file,
            self.start_list,
            lambda line: print(line, file=sys.stderr),
            live=True,
        )
        self._opened.callback(recognition.close)
        return recognition_routes(recognition)


class Status:
    """How the run is doing, for the page. Called from the server's thread."""

    def __init__(
        self,
        pipeline: Pipeline,
        sources: Sequence[Source],
        meter: SetUpMeter,
        recordings: Recordings,
        video: VideoPeers,
        webhooks: Webhooks,
        painted: Painted,
    ) -> None:
        self._pipeline = pipeline
        self._webhooks = webhooks
        self._painted = painted
        self._video = video
        self._meter = meter
        self._recordings = recordings
        self._sources = sources
        self._at_ns = monotonic_ns()
        self._frames: dict[str, int] = {}
        self._fps: dict[str, float] = {}
        self._drops: dict[str, RecentDrops] = {}

    def __call__(self) -> Mapping[str, object]:
        """JSON-ready; rates are over the time since the last call a second or more ago."""
        counts = self._pipeline.counts()
        passed_s = (monotonic_ns() - self._at_ns) / SECOND_NS
        if passed_s >= 1:
            self._fps = {
                camera: (count.frames - self._frames.get(camera, 0)) / passed_s
                for camera, count in counts.items()
            }
            self._frames = {camera: count.frames for camera, count in counts.items()}
            self._at_ns = monotonic_ns()
        frames, looks = self._pipeline.waiting()
        return {
            "cameras": [
                {
                    "name": source.camera,
                    "state": source.status().state,
                    "fps": round(self._fps.get(source.camera, 0.0), 1),
                    "frames": counts[source.camera].frames,
                    "dropped": counts[source.camera].dropped,
                    "reconnects": source.status().reconnects,
                    "error": counts[source.camera].error,
                    **self._health(source, counts[source.camera]),
                    "set_up": self._set_up(source.camera),
                    "recording": _told(self._recordings.status(source.camera)),
                    "video": _told(self._video.status(source.camera)),
                }
                for source in self._sources
            ],
            "frames_waiting": frames,
            "looks_waiting": looks,
            "disk": _told(self._recordings.disk()),
            "webhooks": self._webhooks.status(),
            "latency": self._painted.summary(),
        }

    def _health(self, source: Source, count: CameraCount) -> Mapping[str, object]:
        """How the camera's pictures come; what is not known is None."""
        status, timing = source.status(), self._meter.timing(source.camera)
        offset_ns, nominal = status.clock_offset_ns, status.nominal_fps
        recent = self._drops.setdefault(source.camera, RecentDrops())
        return {
            "nominal_fps": None if nominal is None else round(nominal, 2),
            "dropped_share": recent.share(count.frames, count.dropped, monotonic_ns()),
            "lag_ms": None if timing is None else timing.lag_ms,
            "clock": None if timing is None else timing.clock.value,
            "clock_offset_ms": None if offset_ns is None else round(offset_ns / 1e6, 1),
            "decoder": status.decoder or None,
        }

    def _set_up(self, camera: str) -> Mapping[str, object] | None:
        found = self._meter.read(camera)
        return None if found is None else found.to_json()


def _told(
    status: RecordingStatus | DiskStatus | VideoStatus | None,
) -> Mapping[str, object] | None:
    return None if status is None else asdict(status)


def _to_both(first: Told, second: Told) -> Told:
    def told(message: Message) -> None:
        first(message)
        second(message)

    return told


def footage_key(source: str) -> str | None:
    """What makes footage the same footage: content of files, None for what is live."""
    path = Path(source)
    if path.is_file():
        return fingerprint(path)
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        lines = (f"{file.relative_to(path)} {fingerprint(file)}\n" for file in files)
        return hashlib.sha256("".join(lines).encode()).hexdigest()
    if source.startswith("sim://"):
        return hashlib.sha256(source.encode()).hexdigest()
    return None


def live_videos(race_file: RaceFile, speed: Speed) -> dict[str, LiveVideo]:
    """Live video by camera; folders of photos have none.

    Raises:
        SourceError: a source cannot be understood.
    """
    videos = {}
    for camera in race_file.cameras if race_file.dashboard.video_viewers else ():
        place = address(camera.source).place
        if place is not Place.PHOTOS:
            tapped = place in CAMERAS
            paced = tapped or speed is Speed.REAL_TIME
            videos[camera.name] = LiveVideo(camera.name, tapped=tapped, paced=paced)
    return videos


def _source(
    camera: CameraEntry, speed: Speed, taken: Taken | None, video: LiveVideo | None
) -> Source:
    return open_source(
        camera.name,
        camera.source,
        speed=speed,
        start_utc_ns=camera.start_utc_ns,
        latency_ms=camera.latency_ms,
        transport="udp" if camera.transport == "udp" else "tcp",
        taken=taken,
        prompt=video.prompt if video else None,
    )


def _sources(
    race_file: RaceFile,
    speed: Speed,
    recordings: Recordings,
    videos: Mapping[str, LiveVideo],
) -> tuple[Batch | None, list[Source]]:
    """The cameras, and the graph that reads all of them where there is one."""
    # The recorder first: whatever becomes of live video, what was filmed is kept.
    takers = {
        camera.name: to_all(
            [
                recordings.taker(camera.name, camera.source),
                videos[camera.name].take if camera.name in videos else None,
            ]
        )
        for camera in race_file.cameras
    }
    batch = _batch(race_file, speed, takers)
    if batch is not None:
        return batch, list(batch.sources)
    return None, [
        _source(camera, speed, takers[camera.name], videos.get(camera.name))
        for camera in race_file.cameras
    ]


def _batch(race_file: RaceFile, speed: Speed, takers: Mapping[str, Taken | None]) -> Batch | None:
    """All cameras as one DeepStream graph; None where the race does not ask for it."""
    engine = race_file.engine
    if engine.pipeline is not PipelineName.DEEPSTREAM:
        return None
    asked = [
        Asked(
            camera.name,
            camera.source,
            camera.start_utc_ns,
            camera.latency_ms,
            camera.transport == "tcp",
            takers[camera.name],
        )
        for camera in race_file.cameras
    ]
    return open_batch(
        asked,
        engine.weights,
        speed,
        exact=engine.precision is Precision.F32,
        gpu=engine.gpu,
    )


def _rows(start_list: StartList) -> list[StartListRow]:
    return [
        StartListRow(
            entry.bib, entry.name, entry.club, entry.category, entry.wave, entry.city, entry.nation
        )
        for entry in start_list.entries
    ]
