"""Draws runners with bibs: training material, rehearsals and tests with exact truth."""
