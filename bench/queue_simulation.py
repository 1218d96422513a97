"""A call centre in memory: the queue's own ranking and strategies, or Asterisk's, on equal calls.

Operators and callers are as people are: some seconds pass before an operator answers, now and then
one has left the desk, handling times vary, callers lose patience. Everything comes from a seed, and
a call is the same call whoever distributes it, so policies can be compared call by call.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.queue_people import CLOSE_S, DAY_S, OPEN_S, Agent, Call
from bench.queue_policies import Policy
from routing.queue.estimate import QueueState, estimate, patience
from routing.queue.ranking import rank


@dataclass(frozen=True)
class Habits:
    """What operators do besides."""

    answer_s: float = 3.0
    """Until an offer is answered, on average (exponential)."""
    absent_share: float = 0.01
    """After how many calls an operator leaves the desk without a word..."""
    absent_s: float = 300.0
    """...and for how long."""
    offer_s: float = 15.0


@dataclass
class Outcome:
    """What a simulated span came to."""

    waits: list[float] = field(default_factory=list)
    """Of calls that were answered (s), in the order of answers."""
    gave_up: list[float] = field(default_factory=list)
    """How long those waited who hung up (s)."""
    lost: int = 0
    """Calls that are neither answered nor given up at the end: must be 0."""
    waits_by_day: list[list[float]] = field(default_factory=list)
    handled_s: list[float] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    guesses: list[tuple[float, float, float]] = field(default_factory=list)
    """Of callers who had to wait and were answered: our estimate, Asterisk's, the wait (s)."""


