"""A race opened to be exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from stream.export.appearances import Appearance, appearances
from stream.export.manifest import Manifest
from stream.export.names import camera_part, file_stem
from stream.export.video import RaceVideo
from stream.store import Store, StoreReader
from stream.store.values import StartListRow

EXPORT = "export"
"""The folder of exports inside a race folder."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one bib's export.

    Attributes:
        written: files made now.
        kept: files that were there already.
        problem: what failed, with the mend; None where all went well.
        note: what is worth knowing though nothing failed.
    """

    bib: str
    written: int
    kept: int
    problem: str | None
    note: str | None = None


Told = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class ExportRace:
    """A race to read and the locked folder that its export goes to; close it after use.

    Attributes:
        entries: the start list by bib.
        name: what the race is called; its folder's name where nobody said.
        cameras: all that the race has.
    """

    reader: StoreReader
    video: RaceVideo
    entries: Mapping[str, StartListRow]
    out: Path
    manifest: Manifest
    name: str
    cameras: tuple[str, ...]

    @staticmethod
    def open(folder: Path, out: Path | None = None) -> ExportRace:
        """Open a race, finished or not.

        Args:
            out: where the export goes; None is ``export`` in the race folder.

        Raises:
            StoreError: there is no race that can be read.
            ExportError: the export folder is locked, broken or cannot be written to.
        """
        reader = Store.open_read_only(folder)
        entries = {row.bib: row for row in reader.start_list()}
        name = reader.race_name or folder.absolute().name
        place = folder / EXPORT if out is None else out
        cameras = tuple(dict.fromkeys(row.camera for row in reader.footage()))
        manifest = Manifest.open(place)
        return ExportRace(reader, RaceVideo(reader), entries, place, manifest, name, cameras)

    def close(self) -> None:
        """Save the manifest and free the export folder."""
        self.manifest.close()

    def __enter__(self) -> ExportRace:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def appearances(self, bib: str) -> tuple[Appearance, ...]:
        """Every passage of a bib, in order of first sight."""
        return appearances(self.reader.runners_with(bib))

    def stem(self, bib: str, camera: str | None = None) -> str:
        """A file name without ending: bib, name, camera. Different cameras never look the same."""
        entry = self.entries.get(bib)
        shown = None if camera is None else camera_part(camera, self.cameras)
        return file_stem(bib, None if entry is None else entry.name, shown)
