"""Which source an address needs. Heavy libraries are imported only for what is asked."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from stream.graph import (
    Graph,
    Transport,
    file_graph,
    mjpeg_graph,
    pattern_graph,
    rtsp_graph,
    v4l2_graph,
)
from stream.sources.address import Address, Place, address, check_file
from stream.sources.packets import Prompt, Taken
from stream.sources.port import Backend, Source, SourceError, SourceOptions, Speed

CAMERAS = frozenset({Place.RTSP, Place.MJPEG, Place.DEVICE})
"""Places whose frames come when they come; the others are footage."""
NO_GST = (
    "GStreamer cannot be used from this Python; try: apt install python3-gi python3-gst-1.0 "
    "gir1.2-gst-plugins-base-1.0"
)


def open_source(
    camera: str,
    uri: str,
    *,
    speed: Speed = Speed.REAL_TIME,
    backend: Backend = "auto",
    start_utc_ns: int | None = None,
    latency_ms: int = 200,
    transport: Transport = "tcp",
    threads: int = 2,
    attempts: int | None = None,
    taken: Taken | None = None,
    prompt: Prompt | None = None,
) -> Source:
    """The source behind `uri`; nothing is opened before `frames()` is asked.

    Args:
        camera: name that every frame carries.
        uri: a path, ``file://``, ``rtsp://``, ``http(s)://`` (a video file, or a camera that sends
            JPEG pictures), ``/dev/video0`` or ``v4l2:///dev/video0``, a folder of photos,
            ``test://smpte?seconds=3&fps=25&width=640&height=360``,
            ``sim://?runners=40&minutes=1&seed=7``.
        speed: of footage and simulations; cameras have their own.
        backend: auto takes GStreamer where it is installed, else PyAV.
        start_utc_ns: capture time of the first frame of footage; None counts from 1970.
        latency_ms: how late a network camera's packets may come before they count as lost.
        transport: how a network camera sends.
        threads: decoder threads, 0 for one per core.
        attempts: how often in a row a lost camera is called again; None for ever.
        taken: gets the encoded stream of a camera; of footage and simulations nothing.
        prompt: whether it is wanted without delay, see `Prompt`.

    Raises:
        SourceError: the URI cannot be understood, the file is missing, or the backend is.
    """
    options = SourceOptions(
        speed, start_utc_ns, latency_ms, transport, threads, attempts, taken, prompt
    )
    return choose(camera, uri, backend, options)


def choose(camera: str, uri: str, backend: Backend, options: SourceOptions) -> Source:
    """See `open_source`."""
    place = address(uri)
    if place.place is Place.FILE:
        check_file(Path(place.target))
    if place.place is Place.PHOTOS:
        from stream.sources.photos import PhotoSource  # noqa: PLC0415

        return PhotoSource(camera, [Path(place.target)], start_utc_ns=options.start_utc_ns or 0)
    if place.place is Place.SIMULATION:
        from stream.sources.simulated import simulated_source  # noqa: PLC0415

        return simulated_source(camera, place, options)
    if backend == "gst" or (backend == "auto" and gst_is_installed()):
        return _gst(camera, place, options)
    if importlib.util.find_spec("av") is None:
        raise SourceError(f"{place.label}: neither GStreamer nor PyAV is here; try: pip install av")
    from stream.sources.av import AvSource  # noqa: PLC0415

    return AvSource(camera, place, options)


def gst_is_installed() -> bool:
    """Whether GStreamer can be used from this Python."""
    try:
        from stream.sources import gst_pipeline  # noqa: F401, PLC0415
    except (ImportError, ValueError):
        # ValueError: gi is there, a GStreamer namespace is not.
        return False
    return True


def _gst(camera: str, place: Address, options: SourceOptions) -> Source:
    if not gst_is_installed():
        raise SourceError(f"{place.label}: {NO_GST}, or backend av")
    from stream.sources.gst import GstPlan, GstSource  # noqa: PLC0415

    is_camera = place.place in CAMERAS
    plan = GstPlan(
        graph=describe(place, options),
        label=place.label,
        live=is_camera or options.speed is Speed.REAL_TIME,
        camera=is_camera,
        start_utc_ns=options.start_utc_ns or 0,
        attempts=options.attempts,
        taken=options.taken,
        prompt=options.prompt,
    )
    return GstSource(camera, plan)


def describe(place: Address, options: SourceOptions) -> Graph:
    """The GStreamer graph for an address. Raises SourceError for settings that make no sense."""
    paced = options.speed is Speed.REAL_TIME
    threads, tapped = options.threads, options.taken is not None
    match place.place:
        case Place.RTSP:
            latency, transport = options.latency_ms, options.transport
            return rtsp_graph(
                place.target,
                latency_ms=latency,
                transport=transport,
                threads=threads,
                tapped=tapped,
            )
        case Place.MJPEG:
            return mjpeg_graph(place.target, tapped=tapped)
        case Place.DEVICE:
            place.allow("width", "height", "fps")
            size = (int(place.number("width", 0)), int(place.number("height", 0)))
            fps = int(place.number("fps", 0)) or None
            return v4l2_graph(
                place.target,
                size=size if all(size) else None,
                fps=fps,
                threads=threads,
                tapped=tapped,
            )
        case Place.PATTERN:
            return _pattern(place, paced)
    uri = place.target if place.place is Place.HTTP_FILE else Path(place.target).absolute().as_uri()
    return file_graph(uri, paced=paced, threads=threads)


def _pattern(place: Address, paced: bool) -> Graph:
    place.allow("seconds", "fps", "width", "height")
    fps = max(int(place.number("fps", 25)), 1)
    seconds = place.number("seconds", 0)
    size = (int(place.number("width", 640)), int(place.number("height", 360)))
    if not all(size):
        raise SourceError(f"{place.label}: width and height are at least 1 pixel")
    frames = round(seconds * fps) if seconds else -1
    return pattern_graph(place.target, frames=frames, size=size, fps=fps, paced=paced)
