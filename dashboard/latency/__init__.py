"""How long a tag takes from the camera to somebody's eyes, and where the time goes.

A tag's latency runs from the moment the light of the frame *that brought the tag about* fell on
the sensor, to the moment a browser has painted the tag. That frame is the one of the look
that was judged just before the tag changed. It is older than the frame that the event names
(`stream.types.Tagged.capture_utc_ns`: the newest the race had seen by then), by the time that
the reading took; measured from there a slow reader would look quick. Measured from the frame of
the look that *weighs most* (`Tagged.evidence`) it would mean little: that one may be a second old,
and another look was waited for on purpose, until the bib was sure.

What it does not hold: the time from the light to the camera's own time stamp (exposure and
encoding, where the camera stamps late), the screen's own delay, and the time a runner is in view
before the bib can be read.

`journey` notes a tag's stages on the race's thread, `painted` keeps what browsers report,
and `bench` plays a film through a camera, a race and a browser of its own.
"""
