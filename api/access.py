"""Who may call an operation: dependencies of the routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.problems import ProblemError
from routing.access import Principal, Role

# The Guard has read the header already; this one describes it in the API's document.
_BEARER = HTTPBearer(auto_error=False, description="A key of `voice122 keys create`.")


def allow(*roles: Role, personal: bool = False) -> Callable[..., Principal]:
    """A dependency that gives the principal, if its role is one of `roles` or admin.

    Args:
        roles: who else may.
        personal: the operation reads callers' data, which the audit log notes.
    """

    def check(
        request: Request,
        _described: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    ) -> Principal:
        principal: Principal | None = request.state.principal
        if principal is None:
            raise ProblemError(
                401,
                "key-needed",
                "send a key as 'Authorization: Bearer KEY'; make one with: voice122 keys create",
                {"WWW-Authenticate": "Bearer"},
            )
        if principal.role is not Role.ADMIN and principal.role not in roles:
            wanted = ", ".join((*roles, Role.ADMIN))
            raise ProblemError(
                403, "role", f"this key has the role {principal.role}; needed: {wanted}"
            )
        request.state.personal = personal
        return principal

    return check
