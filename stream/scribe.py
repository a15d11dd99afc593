"""Writes down what happens: events to hub and store, pictures of every runner, previews.

The scribe listens to the pipeline on the race's thread. Whatever is slow (files, database,
JPEG) happens on other threads: the store's own and one for previews.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2

from engines.types import Box, Image
from stream.clock import SECOND_NS, monotonic_ns
from stream.frames import CROP_PAD, BestFrames, Kept
from stream.hub import Hub, Message, Preview, PreviewBox
from stream.race import Race, TrackView
from stream.store import ImageKind, NewImage, Store
from stream.types import Closed, Event, Frame, Judged, State, Tagged

PREVIEW_GAP_NS = SECOND_NS // 5
PREVIEW_WIDTH = 640
CROPS_PER_TRACK = 12
"""Crops of looks that counted, kept per track until one of them becomes the evidence."""


PROGRESS_GAP_NS = 2 * SECOND_NS
"""Footage between two notes of how far a source has been seen."""


@dataclass(frozen=True, slots=True, eq=False)
class _Crop:
    pts_ns: int
    image: Image


class Scribe:
    """Keeps the record of one run.

    Args:
        store: the race folder.
        hub: where viewers listen.
        footage: by camera, the store's id of the footage being seen.
        told: called with every message on the race's thread; it must be quick.
    """

    def __init__(
        self,
        store: Store,
        hub: Hub,
        footage: Mapping[str, int],
        told: Callable[[Message], None],
    ) -> None:
        self._store = store
        self._hub = hub
        self._footage = footage
        self._told = told
        self._best = BestFrames()
        self._crops: dict[int, OrderedDict[int, _Crop]] = {}
        self._noted: dict[str, int] = {}
        self._newest: dict[str, Frame] = {}
        self._shown_ns: dict[str, int] = {}
        self._previews = _PreviewThread(hub)

    def begin(self, camera: str) -> None:
        """Nothing to prepare."""

    def watch(self, frame: Frame, race: Race) -> None:
        """Keep good frames of everybody in view and show a preview now and then."""
        views = race.views(frame.camera)
        for view in views:
            value = _frame_value(view.box, frame.picture.width, frame.picture.height)
            if self._best.wants(view.track_id, frame.capture_utc_ns, value):
                self._best.offer(
                    Kept(
                        frame.camera,
                        view.track_id,
                        frame.index,
                        frame.pts_ns,
                        frame.capture_utc_ns,
                        frame.picture.crop(_widened(view.box, CROP_PAD)),
                        value,
                    )
                )
        self._newest[frame.camera] = frame
        if frame.pts_ns - self._noted.get(frame.camera, 0) >= PROGRESS_GAP_NS:
            self._note_progress(frame)
        now_ns = monotonic_ns()
        due = now_ns - self._shown_ns.get(frame.camera, 0) >= PREVIEW_GAP_NS
        if due and self._hub.wants_previews(frame.camera):
            self._shown_ns[frame.camera] = now_ns
            self._previews.draw(frame, views)

    def tell(self, event: Event, frame: Frame | None) -> None:
        """Record and publish one event."""
        if isinstance(event, Judged):
            self._store.record_look(event)
            if event.reason is None and frame is not None:
                self._keep_crop(event, frame)
            return
        evidence = self._evidence(event) if isinstance(event, Tagged) else None
        message = self._hub.publish(event, evidence)
        self._store.record(message)
        self._told(message)
        if isinstance(event, Closed):
            self._store.save_frames(event.track_id, self._best.take(event.track_id))
            self._crops.pop(event.track_id, None)

    def over(self, camera: str, error: Exception | None) -> None:
        """Close the camera's footage; it counts as done only when its end was reached."""
        if camera in self._newest:
            self._note_progress(self._newest.pop(camera))
        self._store.end_footage(self._footage[camera], complete=error is None)

    def close(self) -> None:
        """End the preview thread; the store and the hub stay open."""
        self._previews.close()

    def _note_progress(self, frame: Frame) -> None:
        self._noted[frame.camera] = frame.pts_ns
        self._store.progress_footage(self._footage[frame.camera], frame.pts_ns, frame.index + 1)

    def _keep_crop(self, judged: Judged, frame: Frame) -> None:
        """Keep what a look that counted has seen: the bib, and the face above it."""
        look, finding = judged.look, judged.finding
        bib = look.bib if finding is None else finding.bib or look.bib or finding.number
        crops = self._crops.setdefault(look.track_id, OrderedDict())
        crops[look.frame_index] = _Crop(look.pts_ns, frame.picture.crop(_wearer(bib, look.person)))
        if len(crops) > CROPS_PER_TRACK:
            crops.popitem(last=False)

    def _evidence(self, tag: Tagged) -> str | None:
        """Save the crop that weighed most for the tag; its path, or None if it is gone."""
        look = tag.evidence
        crops = self._crops.get(tag.track_id)
        if look is None or crops is None or look.frame_index not in crops:
            return None
        crop = crops[look.frame_index]
        return self._store.save_image(
            NewImage(
                tag.camera,
                tag.track_id,
                look.frame_index,
                crop.pts_ns,
                look.capture_utc_ns,
                ImageKind.EVIDENCE,
                crop.image,
                tag.bib if tag.state is not State.SEEN else None,
            )
        )


