"""Sends numbers through the memory layer of our GPU sessions and looks whether they come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from engines.runtimes.tensorrt.cuda import Block, Cuda
from engines.types import Floats

SIZES: Final = (4, 4 * 384 * 640 * 3, 64 << 20)
"""Bytes: one number, a picture of the detector, and enough to fill the bus."""


@dataclass(frozen=True, slots=True)
class Trip:
    """A copy to the GPU and back.

    Attributes:
        n_bytes: copied each way.
        intact: whether the same came back.
        gb_per_s: of both ways together.
    """

    n_bytes: int
    intact: bool
    gb_per_s: float


def round_trip(cuda: Cuda, n_bytes: int) -> Trip:
    """Random numbers through pinned memory to the GPU and back."""
    host, back, far = cuda.on_host(n_bytes), cuda.on_host(n_bytes), cuda.on_device(n_bytes)
    stream = cuda.stream()
    began, ended = cuda.event(), cuda.event()
    try:
        sent = _filled(host)
        got = back.array(sent.shape)
        got[:] = 0
        cuda.note(began, stream)
        cuda.upload(host, far, n_bytes, stream)
        cuda.download(far, back, n_bytes, stream)
        cuda.note(ended, stream)
        cuda.wait(stream)
        seconds = max(cuda.between_ms(began, ended), 1e-6) / 1e3
        return Trip(n_bytes, bool((sent == got).all()), round(2 * n_bytes / seconds / 1e9, 3))
    finally:
        for event in (began, ended):
            cuda.free_event(event)
        cuda.free_stream(stream)
        _free(cuda, [host, back], far)


def graph_trip(cuda: Cuda, n_bytes: int = 4096) -> bool:
    """The same as a captured graph, which must run anew at each launch and not when captured."""
    host, back, far = cuda.on_host(n_bytes), cuda.on_host(n_bytes), cuda.on_device(n_bytes)
    stream = cuda.stream()

    def copies() -> None:
        cuda.upload(host, far, n_bytes, stream)
        cuda.download(far, back, n_bytes, stream)

    graph = None
    try:
        sent = _filled(host)
        got = back.array(sent.shape)
        got[:] = 0
        graph = cuda.captured(stream, copies)
        cuda.wait(stream)
        untouched = not got.any()
        same = []
        for factor in (1, 2):
            sent *= factor
            cuda.launch(graph, stream)
            cuda.wait(stream)
            same.append(bool((sent == got).all()))
        return untouched and all(same)
    finally:
        if graph is not None:
            cuda.free_graph(graph)
        cuda.free_stream(stream)
        _free(cuda, [host, back], far)


def _filled(host: Block) -> Floats:
    """Random numbers in pinned memory."""
    numbers = host.array((host.n_bytes // 4,))
    numbers[:] = np.random.default_rng(2).random(len(numbers), np.float32)
    return numbers


def _free(cuda: Cuda, host: list[Block], device: Block) -> None:
    for block in host:
        cuda.free_host(block)
    cuda.free_device(device)
