"""Quality of operators' work; and a caller's data, erased when the caller asks for it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.access import allow
from api.openapi import refusals
from api.problems import ProblemError, not_found
from api.scope import Scope, sees
from api.shapes.quality import (
    ErasedItem,
    ErasureBody,
    NewReview,
    ReviewItem,
    SheetBody,
    SheetDocument,
)
from api.shapes.values import Id
from routing.access import Principal, Role
from routing.privacy import Privacy
from routing.quality import Sheet, SheetItem
from routing.queue.desk import Desk

Supervisor = Annotated[Principal, Depends(allow(Role.SUPERVISOR))]
Reader = Annotated[Principal, Depends(allow(Role.SUPERVISOR, Role.OPERATOR))]
Admin = Annotated[Principal, Depends(allow(personal=True))]
SheetId = Annotated[Id, Path(examples=["intake"])]


def quality_routes(desk: Desk) -> APIRouter:
    """Routes of score sheets and reviews."""
    router = APIRouter(prefix="/v1", tags=["quality"], responses=refusals(401, 403))
    quality, scope = desk.quality, Scope(desk)

    @router.get("/score-sheets", summary="List score sheets")
    def list_sheets(who: Reader) -> list[SheetDocument]:
        """The own ones, and those of everybody."""
        return [_sheet(each) for each in quality.sheets(who.organisation)]

    @router.put(
        "/score-sheets/{sheet_id}", summary="Enter or change a score sheet",
        responses=refusals(400, 401, 403, 404),
    )  # fmt: skip
    def put_sheet(sheet_id: SheetId, body: SheetBody, who: Supervisor) -> SheetDocument:
        """Reviews that were made before keep their score."""
        if not sees(who, body.organisation):
            raise ProblemError(403, "organisation", f"your key is of {who.organisation}")
        known = next((each for each in quality.sheets() if each.id == sheet_id), None)
        if known is not None and not sees(who, known.organisation):
            raise not_found("score sheet")
        items = tuple(SheetItem(**item.model_dump()) for item in body.items)
        sheet = Sheet(sheet_id, body.title, items, body.organisation)
        quality.put_sheet(sheet)
        return _sheet(sheet)

    @router.post(
        "/reviews", status_code=201, summary="Judge a call",
        responses=refusals(400, 401, 403, 404, 409),
    )  # fmt: skip
    def create_review(new: NewReview, who: Supervisor) -> ReviewItem:
        """Of an operator who took it, by a score sheet; once for each reviewer."""
        scope.task(who, new.task_id)
        if new.sheet not in {each.id for each in quality.sheets(who.organisation)}:
            raise not_found("score sheet")
        review = quality.review(
            new.task_id, new.operator_id, new.sheet, who.key_id, new.marks, new.comment
        )
        return ReviewItem.model_validate(asdict(review))

    @router.get("/reviews", summary="List reviews")
    def list_reviews(
        who: Reader, operator_id: Annotated[Id | None, Query()] = None
    ) -> list[ReviewItem]:
        """Oldest first; operators see their own."""
        operator = who.operator or operator_id
        organisation = None if who.operator is not None else who.organisation
        found = quality.reviews(operator_id=operator, organisation=organisation)
        return [ReviewItem.model_validate(asdict(each)) for each in found]

    @router.get("/scores", summary="Mean scores")
    def get_scores(who: Supervisor) -> dict[str, float]:
        """Of each operator who was reviewed, from 0 to 1."""
        return quality.scores(who.organisation)

    return router


def privacy_routes(privacy: Privacy) -> APIRouter:
    """Routes of the right to be forgotten (152-ФЗ)."""
    router = APIRouter(prefix="/v1", tags=["privacy"], responses=refusals(401, 403))

    @router.post("/erasures", summary="Erase a caller's data", responses=refusals(400, 401, 403))
    def erase(body: ErasureBody, who: Admin) -> ErasedItem:
        """Everything that belongs to a telephone number, in all organisations.

        What is still under way stays until it is done: `under_way` counts it.
        """
        if who.organisation is not None:
            raise ProblemError(403, "organisation", "only an admin of all organisations may erase")
        try:
            return ErasedItem(**asdict(privacy.erase(body.phone)))
        except ValueError as error:
            raise ProblemError(422, "invalid", str(error)) from error

    return router


def _sheet(sheet: Sheet) -> SheetDocument:
    return SheetDocument.model_validate(asdict(sheet))
