"""``/api/photos``: photos come in through the page and are tagged as by `finishline tag`.

`body` writes what comes into a file, `shelf` keeps it in the race folder, `queue` tags what waits
there, `news` says how that goes, and `api` has the routes.
"""
