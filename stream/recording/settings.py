"""What the race file says about recording."""

from __future__ import annotations

from dataclasses import dataclass

GB = 1_000_000_000


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """How cameras are recorded and when the disk is full.

    Attributes:
        enabled: whether to record at all.
        segment_s: a segment ends with the first key frame after so many seconds.
        most_gb: all recorded video together may take so much, 10^9 bytes; 0 is no limit.
        warn_free_gb: below so much free space the dashboard warns.
        delete_below_free_gb: below it, segments in which nobody was seen are deleted.
        stop_below_free_gb: below it, recording stops, so that tags and pictures can go on.
    """

    enabled: bool = True
    segment_s: float = 6.0
    most_gb: float = 0.0
    warn_free_gb: float = 10.0
    delete_below_free_gb: float = 5.0
    stop_below_free_gb: float = 1.0

    def fault(self) -> str | None:
        """What contradicts itself, with the mend; None where nothing does."""
        if not 1 <= self.segment_s <= 600:
            return "segment_s must be from 1 to 600 seconds."
        frees = self.warn_free_gb, self.delete_below_free_gb, self.stop_below_free_gb
        if min(*frees, self.most_gb) < 0:
            return "sizes are gigabytes from 0 up."
        if not frees[0] >= frees[1] >= frees[2]:
            return (
                "warn_free_gb, delete_below_free_gb and stop_below_free_gb must fall in this order."
            )
        return None
