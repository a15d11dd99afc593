"""How far a build is, of the phases that TensorRT reports. Pure, but for its lock.

Phases are nested: while a phase is at step 3 of 10 another may run inside it. TensorRT may report
from several threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

Told = Callable[[str, float], None]
"""Is told the innermost phase and the share of the whole that is done, 0..1."""


@dataclass(slots=True)
class _Phase:
    parent: str | None
    n_steps: int
    done: int = 0


class Progress:
    """Adds up nested phases; the share never goes back."""

    def __init__(self, told: Told, stop: Callable[[], bool]) -> None:
        """Takes where to tell it, and a question whether the build shall stop."""
        self._told = told
        self._stop = stop
        self._phases: dict[str, _Phase] = {}
        self._share = 0.0
        self._lock = threading.Lock()
        self.fault: Exception | None = None
        """What the listener raised: TensorRT cannot pass an exception on."""

    def start(self, name: str, parent: str | None, n_steps: int) -> None:
        """A phase begins."""
        with self._lock:
            self._phases[name] = _Phase(parent, max(n_steps, 1))
        self._tell(name)

    def step(self, name: str, step: int) -> bool:
        """A step of a phase is done. False where the build shall stop."""
        with self._lock:
            phase = self._phases.get(name)
            if phase is not None:
                phase.done = min(max(phase.done, step + 1), phase.n_steps)
        self._tell(name)
        return self.fault is None and not self._stop()

    def finish(self, name: str) -> None:
        """A phase has ended, perhaps before its last step."""
        with self._lock:
            phase = self._phases.get(name)
            if phase is not None:
                phase.done = phase.n_steps
        self._tell(name)

    def _tell(self, name: str) -> None:
        with self._lock:
            roots = [phase for phase in self._phases if self._parent(phase) is None]
            shares = [self._share_of(root) for root in roots]
            self._share = max(self._share, sum(shares) / max(len(shares), 1))
            share = self._share
        try:
            self._told(name, share)
        except Exception as error:  # TensorRT calls this: kept for `build_engine` to raise
            self.fault = error

    def _parent(self, name: str) -> str | None:
        parent = self._phases[name].parent
        return parent if parent in self._phases and parent != name else None

    def _share_of(self, name: str) -> float:
        """Steps done and the running children's share of the next one."""
        phase = self._phases[name]
        children = [child for child in self._phases if self._parent(child) == name]
        running = [c for c in children if self._phases[c].done < self._phases[c].n_steps]
        inside = sum(self._share_of(child) for child in running) / max(len(running), 1)
        return min((phase.done + inside) / phase.n_steps, 1.0)
