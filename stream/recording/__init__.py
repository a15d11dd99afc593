"""Records a camera's own encoded video in segments of a few seconds, without encoding anew.

A segment is a fragmented MP4 file (QuickTime where the sound is G.711) that begins with a key
frame; what was written of it can be played, whatever moment the process dies.
"""

from stream.recording.recordings import Recordings
from stream.recording.settings import RecordingSettings

__all__ = ["RecordingSettings", "Recordings"]
