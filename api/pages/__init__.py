"""Pages for people: plain files, nothing from elsewhere, nothing inline."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from api.headers import PAGE_POLICY
from api.problems import not_found

_FILES: Final = {
    path.name: path
    for path in sorted(Path(__file__).parent.iterdir())
    if path.suffix in {".html", ".css", ".js", ".svg"}
}
_HEADERS: Final = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}


def page_routes() -> APIRouter:
    """``/call`` and ``/desk``, and the files that they are made of."""
    router = APIRouter(include_in_schema=False)

    @router.get("/call")
    def call_page() -> Response:
        headers = {**_HEADERS, "Permissions-Policy": "microphone=(self), camera=(), geolocation=()"}
        return FileResponse(_FILES["call.html"], headers=headers)

    @router.get("/desk")
    def desk_page() -> Response:
        return FileResponse(_FILES["desk.html"], headers=_HEADERS)

    @router.get("/pages/{name}")
    def page_file(name: str) -> Response:
        if name not in _FILES:
            raise not_found("file")
        return FileResponse(_FILES[name], headers=_HEADERS)

    return router
