"""What the services of the queue have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from routing.queue.dispatch import Dispatcher
from routing.store import Store


class QueueService:
    """Changes the queue and lets the dispatcher act on it. Blocks for milliseconds; thread-safe.

    Every method raises:
        NotFoundError: there is no such task, reservation or operator.
        StateConflictError: its state does not allow this (any more).
        StoreError: the database failed; nothing was changed.

    Args:
        now: the time of day, in the region's zone.
    """

    def __init__(self, store: Store, dispatcher: Dispatcher, now: Callable[[], datetime]) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._now = now
