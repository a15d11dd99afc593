"""What nvtracker is told: NVIDIA's own NvDCF_perf with the few values a finish line wants. Pure.

The rest of that file belongs to the installed version and stays as it is.
"""

from __future__ import annotations

from stream.sources.port import SourceError

NAME = "config_tracker_NvDCF_perf.yml"

WANTED = {
    # The race core decides what is a runner: a box must not wait until nvtracker believes in it.
    ("TargetManagement", "probationAge"): "0",
    ("TargetManagement", "maxShadowTrackingAge"): "25",
    ("TargetManagement", "maxTargetsPerStream"): "150",
    # A bib inside a person is another target.
    ("DataAssociator", "checkClassMatch"): "1",
}
"""Section and key, and the value."""


def tracker_config(installed: str, label: str) -> str:
    """The installed configuration with our values in it; comments and order stay.

    Args:
        installed: text of the file.
        label: how messages call it.

    Raises:
        SourceError: a key is not there, so this is another file.
    """
    lines, section, missing = [], "", dict(WANTED)
    for line in installed.splitlines():
        key = line.split("#")[0].partition(":")[0]
        if key and not key[0].isspace() and ":" in line:
            section = key.strip()
        value = missing.pop((section, key.strip()), None) if key[:1].isspace() else None
        indent = key[: len(key) - len(key.lstrip())]
        lines.append(line if value is None else f"{indent}{key.strip()}: {value}")
    if missing:
        absent = ", ".join(f"{section}: {key}" for section, key in missing)
        raise SourceError(f"{label}: has no {absent}; is this NvDCF_perf of DeepStream 8 or newer?")
    return "\n".join(lines) + "\n"
