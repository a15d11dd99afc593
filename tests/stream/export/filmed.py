"""Films whose frames tell their number and whose sound tells the time, and races of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from stream.hub import Message
from stream.store import NewSegment, Store
from stream.types import Clock, Closed, Crossed, Event, Opened, State, Tagged

SECOND_NS = 1_000_000_000
START_NS = 1_780_000_000 * SECOND_NS
BOX = (1.0, 2.0, 3.0, 4.0)
FPS = 25
FRAME_NS = SECOND_NS // FPS
RECORDED = "+frag_keyframe+empty_moov+default_base_moof"
"""How recordings are written: whole up to the last fragment whenever the process dies."""


def has_encoder(name: str) -> bool:
    try:
        av.codec.Codec(name, "w")
    except (av.FFmpegError, ValueError):
        return False
    return True


needs_hevc = pytest.mark.skipif(not has_encoder("libx265"), reason="FFmpeg has no x265")


@dataclass(frozen=True)
class Film:
    """What a film is made of; `first` is the number of its first frame."""

    n: int = 50
    first: int = 0
    codec: str = "libx264"
    pixels: str = "yuv420p"
    size: tuple[int, int] = (160, 96)
    gop: int = 25
    b_frames: int = 0
    sound: str | None = None
    sound_rate: int = 48_000
    beep_s: tuple[float, float] = (1.0, 1.5)
    movflags: str = ""


def make_film(path: Path, film: Film) -> Path:
    """Write a film; it beeps in `beep_s`, seconds since frame 0."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"movflags": film.movflags} if film.movflags else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(film.codec, rate=FPS)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = *film.size, film.pixels
        stream.time_base = Fraction(1, FPS)
        stream.options = dict(_options(film))
        if film.codec == "mjpeg":
            stream.codec_context.qmin = stream.codec_context.qmax = 2
        voice = _voice(container, film)
        for k in range(film.n):
            container.mux(stream.encode(_frame(film, k)))
            if voice is not None and (k + 1) % FPS == 0:
                _speak(container, voice, film, k // FPS)
        container.mux(stream.encode(None))
        if voice is not None:
            container.mux(voice.encode(None))
    return path


def numbers(path: Path) -> list[tuple[float, int]]:
    """Time in seconds and number of every frame that a player would show."""
    found = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            assert frame.time is not None
            grey = np.asarray(frame.to_ndarray(format="gray"), np.uint8)
            found.append((round(frame.time, 3), number(grey)))
    return found


def number(grey: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> int:
    """The number that a picture tells, grey or RGB."""
    middle = grey.shape[1] // 2
    low, high = grey[8:-8, 8 : middle - 8].mean(), grey[8:-8, middle + 8 : -8].mean()
    return round((float(low) - 30) / 5) + 40 * round((float(high) - 30) / 5)


def beep(path: Path) -> tuple[float, float] | None:
    """When it is loud, seconds of the film's time; None where it never is."""
    loud = []
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return None
        for frame in container.decode(audio=0):
            assert frame.time is not None
            samples = frame.to_ndarray().astype(np.float32)
            scale = 1.0 if frame.format.name.startswith("flt") else 32768.0
            level = np.abs(samples[0] / scale)
            at = np.flatnonzero(level > 0.2)
            if frame.format.is_packed:
                at = at // frame.layout.nb_channels
            loud += [frame.time + float(n) / frame.sample_rate for n in at]
    return (min(loud), max(loud)) if loud else None


@dataclass(frozen=True)
class Shot:
    """A file of a camera: when its first frame was captured, and what the race says of it."""

    file: Path
    at_s: float = 0.0
    long_s: float | None = 2.0
    camera: str = "finish"
    footage: str = "one"
    referenced: bool = True
    deleted: bool = False


@dataclass(frozen=True)
class Seen:
    """A sighting, seconds since `START_NS`."""

    bib: str
    first_s: float
    last_s: float
    crossed_s: float | None = None
    camera: str = "finish"
    footage: str = "one"
    state: State = State.CONFIRMED


def make_race(folder: Path, shots: Sequence[Shot], seen: Sequence[Seen]) -> Path:
    """A race folder with recorded video and sightings; adds to one that is there."""
    with Store.open(folder) as store:
        sequence = count(store.last_seq() + 1)
        tracks = count(store.next_track_id())
        cameras = {(one.camera, one.footage) for one in shots}
        cameras |= {(one.camera, one.footage) for one in seen}
        for camera, footage in sorted(cameras):
            key = f"{camera} {footage}"
            footage_id = store.begin_footage(camera, key, key, START_NS).id
            for shot in shots:
                if (shot.camera, shot.footage) == (camera, footage):
                    _add_segment(store, folder, footage_id, shot)
            for sighting in seen:
                if (sighting.camera, sighting.footage) == (camera, footage):
                    for event in _events(next(tracks), sighting):
                        store.record(Message(next(sequence), event, None))
            # What is seen before here stays when the race goes on.
            store.progress_footage(footage_id, 1000 * SECOND_NS, 1)
            store.flush()
            store.end_footage(footage_id, complete=False)
        store.flush()
    return folder


def correct(folder: Path, track_id: int, bib: str | None) -> None:
    """Say, as a person would, what a track's bib is."""
    with Store.open(folder) as store:
        row = store.runner(track_id)
        assert row is not None
        event = Tagged(
            row.camera, track_id, 0, START_NS, BOX, bib, State.CORRECTED, 1.0, 1, None, True
        )
        store.record(Message(store.last_seq() + 1, event, None))
        store.flush()


def _add_segment(store: Store, folder: Path, footage_id: int, shot: Shot) -> None:
    codec, sound, width, height = "h264", None, 160, 96
    path = shot.file if shot.referenced else shot.file.relative_to(folder)
    segment_id = store.begin_segment(
        NewSegment(
            footage_id=footage_id,
            camera=shot.camera,
            path=path.as_posix(),
            referenced=shot.referenced,
            codec=codec,
            sound=sound,
            width=width,
            height=height,
            first_utc_ns=START_NS + round(shot.at_s * SECOND_NS),
            clock=Clock.FILE,
        )
    )
    if shot.long_s is not None:
        end_ns = START_NS + round((shot.at_s + shot.long_s) * SECOND_NS)
        store.end_segment(segment_id, end_ns, 1)
    if shot.deleted:
        store.delete_segments([segment_id])


def _events(track_id: int, seen: Seen) -> list[Event]:
    def at(time_s: float) -> int:
        return START_NS + round(time_s * SECOND_NS)

    camera, bib = seen.camera, seen.bib
    first, last = at(seen.first_s), at(seen.last_s)
    events: list[Event] = [
        Opened(camera, track_id, 0, first, BOX),
        Tagged(camera, track_id, 1, first, BOX, bib, seen.state, 0.99, 2, None, True),
    ]
    if seen.crossed_s is not None:
        events.append(Crossed(camera, track_id, 2, 0, at(seen.crossed_s), Clock.FILE))
    return [*events, Closed(camera, track_id, 3, last, bib, seen.state, 0.99, 1, {})]


def _options(film: Film) -> dict[str, object]:
    if film.codec == "libx264":
        return {
            "crf": "10",
            "preset": "ultrafast" if not film.b_frames else "veryfast",
            "g": str(film.gop),
            "bf": str(film.b_frames),
            "x264-params": "scenecut=0:open-gop=0:b-adapt=0",
        }
    if film.codec == "libx265":
        keys = f"keyint={film.gop}:min-keyint={film.gop}:scenecut=0:open-gop=0"
        return {"crf": "10", "preset": "ultrafast", "x265-params": f"log-level=none:{keys}"}
    return {}


def _frame(film: Film, k: int) -> av.VideoFrame:
    n = film.first + k
    frame = av.VideoFrame(*film.size, film.pixels)
    for index, plane in enumerate(frame.planes):
        rows = np.full((plane.height, plane.line_size), 128, np.uint8)
        if index == 0:
            rows[:] = _luma(film, 30 + 5 * (n % 40))
            rows[:, film.size[0] // 2 :] = _luma(film, 30 + 5 * (n // 40))
        plane.update(rows.tobytes())
    frame.pts, frame.time_base = k, Fraction(1, FPS)
    return frame


def _luma(film: Film, grey: int) -> int:
    return grey if film.pixels == "yuvj420p" else 16 + round(grey * 219 / 255)


def _voice(container: av.container.OutputContainer, film: Film) -> AudioStream | None:
    if film.sound is None:
        return None
    voice = container.add_stream(film.sound, rate=film.sound_rate, layout="mono")
    assert isinstance(voice, AudioStream)
    return voice


def _speak(
    container: av.container.OutputContainer, voice: AudioStream, film: Film, second: int
) -> None:
    """One second of sound."""
    rate, step = film.sound_rate, voice.codec_context.frame_size or film.sound_rate // 50
    begin, end = (-(-s * rate // step) for s in (second, second + 1))
    for n in range(begin, end):
        since = film.first / FPS + (n * step + np.arange(step)) / rate
        is_loud = (film.beep_s[0] <= since) & (since < film.beep_s[1])
        wave = np.where(is_loud, 0.6 * np.sin(2 * np.pi * 500 * since), 0.0).astype(np.float32)
        kind = voice.codec_context.format.name
        samples = wave if kind.startswith("flt") else (wave * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None], kind, "mono")
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), n * step
        container.mux(voice.encode(frame))
