"""Tagging folders of photos into a race.

First every photo is read once (`reading`), the costly part; then all of them are judged by what
they say together (`judging`), so that later photos mend the tags of earlier ones. What was found
in a photo, faces too, is kept with it (`found`): whoever wants more of it need not look again.
"""
