"""How many operators each half-hour needs, from the calls that came: a report for planning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, tzinfo
from typing import Final

from routing.erlang import Load, operators_needed
from routing.queue.figures import Facts, Norms
from routing.queue.states import TaskKind

INTERVAL_S: Final = 1800
_DEFAULT_AHT_S: Final = 180.0


@dataclass(frozen=True)
class Need:
    """A half-hour of the day."""

    begins: time
    calls: float
    """On an average day."""
    operators: int
    """The fewest with whom the norm is met (Erlang C)."""
    service_level: float
    """That they reach."""
    occupancy: float


def needs(
    facts: Facts, zone: tzinfo, days: int, norms: Norms, max_occupancy: float = 0.85
) -> list[Need]:
    """The need of each half-hour with calls, by an average day of the span.

    Args:
        zone: the region's.
        days: of the span, at least 1.
    """
    handled = [item.talk_s + item.wrap_s for item in facts.handled]
    aht_s = sum(handled) / len(handled) if handled else _DEFAULT_AHT_S
    counts: dict[int, int] = {}
    for call in facts.calls:
        if call.kind is not TaskKind.CALL:
            continue
        moment = call.created_at.astimezone(zone)
        slot = (moment.hour * 3600 + moment.minute * 60) // INTERVAL_S
        counts[slot] = counts.get(slot, 0) + 1
    found = []
    for slot, count in sorted(counts.items()):
        load = Load(count / days, INTERVAL_S, max(aht_s, 1.0))
        need = operators_needed(load, norms.target_share, norms.target_s, max_occupancy)
        minutes = slot * INTERVAL_S // 60
        found.append(
            Need(
                time(minutes // 60, minutes % 60),
                count / days,
                need.operators,
                need.service_level,
                need.occupancy,
            )
        )
    return found
