"""The conversation in text: for a person at a terminal, and as JSON lines for scripts."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, BinaryIO, TextIO

from rich.console import Console
from rich.panel import Panel
from rich.prompt import Prompt
from rich.text import Text

from dialog.acts import Ask, File, Hangup, Redirect, Say, Transfer, act_to_json
from telephony.conversation import Conversation, Step
from voice122.settings import Settings
from voice122.wiring import Understanding, new_conversation, open_content, open_store

HELP = (
    "Пишите, что сказал бы звонящий.\n"
    "#1 - клавиши (#89123456789), пустая строка - молчание, Ctrl-D - положить трубку."
)
_ENDINGS = {
    "resolved": "вопрос решён",
    "callback": "обещан обратный звонок",
    "caller_hung_up": "звонящий положил трубку",
}


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
    with console.status("Загружаю понимание речи…"):
        opening = _conversation(settings, now)
        conversation = await opening.__aenter__()
    try:
        console.print(Panel(Text(HELP), title="voice122", border_style="dim", expand=False))
        await _talk(conversation, console)
    finally:
        await opening.__aexit__(None, None, None)


async def _talk(conversation: Conversation, console: Console) -> None:
    told: dict[str, str] = {}
    step = await _carried_out(conversation, await conversation.start())
    while True:
        _show(console, conversation, step, told)
        told = dict(conversation.state.slots)
        if conversation.state.ended is not None:
            return
        try:
            line = await asyncio.to_thread(Prompt.ask, "[bold cyan]вы [/]", console=console)
        except (EOFError, KeyboardInterrupt):
            console.print()
            step = await _apply(conversation, {"hangup": True})
            continue
        try:
            step = await _apply(conversation, _event(line))
        except ValueError:
            console.print(Text("      клавиши: цифры, * и #, например #1", style="red"))
            step = Step(())


def _event(line: str) -> dict[str, Any]:
    if line.startswith("#"):
        return {"keys": line[1:] or "#"}
    return {"say": line} if line.strip() else {"silence": True}


async def run_jsonl(
    settings: Settings, now: Callable[[], datetime], events: BinaryIO, answers: TextIO
) -> None:
    """Events in, acts out; the first line out is the greeting. A bad line gets an error line."""
    async with _conversation(settings, now) as conversation:
        _write(answers, conversation, await _carried_out(conversation, await conversation.start()))
        while line := await asyncio.to_thread(events.readline):
            if not line.strip():
                continue
            try:
                step = await _apply(conversation, json.loads(line.decode()))
            except (ValueError, RecursionError) as error:
                what = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)[:120]
                problem = f'not an event ({what}); send one of {{"say": "..."}}, {{"keys": "12#"}},'
                problem += ' {"silence": true}, {"hangup": true}'
                print(json.dumps({"error": problem}, ensure_ascii=False), file=answers, flush=True)
                continue
            _write(answers, conversation, step)


async def _apply(conversation: Conversation, event: object) -> Step:
    """Lead the event to its acts.

    Raises:
        ValueError: it is none.
    """
    return await _carried_out(conversation, await _answered(conversation, event))


async def _answered(conversation: Conversation, event: object) -> Step:
    match event:
        case {"say": str(text), **others} if not others:
            return await conversation.heard(text)
        case {"keys": str(keys), **others} if not others and keys:
            if set(keys) <= set("0123456789*#"):
                return await conversation.keys(keys)
        case {"silence": True, **others} if not others:
            return await conversation.silence()
        case {"hangup": True, **others} if not others:
            return await conversation.hung_up()
    raise ValueError("unknown or empty")


async def _carried_out(conversation: Conversation, step: Step) -> Step:
    """Do what the acts want of the rooms outside: what follows a request belongs to its event."""
    acts = list(step.acts)
    for act in acts:  # grows by what requests lead to
        match act:
            case File():
                acts += (await conversation.file(act)).acts
            case Transfer():
                await conversation.hand_over(act)
    ended = conversation.state.ended
    if ended is not None and acts:
        await conversation.end(ended)
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
    # A half of a character that JSON can hold and UTF-8 cannot must not end the conversation.
    text = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace").decode()
    print(text, file=answers, flush=True)


def _show(console: Console, conversation: Conversation, step: Step, told: dict[str, str]) -> None:
    state = conversation.state
    notes = []
    if step.parse is not None:
        alarm = f", правило {step.parse.safety}" if step.parse.safety else ""
        notes.append(f"{step.parse.intent or 'не понято'} {step.parse.confidence:.2f}{alarm}")
    spoken = conversation.engine.script.spoken(state.slots)
    notes += [f"{n}: {spoken[n]}" for n, value in state.slots.items() if told.get(n) != value]
    if notes:
        _note(console, "; ".join(notes), "dim")
    for act in step.acts:
        match act:
            case Say(text=text) | Ask(text=text):
                console.print(Text("122 ", style="bold green") + Text(text))
            case File(kind=kind):
                _note(console, f"заявка {kind}", "magenta")
            case Transfer(queue=queue, brief=brief):
                _note(console, f"передано оператору, очередь {queue}", "yellow")
                for name in ("title", "spoken", "tried", "last_words", "requests"):
                    if brief.get(name):
                        _note(console, f"  {name}: {brief[name]}", "dim")
            case Redirect(number=number):
                _note(console, f"соединение с {number}", "yellow")
            case Hangup(reason=reason):
                _note(console, f"конец: {_ENDINGS.get(reason, reason)}", "yellow")
    if step.acts and state.flow is not None and state.ended is None:
        _note(console, f"{state.flow} / {state.step}", "dim")


def _note(console: Console, text: str, style: str) -> None:
    # Text, not markup: what a caller says is never read as formatting.
    console.print(Text(f"    {text}", style=style))
