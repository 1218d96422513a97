"""What a principal sees: organisations see only their own, operators what is theirs to serve.

What is another organisation's is answered like what is not there.
"""

from __future__ import annotations

from api.problems import not_found
from routing.access import Principal, Role
from routing.queue.desk import Desk
from routing.queue.matching import ALL_QUEUES
from routing.queue.records import Operator, Queue, Reservation, Task


def sees(who: Principal, organisation: str | None) -> bool:
    """Whether `who` sees what belongs to `organisation` (None: to nobody)."""
    return who.organisation is None or who.organisation == organisation


class Scope:
    """Looks things up as a principal sees them.

    Every method raises:
        ProblemError: 404, it is not there for this principal.
        NotFoundError: it is not there at all (answered the same).
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def task(self, who: Principal, task_id: str) -> Task:
        """A task of the own organisation, or one that the operator was offered."""
        task = self._desk.tasks.get(task_id)
        if not sees(who, task.organisation) and not self._is_on_desk(who, task_id):
            raise not_found("task")
        return task

    def queue(self, who: Principal, queue_id: str) -> Queue:
        """A queue of the own organisation."""
        queue = self._desk.directory.queue(queue_id)
        if not sees(who, queue.organisation):
            raise not_found("queue")
        return queue

    def open_queue(self, who: Principal, queue_id: str) -> None:
        """Check that `who` may put tasks there; those who see everything may name new queues."""
        if who.organisation is not None:
            self.queue(who, queue_id)

    def operator(self, who: Principal, operator_id: str) -> Operator:
        """An operator of the own organisation; for operators, only themselves."""
        if who.role is Role.OPERATOR and who.operator != operator_id:
            raise not_found("operator")
        operator = self._desk.operators.get(operator_id)
        if who.role is not Role.OPERATOR and not sees(who, operator.profile.organisation):
            raise not_found("operator")
        return operator

    def reservation(self, who: Principal, reservation_id: str) -> Reservation:
        """An offer to an operator of the own organisation; for operators, only their own."""
        reservation = self._desk.reservations.get(reservation_id)
        self.operator(who, reservation.operator_id)
        return reservation

    def served(self, operator_id: str) -> tuple[str | None, set[str] | None]:
        """Whose tasks an operator may see: an organisation and queues, None for all."""
        profile = self._desk.operators.get(operator_id).profile
        if ALL_QUEUES in profile.queues:
            return profile.organisation, None
        return None, set(profile.queues)

    def _is_on_desk(self, who: Principal, task_id: str) -> bool:
        if who.role is not Role.OPERATOR or who.operator is None:
            return False
        held = self._desk.reservations.open_of(who.operator)
        return held is not None and held.task_id == task_id
