"""``/recognition``: who is in a picture that somebody sends. Nothing of the picture is kept.

A request is read in bounded steps (`body`), let in by a gate (`gate`) and worked on by one thread
(`worker`), which decodes the picture (`picture`) and looks at it (`looking`). What was seen is
compared with the race's pivots and with enrolled people (`matching`) and told (`answers`).
"""
