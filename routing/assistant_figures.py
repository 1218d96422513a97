"""What the assistant's turns came to: topics, what was not heard, what was not understood.

Reads the journal, whose documents are those that the dialogue writes; only what is counted
leaves this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from routing.store import Store
from routing.tables import CallRow, TurnRow


@dataclass(frozen=True)
class AssistantFigures:
    """Of the calls of a span of time."""

    turns: int
    spoken: int
    """Turns in which the caller spoke."""
    not_heard: int
    """Speech that gave no words: a failure of recognition."""
    not_understood: int
    """Words whose meaning was not recognized."""
    silent: int
    """Questions after which the caller said nothing."""
    failed: int
    """Turns lost by a fault of ours."""
    outcomes: Mapping[str, int]
    """How calls ended for the assistant -> how many; ``open`` for those that go on."""
    topics: Mapping[str, int]
    """What callers wanted -> in how many calls it was acted on; a call may have several."""

    @property
    def recognition_failures(self) -> float | None:
        """Share of spoken turns that gave no words."""
        return self.not_heard / self.spoken if self.spoken else None


def assistant_figures(store: Store, since: datetime, until: datetime) -> AssistantFigures:
    """Count the turns of calls that came in from `since` up to `until`.

    Raises:
        StoreError: the database failed, or a turn is sealed with a key that is not here.
    """
    kinds: Counter[str] = Counter()
    topics: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    for call_id, event in _turns(store, since, until):
        kind = event.get("event", "")
        kinds["turns"] += 1
        kinds[kind] += 1
        parse = event.get("parse") if kind == "Heard" else None
        if isinstance(parse, dict):
            text, intent = str(parse.get("text") or "").strip(), parse.get("intent")
            kinds["not_heard"] += not text
            kinds["not_understood"] += bool(text) and intent is None
            if intent is not None and (call_id, intent) not in seen:
                seen.add((call_id, intent))
                topics[intent] += 1
    return AssistantFigures(
        turns=kinds["turns"],
        spoken=kinds["Heard"],
        not_heard=kinds["not_heard"],
        not_understood=kinds["not_understood"],
        silent=kinds["Silence"],
        failed=kinds["EngineFailed"],
        outcomes=_outcomes(store, since, until),
        topics=dict(topics.most_common()),
    )


def _turns(store: Store, since: datetime, until: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    query = (
        select(TurnRow.call_id, TurnRow.event)
        .join(CallRow, CallRow.id == TurnRow.call_id)
        .where(CallRow.started_at >= since, CallRow.started_at < until)
        .order_by(CallRow.started_at, TurnRow.call_id, TurnRow.number)
        .execution_options(yield_per=500)
    )
    with store.reading() as session:
        for row in session.execute(query):
            yield row.call_id, row.event


def _outcomes(store: Store, since: datetime, until: datetime) -> dict[str, int]:
    query = select(CallRow.outcome).where(CallRow.started_at >= since, CallRow.started_at < until)
    with store.reading() as session:
        found = Counter(outcome or "open" for outcome in session.scalars(query))
    return dict(found.most_common())
