"""The results of a race as tables: CSV, JSON and FinishLynx LIF.

`passings` says which crossing counts, `results` what is told of a runner.
"""

from stream.export.tables.export import export_tables

__all__ = ["export_tables"]
