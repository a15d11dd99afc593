"""The race: frames in, events out. Knows engines; knows no HTTP."""
