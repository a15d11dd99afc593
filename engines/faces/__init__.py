"""Faces as templates that can be compared, for races that allow it. Off by default.

`port` has the values and the port, `combine` makes one template of several frames, and the two
embedders are `dlib_embedder` and `insightface_embedder`; `engines.load.load_face_embedder` makes
one of them.
"""
