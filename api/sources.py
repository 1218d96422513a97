"""What the service stands on; asked anew at every request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from api.shapes.public import Health
from routing.destinations import Destinations
from routing.hours import OpeningHours
from routing.store import Store


@dataclass(frozen=True)
class Sources:
    """Where the service gets what it tells."""

    store: Store
    health: Callable[[], Health]
    hours: Callable[[], OpeningHours]
    destinations: Callable[[], Destinations]
    now: Callable[[], datetime]
    """The time of day, with a zone."""
