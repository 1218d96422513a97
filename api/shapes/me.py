"""Who sends a request, and names for people."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from routing.access import Role


class Me(BaseModel):
    """Whose key this is."""

    name: str = Field(examples=["Рабочее место 7"])
    role: Role = Field(examples=[Role.OPERATOR])
    organisation: str | None = Field(examples=["minzdrav"])
    operator: str | None = Field(examples=["anna"])
    now: datetime
    """The service's clock."""
