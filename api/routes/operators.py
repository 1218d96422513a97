"""Operators: who they are, what they do, what lies on their desks."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path

from api.access import allow
from api.openapi import refusals
from api.problems import ProblemError
from api.routes.tasks import task_item
from api.scope import Scope
from api.shapes.operators import (
    ActivityBody,
    CompletedBody,
    DeskItem,
    OperatorBody,
    OperatorItem,
    ReservationItem,
)
from api.shapes.values import Id
from routing.access import Principal, Role
from routing.errors import NotFoundError
from routing.queue.desk import Desk
from routing.queue.records import Operator, OperatorProfile, Reservation
from routing.queue.states import OperatorState

Viewer = Annotated[Principal, Depends(allow(Role.ROUTER, Role.SUPERVISOR))]
Keeper = Annotated[Principal, Depends(allow(Role.SUPERVISOR))]
Actor = Annotated[Principal, Depends(allow(Role.ROUTER, Role.SUPERVISOR, Role.OPERATOR))]
Reader = Annotated[
    Principal, Depends(allow(Role.ROUTER, Role.SUPERVISOR, Role.OPERATOR, personal=True))
]
OperatorId = Annotated[Id, Path(examples=["anna"])]
ReservationId = Annotated[Id, Path(examples=["b0c6d6a1-6f0e-4d2d-9d0e-7a3f0a0e6a53"])]


def operator_routes(desk: Desk) -> APIRouter:
    """Routes of operators."""
    router = APIRouter(prefix="/v1/operators", tags=["operators"], responses=refusals(401, 403))
    operators, scope = desk.operators, Scope(desk)
    one = refusals(401, 403, 404)

    @router.get("", summary="List operators")
    def list_operators(who: Viewer, state: OperatorState | None = None) -> list[OperatorItem]:
        """Of the own organisation, by id."""
        found = operators.listing(organisation=who.organisation, state=state)
        return [_operator(each) for each in found]

    @router.get("/{operator_id}", summary="One operator", responses=one)
    def get_operator(operator_id: OperatorId, who: Actor) -> OperatorItem:
        """Who it is and what it is doing."""
        return _operator(scope.operator(who, operator_id))

    @router.put(
        "/{operator_id}", summary="Enter or change an operator",
        responses=refusals(400, 401, 403, 404, 409),
    )  # fmt: skip
    def put_operator(operator_id: OperatorId, body: OperatorBody, who: Keeper) -> OperatorItem:
        """What it is doing stays."""
        with suppress(NotFoundError):  # a new one
            scope.operator(who, operator_id)
        if who.organisation is not None and body.organisation != who.organisation:
            raise ProblemError(403, "organisation", f"your operators are of {who.organisation}")
        values = body.model_dump()
        values["queues"] = tuple(body.queues)
        values["topics"] = None if body.topics is None else tuple(body.topics)
        return _operator(operators.put(OperatorProfile(id=operator_id, **values)))

    @router.put("/{operator_id}/activity", summary="Log in, out, or take a break", responses=one)
    def set_activity(operator_id: OperatorId, body: ActivityBody, who: Actor) -> OperatorItem:
        """In a call or its wrap-up the choice holds from the end of it; an offer is taken back."""
        scope.operator(who, operator_id)
        return _operator(operators.set_activity(operator_id, body.activity))

    @router.post(
        "/{operator_id}/ready", summary="End the wrap-up",
        responses=refusals(401, 403, 404, 409),
    )  # fmt: skip
    def ready(operator_id: OperatorId, who: Actor) -> OperatorItem:
        """The card is finished before time."""
        scope.operator(who, operator_id)
        return _operator(operators.ready(operator_id))

    @router.get("/{operator_id}/desk", summary="What lies on the desk", responses=one)
    def get_desk(operator_id: OperatorId, who: Reader) -> DeskItem | None:
        """The offer, call or card that is open, with its task; null if there is none."""
        scope.operator(who, operator_id)
        held = desk.reservations.open_of(operator_id)
        if held is None:
            return None
        task = task_item(desk.tasks.get(held.task_id))
        return DeskItem(reservation=_reservation(held), task=task)

    return router


def reservation_routes(desk: Desk) -> APIRouter:
    """Routes of reservations."""
    change = refusals(401, 403, 404, 409)
    router = APIRouter(prefix="/v1/reservations", tags=["reservations"], responses=change)
    reservations, scope = desk.reservations, Scope(desk)

    @router.get("/{reservation_id}", summary="One reservation", responses=refusals(401, 403, 404))
    def get_reservation(reservation_id: ReservationId, who: Actor) -> ReservationItem:
        """An offer, and what became of it."""
        return _reservation(scope.reservation(who, reservation_id))

    @router.post("/{reservation_id}/accept", summary="Take the call")
    def accept(reservation_id: ReservationId, who: Actor) -> ReservationItem:
        """A conflict where it is no longer pending: it timed out, or the caller left."""
        scope.reservation(who, reservation_id)
        return _reservation(reservations.accept(reservation_id))

    @router.post("/{reservation_id}/reject", summary="Do not take the call")
    def reject(reservation_id: ReservationId, who: Actor) -> ReservationItem:
        """The caller keeps the place and is offered to another operator."""
        scope.reservation(who, reservation_id)
        return _reservation(reservations.reject(reservation_id))

    @router.post("/{reservation_id}/end-talk", summary="The talk is over")
    def end_talk(reservation_id: ReservationId, who: Actor) -> ReservationItem:
        """The operator finishes the card: the wrap-up begins."""
        scope.reservation(who, reservation_id)
        return _reservation(reservations.end_talk(reservation_id))

    @router.post("/{reservation_id}/complete", summary="The call and its card are done")
    def complete(
        reservation_id: ReservationId, who: Actor, body: Annotated[CompletedBody, Body()]
    ) -> ReservationItem:
        """A call-back whose caller was not reached is due again later."""
        scope.reservation(who, reservation_id)
        return _reservation(reservations.complete(reservation_id, reached=body.reached))

    return router


def _operator(operator: Operator) -> OperatorItem:
    values = asdict(operator)
    return OperatorItem.model_validate({**values.pop("profile"), **values})


def _reservation(reservation: Reservation) -> ReservationItem:
    return ReservationItem.model_validate(asdict(reservation))
