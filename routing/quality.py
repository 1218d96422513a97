"""Quality of operators' work: score sheets, and calls reviewed by them (3.2.6, 3.2.11)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from routing.errors import NotFoundError, RefusedError, RulesError
from routing.events import Event, record
from routing.store import Store
from routing.tables import ReservationRow, ReviewRow, ScoreSheetRow, TaskRow


@dataclass(frozen=True)
class SheetItem:
    """One line of a sheet."""

    id: str
    title: str
    weight: float = 1.0
    most: int = 5
    """The best mark; 0 is the worst."""


@dataclass(frozen=True)
class Sheet:
    """What calls are judged by."""

    id: str
    title: str
    items: tuple[SheetItem, ...]
    organisation: str | None = None

    def __post_init__(self) -> None:
        if not self.items or len({item.id for item in self.items}) != len(self.items):
            raise RulesError("a score sheet has one item or more, each with an id of its own")
        if any(item.weight <= 0 or item.most < 1 for item in self.items):
            raise RulesError("an item's weight is above 0, its best mark 1 or more")

    def score(self, marks: Mapping[str, int]) -> float:
        """Share of what could be reached (0 to 1).

        Raises:
            RulesError: a mark is missing, unknown, or out of its range.
        """
        known = {item.id: item for item in self.items}
        if set(marks) != set(known):
            raise RulesError(f"marks are needed for exactly: {', '.join(known)}")
        if any(not 0 <= mark <= known[name].most for name, mark in marks.items()):
            raise RulesError("a mark is from 0 to the item's best mark")
        reached = sum(known[name].weight * mark / known[name].most for name, mark in marks.items())
        return reached / sum(item.weight for item in self.items)


@dataclass(frozen=True)
class Review:
    """A call that was judged."""

    id: str
    task_id: str
    operator_id: str
    organisation: str | None
    sheet: str
    reviewer: str
    marks: Mapping[str, int]
    score: float
    """0 to 1."""
    at: datetime
    comment: str | None = field(default=None, repr=False)


class Quality:
    """Sheets and reviews. Blocks for milliseconds; thread-safe.

    Every method raises:
        NotFoundError: there is no such sheet, call or operator's part in it.
        StoreError: the database failed; nothing was changed.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def put_sheet(self, sheet: Sheet) -> None:
        """Enter or change a sheet; reviews made before keep their score."""
        with self._store.transaction() as session:
            session.merge(
                ScoreSheetRow(
                    id=sheet.id,
                    title=sheet.title,
                    organisation=sheet.organisation,
                    items=[vars(item) for item in sheet.items],
                )
            )
            record(session, self._now(), "score_sheet.changed", organisation=sheet.organisation,
                   id=sheet.id)  # fmt: skip

    def sheets(self, organisation: str | None = None) -> list[Sheet]:
        """All, by id; those of one organisation and those of everybody where it is given."""
        query = select(ScoreSheetRow).order_by(ScoreSheetRow.id)
        if organisation is not None:
            mine = ScoreSheetRow.organisation
            query = query.where((mine == organisation) | mine.is_(None))
        with self._store.reading() as session:
            return [_sheet(row) for row in session.scalars(query)]

    def review(
        self,
        task_id: str,
        operator_id: str,
        sheet: str,
        reviewer: str,
        marks: Mapping[str, int],
        comment: str | None = None,
    ) -> Review:
        """Judge what an operator did for a call.

        Args:
            reviewer: who judges; not the operator.

        Raises:
            RefusedError: an operator cannot judge its own call.
            RulesError: the marks do not fit the sheet.
            ConflictError: this reviewer has judged it by this sheet.
        """
        if reviewer == operator_id:
            raise RefusedError("operators do not review their own calls")
        now = self._now()
        with self._store.transaction() as session:
            task = session.get(TaskRow, task_id)
            rules = session.get(ScoreSheetRow, sheet)
            took = session.scalar(
                select(ReservationRow.id).where(
                    ReservationRow.task_id == task_id,
                    ReservationRow.operator_id == operator_id,
                    ReservationRow.accepted_at.is_not(None),
                )
            )
            if task is None or took is None:
                raise NotFoundError(f"operator {operator_id} did not take task {task_id}")
            if rules is None:
                raise NotFoundError(f"no score sheet {sheet}")
            row = ReviewRow(
                id=str(uuid.uuid4()),
                task_id=task_id,
                operator_id=operator_id,
                organisation=task.organisation,
                sheet=sheet,
                reviewer=reviewer,
                marks=dict(marks),
                score=_sheet(rules).score(marks),
                comment=comment,
                at=now,
            )
            session.add(row)
            record(session, now, "review.made", organisation=task.organisation, review_id=row.id,
                   of_task=task_id, of_operator=operator_id, sheet=sheet,
                   marks=dict(marks), score=row.score)  # fmt: skip
            return _review(row)

    def reviews(
        self, *, operator_id: str | None = None, organisation: str | None = None
    ) -> list[Review]:
        """Reviews, oldest first; of an operator, of an organisation where given."""
        query = select(ReviewRow).order_by(ReviewRow.at, ReviewRow.id)
        if operator_id is not None:
            query = query.where(ReviewRow.operator_id == operator_id)
        if organisation is not None:
            query = query.where(ReviewRow.organisation == organisation)
        with self._store.reading() as session:
            return [_review(row) for row in session.scalars(query)]

    def scores(self, organisation: str | None = None) -> dict[str, float]:
        """Mean score of each reviewed operator (0 to 1)."""
        found = self.reviews(organisation=organisation)
        return mean_scores((review.operator_id, review.score) for review in found)


def scores_from_events(events: Iterable[Event], sheets: Mapping[str, Sheet]) -> dict[str, float]:
    """The same, judged anew from the marks that the events keep."""
    return mean_scores(
        (event.data["of_operator"], sheets[event.data["sheet"]].score(event.data["marks"]))
        for event in events
        if event.kind == "review.made"
    )


def mean_scores(judged: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Mean of each operator's scores."""
    found: dict[str, list[float]] = {}
    for operator, score in judged:
        found.setdefault(operator, []).append(score)
    return {name: sum(scores) / len(scores) for name, scores in sorted(found.items())}


def _sheet(row: ScoreSheetRow) -> Sheet:
    items = tuple(SheetItem(**item) for item in row.items)
    return Sheet(row.id, row.title, items, row.organisation)


def _review(row: ReviewRow) -> Review:
    return Review(
        row.id,
        row.task_id,
        row.operator_id,
        row.organisation,
        row.sheet,
        row.reviewer,
        row.marks,
        row.score,
        row.at,
        row.comment,
    )
