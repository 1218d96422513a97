"""States of tasks, reservations and operators, and which may follow which.

Names and meaning are those of Twilio TaskRouter, with `Ending` added: no call ends without one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class TaskState(StrEnum):
    """How far a task has come."""

    PENDING = "pending"
    """Waits. A task that is held (a redirect, a call-back for later) is pending and not offered."""
    RESERVED = "reserved"
    """Offered to one operator."""
    ASSIGNED = "assigned"
    """An operator talks to the caller; without a reservation: outside our desk (`delivery.py`)."""
    WRAPPING = "wrapping"
    """The call is over, the operator finishes the card."""
    COMPLETED = "completed"
    CANCELED = "canceled"
    """The caller left, or a call-back took its place."""


TASK_STEPS: Final = {
    TaskState.PENDING: {
        TaskState.RESERVED,
        TaskState.ASSIGNED,  # by the telephone system, past our desk
        TaskState.COMPLETED,
        TaskState.CANCELED,
    },
    TaskState.RESERVED: {TaskState.PENDING, TaskState.ASSIGNED, TaskState.CANCELED},
    TaskState.ASSIGNED: {TaskState.PENDING, TaskState.WRAPPING, TaskState.COMPLETED},
    TaskState.WRAPPING: {TaskState.PENDING, TaskState.COMPLETED},
    TaskState.COMPLETED: set(),
    TaskState.CANCELED: set(),
}


class ReservationState(StrEnum):
    """What became of an offer."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TIMEOUT = "timeout"
    """The operator did not answer in time."""
    CANCELED = "canceled"
    """The caller left before the operator answered."""
    RESCINDED = "rescinded"
    """Taken back: the operator went away, or the task was moved."""
    WRAPPING = "wrapping"
    COMPLETED = "completed"


RESERVATION_STEPS: Final = {
    ReservationState.PENDING: {
        ReservationState.ACCEPTED,
        ReservationState.REJECTED,
        ReservationState.TIMEOUT,
        ReservationState.CANCELED,
        ReservationState.RESCINDED,
    },
    ReservationState.ACCEPTED: {ReservationState.WRAPPING, ReservationState.COMPLETED},
    ReservationState.WRAPPING: {ReservationState.COMPLETED},
    ReservationState.REJECTED: set(),
    ReservationState.TIMEOUT: set(),
    ReservationState.CANCELED: set(),
    ReservationState.RESCINDED: set(),
    ReservationState.COMPLETED: set(),
}


class Activity(StrEnum):
    """What an operator chooses to be."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    BREAK = "break"


class OperatorState(StrEnum):
    """What an operator is doing: the activity, or what a call makes of it."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    RESERVED = "reserved"
    BUSY = "busy"
    WRAP_UP = "wrap_up"
    BREAK = "break"


IN_CALL: Final = frozenset({OperatorState.RESERVED, OperatorState.BUSY, OperatorState.WRAP_UP})
"""States that a reservation brings and that only its end takes away."""


class Ending(StrEnum):
    """How a task ended. There is no other way."""

    ANSWERED = "answered"
    """An operator talked to the caller."""
    REDIRECTED = "redirected"
    """Another service answered the caller."""
    CALLBACK = "callback"
    """A call-back was promised: the task that `continues` this one tells how that ended."""
    HUNG_UP = "hung_up"
    """The caller left."""
    UNREACHED = "unreached"
    """Of a call-back only: the caller did not answer as often as the rules say."""


class TaskKind(StrEnum):
    """What the operator does."""

    CALL = "call"
    """Takes the caller who waits on the line."""
    CALLBACK = "callback"
    """Calls the caller."""
