"""How one queue is distributed: every figure a setting, none a norm of ours."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from routing.errors import RulesError

LEVELS: Final = range(1, 11)
"""Levels of a skill; 10 is the best."""


class OverflowAction(StrEnum):
    """What is done for a caller who waits too long."""

    WIDEN = "widen"
    """Any level of the skills will do; skills named in `drop` are not needed any more."""
    SITE = "site"
    """Operators of other sites, too."""
    QUEUE = "queue"
    """Another queue, perhaps of another organisation, if it is open."""
    CALLBACK = "callback"
    """A caller who agreed is called back; others are asked whether they agree."""


@dataclass(frozen=True)
class OverflowStep:
    """One step; steps are taken in the order of `after_s`."""

    after_s: float
    """How long the caller has waited then (s)."""
    action: OverflowAction
    queue: str | None = None
    """Of `QUEUE`: where to."""
    drop: tuple[str, ...] = ()
    """Of `WIDEN`: skills that are not needed any more."""

    def __post_init__(self) -> None:
        if not 0 <= self.after_s <= 86_400:
            raise RulesError("overflow: after_s is a time in seconds, from 0 to a day")
        if (self.action is OverflowAction.QUEUE) != (self.queue is not None):
            raise RulesError("overflow: name the queue with action 'queue', and only there")


@dataclass(frozen=True)
class QueueRules:
    """Rules of a queue. Times are in seconds.

    Raises:
        RulesError: a value is out of its range; the message says which one is allowed.
    """

    strategy: str = "least_occupied"
    """Which operator goes first: a name of `routing.queue.strategies.STRATEGIES`."""
    priority: int = 0
    """Of tasks that come without one (-10 to 10)."""
    ageing_s: float = 60.0
    """How much waiting weighs as much as one point of priority. Nobody is overtaken by those who
    come later than priority times this."""
    offer_s: float = 20.0
    """How long an operator may take to answer an offer."""
    spare_s: float = 60.0
    """How long a caller is not offered again to an operator who did not take the call."""
    break_after_no_answer: bool = True
    """Whether an operator who lets an offer pass is put on a break: nobody sits there."""
    wrap_up_s: float = 30.0
    """Time to finish the card; the operator may be ready earlier."""
    max_occupancy: float = 0.9
    """Above it an operator rests after each call for `rest_s` (share of staffed time)."""
    rest_s: float = 30.0
    target_s: float = 20.0
    """The norm of the service level: answered within this time."""
    target_share: float = 0.8
    """The norm's share of calls."""
    short_abandon_s: float = 5.0
    """Who hangs up earlier did not mean to wait and is left out of the service level."""
    skills: dict[str, int] = field(default_factory=dict)
    """What every task of the queue needs: skill -> level."""
    overflow: tuple[OverflowStep, ...] = ()
    returning_s: float = 3600.0
    """Who calls again within this time without having reached anybody is a returning caller..."""
    returning_priority: int = 3
    """...and is so many points ahead of others."""
    redirect_s: float = 30.0
    """How long another service may take to answer; then the caller is back at the same place."""
    callback_retry_s: float = 900.0
    """Between two attempts to reach a caller who was promised a call-back."""
    callback_attempts: int = 3
    """After so many attempts the promise is kept, reached or not."""

    def __post_init__(self) -> None:
        for name in ("ageing_s", "offer_s", "target_s", "redirect_s"):
            if not 0 < getattr(self, name) <= 86_400:
                raise RulesError(f"{name}: a time in seconds, more than 0 and at most a day")
        for name in ("spare_s", "wrap_up_s", "rest_s", "short_abandon_s", "returning_s"):
            if not 0 <= getattr(self, name) <= 86_400:
                raise RulesError(f"{name}: a time in seconds, from 0 to a day")
        if not -10 <= self.priority <= 10 or not 0 <= self.returning_priority <= 10:
            raise RulesError("priority: from -10 to 10; returning_priority: from 0 to 10")
        if not 0 < self.max_occupancy <= 1 or not 0 < self.target_share <= 1:
            raise RulesError("max_occupancy and target_share: a share, more than 0 and at most 1")
        if not 1 <= self.callback_attempts <= 100 or not 0 <= self.callback_retry_s <= 604_800:
            raise RulesError("callback_attempts: 1 to 100; callback_retry_s: from 0 to a week")
        if any(level not in LEVELS for level in self.skills.values()):
            raise RulesError("skills: a level is from 1 to 10")
        if list(self.overflow) != sorted(self.overflow, key=lambda step: step.after_s):
            raise RulesError("overflow: put the steps in the order of after_s")

    def to_json(self) -> dict[str, Any]:
        """As a JSON document, with every value."""
        return asdict(self) | {"overflow": [asdict(step) for step in self.overflow]}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> QueueRules:
        """Of a JSON document; what is not in it has its default.

        Raises:
            RulesError: a name is unknown, or a value is out of its range.
        """
        _refuse_unknown("rule", document, cls)
        for step in _dictionaries(document.get("overflow")):
            _refuse_unknown("part of an overflow step", step, OverflowStep)
        try:
            return _READER.validate_python(document)
        except ValidationError as error:
            wrong = (
                f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:5]
            )
            raise RulesError("; ".join(wrong)) from error


_READER: Final = TypeAdapter(QueueRules)


def _refuse_unknown(what: str, document: dict[str, Any], kind: type[Any]) -> None:
    unknown = set(document) - {each.name for each in fields(kind)}
    if unknown:
        raise RulesError(f"unknown {what}: {', '.join(sorted(unknown))}")


def _dictionaries(steps: Any) -> list[dict[str, Any]]:
    """Those of the steps that can be looked into; what is wrong with others, the reader says."""
    return [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
