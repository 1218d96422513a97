"""The circuit breaker, moment by moment."""

from __future__ import annotations

import pytest

from dialog.nlu.breaker import CircuitBreaker
from tests.rasa.conftest import Clock


def test_it_opens_after_failures_in_a_row_and_tries_again(clock: Clock) -> None:
    breaker = CircuitBreaker(2, 30, clock)
    breaker.failed()
    assert breaker.may_ask()
    assert not breaker.is_open
    breaker.failed()
    assert not breaker.may_ask()
    clock.now += 29.9
    assert not breaker.may_ask()
    clock.now += 0.1
    assert breaker.may_ask()
    assert breaker.is_open, "on trial is not yet well"
    breaker.failed()
    assert not breaker.may_ask()
    clock.now += 30
    breaker.succeeded()
    assert breaker.may_ask()
    assert not breaker.is_open
    breaker.failed()
    assert breaker.may_ask(), "old failures are forgotten after a success"


def test_it_can_be_opened_at_once(clock: Clock) -> None:
    breaker = CircuitBreaker(5, 30, clock)
    breaker.trip()
    assert not breaker.may_ask()


@pytest.mark.parametrize(("failures", "open_s"), [(0, 30), (3, -1)])
def test_senseless_limits_are_refused(clock: Clock, failures: int, open_s: float) -> None:
    with pytest.raises(ValueError, match="at least"):
        CircuitBreaker(failures, open_s, clock)
