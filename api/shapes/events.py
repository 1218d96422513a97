"""Events, and webhooks that tell of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class EventItem(BaseModel):
    """Something that happened. Holds no personal data."""

    seq: int = Field(examples=[4711])
    """From 1, without gaps, in the order in which things happened."""
    at: datetime
    kind: str = Field(examples=["reservation.accepted"])
    call_id: str | None
    task_id: str | None
    operator_id: str | None = Field(examples=["anna"])
    organisation: str | None = Field(examples=["minzdrav"])
    data: dict[str, Any] = Field(examples=[{"task": "assigned", "reservation": "accepted"}])


class NewWebhook(BaseModel):
    """Where events shall be sent."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(min_length=8, max_length=500)] = Field(
        examples=["https://desk.example.org/voice122"]
    )
    kinds: Annotated[
        list[Annotated[str, Field(pattern=r"^[a-z_]{1,32}\.[a-z_]{0,32}$")]], Field(max_length=50)
    ] = Field(default=[], examples=[["task.", "reservation.accepted"]])
    """Kinds of events, or their beginnings such as ``task.``; empty for all."""


class WebhookItem(BaseModel):
    """A webhook as it stands."""

    id: str = Field(examples=["9f3b6a0c41d2e857"])
    organisation: str | None
    url: str
    kinds: list[str]
    created_at: datetime
    place: int = Field(examples=[4711])
    """The number of the last event that it was told, or that was not for it."""
    attempts: int
    """How often the next event was tried in vain."""
    next_try_at: datetime
    last_success_at: datetime | None
    last_error: str | None = Field(examples=["answered 500"])
    skipped: int
    """Events that were given up after a day of attempts."""
    disabled_at: datetime | None


class CreatedWebhook(WebhookItem):
    """A new webhook with the secret of its signatures, which is shown this once."""

    secret: str = Field(examples=["whsec_..."])
