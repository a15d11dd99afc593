"""What the server refuses: an English sentence for people, and a code that pages translate.

The body is ``{"detail": TEXT, "code": CODE, "about": {...}}``. A code means the same for ever;
``about`` has the names and numbers that stand in the text, so that it can be said in another
language. A page that does not know a code shows the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse

About = Mapping[str, str | int]

NOTHING: About = MappingProxyType({})


class Refusal(HTTPException):
    """A request is refused.

    Args:
        status: of HTTP.
        code: what is wrong, in small letters and ``_``.
        text: the same for people, in English, with the mend.
        about: what stands in the text.
        headers: of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        text: str,
        about: About = NOTHING,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, text, dict(headers) if headers else None)
        self.code = code
        self.about = dict(about)

    def to_json(self) -> dict[str, object]:
        """The body."""
        return {"detail": self.detail, "code": self.code, "about": self.about}


async def tell_refusal(request: Request, refusal: Exception) -> JSONResponse:
    """The answer to a refused request."""
    del request
    assert isinstance(refusal, Refusal)
    return JSONResponse(refusal.to_json(), refusal.status_code, refusal.headers)
