"""The errors of the engines, as one tree.

* `EngineError`: anything an engine cannot do; its text says what to do about it
    * `MissingPackageError`: a Python package is not installed; names the exact command
    * `ModelFileError`: a model file is absent, damaged or not the one its manifest describes
    * `InferenceError`: a runtime refused a model or failed while computing
    * `LabelError`: labels for an evaluation or a training cannot be used
    * `TrainingError`: a training cannot go on

Wrong arguments (shapes, sizes, ranges) raise `ValueError`: they are mistakes of the caller.
"""


class EngineError(Exception):
    """An engine cannot do its work."""


class MissingPackageError(EngineError):
    """A Python package is missing.

    Attributes:
        package: the name to import.
        install: the command that installs it.
    """

    def __init__(self, package: str, install: str) -> None:
        super().__init__(f"the Python package {package!r} is missing; install it with: {install}")
        self.package = package
        self.install = install


class ModelFileError(EngineError):
    """A model file is absent, damaged, or not the one that its manifest describes."""


class InferenceError(EngineError):
    """A model runtime refused a model or failed while computing."""


class LabelError(EngineError):
    """Labels cannot be read or lack what the evaluation or the training needs."""


class TrainingError(EngineError):
    """A training cannot go on; its last checkpoint is kept."""
