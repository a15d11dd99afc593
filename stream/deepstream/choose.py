"""Opens the cameras of a race as one DeepStream graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engines.models import DetectorManifest, read_manifest, verify
from stream.deepstream.graph import CameraFeed, Files, GraphOptions, deepstream_graph
from stream.deepstream.install import (
    TEGRA,
    Binding,
    cache_folder,
    choose_binding,
    installation,
    real_pyds,
    servicemaker,
    write_files,
)
from stream.deepstream.nvinfer_config import FP16, FP32
from stream.deepstream.runner import Runner
from stream.deepstream.source import Batch, BatchCamera
from stream.graph import Graph
from stream.sources.address import Place, address, check_file
from stream.sources.port import SourceError, Speed


@dataclass(frozen=True, slots=True)
class Asked:
    """One camera as the race file has it; see `stream.config.CameraEntry`."""

    name: str
    source: str
    start_utc_ns: int | None
    latency_ms: int
    tcp: bool


def open_batch(
    cameras: Sequence[Asked],
    weights: Path,
    speed: Speed,
    *,
    exact: bool,
    record_into: Path | None = None,
) -> Batch:
    """The cameras of a race, nothing of which runs before the first is asked for frames.

    Args:
        cameras: network cameras and video files.
        weights: the detector's ONNX file with its manifest beside it.
        speed: of files.
        exact: compute in FP32; otherwise FP16, quicker.
        record_into: folder for network cameras' own video, one folder in it for each camera; None
            records nothing, and pyservicemaker's runner never does.

    Raises:
        SourceError: DeepStream is not here, or a source is nothing for it.
        MissingPackageError: neither cupy nor torch is here, and pyservicemaker needs one.
        ModelFileError: the detector is absent or not that of the manifest.
    """
    binding = choose_binding(real_pyds() is not None, servicemaker() is not None)
    into = record_into if binding is Binding.PYDS else None
    batch = [batch_camera(camera, speed, into) for camera in cameras]
    if binding is Binding.SERVICEMAKER:
        from stream.deepstream.servicemaker_runner import gpu_arrays  # noqa: PLC0415

        gpu_arrays()
    installed = installation()
    manifest = read_manifest(DetectorManifest, weights)
    verify(weights, manifest.sha256)

    def make(feeds: Sequence[CameraFeed]) -> Runner:
        make_folders(feeds)
        mode = FP32 if exact else FP16
        folder = cache_folder(manifest)
        files = write_files(manifest, weights, installed, folder, batch=len(feeds), mode=mode)
        options = GraphOptions(unified=not TEGRA.exists(), paced=speed is Speed.REAL_TIME)
        return RUNNERS[binding](feeds, files, options)

    return Batch(batch, make)


def batch_camera(camera: Asked, speed: Speed, record_into: Path | None = None) -> BatchCamera:
    """A camera of the race as one of the graph.

    Raises:
        SourceError: it is neither a network camera nor a video file.
    """
    place = address(camera.source)
    if place.place is Place.RTSP:
        folder = None if record_into is None else record_into / camera.name
        feed = CameraFeed(
            place.target, True, camera.latency_ms, camera.tcp, folder, f"{camera.name}-smart"
        )
        return BatchCamera(camera.name, place.label, feed, True)
    if place.place is not Place.FILE:
        raise SourceError(
            f"{place.label}: DeepStream takes rtsp cameras and video files; leave out "
            '--deepstream and pipeline = "deepstream" for this race'
        )
    check_file(Path(place.target))
    feed = CameraFeed(Path(place.target).absolute().as_uri(), False)
    live = speed is Speed.REAL_TIME
    return BatchCamera(camera.name, place.label, feed, live, camera.start_utc_ns or 0)


def make_folders(feeds: Sequence[CameraFeed]) -> None:
    """Make the folders that are recorded into. Raises SourceError where that cannot be."""
    for folder in {feed.record_into for feed in feeds if feed.record_into is not None}:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SourceError(f"{folder}: cannot be made: {error.strerror}") from error


def _pyds(feeds: Sequence[CameraFeed], files: Files, options: GraphOptions) -> Runner:
    from stream.deepstream.pyds_runner import PydsRunner, tracks_by_class  # noqa: PLC0415

    module = real_pyds()
    assert module is not None, "choose_binding has found it"
    options = replace(options, persons_only=tracks_by_class())
    graph: Graph = deepstream_graph(feeds, files, options)
    return PydsRunner(graph, len(feeds), module, maps=not options.unified)


def _servicemaker(feeds: Sequence[CameraFeed], files: Files, options: GraphOptions) -> Runner:
    from stream.deepstream.servicemaker_runner import (  # noqa: PLC0415
        ServiceMakerRunner,
        gpu_arrays,
    )

    module = servicemaker()
    assert module is not None, "choose_binding has found it"
    graph = deepstream_graph(feeds, files, replace(options, pixels="RGB", pushed=True))
    return ServiceMakerRunner(graph, len(feeds), module, gpu_arrays())


RUNNERS: dict[Binding, Callable[[Sequence[CameraFeed], Files, GraphOptions], Runner]] = {
    Binding.PYDS: _pyds,
    Binding.SERVICEMAKER: _servicemaker,
}
