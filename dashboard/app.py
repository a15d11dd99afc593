"""The dashboard's web application: the page, the live line, the evidence and a small API.

Nothing is written by a GET. Every route asks who is there; see `dashboard.access.rules`.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterable
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI, WebSocket
from fastapi.responses import FileResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from dashboard import messages
from dashboard.access.login import login_routes, refuse
from dashboard.access.rules import Access, Denied, Role, permit, viewers_unless_open
from dashboard.feeds.api import Records, api_routes
from dashboard.feeds.gallery import gallery_routes
from dashboard.feeds.reads import read_routes
from dashboard.feeds.scoreboard import Scoreboard, scoreboard_routes
from dashboard.feeds.search import search_routes
from dashboard.guard import Guard
from dashboard.live import MOST_VIEWERS, Live
from dashboard.race_view import Archive, RaceView
from dashboard.refusals import no_picture, tell_refusals
from dashboard.uploads.api import upload_routes
from dashboard.uploads.uploads import Uploads
from stream.hub import Hub

STATIC = Path(__file__).parent / "static"
"""The page's files."""

_PICTURES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}
_TRIES = 3
"""A picture moves once or twice in its life: when its runner gets a bib, or another."""
_FRESH = {"cache-control": "no-cache"}
# Pictures of people: never in a shared cache, and asked for again soon in case they are erased.
_PRIVATE = {"cache-control": "private, max-age=60"}


def create_app(
    hub: Hub,
    archive: Records,
    race_view: RaceView,
    host_names: Iterable[str] = (),
    *,
    access: Access | None = None,
    most_viewers: int = MOST_VIEWERS,
    video: APIRouter | None = None,
    corrections: APIRouter | None = None,
    views: APIRouter | None = None,
    recognition: APIRouter | None = None,
    uploads: Uploads | None = None,
) -> FastAPI:
    """The application over one race.

    Args:
        hub: where events come from.
        archive: the race so far.
        race_view: name, folder, start list and status.
        host_names: names besides ``localhost`` and plain addresses under which the page may
            be asked for, such as ``timing-laptop.local``.
        access: who may do what; None lets everybody do everything, which is for pages that
            nobody else can reach.
        most_viewers: live lines at a time.
        video: the way to live video; None where nothing is live.
        corrections: see `dashboard.corrections`; None where there are none.
        views: see `dashboard.camera_views`; None where no race runs.
        recognition: see `dashboard.recognition`; None where nobody may ask.
        uploads: takes photos; None where the race is only looked at.
    """
    app = FastAPI(
        title="finishline",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        dependencies=[Depends(viewers_unless_open)],
    )
    app.add_middleware(Guard, names=tuple(host_names))
    app.state.access = access = access or Access(None)
    app.add_exception_handler(Denied, refuse)  # type: ignore[arg-type]  # for both kinds
    tell_refusals(app)
    live = Live(hub, archive, race_view, uuid.uuid4().hex, most_viewers)
    app.include_router(login_routes(access, STATIC))
    app.include_router(_pages())
    app.include_router(api_routes(archive, race_view))
    app.include_router(read_routes(archive, race_view))
    app.include_router(search_routes(archive, race_view))
    app.include_router(gallery_routes(archive, race_view))
    app.include_router(upload_routes(uploads, str(race_view.folder)))
    app.include_router(scoreboard_routes(Scoreboard(hub, archive), race_view))
    app.include_router(_evidence(archive, race_view.folder))
    for routes in (video, corrections, views, recognition):
        if routes is not None:
            app.include_router(routes)

    if uploads is not None:
        uploads.news.listen(live.bell.ring)

    @app.websocket("/ws")
    async def ws(socket: WebSocket) -> None:
        who = permit(socket, Role.VIEWER)
        asked = socket.query_params.get("photos") == "1"
        photos = uploads.news if asked and uploads is not None else None
        await live.serve(socket, lambda: access.who(socket) == who, photos)

    app.mount("/static", _Static(directory=STATIC), name="static")
    return app


class _Static(StaticFiles):
    """The page's files, checked by the browser each time so that an update shows at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_FRESH)
        return response


def _pages() -> APIRouter:
    router = APIRouter()

    @router.get("/", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(STATIC / "index.html", headers=_FRESH)

    # For whoever may look; what an operator's role is needed for is asked where it is done.
    @router.get("/operator", include_in_schema=False)
    def operator() -> FileResponse:
        return FileResponse(STATIC / "operator.html", headers=_FRESH)

    @router.get("/status", include_in_schema=False)
    def status() -> FileResponse:
        return FileResponse(STATIC / "status.html", headers=_FRESH)

    @router.get("/gallery", include_in_schema=False)
    def gallery() -> FileResponse:
        return FileResponse(STATIC / "gallery.html", headers=_FRESH)

    @router.get("/overlay", include_in_schema=False)
    def overlay() -> FileResponse:
        return FileResponse(STATIC / "overlay.html", headers=_FRESH)

    @router.get("/healthz")
    def healthz() -> PlainTextResponse:
        """The server is up."""
        return PlainTextResponse("ok\n")

    return router


def _evidence(archive: Archive, folder: Path) -> APIRouter:
    router = APIRouter()

    @router.get("/evidence/{path:path}")
    def evidence(path: str) -> Response:
        """One picture of the race folder's pivot or unknown store.

        A picture that has moved since, because its runner got a bib, is found by its old path.
        """
        for _ in range(_TRIES):
            found = evidence_file(archive, folder, path)
            if found is None:
                break
            # Read here and now: it may move while a file's name is on its way to be sent.
            with contextlib.suppress(FileNotFoundError):
                kind = _PICTURES[found.suffix.lower()]
                return Response(found.read_bytes(), media_type=kind, headers=_PRIVATE)
        raise no_picture()

    return router


def evidence_file(archive: Archive, folder: Path, path: str) -> Path | None:
    """The picture at `path` in the race `folder`, or None where there is none to serve."""
    if "\0" in path or messages.evidence_url(path) is None:
        return None
    try:
        known = archive.find_image(path)
    except ValueError:
        return None
    if known is None:
        return None
    # Links are followed before the check, so that none leads out of the two stores.
    found = known.resolve()
    rooms = [folder.resolve() / room for room in messages.PUBLIC_ROOMS]
    inside = any(found.is_relative_to(room) for room in rooms)
    return found if inside and found.suffix.lower() in _PICTURES and found.is_file() else None
