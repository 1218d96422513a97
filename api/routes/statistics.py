"""Statistics: now, and over a span of time, as JSON and CSV."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response

from api.access import allow
from api.openapi import refusals
from api.problems import ProblemError
from api.shapes.statistics import NowItem, QueueNowItem, ReportItem
from api.shapes.values import Moment
from routing.access import Principal, Role
from routing.queue.figures import Norms
from routing.queue.statistics import By, Report, Statistics

Reader = Annotated[Principal, Depends(allow(Role.ROUTER, Role.SUPERVISOR, Role.EDITOR))]
Since = Annotated[Moment, Query(examples=["2026-11-24T00:00:00+05:00"])]
Until = Annotated[Moment, Query(examples=["2026-11-25T00:00:00+05:00"])]
Interval = Annotated[int, Query(ge=60, le=86_400, description="With `by=interval`; divides a day.")]
TargetS = Annotated[float, Query(gt=0, le=86_400)]
TargetShare = Annotated[float, Query(gt=0, le=1)]
ShortS = Annotated[float, Query(ge=0, le=86_400)]
_LONGEST: Final = timedelta(days=400)
_NORMS: Final = Norms()


@dataclass(frozen=True)
class Span:
    """What a report is about."""

    since: Moment
    until: Moment
    by: By | None
    interval_s: int
    norms: Norms


def span(
    since: Since,
    until: Until,
    by: By | None = None,
    interval_s: Interval = 1800,
    target_s: TargetS = _NORMS.target_s,
    target_share: TargetShare = _NORMS.target_share,
    short_abandon_s: ShortS = _NORMS.short_abandon_s,
) -> Span:
    """The parameters of a report; the norm is one of them.

    Raises:
        ProblemError: the span is too long.
    """
    if until - since > _LONGEST:
        raise ProblemError(422, "span", f"ask for at most {_LONGEST.days} days at once")
    return Span(since, until, by, interval_s, Norms(target_s, target_share, short_abandon_s))


Asked = Annotated[Span, Depends(span)]


def statistics_routes(statistics: Statistics) -> APIRouter:
    """Routes of statistics: figures only, no personal data."""
    router = APIRouter(prefix="/v1", tags=["statistics"], responses=refusals(401, 403))

    @router.get("/statistics/now", summary="This moment")
    def get_now(who: Reader) -> NowItem:
        """Who waits, and what operators do."""
        queues = statistics.queues_now(who.organisation)
        return NowItem(
            queues=[QueueNowItem(**asdict(each)) for each in queues],
            operators=statistics.operators_now(who.organisation),
        )

    @router.get("/statistics", summary="A span of time")
    def get_report(who: Reader, asked: Asked) -> ReportItem:
        """Of the calls that came in from `since` up to `until`; the norm is a parameter."""
        document = report(who, asked).to_json()
        if who.organisation is not None:  # the assistant's calls are of all organisations
            document |= dict.fromkeys(("calls", "contained", "handed_over", "containment"))
        return ReportItem.model_validate(document)

    @router.get(
        "/statistics.csv", summary="A span of time as CSV", response_class=Response,
        responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    )  # fmt: skip
    def get_csv(who: Reader, asked: Asked) -> Response:
        """A line for each group and one for all, in UTF-8 with a byte order mark for Excel."""
        text = report(who, asked).to_csv()
        name = {"Content-Disposition": 'attachment; filename="statistics.csv"'}
        return Response(text.encode("utf-8-sig"), media_type="text/csv", headers=name)

    def report(who: Principal, asked: Span) -> Report:
        return statistics.report(
            asked.since,
            asked.until,
            asked.by,
            norms=asked.norms,
            interval_s=asked.interval_s,
            organisation=who.organisation,
        )

    return router
