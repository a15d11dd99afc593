"""The plain objects of the fake TensorRT: enumerations, and what a build is told with."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any


class DataType(IntEnum):
    FLOAT = 0
    HALF = 1


class TensorLocation(IntEnum):
    DEVICE = 0
    HOST = 1


class TensorIOMode(IntEnum):
    NONE = 0
    INPUT = 1
    OUTPUT = 2


class MemoryPoolType(IntEnum):
    WORKSPACE = 0


class NetworkDefinitionCreationFlag(IntEnum):
    STRONGLY_TYPED = 1


class BuilderFlag10(IntEnum):
    FP16 = 0
    TF32 = 7


class BuilderFlag11(IntEnum):
    TF32 = 7


class Logger:
    WARNING = 2

    def __init__(self, min_severity: int = 2) -> None:
        self.min_severity = min_severity


class IProgressMonitor:
    def __init__(self) -> None:
        self.made = True


class IHostMemory(bytes):
    pass


class ITimingCache:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def serialize(self) -> bytes:
        return self.content + b"+"


class IOptimizationProfile:
    def __init__(self) -> None:
        self.shapes: dict[str, list[list[int]]] = {}

    def set_shape(
        self, input: str, min: Sequence[int], opt: Sequence[int], max: Sequence[int]
    ) -> None:
        self.shapes[input] = [list(min), list(opt), list(max)]


class IBuilderConfig:
    __slots__ = ("cache", "flags", "pools", "profiles", "progress_monitor")

    progress_monitor: Any

    def __init__(self) -> None:
        self.flags: set[str] = {"TF32"}
        self.pools: dict[int, int] = {}
        self.profiles: list[IOptimizationProfile] = []
        self.cache: ITimingCache | None = None

    def set_flag(self, flag: Any) -> None:
        self.flags.add(flag.name)

    def clear_flag(self, flag: Any) -> None:
        self.flags.discard(flag.name)

    def set_memory_pool_limit(self, pool: MemoryPoolType, pool_size: int) -> None:
        self.pools[pool] = pool_size

    def add_optimization_profile(self, profile: IOptimizationProfile) -> int:
        self.profiles.append(profile)
        return len(self.profiles) - 1

    def create_timing_cache(self, serialized_timing_cache: bytes) -> ITimingCache | None:
        return (
            None if serialized_timing_cache == b"rotten" else ITimingCache(serialized_timing_cache)
        )

    def set_timing_cache(self, cache: ITimingCache, ignore_mismatch: bool) -> bool:
        self.cache = cache
        return cache.content != b"of another GPU"


class Dims(tuple[int, ...]):
    pass
