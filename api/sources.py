"""What the service stands on; asked anew at every request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from api.shapes.public import Health
from routing.destinations import Destinations
from routing.hours import OpeningHours
from routing.queue.desk import Desk
from routing.store import Store
from routing.webhook_target import TargetPolicy


@dataclass(frozen=True)
class Sources:
    """Where the service gets what it tells."""

    store: Store
    desk: Desk
    """The operator queue over that store."""
    health: Callable[[], Awaitable[Health]]
    hours: Callable[[], OpeningHours]
    destinations: Callable[[], Destinations]
    now: Callable[[], datetime]
    """The time of day, with a zone."""
    names: Callable[[], Mapping[str, str]] = dict
    """What ids in briefs are called."""
    targets: TargetPolicy = field(default_factory=TargetPolicy)
    """Where webhooks may be sent."""
