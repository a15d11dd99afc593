"""Every runner's clips, cut out of the recorded video.

`export` says which clips there are to be, `cutting` what goes into one and writes it; `copying`,
`encoding` and `sound` put pictures and sound into the file.
"""

from stream.export.clips.export import ClipOptions, export_clips

__all__ = ["ClipOptions", "export_clips"]
