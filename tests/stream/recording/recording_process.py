"""A process that records a camera into a race until it is killed."""

from __future__ import annotations

import sys
from pathlib import Path

from stream.recording import Recordings, RecordingSettings
from stream.sources.choose import open_source
from stream.sources.port import Backend
from stream.store import Store


def main(folder: Path, url: str, backend: Backend) -> None:
    recordings = Recordings(RecordingSettings(segment_s=2.0))
    taken = recordings.taker("finish", url)
    source = open_source("finish", url, backend=backend, taken=taken)
    with Store.open(folder) as store:
        footage = store.begin_footage("finish", url, None, None).id
        recordings.begin(store, {"finish": footage})
        for frame in source.frames():
            status = recordings.status("finish")
            assert status is not None
            print(frame.index, frame.capture_utc_ns, status.segments, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])  # type: ignore[arg-type]
