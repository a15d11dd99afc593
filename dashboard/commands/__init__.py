"""The commands of `finishline`, by what they are about: arguments in, calls out.

Imports of everything heavy happen inside the functions, so that `finishline --help` is instant.
"""
