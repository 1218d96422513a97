"""Errors after RFC 9457: every refusal is ``application/problem+json`` and says what to do."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from routing.errors import (
    AccessError,
    ConflictError,
    KeyReusedError,
    NotFoundError,
    RefusedError,
    RoutingError,
    RulesError,
    StateConflictError,
    StoreError,
    TargetError,
)

MEDIA_TYPE: Final = "application/problem+json"

log = logging.getLogger(__name__)


class FieldError(BaseModel):
    """One thing that is wrong in a request."""

    location: str = Field(examples=["body.priority"])
    message: str = Field(examples=["Input should be less than or equal to 100"])


class Problem(BaseModel):
    """Why a request was not carried out (RFC 9457)."""

    type: str = Field(examples=["urn:voice122:invalid"])
    """Stands for the kind of problem; docs/api.md lists them."""
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["1 value is wrong, see 'errors'"])
    """What was wrong, and what to do."""
    request_id: str = Field(examples=["0f8b1c52d7a94e6f"])
    """The log has it, too."""
    errors: list[FieldError] | None = None


class ProblemError(Exception):
    """Raised where a request cannot be carried out.

    Args:
        status: of the answer.
        kind: short name of the kind of problem, as in ``urn:voice122:<kind>``.
        detail: what was wrong and what to do; holds no personal data.
        headers: more headers of the answer.
    """

    def __init__(
        self, status: int, kind: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.headers = status, kind, detail, headers


def not_found(what: str) -> ProblemError:
    """The answer for what is not there, or is another organisation's: the two look alike."""
    return ProblemError(404, "not-found", f"there is no such {what}")


def response(
    request_id: str,
    status: int,
    kind: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: list[FieldError] | None = None,
) -> JSONResponse:
    """A problem as an answer."""
    problem = Problem(
        type=f"urn:voice122:{kind}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        request_id=request_id,
        errors=errors,
    )
    return JSONResponse(
        problem.model_dump(exclude_none=True), status, headers=headers, media_type=MEDIA_TYPE
    )


def store_failed(request_id: str) -> JSONResponse:
    """The answer while the store cannot be reached."""
    return response(
        request_id,
        503,
        "store-failed",
        "the store does not answer; send the request again later",
        headers={"Retry-After": "5"},
    )


def request_id(request: Request) -> str:
    """The id that the guard gave this request."""
    return str(getattr(request.state, "request_id", ""))


def install(app: FastAPI) -> None:
    """Let every error of `app` be answered with a problem."""

    @app.exception_handler(ProblemError)
    async def _problem(request: Request, error: ProblemError) -> JSONResponse:
        return response(
            request_id(request), error.status, error.kind, error.detail, headers=error.headers
        )

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [_field_error(item) for item in error.errors()[:20]]
        return response(
            request_id(request),
            422,
            "invalid",
            f"{len(errors)} value{' is' if len(errors) == 1 else 's are'} wrong, see 'errors'",
            errors=errors,
        )

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        kind, detail = _HTTP.get(error.status_code, ("error", ""))
        return response(
            request_id(request),
            error.status_code,
            kind,
            detail or str(error.detail),
            headers=error.headers,
        )

    @app.exception_handler(ConflictError)
    @app.exception_handler(RoutingError)
    async def _refused(request: Request, error: RoutingError) -> JSONResponse:
        for kind_of_error, (status, kind, detail) in _ROUTING.items():
            if isinstance(error, kind_of_error):
                return response(request_id(request), status, kind, detail or str(error))
        raise error

    @app.exception_handler(StoreError)
    async def _store(request: Request, error: StoreError) -> JSONResponse:
        log.error("request %s: %s", request_id(request), error)
        return store_failed(request_id(request))

    @app.exception_handler(Exception)
    async def _broken(request: Request, error: Exception) -> JSONResponse:
        # Starlette logs the exception itself, after this answer.
        log.error("request %s broke: %s", request_id(request), type(error).__name__)
        return response(
            request_id(request),
            500,
            "internal",
            "this is an error of the service; its log has it under this request_id",
        )


_ROUTING: Final[dict[type[RoutingError], tuple[int, str, str]]] = {
    NotFoundError: (404, "not-found", ""),
    StateConflictError: (409, "state", ""),
    ConflictError: (409, "conflict", "it names something that is not known, or is there already"),
    KeyReusedError: (422, "key-reused", ""),
    RefusedError: (422, "refused", ""),
    RulesError: (422, "rules", ""),
    TargetError: (422, "target", ""),
    AccessError: (422, "invalid", ""),
}
"""Error of routing -> status, kind of problem, and detail where its message is not for clients."""
_HTTP: Final[dict[int, tuple[str, str]]] = {
    400: ("malformed", "the request cannot be read: send one JSON document"),
    404: ("not-found", "there is nothing at this path; /v1/openapi.json lists what there is"),
    405: ("method-not-allowed", "this path does not take this method; see the Allow header"),
}


def _field_error(item: Mapping[str, Any]) -> FieldError:
    # The value itself may be personal data, or megabytes: only its place is told.
    place = ".".join(str(part)[:64] for part in item["loc"][:8])
    message = "not readable as JSON" if item["type"] == "json_invalid" else str(item["msg"])
    return FieldError(location=place, message=_clean(message)[:300])


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
