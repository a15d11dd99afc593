"""Video files as sources: they are recorded already, and are only referred to."""

from __future__ import annotations

from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from stream.recording.mend import readable_ns
from stream.sources.av import shown_size
from stream.store import NewSegment, Store
from stream.types import Clock


def refer_to_file(
    store: Store, footage_id: int, camera: str, file: Path, start_utc_ns: int | None
) -> bool:
    """Put a video file on record as the footage's only segment.

    A file inside the race folder is named relative to it, so that the folder can be moved.

    Args:
        start_utc_ns: when its first frame was taken; None counts from zero.

    Returns:
        Whether it is a video that can be cut; what is none is left to its source to say.

    Raises:
        StoreError: the race folder cannot be written.
    """
    try:
        with av.open(str(file)) as container:
            video = container.streams.video[0]
            codec = video.codec_context.codec.canonical_name
            sounds = container.streams.audio
            sound = sounds[0].codec_context.codec.canonical_name if sounds else None
            size = _shown_size(container, video)
    except (av.FFmpegError, OSError, IndexError):
        return False
    length_ns = readable_ns(file)
    if length_ns is None:
        return False
    whole, folder = file.resolve(), store.folder.resolve()
    inside = whole.is_relative_to(folder)
    first_utc_ns = start_utc_ns or 0
    segment_id = store.begin_segment(
        NewSegment(
            footage_id,
            camera,
            whole.relative_to(folder).as_posix() if inside else str(whole),
            referenced=True,
            codec=codec,
            sound=sound,
            width=size[0],
            height=size[1],
            first_utc_ns=first_utc_ns,
            clock=Clock.FILE,
        )
    )
    store.end_segment(segment_id, first_utc_ns + length_ns, file.stat().st_size)
    return True


def _shown_size(container: InputContainer, video: VideoStream) -> tuple[int, int]:
    """Of the first frame that is not damaged; as it is stored where all are. Its source tells of
    damage."""
    for packet in container.demux(video):
        try:
            for frame in packet.decode():
                if isinstance(frame, VideoFrame):
                    return shown_size(frame)
        except av.InvalidDataError:
            continue
    return video.width, video.height
