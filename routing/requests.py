"""Requests that a call leaves behind: what is filed, where, and what the caller is told.

A flow files through a `Connector`. The program gives it the `Outbox` (`routing/outbox.py`), which
keeps the request first and then asks the system of record: the register of this store now
(`routing/register.py`), a regional medical information system later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol


class RequestKind(StrEnum):
    """What a caller may ask for."""

    APPOINTMENT = "appointment"
    CANCELLATION = "cancellation"
    HOME_VISIT = "home_visit"
    COMPLAINT = "complaint"
    CALLBACK = "callback"


class RequestStatus(StrEnum):
    """How far a request has come."""

    PENDING = "pending"
    """Kept here; whether the system of record has it is not known yet. It is asked again."""
    FILED = "filed"
    """The system of record has it, under its number."""
    REFUSED = "refused"
    """The system of record does not take it: a person has to deal with it."""


@dataclass(frozen=True)
class NewRequest:
    """What a flow files. `fields` and `phone` are personal data, so they are not in its repr."""

    key: str
    """``<call_id>:<flow>:<n>``: the same request has the same key, however often it is sent."""
    kind: RequestKind
    call_id: str
    created_at: datetime
    """When the caller made it, with a zone; not part of what the key stands for."""
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Slots by name, normalised."""
    phone: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.key or len(self.key) > 200:
            raise ValueError("a request's key has 1 to 200 characters")
        if self.created_at.tzinfo is None:
            raise ValueError("created_at needs a zone")

    @property
    def digest(self) -> str:
        """Fingerprint of the content: two requests with one key must agree in it."""
        content = [self.kind, self.call_id, dict(self.fields), self.phone]
        text = json.dumps(content, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Filed:
    """What the caller may be told."""

    status: Literal["filed", "pending"]
    """``pending``: the request is kept and will be filed, but nobody has confirmed it yet."""
    number: str | None
    """Short number to say aloud; None while pending."""


class Connector(Protocol):
    """Files requests with a system of record."""

    async def file(self, request: NewRequest, timeout_s: float) -> Filed:
        """File `request`, once for its key: a repetition gets the first answer.

        Args:
            timeout_s: how long the caller may wait (s).

        Raises:
            RequestRefused: it is not taken; asking again would not help.
            KeyReusedError: the key stands for other content.
            FilingError: nothing could be stored.
            TimeoutError, SystemUnavailable: whether it was filed is not known.
        """
        ...


@dataclass(frozen=True)
class RequestRecord:
    """A request as it is kept. `fields` and `phone` are personal data."""

    key: str
    kind: RequestKind
    status: RequestStatus
    number: str | None
    call_id: str
    created_at: datetime
    fields: Mapping[str, str] = field(repr=False)
    phone: str | None = field(repr=False)
    attempts: int
    """How often the system of record was asked."""
    reason: str | None
    """Why the system of record refused it, in its words."""
