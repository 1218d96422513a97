"""A small call centre on a real store, with a clock that tests move."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from routing.events import Event
from routing.queue.desk import Desk, open_desk
from routing.queue.overflow import OpenAt
from routing.queue.records import NewTask, OperatorProfile, Queue, Reservation, Task
from routing.queue.rules import QueueRules
from routing.queue.states import Activity
from routing.sealing import Sealer
from routing.store import Store

AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")
PHONE = "79995550101"


class Shop:
    """Services over a store; `at` is the time that they see."""

    def __init__(
        self,
        url: str,
        *,
        sealer: Sealer | None = None,
        open_at: OpenAt = lambda at, queue: True,
        at: datetime = AT,
    ) -> None:
        self.at = at
        self.url = url
        self.store = Store(url, sealer)
        self.desk: Desk = open_desk(self.store, lambda: self.at, open_at)

    def close(self) -> None:
        self.store.close()

    def pass_by(self, seconds: float, *, tick: bool = True) -> None:
        """Let time pass, and the timekeeper look at the clock."""
        self.at += timedelta(seconds=seconds)
        if tick:
            self.desk.timekeeper.tick()

    def queue(self, name: str = "general", organisation: str | None = None, **rules: Any) -> None:
        self.desk.directory.put_queue(Queue(name, name, organisation, QueueRules(**rules)))

    def operator(self, name: str = "anna", *, available: bool = True, **profile: Any) -> None:
        self.desk.operators.put(OperatorProfile(id=name, name=f"Оператор {name}", **profile))
        if available:
            self.desk.operators.set_activity(name, Activity.AVAILABLE)

    def call(self, key: str = "call", queue: str = "general", **more: Any) -> Task:
        return self.desk.tasks.create(NewTask(key=key, queue=queue, **more))

    def task(self, task: Task) -> Task:
        return self.desk.tasks.get(task.id)

    def offer(self, operator: str = "anna") -> Reservation:
        """What the operator is offered now."""
        found = self.desk.reservations.open_of(operator)
        assert found is not None, f"{operator} has no offer"
        return found

    def offered(self, operator: str = "anna") -> str | None:
        """Key of the task that the operator is offered or has; None for none."""
        found = self.desk.reservations.open_of(operator)
        return None if found is None else self.desk.tasks.get(found.task_id).key

    def accept(self, operator: str = "anna") -> Reservation:
        return self.desk.reservations.accept(self.offer(operator).id)

    def complete(self, operator: str = "anna", **more: Any) -> Reservation:
        return self.desk.reservations.complete(self.offer(operator).id, **more)

    def events(self) -> list[Event]:
        return self.desk.events.after(0)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events()]
