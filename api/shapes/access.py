"""API keys and the audit log."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.shapes.values import Id, Line, Moment
from routing.access import Role


class NewKey(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid")

    name: Line = Field(examples=["АТС Мотовилиха"])
    """Who uses it; the audit log shows it."""
    role: Role = Field(examples=[Role.ROUTER])
    organisation: Id | None = Field(default=None, examples=["minzdrav"])
    """Its owner sees only this organisation's; null sees all."""
    operator: Id | None = Field(default=None, examples=[None])
    """For the role operator: whose key it is."""
    expires_at: Moment | None = Field(default=None, examples=["2027-12-31T23:59:59+05:00"])


class KeyItem(BaseModel):
    """A key without its secret."""

    id: str = Field(examples=["3f9c02d1ab47"])
    name: str = Field(examples=["АТС Мотовилиха"])
    role: Role
    organisation: str | None = Field(examples=["minzdrav"])
    operator: str | None = Field(examples=[None])
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None = Field(examples=[None])
    last_used_at: datetime | None
    """To ten minutes."""


class CreatedKey(KeyItem):
    """A new key with its secret, which is shown this once."""

    key: str = Field(examples=["v122_3f9c02d1ab47_..."])


class AuditItem(BaseModel):
    """Who did what."""

    id: int = Field(examples=[1204])
    at: datetime
    key_id: str = Field(examples=["3f9c02d1ab47"])
    name: str = Field(examples=["АТС Мотовилиха"])
    role: Role
    organisation: str | None
    action: str = Field(examples=["POST /v1/tasks"])
    target: str = Field(examples=["task_id=7c1f..."])
    status: int = Field(examples=[201])
    address: str = Field(examples=["10.0.7.12"])
    request_id: str = Field(examples=["0f8b1c52d7a94e6f"])
