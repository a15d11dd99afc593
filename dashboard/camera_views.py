"""``/api/cameras/NAME/view``: the finish line and the region of a running race's camera."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from dashboard.access.rules import Role, Who, require
from dashboard.refusals import Refusal
from stream.clock import now_ns, stamp
from stream.config import ConfigError
from stream.finish import Approach, Line
from stream.race_file_edit import NoSuchCamera, RaceFileChanged, RaceFileError
from stream.settings import CameraSettings
from stream.view_desk import StandingView

Part = Annotated[float, Field(allow_inf_nan=False)]
"""A share of the picture's width or height; how far outside it may lie says the race file."""
End = tuple[Part, Part]
Admin = Annotated[Who, Depends(require(Role.ADMIN))]


class Views(Protocol):
    """Where views are kept and changed, as `stream.view_desk.ViewDesk` does."""

    def read(self, camera: str) -> StandingView:
        """What a camera looks at. Raises NoSuchCamera."""

    def change(self, camera: str, view: CameraSettings, version: str) -> StandingView:
        """Change it; on disk, and in the race, when this returns.

        Raises:
            RaceFileError, ConfigError: it cannot be, or cannot be written.
        """


class ViewWish(BaseModel):
    """The body of ``PUT /api/cameras/NAME/view``: all of the view, as it is to be."""

    model_config = ConfigDict(extra="forbid")

    finish_line: tuple[End, End] | None
    approach: Approach = Approach.AUTO
    region: tuple[Part, Part, Part, Part] | None
    version: Annotated[str, Field(max_length=100)]


def view_routes(views: Views, told: Callable[[str], None]) -> APIRouter:
    """The way to the views.

    Args:
        views: where they are kept.
        told: gets one line for each change: when, what and by whom.
    """
    router = APIRouter(prefix="/api/cameras")

    @router.get("/{name}/view")
    def standing(name: str) -> JSONResponse:
        """What the race looks at: ``finish_line``, ``approach``, ``region``, ``version``.

        Coordinates are fractions of the picture. ``kept`` is false where there is no race file,
        and ``differs`` says that the race file says something else, and why.
        """
        return JSONResponse(_json(name, _taken(lambda: views.read(name))), headers=_FRESH)

    @router.put("/{name}/view")
    def change(name: str, wish: ViewWish, who: Admin) -> JSONResponse:
        """Change it, in the race file and in the race that runs; the answer is that of GET.

        ``version`` is that of the GET which was changed; 409 where the race file is another one
        by now.
        """
        view = CameraSettings(wish.finish_line, wish.approach, wish.region)
        changed = _taken(lambda: views.change(name, view, wish.version))
        told(f"{stamp(now_ns())} {name}: {_words(changed.view)}; by {who.name}")
        return JSONResponse(_json(name, changed))

    return router


_FRESH = {"cache-control": "no-cache"}


def _taken(act: Callable[[], StandingView]) -> StandingView:
    try:
        return act()
    except NoSuchCamera as error:
        raise Refusal(404, "camera_unknown", str(error)) from error
    except RaceFileChanged as error:
        raise Refusal(409, "race_file_changed", str(error)) from error
    except RaceFileError as error:
        raise Refusal(503, "race_file_unwritten", str(error)) from error
    except ConfigError as error:
        raise Refusal(422, "camera_view", str(error)) from error


def _json(camera: str, standing: StandingView) -> dict[str, object]:
    view = standing.view
    return {
        "camera": camera,
        "finish_line": view.finish_line,
        "approach": view.approach.value,
        "region": view.region,
        "version": standing.version,
        "kept": standing.kept,
        "differs": standing.differs,
    }


def _words(view: CameraSettings) -> str:
    line = (
        "no finish line" if view.finish_line is None else f"finish line {_told(view.finish_line)}"
    )
    sides = f" from {view.approach.value}" if view.finish_line is not None else ""
    region = "no region" if view.region is None else f"region {list(view.region)}"
    return f"{line}{sides}, {region}"


def _told(line: Line) -> str:
    return str([list(end) for end in line])
