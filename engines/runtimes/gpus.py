"""How NVIDIA's GPUs are counted."""

from __future__ import annotations

import os


def count_like_nvidia_smi() -> None:
    """Let CUDA count GPUs by their slots, as ``nvidia-smi -L`` does; else the quickest is 0.

    CUDA looks at it once in a process, so this comes before anything of CUDA is loaded. Whoever has
    set an order keeps it.
    """
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
