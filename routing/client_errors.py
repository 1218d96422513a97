"""What a client of the HTTP API is told when something does not work."""

from __future__ import annotations

from typing import Final

import httpx

from routing.errors import RoutingError

_FOR_NOW: Final = frozenset({429, 502, 503, 504})


class ApiError(RoutingError):
    """The service refused a request.

    Args:
        status: HTTP status.
        kind: of problem, such as ``state`` or ``not-found``; docs/api.md lists them.
        detail: what was wrong and what to do.
        request_id: by which the service's log has it; None where unknown.
        retry_after_s: how long to wait before the next try (s).
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        request_id: str | None = None,
        retry_after_s: float = 0.0,
    ) -> None:
        super().__init__(f"{detail} ({status} {kind})")
        self.status, self.kind, self.detail = status, kind, detail
        self.request_id, self.retry_after_s = request_id, retry_after_s

    @property
    def passes(self) -> bool:
        """Whether the same request may be carried out a little later."""
        return self.status in _FOR_NOW or self.kind == "in-progress"


class Unreachable(RoutingError):  # noqa: N818 - says what happened
    """The service did not answer, several times."""


def problem_of(answer: httpx.Response) -> ApiError:
    """The refusal in an answer; also of a proxy, which knows nothing of problems."""
    try:
        document = answer.json()
        kind = str(document["type"]).removeprefix("urn:voice122:")
        detail, request_id = str(document["detail"]), str(document["request_id"])
        for each in document.get("errors", []):
            detail += f"; {each['location']}: {each['message']}"
    except (ValueError, KeyError, TypeError):
        kind, detail, request_id = "unknown", answer.reason_phrase or "no explanation", None
    wait = answer.headers.get("Retry-After", "")
    return ApiError(
        answer.status_code, kind, detail, request_id, float(wait) if wait.isdigit() else 0.0
    )
