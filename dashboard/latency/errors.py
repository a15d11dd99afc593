"""What can keep latency from being measured."""


class LatencyError(Exception):
    """Something the measurement needs is missing or broken; the text says how to mend it."""
