"""Data set importers, training and export of our own networks."""
