"""Writes down which names the real bindings of TensorRT and CUDA have, and what they take.

    python -m tests.engines.runtimes.tensorrt.names DIR

installs the bindings of 10 and 11 (a few megabytes, no libraries, no GPU) below DIR, and writes
``tensorrt_names_10.json`` and ``tensorrt_names_11.json`` beside this folder. The bindings load
three libraries that are not there: empty ones, made with gcc, take their place. They are good for
looking at names only; nothing may be called.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.engines.runtimes.tensorrt.uses import all_uses

Signatures = list[list[str]]
"""Per overload, the names of the arguments without self; one with a default ends in "?"."""
Names = dict[str, dict[str, Any]]

CHECKED_IN = Path(__file__).parents[1]
PACKAGES = {
    10: ("tensorrt-cu12-bindings==10.13.3.9.post1", "cuda-bindings==12.9.10"),
    11: ("tensorrt-cu13-bindings==11.4.0.106", "cuda-bindings==13.5.0"),
}
_LIBRARIES = ("nvinfer", "nvinfer_plugin", "nvonnxparser")
_SYMBOLS = (
    "createInferBuilder_INTERNAL",
    "createInferRefitter_INTERNAL",
    "createInferRuntime_INTERNAL",
    "createNvOnnxParserRefitter_INTERNAL",
    "createNvOnnxParser_INTERNAL",
    "getBuilderPluginRegistry",
    "getNvOnnxParserVersion",
    "getPluginRegistry",
    "initLibNvInferPlugins",
)


def path_of(major: int) -> Path:
    """Where the names of a version are checked in."""
    return CHECKED_IN / f"tensorrt_names_{major}.json"


def signatures(name: str, doc: str | None) -> Signatures:
    """What a call takes, from the first lines that pybind11 and Cython write into its doc."""
    found: Signatures = []
    for given in re.findall(rf"^(?:\d+\. )?{name}\((.*)\)(?: ->.*)?$", doc or "", re.M):
        if given != "*args, **kwargs":
            found.append([a for part in _split(given) if (a := _argument(part)) != "self"])
    return found


def _split(given: str) -> list[str]:
    """At commas outside brackets."""
    parts, depth = [""], 0
    for character in given:
        depth += (character in "([<{") - (character in ")]>}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _argument(part: str) -> str:
    name = re.split(r"[:=]", part)[0].strip().split(" ")[-1]
    return name + ("?" if "=" in part else "")


def describe(package: Any, roots: set[str]) -> dict[str, Any]:
    """Of each root name, its members with their signatures; None for what cannot be called."""
    names: dict[str, Any] = {}
    for root in sorted(roots):
        found = getattr(package, root, None)
        if found is None:
            continue
        if not isinstance(found, type):
            names[root] = signatures(root, found.__doc__) if callable(found) else None
            continue
        members = {
            name: signatures(name, member.__doc__) if callable(member) else None
            for name in dir(found)
            if not name.startswith("_")
            for member in [getattr(found, name)]
        }
        names[root] = {
            "new": signatures("__init__", vars(found).get("__init__", found).__doc__),
            "members": members,
        }
    return names


def used_roots(package: str) -> set[str]:
    """The classes and functions of a package that our modules name."""
    return {use.name.split(".")[0] for use in all_uses() if use.package == package}


def installed_names() -> Names:
    """The names of the packages that this process can import."""
    import cuda.bindings
    import tensorrt_bindings
    from cuda.bindings import runtime

    return {
        "versions": {
            "tensorrt": tensorrt_bindings.__version__,
            "cuda": cuda.bindings.__version__,
        },
        "tensorrt": describe(tensorrt_bindings, used_roots("tensorrt")),
        "cuda": describe(runtime, used_roots("cuda")),
    }


def prepare(folder: Path, major: int) -> Path:
    """Installs the bindings of a version and the empty libraries, where they are not there yet."""
    place = folder / str(major)
    if not place.is_dir():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(place)]
        trt, cuda = PACKAGES[major]
        subprocess.run([*pip, cuda, trt], check=True)
    source = place / "empty.c"
    source.write_text("".join(f"void *{name}(void) {{ return 0; }}\n" for name in _SYMBOLS))
    for library in _LIBRARIES:
        so = f"lib{library}.so.{major}"
        made = ["gcc", "-shared", "-fPIC", f"-Wl,-soname,{so}", "-o", str(place / so), str(source)]
        subprocess.run(made, check=True)
    return place


def real_names(folder: Path, major: int) -> Names:
    """The names of a version, read by a process of its own."""
    place = prepare(folder, major)
    paths = os.pathsep.join([str(place), str(Path(__file__).parents[4])])
    environment = {**os.environ, "PYTHONPATH": paths, "LD_LIBRARY_PATH": str(place)}
    made = [sys.executable, "-m", __spec__.name if __spec__ else __name__, "--print"]
    told = subprocess.run(made, check=True, capture_output=True, text=True, env=environment)
    names: Names = json.loads(told.stdout)
    return names


def written(names: Names) -> str:
    """As the file holds it: a line per class or function."""
    return "".join(_lines(names))


def _lines(names: Names) -> list[str]:
    lines = ["{"]
    for number, (part, held) in enumerate(names.items()):
        rows = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in held.items()]
        end = "," if number + 1 < len(names) else ""
        lines.append(f"{json.dumps(part)}: {{\n" + ",\n".join(rows) + f"\n}}{end}")
    return ["\n".join([*lines, "}"]) + "\n"]


def main() -> None:
    """See the module."""
    if sys.argv[1:] == ["--print"]:
        print(json.dumps(installed_names()))
        return
    for major in PACKAGES:
        path_of(major).write_text(written(real_names(Path(sys.argv[1]), major)), encoding="utf-8")


if __name__ == "__main__":
    main()
