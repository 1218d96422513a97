"""The HTTP API for programs: a PBX's adapter, an operator desk, a region's own system.

    async with Client("https://voice122.region", key) as queue:
        task = await queue.create_task(NewTask(key="call-1", queue="appointments"))
        async for event in queue.events(after=0):
            ...

What fails for the moment (no connection, 429, 503) is tried again; requests that change something
carry an idempotency key, so that trying again does nothing twice. The stream of events comes back
by itself and misses nothing.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx
from pydantic import TypeAdapter

from routing.client_errors import ApiError, Unreachable, problem_of
from routing.events import Event
from routing.queue.estimates import Place
from routing.queue.records import NewTask, Operator, OperatorProfile, Queue, Reservation, Task
from routing.queue.rules import QueueRules
from routing.queue.states import Activity, OperatorState, TaskKind, TaskState

T = TypeVar("T")

_TRIES: Final = 5
_FIRST_PAUSE_S: Final = 0.25
_LONGEST_PAUSE_S: Final = 10.0
_SILENCE_S: Final = 45.0
"""A stream that says nothing for three heartbeats is dead."""
_ADAPTERS: Final[dict[Any, TypeAdapter[Any]]] = {}


class Client:
    """One connection pool to one service. Use as an async context manager.

    Args:
        url: of the service, without a path.
        key: an API key; its role decides what is allowed.
        timeout_s: of one request (s).
        sleep: how to wait between tries.
        transport: another way to the service than the network; for tests.

    Every method raises:
        ApiError: the service refused; `status`, `kind` and the message say why.
        Unreachable: it could not be reached, or was overloaded, for several tries.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout_s: float = 10.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"{url.rstrip('/')}/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=timeout_s,
            transport=transport,
        )
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    # Tasks

    async def create_task(self, new: NewTask) -> Task:
        """Put a call into a queue, once for its key."""
        return _read(Task, await self._change("POST", "/tasks", _json(new)))

    async def task(self, task_id: str) -> Task:
        """One task."""
        return _read(Task, await self._get(f"/tasks/{task_id}"))

    async def tasks(
        self,
        *,
        state: TaskState | None = None,
        kind: TaskKind | None = None,
        queue: str | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> list[Task]:
        """A page of tasks, in the order in which they are served."""
        return _read(
            list[Task],
            await self._get(
                "/tasks", state=state, kind=kind, queue=queue, limit=limit, after=after
            ),
        )

    async def place(self, task_id: str) -> Place | None:
        """Position and estimated wait; None for a task that does not wait."""
        found = await self._get(f"/tasks/{task_id}/position")
        return None if found["position"] is None else _read(Place, found)

    async def caller_left(self, task_id: str) -> Task:
        """The caller hung up."""
        return await self._act_on_task(task_id, "caller-left")

    async def agree_callback(self, task_id: str, phone: str | None = None) -> Task:
        """The caller agrees to be called back, should it hang up or wait too long."""
        return await self._act_on_task(task_id, "agree-callback", phone=phone)

    async def promise_callback(
        self, task_id: str, phone: str | None = None, not_before: datetime | None = None
    ) -> Task:
        """The caller leaves the line; returns the call-back."""
        return await self._act_on_task(task_id, "callback", phone=phone, not_before=not_before)

    async def redirect(self, task_id: str, destination: str) -> Task:
        """Put the call through to elsewhere; until that answers, its place is kept."""
        return await self._act_on_task(task_id, "redirect", destination=destination)

    async def redirect_answered(self, task_id: str) -> Task:
        """The other service has the call now."""
        return await self._act_on_task(task_id, "redirect-answered")

    async def redirect_failed(self, task_id: str) -> Task:
        """Nobody answered there; the caller is back at the place it had."""
        return await self._act_on_task(task_id, "redirect-failed")

    async def move(self, task_id: str, queue: str, topic: str | None = None) -> Task:
        """Pass a call on to another queue."""
        return await self._act_on_task(task_id, "move", queue=queue, topic=topic)

    # Operators and their reservations

    async def put_operator(self, profile: OperatorProfile) -> Operator:
        """Enter an operator, or change who it is."""
        body = _json(profile)
        return _operator(await self._change("PUT", f"/operators/{body.pop('id')}", body))

    async def operators(self, state: OperatorState | None = None) -> list[Operator]:
        """Operators, by id."""
        return [_operator(each) for each in await self._get("/operators", state=state)]

    async def operator(self, operator_id: str) -> Operator:
        """One operator."""
        return _operator(await self._get(f"/operators/{operator_id}"))

    async def set_activity(self, operator_id: str, activity: Activity) -> Operator:
        """Log in, out, or take a break."""
        body = {"activity": activity.value}
        return _operator(await self._change("PUT", f"/operators/{operator_id}/activity", body))

    async def ready(self, operator_id: str) -> Operator:
        """End the wrap-up before time."""
        return _operator(await self._change("POST", f"/operators/{operator_id}/ready"))

    async def desk(self, operator_id: str) -> tuple[Reservation, Task] | None:
        """The offer, call or card that is open at an operator's, with its task."""
        found = await self._get(f"/operators/{operator_id}/desk")
        if found is None:
            return None
        return _read(Reservation, found["reservation"]), _read(Task, found["task"])

    async def accept(self, reservation_id: str) -> Reservation:
        """Take the call; an `ApiError` of status 409 where it is no longer pending."""
        return await self._act_on_reservation(reservation_id, "accept")

    async def reject(self, reservation_id: str) -> Reservation:
        """Do not take the call."""
        return await self._act_on_reservation(reservation_id, "reject")

    async def end_talk(self, reservation_id: str) -> Reservation:
        """The talk is over; the wrap-up begins."""
        return await self._act_on_reservation(reservation_id, "end-talk")

    async def complete(self, reservation_id: str, *, reached: bool = True) -> Reservation:
        """The call and its card are done."""
        return await self._act_on_reservation(reservation_id, "complete", reached=reached)

    # Queues

    async def put_queue(self, queue: Queue) -> Queue:
        """Enter a queue, or change its rules."""
        body = {
            "title": queue.title,
            "organisation": queue.organisation,
            "rules": queue.rules.to_json(),
        }
        return _queue(await self._change("PUT", f"/queues/{queue.id}", body))

    async def queues(self) -> list[Queue]:
        """Queues with their rules, by id."""
        return [_queue(each) for each in await self._get("/queues")]

    # Events

    async def events(self, after: int | None = None) -> AsyncIterator[Event]:
        """Events as they happen, for ever; a broken stream goes on where it broke off.

        Args:
            after: number of the last event that is known; None for what happens from now on.

        Raises:
            ApiError: the service refused.
        """
        failures = 0
        while True:
            try:
                async for place, event in self._stream(after):
                    after, failures = place, 0
                    if event is not None:
                        yield event
            except httpx.TransportError:
                pass
            except ApiError as error:
                if error.status not in (429, 503):
                    raise
            failures += 1
            await self._sleep(_pause_s(failures))

    async def _stream(self, after: int | None) -> AsyncIterator[tuple[int, Event | None]]:
        """Places in the feed, each with its event; the first one says where the stream begins."""
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        timeout = httpx.Timeout(self._http.timeout.read, read=_SILENCE_S)
        async with self._http.stream(
            "GET", "/events/stream", headers=headers, timeout=timeout
        ) as answer:
            if not answer.is_success:
                await answer.aread()
                raise problem_of(answer)
            place, event = 0, None
            async for line in answer.aiter_lines():
                name, _, value = line.partition(":")
                if name == "id":
                    place = int(value)
                elif name == "data":
                    event = _read(Event, json.loads(value))
                elif not line and place:
                    yield place, event
                    event = None

    # How

    async def _act_on_task(self, task_id: str, action: str, **body: Any) -> Task:
        document = await self._change("POST", f"/tasks/{task_id}/{action}", body or None)
        return _read(Task, document)

    async def _act_on_reservation(
        self, reservation_id: str, action: str, **body: Any
    ) -> Reservation:
        document = await self._change(
            "POST", f"/reservations/{reservation_id}/{action}", body or None
        )
        return _read(Reservation, document)

    async def _get(self, path: str, **params: Any) -> Any:
        given = {name: value for name, value in params.items() if value is not None}
        return await self._send("GET", path, params=given)

    async def _change(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        content = None if body is None else json.dumps(body, default=datetime.isoformat)
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"}
        return await self._send(method, path, content=content, headers=headers)

    async def _send(self, method: str, path: str, **options: Any) -> Any:
        for failures in range(1, _TRIES + 1):
            pause_s = _pause_s(failures)
            try:
                answer = await self._http.request(method, path, **options)
            except httpx.TransportError as error:
                reason = type(error).__name__
            else:
                if answer.is_success:
                    return answer.json() if answer.content else None
                problem = problem_of(answer)
                if not problem.passes:
                    raise problem
                reason = str(problem)
                pause_s = max(pause_s, min(problem.retry_after_s, _LONGEST_PAUSE_S))
            if failures < _TRIES:
                await self._sleep(pause_s)
        raise Unreachable(f"{method} {path}: {reason}; tried {_TRIES} times")


def _pause_s(failures: int) -> float:
    return min(_FIRST_PAUSE_S * 2.0 ** min(failures - 1, 10), _LONGEST_PAUSE_S)


def _read(kind: type[T], document: Any) -> T:
    adapter = _ADAPTERS.get(kind)
    if adapter is None:
        adapter = _ADAPTERS[kind] = TypeAdapter(kind)
    read: T = adapter.validate_python(document)
    return read


def _json(record: NewTask | OperatorProfile) -> dict[str, Any]:
    return asdict(record)


def _operator(document: dict[str, Any]) -> Operator:
    names = {each.name for each in fields(OperatorProfile)}
    profile = {name: value for name, value in document.items() if name in names}
    rest = {name: value for name, value in document.items() if name not in names}
    return _read(Operator, {"profile": profile, **rest})


def _queue(document: dict[str, Any]) -> Queue:
    rules = QueueRules.from_json(document["rules"])
    return Queue(document["id"], document["title"], document["organisation"], rules)
