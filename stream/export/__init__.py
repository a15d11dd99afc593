"""What a race leaves behind: clips, stills, tables and pages per bib, in an export folder.

Everything is listed in the folder's manifest (`stream.export.manifest`) with a key of what its
content follows from, so that an export goes on where it was interrupted and makes nothing twice.
"""

from stream.export.appearances import Appearance, appearances
from stream.export.errors import ExportError
from stream.export.manifest import ExportedFile, Manifest
from stream.export.names import file_stem
from stream.export.race import ExportRace, Outcome, Told
from stream.export.video import Piece, RaceVideo, ShownFrame

__all__ = [
    "Appearance",
    "ExportError",
    "ExportRace",
    "ExportedFile",
    "Manifest",
    "Outcome",
    "Piece",
    "RaceVideo",
    "ShownFrame",
    "Told",
    "appearances",
    "file_stem",
]
