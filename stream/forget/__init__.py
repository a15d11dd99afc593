"""Erases a runner from a race folder, and templates of faces that are too old.

What belongs to a bib (`belongs`, `settled`, `spans`) is decided without touching anything; `rows`
finds it in the database, and `erase` does it.
"""
