"""Where calls meet: one place for each, one leader for each, and everybody is sent somewhere."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from telephony import switchboard
from telephony.admission import Admission, Capacity, Mode
from telephony.edge import Edge
from telephony.errors import PeerError
from telephony.events import Silent
from telephony.switchboard import IncomingCall, Switchboard
from telephony.turn import Outcome
from tests.telephony.fakes import ScriptedEdge


@dataclass
class Watcher(Silent):
    refusals: list[str] = field(default_factory=list)

    def refused(self, call_id: str, reason: str) -> None:
        self.refusals.append(reason)


class Exchange:
    """A switchboard whose sessions end when the test says so."""

    def __init__(self, speech: int = 10, keypad: int = 0) -> None:
        self.now = 0.0
        self.watcher = Watcher()
        self.calls: list[IncomingCall] = []
        self.endings: dict[str, asyncio.Future[Outcome]] = {}
        admission = Admission(Capacity(speech, keypad), lambda: self.now)
        self.quiet = asyncio.Event()
        self.board = Switchboard(
            self._open, admission, self.watcher, "general", on_quiet=self.quiet.set
        )

    def _open(self, call: IncomingCall, edge: Edge) -> Exchange.Session:
        self.calls.append(call)
        ending = asyncio.get_running_loop().create_future()
        self.endings[call.call_id] = ending
        return self.Session(ending)

    @dataclass
    class Session:
        ending: asyncio.Future[Outcome]

        async def run(self) -> Outcome:
            return await self.ending

    async def connect(self, call_id: str) -> ScriptedEdge:
        edge = ScriptedEdge([])
        self.board.connect(call_id, edge)
        await asyncio.sleep(0)
        return edge

    async def end(self, call_id: str, outcome: Outcome | Exception) -> str:
        if isinstance(outcome, Exception):
            self.endings[call_id].set_exception(outcome)
        else:
            self.endings[call_id].set_result(outcome)
        return str(await self.board.where_next(call_id))


async def test_after_the_last_call_there_is_time_to_tidy_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(switchboard, "_QUIET_S", 0.01)
    exchange = Exchange()
    await exchange.connect("a")
    await exchange.connect("b")
    await exchange.end("a", Outcome("resolved"))
    await asyncio.sleep(0.05)
    assert not exchange.quiet.is_set()
    await exchange.end("b", Outcome("resolved"))
    async with asyncio.timeout(5):
        await exchange.quiet.wait()


@pytest.mark.parametrize(
    ("outcome", "step"),
    [
        (Outcome("handed_over", "appointments"), "queue,appointments"),
        (Outcome("redirected", "103"), "redirect,103"),
        (Outcome("resolved"), "hangup"),
        (Outcome("caller_hung_up"), "again"),  # whoever asks is still on the line
    ],
)
async def test_the_dialplan_learns_where_the_caller_goes(outcome: Outcome, step: str) -> None:
    exchange = Exchange()
    edge = await exchange.connect("a")
    assert await exchange.end("a", outcome) == step
    assert edge.closed


async def test_who_calls_and_where_comes_ahead_of_the_audio() -> None:
    exchange = Exchange()
    assert exchange.board.announce("a", "79990001122", "2173370") is Mode.SPEECH
    await exchange.connect("a")
    assert exchange.calls[0] == IncomingCall("a", "79990001122", "2173370")
    assert "79990001122" not in repr(exchange.calls[0])


async def test_a_call_that_nobody_announced_is_served() -> None:
    exchange = Exchange()
    await exchange.connect("a")
    assert exchange.calls == [IncomingCall("a")]


async def test_a_call_of_which_nothing_is_known_is_to_come_again() -> None:
    assert str(await Exchange().board.where_next("a")) == "again"


async def test_the_same_call_twice_at_once_is_led_once() -> None:
    exchange = Exchange()
    await exchange.connect("a")
    with pytest.raises(PeerError, match="duplicate"):
        exchange.board.connect("a", ScriptedEdge([]))
    assert exchange.watcher.refusals == ["duplicate"]
    assert await exchange.end("a", Outcome("resolved")) == "hangup"


async def test_a_transfer_that_nobody_answers_does_not_lose_the_caller() -> None:
    exchange = Exchange()
    await exchange.connect("a")
    await exchange.end("a", Outcome("redirected", "103"))
    exchange.board.returned("a")
    assert str(await exchange.board.where_next("a")) == "again"
    await exchange.connect("a")
    assert exchange.calls[1].redirect_failed == "103"
    assert exchange.calls[1].unanswered_queue is None
    await exchange.end("a", Outcome("handed_over", "appointments"))
    exchange.board.returned("a")
    exchange.board.returned("a")  # a repetition changes nothing
    await exchange.connect("a")
    assert exchange.calls[2].redirect_failed is None
    assert exchange.calls[2].unanswered_queue == "appointments"
    await exchange.end("a", Outcome("caller_hung_up"))
    await exchange.connect("a")
    assert exchange.calls[3].unanswered_queue is None


async def test_a_call_that_keeps_breaking_off_gets_a_person() -> None:
    exchange = Exchange()
    steps = []
    for _ in range(3):
        await exchange.connect("a")
        steps.append(await exchange.end("a", RuntimeError("a fault of ours")))
    assert steps == ["again", "again", "queue,general"]


async def test_two_calls_are_not_accepted_for_one_free_place() -> None:
    exchange = Exchange(speech=1)
    assert exchange.board.announce("a", None, None) is Mode.SPEECH
    assert exchange.board.announce("b", None, None) is None
    edge = await exchange.connect("b")
    assert edge.closed
    assert str(await exchange.board.where_next("b")) == "queue,general"
    await exchange.connect("a")
    assert exchange.watcher.refusals == ["overloaded", "overloaded"]
    await exchange.end("a", Outcome("resolved"))
    assert exchange.board.announce("b", None, None) is Mode.SPEECH


async def test_a_promised_place_is_given_back_when_the_call_does_not_come() -> None:
    exchange = Exchange(speech=1)
    exchange.board.announce("a", None, None)
    exchange.now = 16.0
    assert exchange.board.announce("b", None, None) is Mode.SPEECH


async def test_under_overload_the_keypad_remains() -> None:
    exchange = Exchange(speech=1, keypad=1)
    modes = [exchange.board.announce(name, None, None) for name in "abc"]
    assert modes == [Mode.SPEECH, Mode.KEYPAD, None]
    await exchange.connect("b")
    assert exchange.calls[0].mode is Mode.KEYPAD


async def test_draining_does_not_kill_live_calls() -> None:
    exchange = Exchange()
    await exchange.connect("a")
    draining = asyncio.create_task(exchange.board.drain(60))
    await asyncio.sleep(0.01)
    assert exchange.board.announce("b", None, None) is None
    assert exchange.watcher.refusals == ["draining"]
    assert not draining.done()
    assert await exchange.end("a", Outcome("resolved")) == "hangup"
    await draining


async def test_a_call_that_outlasts_the_drain_gets_a_person() -> None:
    exchange = Exchange()
    edge = await exchange.connect("a")
    await exchange.board.drain(0.01)
    assert edge.closed
    assert str(await exchange.board.where_next("a")) == "queue,general"
