"""A network camera's encoded stream alone, over a connection of its own: nothing is decoded."""

from __future__ import annotations

import logging
import threading

from stream import clock
from stream.graph import SOUND_TAP, Graph
from stream.sources.gst import POLL_NS
from stream.sources.gst_packets import PacketForm, packet_of
from stream.sources.gst_pipeline import EndedError, FailedError, Pipeline
from stream.sources.pacing import patience_s, wait_after
from stream.sources.packets import Taken
from stream.sources.port import SourceError

log = logging.getLogger(__name__)


class EncodedCamera:
    """Hands on a camera's packets from `begin` to `close`, and calls it again when it is lost.

    Args:
        camera: its name.
        graph: see `stream.graph.encoded_graph`.
        taken: gets every packet, on this thread.
    """

    def __init__(self, camera: str, graph: Graph, taken: Taken) -> None:
        self._camera = camera
        self._graph = graph
        self._taken = taken
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"encoded-{camera}", daemon=True)

    def begin(self) -> None:
        """Call the camera; once."""
        self._thread.start()

    def close(self) -> None:
        """No packet comes once this returns."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        """The top of the thread."""
        failures = 0
        try:
            while not self._stop.is_set():
                why, answered = self._run()
                failures = 1 if answered else failures + 1
                if not self._stop.is_set():
                    log.warning("%s: its video is lost and called again: %s", self._camera, why)
                    self._stop.wait(wait_after(failures))
        except SourceError as error:
            # Frames come another way, so the race goes on without the recording.
            log.error("%s: is not recorded: %s", self._camera, error)

    def _run(self) -> tuple[str, bool]:
        """One connection. Returns why it ended, and whether there was a packet."""
        pipeline = Pipeline(self._graph, self._camera)
        video, sound = PacketForm(False), PacketForm(True)
        answered, heard_ns = False, clock.monotonic_ns()
        try:
            pipeline.start()
            while not self._stop.is_set():
                sample = pipeline.pull(POLL_NS)
                if sample is not None:
                    answered, heard_ns = True, clock.monotonic_ns()
                    self._hand_on(sample, video, pipeline)
                for heard in pipeline.tapped(SOUND_TAP):
                    self._hand_on(heard, sound, pipeline)
                patience = patience_s(0, first=not answered)
                if clock.monotonic_ns() - heard_ns > patience * clock.SECOND_NS:
                    return f"no packet for {patience:g} s", answered
        except EndedError:
            return "the camera ended the stream", answered
        except FailedError as failure:
            if failure.lasting:
                raise SourceError(str(failure)) from failure
            return str(failure), answered
        finally:
            pipeline.stop()
        return "closed", answered

    def _hand_on(self, sample: object, forms: PacketForm, pipeline: Pipeline) -> None:
        packet = packet_of(sample, forms, pipeline.base_time_ns(), self._camera)
        if packet is not None:
            self._taken(packet)
