"""What the dialplan asks of the assistant: a call is coming, where does it go, it is back.

Answers are short plain text, because a dialplan cuts text at commas and has no JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.responses import PlainTextResponse

from api.openapi import refusals
from telephony.switchboard import Switchboard

CALL_ID: Final = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"
_NUMBER: Final = re.compile(r"\+?[0-9*#]{1,32}")
_LONGEST_BODY: Final = 4096

CallId = Annotated[str, Path(pattern=CALL_ID)]


def calls_router(switchboard: Switchboard, may_use: Callable[..., Any]) -> APIRouter:
    """Routes of the dialplan.

    Args:
        switchboard: of this process.
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
        mode = switchboard.announce(
            call_id, _number(fields.get("caller")), _number(fields.get("dialled"))
        )
        return str(await switchboard.where_next(call_id)) if mode is None else mode.value

    @router.get("/{call_id}/next", summary="Where the caller goes")
    async def next_step(call_id: CallId) -> str:
        """Where the caller goes: ``queue,NAME``, ``redirect,NUMBER``, ``hangup`` or ``again``."""
        return str(await switchboard.where_next(_canonical(call_id)))

    @router.post("/{call_id}/returned", summary="Nobody answered there")
    async def returned(call_id: CallId) -> str:
        """Nobody answered where the call went: it will connect again and go on where it was."""
        switchboard.returned(_canonical(call_id))
        return "again"

    return router


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
