"""What calls left: hand-overs and requests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from routing.requests import RequestKind, RequestStatus


class HandoverItem(BaseModel):
    """A call that waits for an operator."""

    call_id: str
    queue: str = Field(examples=["appointments"])
    brief: dict[str, Any]
    """Topic, slots, what was tried, last words: nobody has to repeat himself."""
    created_at: datetime


class RequestItem(BaseModel):
    """What a call left to be done."""

    key: str = Field(examples=["5e1f.../appointment/1"])
    kind: RequestKind
    status: RequestStatus
    number: str | None = Field(examples=["48217"])
    """As it was told to the caller; null while nobody has confirmed the request."""
    call_id: str
    created_at: datetime
    fields: dict[str, str]
    phone: str | None
    attempts: int
    """How often the system of record was asked."""
    reason: str | None
    """Why it was refused."""
