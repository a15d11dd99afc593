"""The door to all sources."""

from __future__ import annotations

import inspect
from dataclasses import fields

from stream.sources.choose import open_source
from stream.sources.port import SourceOptions, SourceStatus


def test_options_and_arguments_have_the_same_defaults() -> None:
    arguments = inspect.signature(open_source).parameters
    for field in fields(SourceOptions):
        assert arguments[field.name].default == field.default, field.name
    others = set(arguments) - {field.name for field in fields(SourceOptions)}
    assert others == {"camera", "uri", "backend"}


def test_a_status_begins_with_nothing() -> None:
    status = SourceStatus("finish", "opening")
    assert (status.frames, status.dropped, status.damaged, status.reconnects) == (0, 0, 0, 0)
    assert status.duration_ns is None
