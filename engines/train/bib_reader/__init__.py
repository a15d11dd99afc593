"""Trains the project's own reader of bib numbers: a small CTC network on drawn and real crops."""
