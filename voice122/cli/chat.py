"""The conversation in text: for a person at a terminal, and as JSON lines for scripts."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, TextIO

from rich.console import Console
from rich.prompt import Prompt
from rich.text import Text

from dialog.acts import Ask, File, Hangup, Redirect, Say, Transfer, act_to_json
from telephony.conversation import Conversation, Step
from voice122.settings import Settings
from voice122.wiring import Understanding, new_conversation, open_content, open_store

HELP = "Пишите, что сказал бы звонящий. Клавиши: #12. Пустая строка: молчание. Выход: Ctrl-D."


@contextlib.asynccontextmanager
async def _conversation(
    settings: Settings, now: Callable[[], datetime]
) -> AsyncIterator[Conversation]:
    content, store = open_content(settings), open_store(settings)
    understanding = Understanding(settings)
    try:
        await understanding.start()
        yield new_conversation(content, store, understanding, now)
    finally:
        await understanding.stop()
        store.close()


async def run_chat(settings: Settings, now: Callable[[], datetime], console: Console) -> None:
    """Talk with a person at the terminal."""
    async with _conversation(settings, now) as conversation:
        console.print(Text(HELP, style="dim"))
        step = await conversation.start()
        while True:
            _show(console, step)
            if conversation.state.ended is not None:
                break
            try:
                line = await asyncio.to_thread(Prompt.ask, "[bold cyan]вы[/]", console=console)
            except EOFError:
                await conversation.hung_up()
                break
            event: dict[str, Any] = {"say": line}
            if line.startswith("#"):
                event = {"keys": line[1:]}
            elif not line.strip():
                event = {"silence": True}
            step = await _apply(conversation, event)


async def run_jsonl(
    settings: Settings, now: Callable[[], datetime], events: TextIO, answers: TextIO
) -> None:
    """Events in, acts out; the first line out is the greeting. A bad line gets an error line."""
    async with _conversation(settings, now) as conversation:
        _write(answers, conversation, await conversation.start())
        while line := await asyncio.to_thread(events.readline):
            if not line.strip():
                continue
            try:
                event = json.loads(line)
                step = await _apply(conversation, event)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                problem = f"not an event ({error}); send one of say, keys, silence, hangup"
                print(json.dumps({"error": problem}, ensure_ascii=False), file=answers, flush=True)
                continue
            _write(answers, conversation, step)


async def _apply(conversation: Conversation, event: dict[str, Any]) -> Step:
    return await _with_requests(conversation, await _answered(conversation, event))


async def _answered(conversation: Conversation, event: dict[str, Any]) -> Step:
    match event:
        case {"say": str(text)}:
            return await conversation.heard(text)
        case {"keys": str(keys)} if keys and set(keys) <= set("0123456789*#"):
            return await conversation.keys(keys)
        case {"silence": True}:
            return await conversation.silence()
        case {"hangup": True}:
            return await conversation.hung_up()
    raise ValueError("unknown or empty")


async def _with_requests(conversation: Conversation, step: Step) -> Step:
    """Files what the step wants filed; the acts that follow belong to the same event."""
    acts = list(step.acts)
    at = 0
    while at < len(acts):
        act = acts[at]
        at += 1
        if isinstance(act, File):
            acts += (await conversation.file(act)).acts
    return replace(step, acts=tuple(acts))


def _write(answers: TextIO, conversation: Conversation, step: Step) -> None:
    parse, state = step.parse, conversation.state
    document = {
        "intent": None if parse is None else parse.intent,
        "confidence": None if parse is None else round(parse.confidence, 4),
        "safety": None if parse is None else parse.safety,
        "flow": state.flow,
        "slots": state.slots,
        "acts": [act_to_json(act) for act in step.acts],
    }
    print(json.dumps(document, ensure_ascii=False), file=answers, flush=True)


def _show(console: Console, step: Step) -> None:
    if step.parse is not None:
        meaning = f"{step.parse.intent or 'не понято'} {step.parse.confidence:.2f}"
        console.print(Text(f"      {meaning}", style="dim"))
    for act in step.acts:
        match act:
            case Say(text=text) | Ask(text=text):
                console.print(Text("122   ", style="bold green") + Text(text))
            case File(kind=kind):
                console.print(Text(f"      заявка: {kind}", style="yellow"))
            case Transfer(queue=queue, brief=brief):
                console.print(Text(f"      передача в очередь {queue}: {brief}", style="yellow"))
            case Redirect(number=number):
                console.print(Text(f"      соединение с {number}", style="yellow"))
            case Hangup(reason=reason):
                console.print(Text(f"      конец: {reason}", style="yellow"))
