"""Opens the cameras of a race as one DeepStream graph."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engines.models import DetectorManifest, read_manifest, verify
from engines.runtimes.gpus import count_like_nvidia_smi
from engines.runtimes.tensorrt.network import network_bytes
from stream.deepstream.graph import CameraFeed, Files, GraphOptions, deepstream_graph
from stream.deepstream.install import (
    TEGRA,
    Binding,
    choose_binding,
    detector_folder,
    installation,
    real_pyds,
    servicemaker,
    write_files,
)
from stream.deepstream.nvinfer_config import FP16, FP32, InferPlan
from stream.deepstream.runner import Runner
from stream.deepstream.source import Batch, BatchCamera
from stream.graph import encoded_graph
from stream.sources.address import Place, address, check_file
from stream.sources.choose import NO_GST, gst_is_installed
from stream.sources.packets import Taken
from stream.sources.port import SourceError, Speed

if TYPE_CHECKING:
    from stream.sources.gst_encoded import EncodedCamera

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """One camera as the race file has it; see `stream.config.CameraEntry`.

    Attributes:
        taken: gets its encoded video, of a network camera; None where nobody wants it.
    """

    name: str
    source: str
    start_utc_ns: int | None
    latency_ms: int
    tcp: bool
    taken: Taken | None = None


def open_batch(
    cameras: Sequence[Asked],
    weights: Path,
    speed: Speed,
    *,
    exact: bool,
    gpu: int = 0,
) -> Batch:
    """The cameras of a race, nothing of which runs before the first is asked for frames.

    Args:
        cameras: network cameras and video files.
        weights: the detector's ONNX file with its manifest beside it.
        speed: of files.
        exact: compute in FP32; otherwise FP16, quicker.
        gpu: number of the GPU, as ``nvidia-smi -L`` counts them.

    Raises:
        SourceError: DeepStream is not here, or a source is nothing for it.
        MissingPackageError: neither cupy nor torch is here, and pyservicemaker needs one.
        ModelFileError: the detector is absent, not that of the manifest, or rounded to 8 bits.
    """
    count_like_nvidia_smi()
    binding = choose_binding(real_pyds() is not None, servicemaker() is not None)
    batch = [batch_camera(camera, speed) for camera in cameras]
    if binding is Binding.SERVICEMAKER:
        from stream.deepstream.servicemaker_runner import gpu_arrays  # noqa: PLC0415

        gpu_arrays()
    installed = installation()
    manifest = read_manifest(DetectorManifest, weights)
    network = network_bytes(verify(weights, manifest.sha256))

    def make(watched: Sequence[BatchCamera]) -> Runner:
        plan = InferPlan(
            detector_folder(manifest), installed.parser, len(watched), FP32 if exact else FP16, gpu
        )
        files = write_files(manifest, network, installed, plan)
        options = GraphOptions(unified=not TEGRA.exists(), paced=speed is Speed.REAL_TIME, gpu=gpu)
        return RUNNERS[binding](watched, files, options)

    return Batch(batch, make)


def batch_camera(camera: Asked, speed: Speed) -> BatchCamera:
    """A camera of the race as one of the graph.

    Raises:
        SourceError: it is neither a network camera nor a video file.
    """
    place = address(camera.source)
    if place.place is Place.RTSP:
        feed = CameraFeed(place.target, True, camera.latency_ms, camera.tcp)
        return BatchCamera(camera.name, place.label, feed, True, taken=camera.taken)
    if place.place is not Place.FILE:
        raise SourceError(
            f"{place.label}: DeepStream takes rtsp cameras and video files; leave out "
            '--deepstream and pipeline = "deepstream" for this race'
        )
    check_file(Path(place.target))
    feed = CameraFeed(Path(place.target).absolute().as_uri(), False)
    live = speed is Speed.REAL_TIME
    return BatchCamera(camera.name, place.label, feed, live, camera.start_utc_ns or 0)


def _pyds(cameras: Sequence[BatchCamera], files: Files, options: GraphOptions) -> Runner:
    from stream.deepstream.pyds_runner import PydsRunner, tracks_by_class  # noqa: PLC0415

    module = real_pyds()
    assert module is not None, "choose_binding has found it"
    options = replace(options, persons_only=tracks_by_class())
    graph = deepstream_graph([camera.feed for camera in cameras], files, options)
    takers = [camera.taken for camera in cameras]
    return PydsRunner(graph, takers, module, maps=not options.unified)


def encoded_beside(cameras: Sequence[BatchCamera]) -> list[EncodedCamera]:
    """A second connection to every network camera whose encoded video somebody wants.

    pyservicemaker shows nothing of what is inside nvurisrcbin, so it does not come out of the
    graph. Without PyGObject there is none, which is told.
    """
    wanted = [(camera, camera.taken) for camera in cameras if camera.taken is not None]
    if not wanted:
        return []
    if not gst_is_installed():
        log.warning("cameras are not recorded: %s", NO_GST)
        return []
    from stream.sources.gst_encoded import EncodedCamera  # noqa: PLC0415

    return [
        EncodedCamera(
            camera.name,
            encoded_graph(
                camera.feed.uri,
                latency_ms=camera.feed.latency_ms,
                transport="tcp" if camera.feed.tcp else "auto",
            ),
            taken,
        )
        for camera, taken in wanted
    ]


def _servicemaker(cameras: Sequence[BatchCamera], files: Files, options: GraphOptions) -> Runner:
    from stream.deepstream.servicemaker_runner import (  # noqa: PLC0415
        ServiceMakerRunner,
        gpu_arrays,
    )

    module = servicemaker()
    assert module is not None, "choose_binding has found it"
    feeds = [camera.feed for camera in cameras]
    graph = deepstream_graph(feeds, files, replace(options, pixels="RGB", pushed=True))
    return ServiceMakerRunner(graph, len(cameras), module, gpu_arrays(), encoded_beside(cameras))


RUNNERS: dict[Binding, Callable[[Sequence[BatchCamera], Files, GraphOptions], Runner]] = {
    Binding.PYDS: _pyds,
    Binding.SERVICEMAKER: _servicemaker,
}
