"""What the dialplan asks and tells: a call is coming, where does it go, who took it, it is over.

Answers are short plain text, because a dialplan cuts text at commas and has no JSON.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.responses import PlainTextResponse

from api.openapi import refusals
from routing.bounded import Bounded
from routing.errors import RoutingError
from routing.queue.delivery import Delivery
from telephony.switchboard import NextStep, Switchboard

log = logging.getLogger(__name__)

CALL_ID: Final = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"
_NUMBER: Final = re.compile(r"\+?[0-9*#]{1,32}")
_LONGEST_BODY: Final = 4096
_STORE_S: Final = 1.0
"""How long the store may keep the dialplan waiting (s), which itself waits 3 s."""

CallId = Annotated[str, Path(pattern=CALL_ID)]


def calls_router(
    switchboard: Switchboard, delivery: Delivery, may_use: Callable[..., Any]
) -> APIRouter:
    """Routes of the dialplan.

    Args:
        switchboard: of this process.
        delivery: is told what becomes of a call in the queue.
        may_use: a dependency that refuses whoever is not the PBX.
    """
    router = APIRouter(
        prefix="/calls",
        tags=["calls"],
        dependencies=[Depends(may_use)],
        default_response_class=PlainTextResponse,
        responses=refusals(401, 403, 413),
    )

    @router.post("", summary="A call is coming")
    async def announce(request: Request) -> str:
        """A call is about to come: `id`, and where known `caller` and `dialled`, as a form or JSON.

        Answers ``speech`` or ``keypad``, how the call will be served; or where it goes instead,
        like the next step.
        """
        fields = await _fields(request)
        call_id = fields.get("id", "")
        if not re.match(CALL_ID, call_id):
            raise HTTPException(422, "id: the call's id, up to 64 letters, digits and -_.:")
        call_id = _canonical(call_id)
        caller, dialled = _number(fields.get("caller")), _number(fields.get("dialled"))
        mode = switchboard.announce(call_id, caller, dialled)
        if mode is not None:
            return mode.value
        step = await switchboard.where_next(call_id)
        await _follow(delivery, call_id, step, caller, dialled)
        return str(step)

    @router.get("/{call_id}/next", summary="Where the caller goes")
    async def next_step(call_id: CallId) -> str:
        """Where the caller goes: ``queue,NAME``, ``redirect,NUMBER``, ``hangup`` or ``again``."""
        call_id = _canonical(call_id)
        step = await switchboard.where_next(call_id)
        await _follow(delivery, call_id, step)
        return str(step)

    @router.post("/{call_id}/returned", summary="Nobody answered there")
    async def returned(call_id: CallId) -> str:
        """Nobody answered where the call went: it will connect again and go on where it was."""
        call_id = _canonical(call_id)
        switchboard.returned(call_id)
        await _noted(delivery.returned, call_id)
        return "again"

    @router.post("/{call_id}/answered", summary="Somebody took the call")
    async def answered(call_id: CallId) -> str:
        """An operator or the outside number took the call: ``noted``, or ``unknown`` here."""
        known = await Bounded(_STORE_S).run(delivery.answered, _canonical(call_id))
        return "noted" if known else "unknown"

    @router.post("/{call_id}/left", summary="The call is over")
    async def left(call_id: CallId) -> str:
        """The caller hung up, or the talk has ended: ``noted``, or ``unknown`` here."""
        call_id = _canonical(call_id)
        await switchboard.where_next(call_id)  # a session at its end may still hand the call over
        known = await Bounded(_STORE_S).run(delivery.left, call_id)
        return "noted" if known else "unknown"

    return router


async def _follow(delivery: Delivery, call_id: str, step: NextStep, *numbers: str | None) -> None:
    """Let the queue know where the call goes."""
    if step.target is None:
        return
    match step.action:
        case "queue":
            await _noted(delivery.queued, call_id, step.target, *numbers)
        case "redirect":
            await _noted(delivery.redirecting, call_id, step.target)


async def _noted(tell: Callable[..., bool], call_id: str, *more: str | None) -> None:
    """Tell the queue; where that fails or takes long, the caller goes on all the same."""
    try:
        await Bounded(_STORE_S).run(tell, call_id, *more)
    except RoutingError as error:
        log.error("call %s: the queue does not know where it is: %s", call_id, error)


def _canonical(call_id: str) -> str:
    """As AudioSocket tells it: a UUID in lower case."""
    return call_id.lower()


def _number(text: str | None) -> str | None:
    """A telephone number, or None for what a PBX writes where there is none."""
    return text if text and _NUMBER.fullmatch(text) else None


async def _fields(request: Request) -> dict[str, str]:
    body = await request.body()
    if len(body) > _LONGEST_BODY:
        raise HTTPException(413, f"send at most {_LONGEST_BODY} bytes")
    try:
        text = body.decode()
        if "json" not in request.headers.get("content-type", ""):
            return dict(parse_qsl(text, max_num_fields=20))
        document = json.loads(text)
        if not isinstance(document, dict):
            raise ValueError("not an object")
        return {str(key): str(value) for key, value in document.items() if value is not None}
    except (ValueError, RecursionError):
        raise HTTPException(422, "a form or a JSON object with id, caller, dialled") from None
