"""The operator queue as one thing: its services, wired. This is what the HTTP layer gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from routing.event_log import EventLog
from routing.quality import Quality
from routing.queue.delivery import Delivery
from routing.queue.directory import Directory
from routing.queue.dispatch import Dispatcher
from routing.queue.estimates import Estimates
from routing.queue.operators import Operators
from routing.queue.overflow import OpenAt
from routing.queue.reservations import Reservations
from routing.queue.statistics import Statistics
from routing.queue.tasks import Tasks
from routing.queue.timekeeper import Timekeeper
from routing.store import Store


@dataclass(frozen=True)
class Desk:
    """Services over one store. All block for milliseconds and are thread-safe."""

    directory: Directory
    operators: Operators
    tasks: Tasks
    delivery: Delivery
    reservations: Reservations
    timekeeper: Timekeeper
    """Somebody has to call its `tick` every second or so."""
    estimates: Estimates
    statistics: Statistics
    events: EventLog
    quality: Quality


def open_desk(
    store: Store,
    now: Callable[[], datetime],
    open_at: OpenAt = lambda at, queue: True,
) -> Desk:
    """Wire the services.

    Args:
        now: the time of day, in the region's zone.
        open_at: whether a queue is served at a moment.
    """
    dispatcher = Dispatcher(store, now)
    reservations = Reservations(store, dispatcher, now)
    tasks = Tasks(store, dispatcher, now)
    return Desk(
        directory=Directory(store, now),
        operators=Operators(store, dispatcher, reservations, now),
        tasks=tasks,
        delivery=Delivery(store, tasks, dispatcher, now),
        reservations=reservations,
        timekeeper=Timekeeper(store, dispatcher, reservations, now, open_at),
        estimates=Estimates(store, now),
        statistics=Statistics(store, now),
        events=EventLog(store),
        quality=Quality(store, now),
    )
