"""The order of those who wait: priority with ageing, as one number that never changes.

A point of priority is worth `ageing_s` of waiting. Then of two tasks the one with the smaller
``entered - priority * ageing_s`` goes first, today and in an hour: no task has to be looked at
again while it waits, the order is an index of the database, and nobody starves, because who comes
later than ``(difference of priorities) * ageing_s`` can't overtake.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_US: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime) -> int:
    """Since 1970."""
    span = at - _EPOCH
    return (span.days * 86_400 + span.seconds) * _US + span.microseconds


def entered(now: datetime, last_waiting_us: int | None) -> int:
    """When a task enters (microseconds since 1970), behind all that wait already.

    Args:
        now: by a clock that may have been set back.
        last_waiting_us: the latest entry of those who wait; None where nobody does.
    """
    now_us = microseconds(now)
    return now_us if last_waiting_us is None else max(now_us, last_waiting_us + 1)


def rank(entered_us: int, priority: int, ageing_s: float) -> int:
    """The place among those who wait; lower goes first."""
    return entered_us - round(priority * ageing_s * _US)
