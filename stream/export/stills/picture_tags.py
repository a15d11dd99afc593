"""What a still says about itself: EXIF and XMP, as photo programs read them.

EXIF holds when it was taken, XMP the keywords: bib, name, race and camera. Names are those of
the start list. Only the runner that the still is of is named, nobody else in the picture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape

from PIL import ExifTags, Image

from engines.types import Image as PixelArray
from stream.export.times import has_date

SOFTWARE: Final = "finishline"
JPEG_QUALITY: Final = 92
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# XML 1.0 cannot hold these at all, not even escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_XMP: Final = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
   <dc:description>
    <rdf:Alt><rdf:li xml:lang="x-default">{description}</rdf:li></rdf:Alt>
   </dc:description>
   <dc:subject><rdf:Bag>{keywords}</rdf:Bag></dc:subject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


@dataclass(frozen=True, slots=True)
class PictureTags:
    """What is told of a still.

    Attributes:
        name: of the runner, where the start list has one.
        capture_utc_ns: when it was taken. Footage without a start time counts from 1970: a time
            without a date (see `times.has_date`) is left out, as a wrong date is worse than none.
    """

    bib: str
    name: str | None
    race: str
    camera: str
    capture_utc_ns: int

    @property
    def keywords(self) -> tuple[str, ...]:
        """What a photo program finds it by, each once."""
        words = (self.bib, self.name, self.race, self.camera)
        return tuple(dict.fromkeys(_clean(word) for word in words if word and _clean(word)))

    @property
    def description(self) -> str:
        """One line for people: ``Race: bib 12, Name``."""
        runner = f"bib {self.bib}" if not self.name else f"bib {self.bib}, {self.name}"
        return _clean(f"{self.race}: {runner}" if self.race else runner)


def exif(tags: PictureTags) -> Image.Exif:
    """EXIF: the moment in UTC with its parts of a second, what it shows, and what made it."""
    told = Image.Exif()
    # EXIF knows ASCII only; every reader takes UTF-8, and XMP says it again.
    told[ExifTags.Base.ImageDescription] = tags.description.encode()
    told[ExifTags.Base.Software] = SOFTWARE
    if has_date(tags.capture_utc_ns):
        moment = _EPOCH + timedelta(microseconds=tags.capture_utc_ns // 1000)
        place = told.get_ifd(ExifTags.IFD.Exif)
        place[ExifTags.Base.DateTimeOriginal] = f"{moment:%Y:%m:%d %H:%M:%S}"
        place[ExifTags.Base.SubsecTimeOriginal] = f"{moment.microsecond // 1000:03d}"
        place[ExifTags.Base.OffsetTimeOriginal] = "+00:00"
    return told


def xmp(tags: PictureTags) -> bytes:
    """An XMP packet, UTF-8, with the keywords (``dc:subject``) and the description."""
    keywords = "".join(f"<rdf:li>{escape(word)}</rdf:li>" for word in tags.keywords)
    return _XMP.format(description=escape(tags.description), keywords=keywords).encode()


def jpeg(image: PixelArray, tags: PictureTags) -> bytes:
    """A picture as a JPEG file with its tags."""
    content = BytesIO()
    Image.fromarray(image).save(
        content, "JPEG", quality=JPEG_QUALITY, exif=exif(tags), xmp=xmp(tags)
    )
    return content.getvalue()


def _clean(text: str) -> str:
    return " ".join(_NOT_XML.sub("", text).split())
