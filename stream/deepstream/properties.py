"""Whether the elements of a graph have the properties that it sets: by a list, or by the machine.

`elements.json` holds the properties of DeepStream's elements with their types, as read from its
public source (9.1; nvstreammux is the one without USE_NEW_NVSTREAMMUX). So a misspelt property
fails in a test, on a machine that has no DeepStream.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from stream.graph import Graph, Value
from stream.sources.port import SourceError

ELEMENTS = Path(__file__).with_name("elements.json")

Types = Mapping[str, Mapping[str, str]]
"""By element, its properties and their types: boolean, int, uint, uint64, enum, string, caps."""

_LIMITS = {"int": (-(2**31), 2**31), "uint": (0, 2**32), "uint64": (0, 2**64)}


class GraphError(SourceError):
    """A graph uses an element or a property that is not there. The message names both."""


def listed() -> Types:
    """The elements and properties of the list."""
    elements = json.loads(ELEMENTS.read_text(encoding="utf-8"))
    return {name: element["properties"] for name, element in elements.items()}


def check(graph: Graph, types: Types, *, told_by: str) -> None:
    """Refuse a graph with an unknown element or property, or a value that does not fit.

    Args:
        graph: what is to run.
        types: what there is.
        told_by: who says so, for the message.

    Raises:
        GraphError: names every element and property that is wrong.
    """
    faults = []
    for element in graph.elements:
        known = types.get(element.factory)
        if known is None:
            faults.append(f"there is no element {element.factory!r}")
            continue
        for name, value in element.properties:
            if name not in known:
                faults.append(f"{element.factory} has no property {name!r}")
            elif not fits(value, known[name]):
                faults.append(f"{element.factory} {name}={value!r} is no {known[name]}")
    if faults:
        raise GraphError(
            f"the DeepStream graph cannot be built: {'; '.join(faults)} (says {told_by}); "
            "DeepStream 8 or newer is needed"
        )


def fits(value: Value, kind: str) -> bool:
    """Whether a value can be that of a property of this type; kinds not listed take anything."""
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in ("string", "caps"):
        return isinstance(value, str)
    if isinstance(value, bool):
        return False
    if kind in _LIMITS:
        low, high = _LIMITS[kind]
        return isinstance(value, int) and low <= value < high
    if kind == "enum":
        return isinstance(value, str) or (isinstance(value, int) and value >= 0)
    return True
