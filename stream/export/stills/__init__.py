"""The best pictures of every runner.

`choice` says which moments are worth looking at, `shots` decodes them, `people` who is who in them;
`blur` makes others unknowable, `picture_tags` says in the file what it shows; `export` writes them.
"""

from stream.export.stills.export import StillOptions, export_stills

__all__ = ["StillOptions", "export_stills"]