class Centre:
    """Runs calls through one policy."""

    def __init__(
        self,
        calls: Sequence[Call],
        agents: Sequence[Agent],
        policy: Policy,
        seed: int,
        habits: Habits | None = None,
        *,
        always_open: bool = False,
        ageing_s: float = 60.0,
        guess: bool = False,
    ) -> None:
        self._calls = calls
        self._agents = list(agents)
        self._policy = policy
        self._rng = random.Random(seed)
        self._habits = habits or Habits()
        self._always_open = always_open
        self._ageing_s = ageing_s
        self._guess = guess
        self._heap: list[tuple[float, int, str, int, Agent | None]] = []
        self._count = itertools.count()
        self._waiting: list[tuple[int, int]] = []
        self._gone: set[int] = set()
        """Calls that were answered or gave up."""
        self._ringing: dict[int, Agent] = {}
        self._pending: dict[int, tuple[float, float]] = {}
        self._hold_s = 0
        """Asterisk's moving average of waits (whole seconds)."""
        self._waited_s, self._left = 0.0, 0
        self._free: dict[str, Agent] = {}
        self.outcome = Outcome(agents=self._agents)

    def run(self, days: int) -> Outcome:
        """Run the calls of `days` days."""
        self.outcome.waits_by_day = [[] for _ in range(days + 1)]
        for number, call in enumerate(self._calls):
            self._push(call.at, "arrive", number)
        for agent in self._agents:
            if self._always_open:
                self._push(0.0, "login", agent=agent)
                continue
            for day in range(days):
                if agent.on_duty(day):
                    self._push(day * DAY_S + OPEN_S, "login", agent=agent)
                    # After closing time they stay until the line is empty.
                    self._push(day * DAY_S + CLOSE_S + 1800, "logout", agent=agent)
        while self._heap:
            now, _, kind, number, agent = heapq.heappop(self._heap)
            getattr(self, f"_{kind}")(now, number, agent)
        self.outcome.lost = len(self._calls) - len(self._gone)
        return self.outcome

    def _push(self, at: float, kind: str, number: int = -1, agent: Agent | None = None) -> None:
        heapq.heappush(self._heap, (at, next(self._count), kind, number, agent))

    def _arrive(self, now: float, number: int, agent: Agent | None) -> None:
        call = self._calls[number]
        self._push(now + call.patience_s, "give_up", number)
        place = rank(round(now * 1e6), call.priority, self._ageing_s)
        if self._guess:
            self._note_guess(now, number)
        heapq.heappush(self._waiting, (place, number))
        self._match(now)

    def _enter(self, agent: Agent, state: str, now: float) -> None:
        agent.enter(state, now)
        if state == "available":
            self._free[agent.id] = agent
        else:
            self._free.pop(agent.id, None)

    def _match(self, now: float) -> None:
        while self._waiting:
            if self._waiting[0][1] in self._gone:
                heapq.heappop(self._waiting)
                continue
            if not self._free:
                return
            _, number = heapq.heappop(self._waiting)
            agent = self._policy.choose(list(self._free.values()), now, self._rng)
            self._enter(agent, "reserved", now)
            agent.last_offer = now
            self._ringing[number] = agent
            if agent.absent_until > now:
                self._push(now + self._habits.offer_s, "no_answer", number, agent)
            else:
                delay = self._habits.answer_s
                self._push(now + (self._rng.expovariate(1 / delay) if delay else 0.0),
                           "answer", number, agent)  # fmt: skip

    def _answer(self, now: float, number: int, agent: Agent | None) -> None:
        assert agent is not None
        if number in self._gone:  # the caller hung up while it rang; the operator is free again
            return
        call = self._calls[number]
        del self._ringing[number]
        self._gone.add(number)
        wait = now - call.at
        self.outcome.waits.append(wait)
        self.outcome.waits_by_day[int(call.at // DAY_S)].append(wait)
        self._waited_s += wait
        self._hold_s = (self._hold_s * 3 + int(wait)) >> 2
        if number in self._pending:
            self.outcome.guesses.append((*self._pending.pop(number), wait))
        self._enter(agent, "busy", now)
        self._push(now + call.talk_s, "hang_up", number, agent)

    def _no_answer(self, now: float, number: int, agent: Agent | None) -> None:
        assert agent is not None
        if number in self._gone:
            return
        del self._ringing[number]
        if self._policy.breaks_absent:
            self._enter(agent, "break", now)
            self._push(max(now, agent.absent_until), "ready", agent=agent)
        else:
            self._enter(agent, "available", now)
        self._push(now + self._policy.rings_again_s, "again", number)
        self._match(now)

    def _again(self, now: float, number: int, agent: Agent | None) -> None:
        if number not in self._gone:
            call = self._calls[number]
            place = rank(round(call.at * 1e6), call.priority, self._ageing_s)
            heapq.heappush(self._waiting, (place, number))
            self._match(now)

    def _hang_up(self, now: float, number: int, agent: Agent | None) -> None:
        assert agent is not None
        call = self._calls[number]
        agent.calls += 1
        self._enter(agent, "wrap_up", now)
        agent.idle_since = now
        self.outcome.handled_s.append(call.talk_s + call.wrap_s)
        self._push(now + call.wrap_s, "ready", agent=agent)

    def _ready(self, now: float, number: int, agent: Agent | None) -> None:
        assert agent is not None
        if agent.state == "offline":
            return
        if self._rng.random() < self._habits.absent_share:
            agent.absent_until = now + self._habits.absent_s
        self._enter(agent, "available", now)
        self._match(now)

    def _give_up(self, now: float, number: int, agent: Agent | None) -> None:
        if number in self._gone:
            return
        self._gone.add(number)
        self._pending.pop(number, None)
        self._left += 1
        self._waited_s += self._calls[number].patience_s
        self.outcome.gave_up.append(self._calls[number].patience_s)
        ringing = self._ringing.pop(number, None)
        if ringing is not None:
            self._enter(ringing, "available", now)
            self._match(now)

    def _login(self, now: float, number: int, agent: Agent | None) -> None:
        assert agent is not None
        self._enter(agent, "available", now)
        agent.idle_since = now
        agent.shift_worked_s = agent.shift_talked_s = agent.shift_staffed_s = 0.0
        self._match(now)

    def _logout(self, now: float, number: int, agent: Agent | None) -> None:
        assert agent is not None
        if agent.state in ("available", "break"):
            self._enter(agent, "offline", now)
        else:
            self._push(now + 60, "logout", agent=agent)

    def _note_guess(self, now: float, number: int) -> None:
        staffed = sum(agent.state not in ("offline", "break") for agent in self._agents)
        free = sum(agent.state == "available" for agent in self._agents)
        ahead = sum(waiting not in self._gone for _, waiting in self._waiting)
        if free > ahead:
            return  # it does not wait
        ours = estimate(
            QueueState(
                ahead,
                staffed,
                free,
                self.outcome.handled_s[-50:],
                self.outcome.waits[-50:],
                patience(self._waited_s, self._left),
            )
        )
        if ours is not None:
            self._pending[number] = ours.seconds, float(self._hold_s)
