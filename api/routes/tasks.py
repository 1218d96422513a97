"""Tasks: calls that want an operator, created idempotently and followed to their end."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Response

from api.access import allow
from api.openapi import refusals
from api.scope import Scope
from api.shapes.operators import ReservationItem
from api.shapes.tasks import (
    AgreedBody,
    CallbackBody,
    MoveBody,
    NewTaskBody,
    Position,
    RedirectBody,
    TaskItem,
    WaitItem,
)
from api.shapes.values import Id
from routing.access import Principal, Role
from routing.queue.desk import Desk
from routing.queue.records import NewTask, Task
from routing.queue.states import TaskKind, TaskState
from routing.queue.tasks import MAX_LISTED
from routing.sealing import mask_phone

Reader = Annotated[
    Principal, Depends(allow(Role.ROUTER, Role.SUPERVISOR, Role.OPERATOR, personal=True))
]
Caller = Annotated[Principal, Depends(allow(Role.EDGE, Role.ROUTER))]
"""Who speaks for the caller."""
Mover = Annotated[Principal, Depends(allow(Role.ROUTER, Role.SUPERVISOR, Role.OPERATOR))]
TaskId = Annotated[Id, Path(examples=["7c1f3c56-53ad-4f4e-8f0d-5f8f9f2f7b10"])]


def task_item(task: Task) -> TaskItem:
    """A task as it is sent."""
    return TaskItem.model_validate(asdict(task))


def task_routes(desk: Desk) -> APIRouter:
    """Routes of tasks."""
    router = APIRouter(prefix="/v1/tasks", tags=["tasks"], responses=refusals(401, 403))
    tasks, scope = desk.tasks, Scope(desk)
    one = refusals(401, 403, 404)
    change = refusals(401, 403, 404, 409)

    @router.post(
        "",
        status_code=201,
        summary="Put a call into a queue",
        responses=refusals(400, 401, 403, 404, 409),
    )
    def create_task(new: NewTaskBody, who: Caller, response: Response) -> TaskItem:
        """Once for its `key`: the same task sent again is answered as it stands by now.

        A queue that is not known yet is made, with default rules, for keys of no organisation.
        """
        scope.open_queue(who, new.queue)
        task = tasks.create(NewTask(**new.model_dump()))
        response.headers["Location"] = f"/v1/tasks/{task.id}"
        return task_item(task)

    @router.get("", summary="List tasks", responses=one)
    def list_tasks(
        who: Reader,
        state: TaskState | None = None,
        queue: Annotated[Id | None, Query()] = None,
        kind: TaskKind | None = None,
        limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 100,
        after: Annotated[Id | None, Query(description="Id of the last task before.")] = None,
    ) -> list[TaskItem]:
        """In the order in which they are served; call-backs have the kind `callback`.

        Operators see the queues that they serve, with masked telephone numbers.
        """
        organisation, served = who.organisation, None
        if who.operator is not None:
            organisation, served = scope.served(who.operator)
        if queue is not None:
            served = {queue} if served is None else served & {queue}
        found = tasks.listing(
            state=state, kind=kind, queues=served, organisation=organisation, limit=limit,
            after=after,
        )  # fmt: skip
        if who.operator is not None:
            found = [replace(task, phone=mask_phone(task.phone)) for task in found]
        return [task_item(task) for task in found]

    @router.get("/{task_id}", summary="One task", responses=one)
    def get_task(task_id: TaskId, who: Reader) -> TaskItem:
        """With what the operator should know."""
        return task_item(scope.task(who, task_id))

    @router.get("/{task_id}/position", summary="Place in the queue, and the wait", responses=one)
    def get_position(
        task_id: TaskId, who: Annotated[Principal, Depends(allow(Role.EDGE, Role.ROUTER))]
    ) -> Position:
        """How many go first, plus one; and the estimated wait, as a range."""
        scope.task(who, task_id)
        place = desk.estimates.place(task_id)
        if place is None:
            return Position(position=None, wait=None)
        wait = None if place.wait is None else WaitItem(**asdict(place.wait))
        return Position(position=place.position, wait=wait)

    @router.get("/{task_id}/reservations", summary="Offers of a task", responses=one)
    def get_offers(task_id: TaskId, who: Reader) -> list[ReservationItem]:
        """All that there were, oldest first."""
        scope.task(who, task_id)
        found = desk.reservations.of_task(task_id)
        return [ReservationItem.model_validate(asdict(each)) for each in found]

    @router.post("/{task_id}/caller-left", summary="The caller hung up", responses=change)
    def caller_left(task_id: TaskId, who: Caller) -> TaskItem:
        """One who agreed to a call-back gets it; a talk that was on ends. Again changes nothing."""
        scope.task(who, task_id)
        return task_item(tasks.caller_left(task_id))

    @router.post(
        "/{task_id}/agree-callback", summary="The caller agrees to a call-back", responses=change
    )
    def agree_callback(
        task_id: TaskId, who: Caller, body: Annotated[AgreedBody, Body()]
    ) -> TaskItem:
        """The caller will be called back, should it hang up or wait too long."""
        scope.task(who, task_id)
        return task_item(tasks.agree_callback(task_id, body.phone))

    @router.post(
        "/{task_id}/callback", status_code=201, summary="Promise a call-back",
        responses=refusals(400, 401, 403, 404, 409),
    )  # fmt: skip
    def promise_callback(
        task_id: TaskId, who: Caller, body: Annotated[CallbackBody, Body()]
    ) -> TaskItem:
        """The caller leaves the line; the answer is the call-back, which keeps the place."""
        scope.task(who, task_id)
        return task_item(tasks.promise_callback(task_id, body.phone, body.not_before))

    @router.post("/{task_id}/redirect", summary="Put through to elsewhere", responses=change)
    def redirect(task_id: TaskId, who: Mover, body: RedirectBody) -> TaskItem:
        """Until the other service answers, the caller keeps the place in the queue."""
        scope.task(who, task_id)
        return task_item(tasks.redirect(task_id, body.destination))

    @router.post("/{task_id}/redirect-answered", summary="Elsewhere answered", responses=change)
    def redirect_answered(task_id: TaskId, who: Caller) -> TaskItem:
        """The other service has the call now."""
        scope.task(who, task_id)
        return task_item(tasks.redirect_answered(task_id))

    @router.post("/{task_id}/redirect-failed", summary="Nobody answered there", responses=change)
    def redirect_failed(task_id: TaskId, who: Caller) -> TaskItem:
        """The caller is back, at the place it had."""
        scope.task(who, task_id)
        return task_item(tasks.redirect_failed(task_id))

    @router.post("/{task_id}/move", summary="Pass on to another queue", responses=change)
    def move(task_id: TaskId, who: Mover, body: MoveBody) -> TaskItem:
        """The time that the caller has waited counts there."""
        scope.task(who, task_id)
        moved = tasks.move(
            task_id, body.queue, topic=body.topic, skills=body.skills, priority=body.priority
        )
        return task_item(moved)

    return router
