"""Where requests are filed: the one place that chooses the system of record."""

from __future__ import annotations

from datetime import datetime

from routing.outbox import Outbox
from routing.register import Register
from routing.store import Store


def open_outbox(store: Store) -> Outbox:
    """The outbox before this store's own register."""

    def now() -> datetime:
        return datetime.now().astimezone()

    return Outbox(store, Register(store, now), now)
