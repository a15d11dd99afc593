"""What caps mean for a buffer."""

from __future__ import annotations

import pytest

from engines.picture import Matrix
from stream.sources.planes import Colour
from tests.stream.sources.footage import needs_gst

pytestmark = needs_gst

COLOURS = {
    "silent": ("", Colour()),
    "HD": (",colorimetry=bt709", Colour(Matrix.BT709)),
    "SD": (",colorimetry=bt601", Colour(Matrix.BT601)),
    "JPEG": (",colorimetry=1:4:0:0", Colour(Matrix.BT601, full_range=True)),
    "full HD range": (",colorimetry=1:3:5:1", Colour(Matrix.BT709, full_range=True)),
    "wide": (",colorimetry=bt2020", Colour(None)),
}


@pytest.mark.parametrize(("field", "colour"), COLOURS.values(), ids=COLOURS.keys())
def test_colours(field: str, colour: Colour) -> None:
    from stream.sources.gst_pipeline import Gst
    from stream.sources.gst_samples import layout_of

    Gst.init(None)
    caps = f"video/x-raw,format=I420,width=30,height=18,framerate=50/2{field}"
    layout = layout_of(Gst.Caps.from_string(caps))
    assert layout.colour == colour
    assert (layout.width, layout.height, layout.fps) == (30, 18, 25)
    assert layout.strides == (32, 16, 16)
    assert layout.offsets == (0, 32 * 18, 32 * 18 + 16 * 9)


def test_a_stream_without_a_rate() -> None:
    from stream.sources.gst_pipeline import Gst
    from stream.sources.gst_samples import layout_of

    Gst.init(None)
    caps = "video/x-raw,format=I420,width=30,height=18,framerate=0/1"
    assert layout_of(Gst.Caps.from_string(caps)).fps == 0
