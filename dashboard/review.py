"""The command `finishline train review`: a person judges suspicious annotations on a page.

Who may look needs the role viewer, who decides needs operator, as on a race's page (see
`dashboard.access.rules`). At this computer no token is asked for; others sign in with one of the
folder that the results are written to.

A decision is on the disk before it is shown, so a review that was broken off goes on where it
stopped. The data set is only read: what a person rejects is missing in the files written here.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, StrictBool

from dashboard.access.login import login_routes, refuse
from dashboard.access.rules import Access, Denied, Role, require, viewers_unless_open
from dashboard.access.tokens import Tokens
from dashboard.app import STATIC
from dashboard.guard import Guard
from dashboard.refusals import Refusal, tell_refusals
from dashboard.server import Server, ServerError
from dashboard.serving import is_loopback, lan_host, login_url
from dashboard.stopping import stopped_by_signals
from engines.errors import LabelError
from engines.train.labelled.coco_out import check_out
from engines.train.labelled.importers.reading import read_data_sets
from engines.train.labelled.judged import DECISIONS, Review
from engines.train.labelled.suspicious import Suspicion
from engines.types import Kind
from stream.config import DashboardSettings

FIRST_REVIEWER = "reviewer"
"""Name of the token that is made where other machines reach the page and nobody has one."""


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """What `finishline train review` was asked for; see its `--help`."""

    data: tuple[Path, ...]
    out: Path
    pictures: Path | None = None
    classes: Mapping[str, Kind] | None = None
    host: str | None = None
    port: int | None = None
    page: bool = True


class _Decision(BaseModel):
    """The body of `/api/decide`."""

    model_config = ConfigDict(extra="forbid")

    id: str
    accept: StrictBool | None


def create_review_app(
    review: Review,
    on_finished: Callable[[str], None] = lambda _: None,
    host_names: Iterable[str] = (),
    access: Access | None = None,
) -> FastAPI:
    """The page of a review.

    Args:
        review: what it is about.
        on_finished: called after the files have been written, before the page is told.
        host_names: see `dashboard.app.create_app`.
        access: who may do what; None lets everybody do everything, which is for pages that
            nobody else can reach.
    """
    app = FastAPI(
        title="finishline review",
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(viewers_unless_open)],
    )
    app.add_middleware(Guard, names=tuple(host_names))
    app.state.access = access = access or Access(None)
    app.add_exception_handler(Denied, refuse)  # type: ignore[arg-type]  # for both kinds
    tell_refusals(app)

    @app.middleware("http")
    async def fresh(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        """A decision or an update shows at once; pictures of people stay out of shared caches."""
        response = await answer(request)
        response.headers.setdefault("cache-control", "private, no-cache")
        return response

    @app.get("/", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(STATIC / "review.html")

    app.include_router(login_routes(access, STATIC))
    app.include_router(_reading(review))
    app.include_router(_writing(review, on_finished))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _reading(review: Review) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.get("/review")
    def everything() -> JSONResponse:
        """Problems, suspicions, and how far the review has come."""
        return JSONResponse(review.to_json())

    @router.get("/picture/{key}.jpg")
    def picture(key: str) -> Response:
        """The annotation of one suspicion."""
        try:
            jpeg = review.cut(_known(review, key))
        except LabelError as error:
            raise Refusal(409, "picture_changed", str(error)) from error
        return Response(jpeg, media_type="image/jpeg")

    return router


def _writing(review: Review, on_finished: Callable[[str], None]) -> APIRouter:
    router = APIRouter(prefix="/api", dependencies=[Depends(require(Role.OPERATOR))])

    @router.post("/decide")
    def decide(decision: _Decision) -> JSONResponse:
        """Accept or reject one annotation, or take that back."""
        try:
            review.decide(_known(review, decision.id), decision.accept)
        except OSError as error:
            raise Refusal(
                500,
                "decision_unkept",
                f"the decision could not be kept: {error}",
                {"error": str(error)},
            ) from error
        return JSONResponse({**decision.model_dump(), "counts": review.counts()})

    @router.post("/finish")
    def finish() -> JSONResponse:
        """Write the results."""
        try:
            written = review.finish()
        except LabelError as error:
            raise Refusal(500, "not_written", str(error)) from error
        on_finished(written)
        return JSONResponse({"written": written.splitlines()})

    return router


def _known(review: Review, key: str) -> Suspicion:
    found = review.find(key)
    if found is None:
        raise Refusal(404, "annotation_unknown", "no such annotation is under review")
    return found


def review(asked: ReviewOptions) -> None:
    """Serve the page until its reader finishes or Ctrl-C; without a page, write at once.

    Raises:
        LabelError: the data set or the folder cannot be used.
        ServerError: the page cannot be served there.
    """
    check_out(asked.out, asked.data)
    data = read_data_sets(asked.data, asked.pictures, asked.classes)
    if not data.pictures:
        raise LabelError(f"the data set has no usable picture: {data.problems[0]}")
    try:
        asked.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabelError(f"{asked.out} cannot be made: {error}") from error
    made = Review(data, asked.out)
    counts = made.counts()
    told = f"{len(data.pictures)} pictures, {len(data.problems)} problems, "
    told += f"{counts['all']} suspicious annotations, {counts['decided']} of them decided"
    print(told, file=sys.stderr)
    written = _serve(made, asked) if asked.page else made.finish()
    print(written or f"not finished; decisions are kept in {asked.out / DECISIONS}")


def _serve(made: Review, asked: ReviewOptions) -> str | None:
    """What was written, or None if that was left for another time."""
    place = DashboardSettings()
    finished = threading.Event()
    results: list[str] = []

    def on_finished(written: str) -> None:
        results.append(written)
        finished.set()

    app = create_review_app(made, on_finished, access=Access(asked.out))
    port = place.port if asked.port is None else asked.port
    server = Server(app, asked.host or place.host, port)
    # Ctrl-C ends it like the button does, whenever it comes, but without results.
    with stopped_by_signals(finished.set):
        print(f"review: {server.start()}  (Ctrl-C ends, decisions are kept)", file=sys.stderr)
        for line in _invitation(server, asked.out):
            print(line, file=sys.stderr)
        while not finished.wait(0.5) and server.failure is None:
            pass
    server.stop()
    if server.failure is not None:
        raise ServerError("the web server has failed") from server.failure
    return results[-1] if results else None


def _invitation(server: Server, out: Path) -> tuple[str, ...]:
    """What to print where other machines reach the page: how somebody there gets in."""
    if is_loopback(server.address[0]):
        return ()
    page, tokens = server.url_at(lan_host(server.address[0])), Tokens(out)
    if tokens.list():
        again = f"for a new one, remove {tokens.file} and start again"
        return (f"others sign in at {page} with the address they were given; {again}",)
    address = login_url(page, tokens.add(FIRST_REVIEWER, Role.OPERATOR))
    return (f"open as {Role.OPERATOR.word} (told this once): {address}",)
