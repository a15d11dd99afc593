"""`python -m engines.models stamp`: renews the checksum in a manifest."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from engines.models.files import DETECTOR
from engines.models.manifests import (
    DetectorManifest,
    Manifest,
    ReaderManifest,
    any_manifest,
    stamp,
)

_KINDS: Final[dict[str, Manifest]] = {"detector": DetectorManifest(), "reader": ReaderManifest()}


def main(arguments: list[str] | None = None) -> None:
    """`python -m engines.models stamp [WEIGHTS] [--kind reader]`."""
    parser = argparse.ArgumentParser(prog="python -m engines.models", description=main.__doc__)
    parser.add_argument("command", choices=["stamp"])
    parser.add_argument("weights", nargs="?", type=Path, default=DETECTOR)
    parser.add_argument(
        "--kind", choices=list(_KINDS), default="detector", help="of weights without a manifest"
    )
    given = parser.parse_args(arguments)
    weights: Path = given.weights
    has_one = weights.with_suffix(".json").exists()
    new = any_manifest(weights) if has_one else _KINDS[given.kind]
    print(f"{weights.with_suffix('.json')}: {stamp(weights, new).sha256}")


if __name__ == "__main__":
    main()
