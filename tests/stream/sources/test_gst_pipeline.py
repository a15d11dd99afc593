"""Building graphs with GStreamer, and what is said of those that cannot be built."""

from __future__ import annotations

from itertools import pairwise

import pytest

from stream.graph import Element, Graph, Inner, Link
from stream.sources.port import SourceError
from tests.stream.sources.footage import needs_gst

pytestmark = needs_gst

CAPS = "video/x-raw,format=I420,width=32,height=16,framerate=25/1"


def small(*elements: Element, caps: str = CAPS, inner: tuple[Inner, ...] = ()) -> Graph:
    """A chain from a test picture through `elements` to the sink."""
    chain = (
        Element("source", "videotestsrc", (("num-buffers", 3),)),
        *elements,
        Element("sink", "appsink", (("sync", False),)),
    )
    links = [Link(a.name, b.name, caps if a.name == "source" else "") for a, b in pairwise(chain)]
    return Graph(chain, tuple(links), inner)


def test_a_missing_element_names_the_package() -> None:
    from stream.sources.gst_pipeline import Pipeline

    graph = small(Element("decode", "avdec_nothing"))
    with pytest.raises(
        SourceError, match=r"no element 'avdec_nothing'; try: apt install gstre.*-libav"
    ):
        Pipeline(graph, "race.mp4")


def test_a_missing_property_is_named() -> None:
    from stream.sources.gst_pipeline import Pipeline

    graph = small(Element("wait", "queue", (("max-size-bufers", 3),)))
    with pytest.raises(SourceError, match="queue has no property 'max-size-bufers'"):
        Pipeline(graph, "race.mp4")


def test_elements_that_do_not_fit() -> None:
    from stream.sources.gst_pipeline import Pipeline

    with pytest.raises(SourceError, match="cannot link source to decode"):
        Pipeline(small(Element("decode", "jpegdec")), "race.mp4")


def test_inner_elements_are_set() -> None:
    from stream.sources.gst_pipeline import Pipeline

    graph = small(Element("wait", "queue"), inner=(Inner("que*", "max-size-buffers", 7),))
    pipeline = Pipeline(graph, "race.mp4")
    assert pipeline.element("wait").get_property("max-size-buffers") == 7


def test_samples_come_to_their_end() -> None:
    from stream.sources.gst_pipeline import EndedError, Pipeline

    pipeline = Pipeline(small(), "pattern")
    pipeline.start()
    assert all(pipeline.pull(10**10) is not None for _ in range(3))
    for _ in range(2):
        with pytest.raises(EndedError):
            while True:
                assert pipeline.pull(10**8) is None
    assert pipeline.rendered() == 3
    pipeline.stop()
    pipeline.stop()


def test_a_failure_comes_with_its_reason() -> None:
    from stream.sources.gst_pipeline import FailedError, Pipeline

    read = Element("source", "filesrc", (("location", "/nowhere/race.mp4"),))
    graph = Graph((read, Element("sink", "appsink")), (Link("source", "sink"),))
    pipeline = Pipeline(graph, "race.mp4")
    pipeline.start()
    with pytest.raises(FailedError, match="not found; check the path or URL") as caught:
        while True:
            assert pipeline.pull(10**8) is None
    assert not caught.value.lasting
    pipeline.stop()


def test_a_stopped_pipeline_does_not_start() -> None:
    from stream.sources.gst_pipeline import Pipeline

    pipeline = Pipeline(small(), "pattern")
    pipeline.stop()
    pipeline.start()
    assert pipeline.pull(0) is None
