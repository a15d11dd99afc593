"""What can go wrong with a simulation."""


class SimulationError(ValueError):
    """Settings out of range, or a folder that cannot be written; the text names the mend."""
