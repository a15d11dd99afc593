"""Which names of TensorRT and CUDA our modules use, read from their source.

A name is followed through annotations: ``context: trt.IExecutionContext`` makes
``context.execute_async_v3(...)`` a use of ``IExecutionContext.execute_async_v3``.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import engines.runtimes.tensorrt as package

FOLDER = Path(package.__file__).parent
ROOTS = {"trt": "tensorrt", "api": "tensorrt", "runtime": "cuda"}
"""Names that stand for a package in our modules."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use.

    Attributes:
        package: "tensorrt" or "cuda".
        name: "Builder.create_network".
        n_given: arguments of a call; None where it is no call.
        anywhere: it need not be in every version.
        place: file and line, for messages.
    """

    package: str
    name: str
    n_given: int | None
    anywhere: bool
    place: str


def all_uses() -> list[Use]:
    """Of every module that talks to NVIDIA's packages."""
    found: list[Use] = []
    for path in sorted(FOLDER.glob("*.py")):
        reader = _Reader(path.name)
        reader.visit(ast.parse(path.read_text(encoding="utf-8")))
        found += reader.found
    return found


class _Reader(ast.NodeVisitor):
    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Use] = []
        self.types: dict[str, str] = {}
        """What "context" or "self._context" is: "tensorrt:IExecutionContext"."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for argument in [*node.args.args, *node.args.kwonlyargs]:
            if argument.annotation is not None:
                self._annotated(argument.arg, argument.annotation)
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        bases = [base for b in node.bases if (base := self._meaning(b))]
        for base in bases:
            # What is overridden must be there to be called.
            for made in node.body:
                if isinstance(made, ast.FunctionDef) and not made.name.startswith("__"):
                    n_given = len(made.args.args) - 1
                    self._note(f"{base}.{made.name}", made, n_given)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._annotated(ast.unparse(node.target), node.annotation)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        known = self.types.get(ast.unparse(node.value))
        if known is not None and len(node.targets) == 1:
            self.types[ast.unparse(node.targets[0])] = known
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        n_given = len(node.args) + len(node.keywords)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "_done":
            # `self._done(self._api.cudaMalloc, n_bytes)` calls its first argument.
            call, n_given = self._meaning(node.args[0]), n_given - 1
            if call is not None and not isinstance(node.args[-1], ast.Starred):
                self._note(call, node, n_given)
        elif isinstance(node.func, ast.Name) and node.func.id == "getattr":
            owner, name = self._meaning(node.args[0]), node.args[1]
            if owner is not None and isinstance(name, ast.Constant):
                self._note(f"{owner}.{name.value!s}", node, None, anywhere=True)
        else:
            called = self._meaning(node.func)
            if called is not None:
                self._note(called, node, n_given)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        meaning = self._meaning(node)
        if meaning is not None and ast.unparse(node) not in self.types:
            self._note(meaning, node, None)
        self.generic_visit(node)

    def _annotated(self, name: str, annotation: ast.expr) -> None:
        meaning = self._meaning(annotation)
        if meaning is not None:
            self.types[name] = meaning

    def _meaning(self, node: ast.expr) -> str | None:
        """ "tensorrt:Builder.create_network" for what stands for it; None for anything else."""
        text = ast.unparse(node)
        if text in self.types:
            return self.types[text]
        if isinstance(node, ast.Name):
            return f"{ROOTS[node.id]}:" if node.id in ROOTS else None
        if isinstance(node, ast.Attribute):
            owner = self._meaning(node.value)
            if owner is not None:
                return owner + ("" if owner.endswith(":") else ".") + node.attr
        return None

    def _note(
        self, meaning: str, node: ast.AST, n_given: int | None, *, anywhere: bool = False
    ) -> None:
        package, _, name = meaning.partition(":")
        line = getattr(node, "lineno", 0)
        if name and "__" not in name and name.count(".") < 2:
            self.found.append(Use(package, name, n_given, anywhere, f"{self.file}:{line}"))
