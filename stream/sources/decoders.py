"""Which decoder GStreamer takes: one in hardware where there is one, without being told. Pure.

GStreamer's decodebin tries decoders by their rank and passes over one that cannot be opened.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

HARDWARE = (
    # NVIDIA, VA-API (its newer and its older plugin), V4L2 (with state and stateless).
    "nvh264dec", "nvh265dec",
    "vah264dec", "vah265dec",
    "vaapih264dec", "vaapih265dec",
    "v4l2h264dec", "v4l2h265dec",
    "v4l2slh264dec", "v4l2slh265dec",
)  # fmt: skip
"""The best first."""

FIRST_RANK = 1024
"""Above every decoder's own rank; GStreamer's highest named one is 256."""
FAILED_RANK = 1
"""decodebin passes over what ranks below 64. 0 will not do: some drivers' decoders begin there."""

DOWNLOADS = {
    "memory:CUDAMemory": "cudadownload",
    "memory:GLMemory": "gldownload",
    "memory:VAMemory": "vapostproc",
    "memory:VASurface": "vaapipostproc",
}
"""By the memory that a decoder leaves frames in, what brings them to where the CPU reads them."""


def is_hardware(decoder: str) -> bool:
    """Whether a decoder of that name is one of `HARDWARE`."""
    return decoder in HARDWARE


def new_ranks(installed: Mapping[str, int], failed: Collection[str] = ()) -> dict[str, int]:
    """The ranks to be set so that hardware is tried first, and what has failed never.

    Args:
        installed: rank of every installed element by name.
        failed: hardware decoders that broke while they decoded.

    Returns:
        Only ranks that differ from those installed. What has failed once stays so.
    """
    ranks = {}
    for row, name in enumerate(HARDWARE):
        if name in installed:
            rank = FAILED_RANK if name in failed else FIRST_RANK - row
            if installed[name] not in (rank, FAILED_RANK):
                ranks[name] = rank
    return ranks


def download_for(features: str) -> str | None:
    """The element that brings frames to the CPU; None where they are there, or it is not known.

    Args:
        features: of the decoder's caps, as GStreamer writes them, like ``memory:CUDAMemory``.
    """
    found = (element for memory, element in DOWNLOADS.items() if memory in features)
    return next(found, None)
