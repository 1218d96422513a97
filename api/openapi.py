"""The API's document: what is the same for every operation is said once, here."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

from api.problems import MEDIA_TYPE, Problem

_DESCRIPTIONS: Final = {
    400: "The request cannot be read.",
    401: "No key was sent, or it is unknown, revoked or expired.",
    403: "The key's role may not do this.",
    404: "It is not there, or belongs to another organisation.",
    409: "Its state has changed meanwhile; ask for the present one.",
    413: "The body is too large.",
    422: "A value is wrong; `errors` names it.",
    429: "Too many requests; `Retry-After` says when to come again.",
    503: "The store does not answer; come again later.",
}
_EXAMPLES: Final = {
    400: ("malformed", "the request cannot be read: send one JSON document"),
    401: ("key-needed", "send a key as 'Authorization: Bearer KEY'"),
    403: ("role", "this key has the role edge; needed: supervisor, admin"),
    404: ("not-found", "there is no such task"),
    409: ("not-pending", "this reservation is no longer pending: it timed out"),
    413: ("too-large", "send at most 262144 bytes"),
    422: ("invalid", "1 value is wrong, see 'errors'"),
    429: ("too-many", "come again in 2 s"),
    503: ("store-failed", "the store does not answer; send the request again later"),
}
_ALWAYS: Final = (422, 429, 503)
_IDEMPOTENCY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Sent again with the same key, the request is carried out once and answered "
    "the same (for 24 hours).",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
    "example": "4f0e6b0e-6a4e-4f6e-9a52-1b6f5f1f2a11",
}
_TAGS: Final = (
    ("service", "Health, and what a region publishes: open to everybody."),
    ("calls", "What the dialplan asks; calls handed over, and requests that callers left."),
    ("media", "Tokens with which a browser elsewhere may call."),
    ("metrics", "Measurements for Prometheus."),
    ("tasks", "Calls and call-backs that want an operator, followed to their end."),
    ("reservations", "Offers of tasks to operators: accept, reject, complete."),
    ("operators", "Who answers callers, and what they are doing."),
    ("directory", "Queues with their rules; organisations, sites, agreements, skills."),
    ("events", "What happens, as it happens."),
    ("webhooks", "Events sent to whoever registered for them."),
    ("statistics", "Figures of calls and operators, now and over a span of time."),
    ("quality", "Score sheets, and calls reviewed by them."),
    ("privacy", "A caller's data, erased when the caller asks for it."),
    ("access", "API keys and the audit log."),
)

Responses = dict[int | str, dict[str, Any]]


def refusals(*statuses: int) -> Responses:
    """Documents of the refusals of an operation; those that any may have are added."""
    return {
        status: {"description": _DESCRIPTIONS[status], "model": Problem}
        for status in sorted({*statuses, *_ALWAYS})
    }


def install(app: FastAPI) -> None:
    """Let `app` describe itself as it behaves."""
    build = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _finished(build())
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign] # the way that FastAPI documents


def _finished(document: dict[str, Any]) -> dict[str, Any]:
    document["tags"] = [{"name": name, "description": text} for name, text in _TAGS]
    for operations in document["paths"].values():
        for method, operation in operations.items():
            secured = "security" in operation
            if method in {"post", "put", "patch", "delete"} and secured:
                operation.setdefault("parameters", []).append(_IDEMPOTENCY)
                # A bad key or body is told before the operation is looked at.
                operation["responses"].setdefault("400", _problem(400))
            if "requestBody" in operation:
                operation["responses"].setdefault("413", _problem(413))
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    answer["content"] = _problem(int(status))["content"]
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document


def _problem(status: int) -> dict[str, Any]:
    kind, detail = _EXAMPLES[status]
    example = {
        "type": f"urn:voice122:{kind}",
        "title": _DESCRIPTIONS[status],
        "status": status,
        "detail": detail,
        "request_id": "0f8b1c52d7a94e6f",
    }
    return {
        "description": _DESCRIPTIONS[status],
        "content": {
            MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
        },
    }