class _PreviewThread:
    """Draws previews beside the race; a preview not yet begun gives way to a newer one."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._waiting: dict[str, tuple[Frame, list[TrackView]]] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="previews")
        self._thread.start()

    def draw(self, frame: Frame, views: list[TrackView]) -> None:
        with self._changed:
            self._waiting[frame.camera] = (frame, views)
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or bool(self._waiting))
                if self._closed:
                    return
                _, (frame, views) = self._waiting.popitem()
            self._hub.show(_preview(frame, views))


def _preview(frame: Frame, views: list[TrackView]) -> Preview:
    picture = frame.picture
    width = min(PREVIEW_WIDTH, picture.width)
    height = round(picture.height * width / picture.width)
    scale = width / picture.width
    image = cv2.cvtColor(picture.resized(width, height), cv2.COLOR_RGB2BGR)
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 75])
    boxes = tuple(
        PreviewBox(view.track_id, _scaled(view.box, scale), view.bib, view.state) for view in views
    )
    return Preview(
        frame.camera, frame.index, frame.capture_utc_ns, width, height, jpeg.tobytes(), boxes
    )


def _frame_value(box: Box, width: int, height: int) -> float:
    """How good a frame of a runner is: tall, and whole inside the picture."""
    inside = min(box[2], width) - max(box[0], 0), min(box[3], height) - max(box[1], 0)
    whole = inside[0] * inside[1] / ((box[2] - box[0]) * (box[3] - box[1]) + 1e-6)
    touches = box[0] <= 2 or box[1] <= 2 or box[2] >= width - 2 or box[3] >= height - 2
    return (box[3] - box[1]) * whole * (0.6 if touches else 1.0)


def _wearer(bib: Box | None, person: Box) -> Box:
    """Upper body round a bib: what a person needs to see to check a tag at a glance."""
    if bib is None:
        x0, y0, x1, y1 = person
        return _widened((x0, y0, x1, y0 + 0.65 * (y1 - y0)), 0.04)
    middle, half = (bib[0] + bib[2]) / 2, 1.3 * (bib[2] - bib[0])
    # A head and shoulders above, never higher than the runner's own head.
    top = max(bib[1] - 1.6 * 2 * half, person[1] - 0.02 * (person[3] - person[1]))
    return middle - half, min(top, bib[1]), middle + half, bib[3] + 0.4 * half


def _widened(box: Box, share: float) -> Box:
    x0, y0, x1, y1 = box
    dx, dy = share * (x1 - x0), share * (y1 - y0)
    return x0 - dx, y0 - dy, x1 + dx, y1 + dy


def _scaled(box: Box, scale: float) -> Box:
    return box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale
