"""Every runner's clips, cut out of the recorded video.

`export` says which clips there are to be, `cutting` which packets or pictures go into one,
`copying`, `encoding` and `sound` write them.
"""

from stream.export.clips.export import ClipOptions, export_clips

__all__ = ["ClipOptions", "export_clips"]
